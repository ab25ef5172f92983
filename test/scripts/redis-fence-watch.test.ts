import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type Address, ask, connect, freeAddress } from '../builders/processes.js';
import { addressOf, application, hello, type LiveGroup, monitor, ScriptFarm } from './script-farm.js';

const farm = new ScriptFarm();
let main: LiveGroup;
beforeAll(async () => {
  main = await farm.group('main-0');
});
beforeEach(() => farm.groups(main));
afterAll(() => farm.room.stopAll());

/** What a pod is opened for while Sentinel is about to move it: nothing is to be seen of that yet. */
async function opened(name: string, auth: 'none' | 'password' = 'password') {
  const at = freeAddress();
  await monitor(main.sentinels, name, at);
  const pod = await farm.pod({ at, auth });
  await pod.says(/open: bound/);
  return pod;
}
const cluster = (name: string): string => name.slice(0, name.indexOf(':'));

describe('a pod that was opened just before its partition went elsewhere', () => {
  test('shuts itself: the application is cut off, nothing is left, and it is what the sentinels make of it', async () => {
    const name = 'Moved::0';
    const pod = await opened(name);
    const other = freeAddress();
    const client = connect(pod.at, application(cluster(name)));
    await client.connect();
    await client.set('key', 'value');
    const closed = new Promise((resolve) => client.once('close', resolve));
    await hello(main, name, other, 7);
    await pod.says(new RegExp(`shut: Moved::0 is at ${other.ip}:6379 with a higher epoch than 0$`));
    await closed;
    expect(await pod.barn('DBSIZE')).toBe(0);
    expect(await pod.aclOf(cluster(name))).toBeUndefined();
    await pod.says(/open: standby\/Moved\/7 for Moved$/, 20_000);
    expect(await pod.aclOf('sentinel')).toContain('+info');
  }, 40_000);

  test('is locked as it was born: marker, sentinel and replication, and nobody else can log in', async () => {
    const name = 'Shut::0';
    const pod = await opened(name);
    await hello(main, name, freeAddress(), 7);
    await pod.says(/shut: /);
    expect(await pod.claim()).toBe('locked');
    expect(await pod.aclOf('sentinel')).not.toContain('+info');
    expect(await pod.aclOf('replication')).toContain(' off ');
    expect(await ask(pod.at, undefined, 'PING')).toMatchObject({ message: expect.stringContaining('NOAUTH') });
  });

  test('shuts the user default where the farm has no auth', async () => {
    const name = 'Open::0';
    const pod = await opened(name, 'none');
    const client = connect(pod.at);
    await client.connect();
    const closed = new Promise((resolve) => client.once('close', resolve));
    await hello(main, name, freeAddress(), 7);
    await pod.says(/shut: /);
    await closed;
    expect(await ask(pod.at, undefined, 'GET', 'key')).toMatchObject({ message: expect.stringContaining('NOAUTH') });
  });
});

describe('a pod stays open', () => {
  test('when nothing has changed', async () => {
    const pod = await opened('Calm::0');
    await pod.says(/done: no majority has given Calm::0 to another pod$/);
    expect(await pod.claim()).toBe('bound/Calm::0/0');
  });

  test('when a majority gives the partition to another pod with no higher epoch: that write is the older one', async () => {
    const name = 'Older::0';
    const at = freeAddress();
    await monitor(main.sentinels, name, freeAddress());
    await hello(main, name, at, 9);
    const pod = await farm.pod({ at });
    await pod.says(/open: bound\/Older::0\/9/);
    const other = freeAddress();
    for (const sentinel of main.sentinels) await farm.remove(sentinel, name);
    await monitor(main.sentinels, name, other);
    await pod.says(/done: no majority has given Older::0 to another pod$/);
    expect(await addressOf(main.sentinels[0] as Address, name)).toBe(`${other.ip},6379`);
    expect(await pod.claim()).toBe('bound/Older::0/9');
    expect(await ask(at, application('Older'), 'SET', 'key', 'value')).toBe('OK');
  });

  test('while one sentinel is ahead of the others, and looks again until they agree', async () => {
    // Sentinels that cannot log in to the pod do not meet on it, so they do not gossip: each is told of the move by itself.
    const groups = await Promise.all(['lone-1', 'lone-2', 'lone-3'].map((name) => farm.group(name)));
    const sentinels = groups.map((group) => group.sentinels[0] as Address);
    const all = { name: 'lone', kind: 'unreplicated', sentinels } as const;
    const at = freeAddress();
    const other = freeAddress();
    await monitor(sentinels, 'Lone::0', at, { 'auth-pass': 'wrong', 'down-after-milliseconds': '60000' });
    farm.groups(all);
    const pod = await farm.pod({ at });
    await pod.says(/open: bound/);
    await hello({ ...all, sentinels: sentinels.slice(0, 1) }, 'Lone::0', other, 7);
    await pod.says(/looking again: not all sentinels leave Lone::0 here$/);
    expect(await pod.claim()).toBe('bound/Lone::0/0');
    expect(await ask(at, application('Lone'), 'SET', 'key', 'value')).toBe('OK');
    await hello({ ...all, sentinels: sentinels.slice(1, 2) }, 'Lone::0', other, 7);
    await pod.says(/shut: Lone::0 is at/);
    expect(await pod.claim()).toBe('locked');
  }, 30_000);

  test('and full when somebody else has claimed it meanwhile, though its old partition went elsewhere', async () => {
    const name = 'Taken::0';
    const pod = await opened(name);
    const text = 'bound/Taken::4/9';
    await pod.barn('ACL', 'SETUSER', 'marker', '<bound/Taken::0/0', `>${text}`, 'resetkeys', `~${text}`);
    await pod.barn('SET', 'key', 'value');
    await hello(main, name, freeAddress(), 7);
    await pod.says(/done: claimed by somebody else as bound\/Taken::4\/9$/);
    expect(await pod.claim()).toBe(text);
    expect(await pod.barn('DBSIZE')).toBe(1);
    expect(await pod.aclOf('Taken')).toContain(' on ');
  });
});
