import { describe, expect, test } from '@jest/globals';
import { type Answer, IdempotencyBook } from '../../src/api/idempotency.js';

const answer = (body: unknown, status = 200): Answer => ({ status, headers: {}, body });

describe('the book of answers', () => {
  test('keeps the newest of one person, and forgets nobody else for him', async () => {
    let runs = 0;
    const book = new IdempotencyBook(() => 0, { perPerson: 3 });
    const ask = (person: string, key: string) => book.answer(person, key, 'p', async () => answer(++runs));
    await ask('bob', 'b');
    for (const key of ['1', '2', '3', '4']) await ask('ann', key);
    expect((await ask('ann', '2'))[1]).toBe(true);
    expect((await ask('bob', 'b'))[1]).toBe(true);
    expect((await ask('ann', '1'))[1]).toBe(false);
  });

  test('forgets the person that was not heard for longest', async () => {
    const book = new IdempotencyBook(() => 0, { people: 2 });
    const ask = async (person: string) => (await book.answer(person, 'k', 'p', async () => answer(0)))[1];
    for (const person of ['ann', 'bob', 'ann', 'cem']) await ask(person);
    expect([await ask('ann'), await ask('bob')]).toEqual([true, false]);
  });

  test('what runs is never forgotten: too much of it is refused', async () => {
    const book = new IdempotencyBook(() => 0, { perPerson: 2 });
    let end = (): void => undefined;
    const until = new Promise<void>((resolve) => {
      end = resolve;
    });
    const slow = async () => {
      await until;
      return answer(0);
    };
    const running = ['1', '2'].map((key) => book.answer('ann', key, 'p', slow));
    await expect(book.answer('ann', '3', 'p', slow)).rejects.toMatchObject({ status: 429 });
    end();
    await Promise.all(running);
    expect((await book.answer('ann', '3', 'p', slow))[1]).toBe(false);
  });

  test('what broke for the first breaks for who waited with it, and is then tried again', async () => {
    const book = new IdempotencyBook(() => 0);
    const broken = async (): Promise<Answer> => {
      throw new Error('away');
    };
    const both = [book.answer('ann', 'k', 'p', broken), book.answer('ann', 'k', 'p', async () => answer(1))];
    const outcomes = await Promise.allSettled(both);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await book.answer('ann', 'k', 'p', async () => answer(2))).toEqual([answer(2), false]);
    await book.answer('ann', 'k5', 'p', async () => answer(0, 503));
    expect((await book.answer('ann', 'k5', 'p', async () => answer(0)))[1]).toBe(false);
  });
});
