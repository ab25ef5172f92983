import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { ask, freeAddress, until } from '../builders/processes.js';
import { application, hello, type LiveGroup, monitor, nameWithStandby, ScriptFarm } from './script-farm.js';

/** ioredis reports a refused login by the answer to the next command. */
const REFUSED = { message: expect.stringMatching(/WRONGPASS|NOAUTH/) };
const farm = new ScriptFarm();
let main: LiveGroup;
beforeAll(async () => {
  main = await farm.group('main-0');
  farm.groups(main);
});
beforeEach(() => farm.groups(main));
afterAll(() => farm.room.stopAll());

describe('the fence opens a pod', () => {
  test('for the one partition whose address it has, cold and under the same name', async () => {
    const at = freeAddress();
    await monitor(main.sentinels, 'User.id::0', at);
    await monitor(main.sentinels, 'Other::0', freeAddress());
    const pod = await farm.pod({ at });
    await pod.says(/open: bound\/User\.id::0\/0 for User\.id$/);
    expect(await pod.claim()).toBe('bound/User.id::0/0');
    expect(await pod.barn('DBSIZE')).toBe(0);
    expect(await ask(at, application('User.id'), 'SET', 'key', 'value')).toBe('OK');
    expect(await ask(at, application('Other'), 'GET', 'key')).toMatchObject(REFUSED);
  });

  test('with the epoch of the address in its claim', async () => {
    const at = freeAddress();
    await monitor(main.sentinels, 'Epoch::7', freeAddress());
    await hello(main, 'Epoch::7', at, 9_007_199_254_740_000);
    await (await farm.pod({ at })).says(/open: bound\/Epoch::7\/9007199254740000 for Epoch$/);
  });

  test('a restarted process is a stranger again, and is opened again because it still has the address', async () => {
    const at = freeAddress();
    await monitor(main.sentinels, 'Restart::0', at);
    const first = await farm.pod({ at });
    await first.says(/open: bound/);
    await ask(at, application('Restart'), 'SET', 'key', 'value');
    await first.process.stop();
    farm.groups();
    const second = await farm.pod({ at });
    await second.says(/locked/);
    expect(await second.claim()).toBe('locked');
    expect(await ask(at, application('Restart'), 'GET', 'key')).toMatchObject(REFUSED);
    await second.process.stop();
    farm.groups(main);
    const third = await farm.pod({ at });
    await third.says(/open: bound/);
    expect(await ask(at, application('Restart'), 'GET', 'key')).toBeNull();
  });

  test('as standby of the cache cluster whose partitions it may take over', async () => {
    const at = freeAddress();
    await nameWithStandby(main, 'Stand.by::0', freeAddress(), at);
    await nameWithStandby(main, 'Stand.by::1', freeAddress(), at);
    const pod = await farm.pod({ at });
    await pod.says(/open: standby\/Stand\.by\/1 for Stand\.by$/);
    expect(await ask(at, application('Stand.by'), 'SET', 'key', 'value')).toBe('OK');
    expect(await pod.aclOf('sentinel')).toContain('+info');
  });

  test('as standby when several partitions of one cache cluster have fallen back on it', async () => {
    const at = freeAddress();
    for (const name of ['Shelter::0', 'Shelter::1']) await monitor(main.sentinels, name, at);
    const pod = await farm.pod({ at });
    await pod.says(/open: standby\/Shelter\/0 for Shelter, shelter of (Shelter::0 Shelter::1|Shelter::1 Shelter::0)$/);
  });

  test('as the user default, without a password, where the farm has no auth', async () => {
    const at = freeAddress();
    await monitor(main.sentinels, 'None::0', at);
    const pod = await farm.pod({ at, auth: 'none' });
    await pod.says(/open: bound\/None::0\/0 for default$/);
    expect(await ask(at, undefined, 'SET', 'key', 'value')).toBe('OK');
    expect(await ask(at, undefined, 'FLUSHALL')).toMatchObject({ message: expect.stringContaining('NOPERM') });
  });

  test('with its data, as member, when a replicated partition is persistent', async () => {
    const replicated = await farm.group('replicated-0', 'replicated');
    farm.groups(main, replicated);
    const at = freeAddress();
    await monitor(main.sentinels, 'Kept::0', at);
    const first = await farm.pod({ at, persistence: 'aof' });
    await first.says(/open: bound\/Kept::0/);
    await ask(at, application('Kept'), 'SET', 'key', 'value');
    await first.process.stop('SIGTERM');
    for (const sentinel of main.sentinels) await farm.remove(sentinel, 'Kept::0');
    await monitor(replicated.sentinels, 'Kept::0', at);
    const second = await farm.pod({ at, persistence: 'aof' });
    await second.says(/open: member\/Kept::0\/0 for Kept$/);
    expect(await ask(at, application('Kept'), 'GET', 'key')).toBe('value');
    expect(await second.aclOf('replication')).toContain(' on ');
    expect(await second.aclOf('sentinel')).toContain('+slaveof');
  });
});

describe('a sentinel that does not answer', () => {
  test('costs about a second when it hangs, nothing when it is gone', async () => {
    const group = await farm.group('main-1');
    const hanging = freeAddress();
    const gone = freeAddress();
    await monitor(group.sentinels, 'Hang::0', hanging);
    await monitor(group.sentinels, 'Hang::1', gone);
    farm.groups(group);
    group.processes[0]?.signal('SIGSTOP');
    const slow = await farm.pod({ at: hanging });
    await slow.says(/open: bound/, 5_000);
    const hangMs = Date.now() - slow.process.startedAt;
    expect(hangMs).toBeGreaterThan(900);
    await group.processes[0]?.stop();
    const quick = await farm.pod({ at: gone });
    await quick.says(/open: bound/, 5_000);
    expect(Date.now() - quick.process.startedAt).toBeLessThan(hangMs);
  });

  test('leaves the pod locked when it takes the majority away, until it answers again', async () => {
    const group = await farm.group('main-2');
    const at = freeAddress();
    await monitor(group.sentinels, 'Few::0', at);
    farm.groups(group);
    for (const process of group.processes.slice(1)) process.signal('SIGSTOP');
    const pod = await farm.pod({ at });
    await pod.says(/locked: not enough answers: main-2 1 of 3$/);
    expect(await pod.claim()).toBe('locked');
    for (const process of group.processes.slice(1)) process.signal('SIGCONT');
    await pod.says(/open: bound\/Few::0/);
    await until('the fence has ended', async () => (await pod.claim()) === 'bound/Few::0/0');
  });
});
