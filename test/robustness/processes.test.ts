import { connect, createServer, type Socket } from 'node:net';
import { afterAll, describe, expect, test } from '@jest/globals';
import { Executor } from '../../src/act/executor.js';
import type { Decision } from '../../src/plan/action.js';
import { freeAddress } from '../builders/processes.js';
import { crashAt } from './crash-points.js';
import { draw, hash32 } from './draw.js';
import { isIn } from './namespace-network.js';
import { speakFrom } from './own-address.js';

const pod = { name: 'pod', datacenter: 'a', machine: 'a-m1', address: '127.0.0.1:1' };
const decision: Decision = {
  ...{ reason: 'PodCrashed', subject: 'User.id::0', detail: '' },
  actions: [
    { kind: 'set-min-replicas', pod, claim: { kind: 'locked' }, replicas: 0 },
    { kind: 'follow-master', pod, claim: { kind: 'locked' } },
  ],
};
/** Nobody answers: the first action fails, the second is not run. */
const executor = (): Executor =>
  new Executor({ use: () => Promise.reject(new Error('refused')) }, { sentinel: 's', application: 'a' });
const withoutTimes = async () =>
  (await executor().run([decision])).map(({ action, status, reason }) => ({ kind: action.kind, status, reason }));

describe('crash points', () => {
  test('are met before and after actions of a decision, and change nothing else', async () => {
    const asItIs = await withoutTimes();
    const died: string[] = [];
    crashAt({ at: 'before', action: 'set-min-replicas' }, () => died.push('before'));
    crashAt({ at: 'before', action: 'set-min-replicas', reason: 'PodSilent' }, () => died.push('another reason'));
    crashAt({ at: 'before', action: 'follow-master' }, () => died.push('what is not run'));
    crashAt({ at: 'after', action: 'set-min-replicas' }, () => died.push('what failed'));
    expect(await withoutTimes()).toEqual(asItIs);
    expect(asItIs.map(({ status }) => status)).toEqual(['Failed', 'NotRun']);
    expect(died).toEqual(['before']);
  });
});

describe('connections', () => {
  const at = freeAddress(26_999);
  const heard: string[] = [];
  const from: (string | undefined)[] = [];
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    from.push(socket.remoteAddress);
    socket.on('data', (bytes) => heard.push(String(bytes)));
  });
  afterAll(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });

  test('come from the address of their process, and a crash point is met right after the command that it names', async () => {
    await new Promise<void>((resolve) => server.listen(at.port, at.ip, resolve));
    const own = freeAddress().ip;
    speakFrom(own);
    let deaths = 0;
    const socket = connect({ host: at.ip, port: at.port });
    sockets.push(socket);
    await new Promise((resolve) => socket.once('connect', resolve));
    crashAt({ at: 'wire', command: 'setuser', nth: 2 }, () => deaths++);
    for (const text of ['PING', 'SETUSER one', 'PUBLISH']) socket.write(text);
    expect(deaths).toBe(0);
    socket.write('SETUSER two');
    expect(deaths).toBe(1);
    await new Promise<void>((resolve) => socket.end(() => resolve()));
    while (!heard.join('').includes('two')) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(from).toEqual([own]);
  });
});

test('an address is in the prefixes that hold it', () => {
  const prefixes = ['127.70.1.0/24', '127.70.1.3/32', '127.70.2.0/24', '127.0.0.0/8'];
  expect(prefixes.filter((prefix) => isIn('127.70.1.3', prefix))).toEqual([
    '127.70.1.0/24',
    '127.70.1.3/32',
    '127.0.0.0/8',
  ]);
});

test('a seed draws the same again, another one something else', () => {
  const five = (seed: number) => Array.from({ length: 5 }, draw(seed));
  expect(five(hash32('kill-master'))).toEqual(five(hash32('kill-master')));
  expect(five(1)).not.toEqual(five(2));
  for (const value of five(3)) expect(value >= 0 && value < 1).toBe(true);
});
