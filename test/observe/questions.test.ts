import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Connections } from '../../src/observe/connections.js';
import { Questions } from '../../src/observe/questions.js';
import { freeAddress, ProcessRoom, until } from '../builders/processes.js';

/** Something that answers when it is told to. */
function held<T>(): { readonly answer: Promise<T>; give(value: T): void } {
  let give: (value: T) => void = () => undefined;
  const answer = new Promise<T>((resolve) => {
    give = resolve;
  });
  return { answer, give };
}

describe('questions to pods and sentinels', () => {
  test('who does not answer keeps nobody: there is no answer yet', async () => {
    const questions = new Questions();
    const slow = held<string>();
    const from = performance.now();
    expect(await questions.ask('a', () => slow.answer).within(200)).toBeUndefined();
    const took = performance.now() - from;
    expect(took).toBeGreaterThan(150);
    expect(took).toBeLessThan(1_500);
    slow.give('late');
  });

  test('who answers is heard at once, or told why not', async () => {
    const questions = new Questions();
    expect(await questions.ask('a', async () => 'here').within(60_000)).toBe('here');
    const refusal = questions.ask('a', () => Promise.reject(new Error('refused')));
    await expect(refusal.within(60_000)).rejects.toThrow('refused');
  });

  test('who needs longer may be given longer', async () => {
    const questions = new Questions();
    const slow = held<string>();
    const asked = questions.ask('a', () => slow.answer);
    expect(await asked.within(50)).toBeUndefined();
    const more = asked.within(10_000);
    slow.give('here');
    expect(await more).toBe('here');
  });

  test('without a limit the answer is waited for', async () => {
    const questions = new Questions();
    const slow = held<string>();
    const asked = questions.ask('a', () => slow.answer).within();
    await questions.ask('b', () => new Promise(() => undefined)).within(100);
    slow.give('here');
    expect(await asked).toBe('here');
  });

  test('who owes an answer is asked no more until it has come, and then anew: what was asked long ago is no news', async () => {
    const questions = new Questions();
    const slow = held<string>();
    let asked = 0;
    const ask = (work: () => Promise<string>) => {
      const counted = async (): Promise<string> => {
        asked++;
        return await work();
      };
      return questions.ask('a', counted);
    };
    expect(await ask(() => slow.answer).within(200)).toBeUndefined();
    for (let pass = 0; pass < 3; pass++) expect(await ask(async () => 'news').within(50)).toBeUndefined();
    expect(asked).toBe(1);
    const next = ask(async () => 'news').within(10_000);
    slow.give('of old');
    expect(await next).toBe('news');
    expect(asked).toBe(2);
  });

  test('one address says nothing of another', async () => {
    const questions = new Questions();
    await questions.ask('a', () => new Promise(() => undefined)).within(200);
    expect(await questions.ask('b', async () => 'here').within(50)).toBe('here');
  });
});

describe('an answer that is there while we are busy ourselves', () => {
  const room = new ProcessRoom();
  const connections = new Connections({ barn: 'pw', sentinel: '', application: '' });
  const at = freeAddress();
  beforeAll(() => room.redis(at, 'user barn on >pw ~* &* +@all'));
  afterAll(async () => {
    connections.close();
    await room.stopAll();
  });

  test('is not late, however long we were', async () => {
    const ping = () => connections.use(`${at.ip}:${at.port}`, (redis) => redis.ping());
    await until('the connection', () => ping().then((answer) => answer === 'PONG'));
    const heard = connections.questions.ask('pod', ping).within(100);
    const from = performance.now();
    while (performance.now() - from < 1_000);
    expect(await heard).toBe('PONG');
  });
});
