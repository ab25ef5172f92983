/** Writes that come late: through the lines of the rig, to a real Redis. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Redis } from 'ioredis';
import { type Address, connect, freeAddress, ProcessRoom } from '../../builders/processes.js';
import { until } from '../../local/until.js';
import { LateLines } from './late-lines.js';
import { respElements, respWords } from './resp.js';

let room: ProcessRoom;
let at: Address;
let lines: LateLines;
const opened: Redis[] = [];

async function open(to: Address): Promise<Redis> {
  const redis = connect(to);
  opened.push(redis);
  await redis.connect();
  return redis;
}

/** As Barn finds it: at another address. */
function route(): Address {
  const found = lines.routes[`${at.ip}:${at.port}`];
  return { ip: found?.host ?? '', port: found?.port ?? 0 };
}

beforeEach(async () => {
  room = new ProcessRoom();
  at = freeAddress();
  await room.redis(at);
  lines = new LateLines();
  await lines.span([`${at.ip}:${at.port}`]);
});
afterEach(async () => {
  for (const redis of opened.splice(0)) redis.disconnect();
  await lines.close();
  await room.stopAll();
});

test('reads pass while writes wait; what waited arrives as it was sent, although its sender has given up', async () => {
  const [late, other, direct] = [await open(route()), await open(route()), await open(at)];
  await direct.call('ACL', 'SETUSER', 'marker', '>first');
  lines.hold();
  expect(await late.ping()).toBe('PONG');
  const swap = late.call('ACL', 'SETUSER', 'marker', '<first', '>old').catch(() => undefined);
  const user = other.call('ACL', 'SETUSER', 'other').catch(() => undefined);
  await until('both wait', () => lines.waiting === 2);
  // Somebody else is faster.
  await direct.call('ACL', 'SETUSER', 'marker', '<first', '>new');
  late.disconnect();
  await swap;
  const told = await lines.deliver();
  expect(await user).toBe('OK');
  expect(told.map(({ command }) => command)).toEqual([
    expect.stringMatching(/^ACL SETUSER marker <first >old$/i),
    expect.stringMatching(/^ACL SETUSER other$/i),
  ]);
  expect(told[0]?.answer).toMatch(/^-ERR/);
  expect(told[1]?.answer).toBe('+OK');
  expect(lines.waiting).toBe(0);
  expect(await other.call('ACL', 'SETUSER', 'marker', '<new', '>newer')).toBe('OK');
});

test.each([
  ['*2\r\n$3\r\nGET\r\n$1\r\na\r\n', ['GET a']],
  ['+OK\r\n:3\r\n$-1\r\n*-1\r\n', ['+OK', ':3', '', '']],
  ['*2\r\n*1\r\n+a\r\n$4\r\n\r\nxy\r\n-ERR no\r\n', ['+a xy', '-ERR no']],
  ['$5\r\nab', []],
  ['*1\r\n$5\r\nab', []],
])('elements of %j', (text, words) => {
  expect(respElements(text).map(respWords)).toEqual(words);
});
