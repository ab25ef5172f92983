import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type Address, ask, freeAddress, until } from '../builders/processes.js';
import {
  claimAsBarn,
  hello,
  type LiveGroup,
  monitor,
  nameWithStandby,
  type Pod,
  ScriptFarm,
  secretOf,
} from './script-farm.js';

const farm = new ScriptFarm();
let main: LiveGroup;
beforeAll(async () => {
  main = await farm.group('main-0');
});
beforeEach(() => farm.groups(main));
afterAll(() => farm.room.stopAll());

/** Locked means: the marker says so, and no user but our own can log in. */
async function expectLocked(pod: Pod): Promise<void> {
  expect(await pod.claim()).toBe('locked');
  const on = ((await pod.barn('ACL', 'LIST')) as string[])
    .filter((line) => line.split(' ')[2] === 'on')
    .map((line) => line.split(' ')[1]);
  expect(on.sort()).toEqual(['barn', 'exporter', 'sentinel']);
  expect(await ask(pod.at, undefined, 'PING')).toMatchObject({ message: expect.stringContaining('NOAUTH') });
}

describe('the fence leaves a pod locked', () => {
  test('that no sentinel knows', async () => {
    const pod = await farm.pod();
    await pod.says(/locked: no majority of a sentinel group knows this address$/);
    await expectLocked(pod);
  });

  test('that only one of three sentinels takes for a master', async () => {
    const at = freeAddress();
    await monitor(main.sentinels.slice(0, 1), 'Minority::0', at);
    const pod = await farm.pod({ at });
    await pod.says(/locked: no majority/);
    await expectLocked(pod);
  });

  test('when two of three sentinels are down', async () => {
    const group = await farm.group('main-1');
    const at = freeAddress();
    await monitor(group.sentinels, 'Down::0', at);
    farm.groups(group);
    await Promise.all(group.processes.slice(1).map((process) => process.stop()));
    const pod = await farm.pod({ at });
    await pod.says(/locked: not enough answers: main-1 1 of 3$/);
    await expectLocked(pod);
  });

  test('when the sentinels refuse its password, and says so', async () => {
    const group = await farm.group('main-2');
    const at = freeAddress();
    await monitor(group.sentinels, 'Refused::0', at);
    farm.groups(group);
    farm.room.file('secrets/pod', 'another');
    const pod = await farm.pod({ at });
    await pod.says(/locked: not enough answers: main-2 0 of 3 \(3 refused the user pod\)$/);
    farm.room.file('secrets/pod', secretOf('pod'));
    await expectLocked(pod);
  });

  test('whose address belongs to partitions of two cache clusters', async () => {
    const at = freeAddress();
    for (const name of ['One::0', 'Two::0']) await monitor(main.sentinels, name, at);
    const pod = await farm.pod({ at });
    await pod.says(/locked: this address has several owners: (One::0 Two::0|Two::0 One::0)$/);
    await expectLocked(pod);
  });

  test('that is a standby of two cache clusters', async () => {
    const at = freeAddress();
    for (const name of ['Three::0', 'Four::0']) await nameWithStandby(main, name, freeAddress(), at);
    const pod = await farm.pod({ at });
    await pod.says(/locked: replica of several cache clusters: /);
    await expectLocked(pod);
  });

  test.each(['barn-selftest', 'barn::0', 'default::1', 'Zero::01', 'Text::a'])(
    'under a name that is no partition of ours: %s',
    async (name) => {
      const at = freeAddress();
      await monitor(main.sentinels, name, at);
      const pod = await farm.pod({ at });
      await pod.says(/locked: this address has several owners|locked: this address belongs to no partition/);
      await expectLocked(pod);
      for (const sentinel of main.sentinels) await farm.remove(sentinel, name);
    },
  );

  test('whose name carries an epoch that no controller of ours counts to', async () => {
    const group = await farm.group('main-3');
    const at = freeAddress();
    await monitor(group.sentinels, 'Epoch::0', freeAddress());
    await hello(group, 'Epoch::0', at, 1e17);
    farm.groups(group);
    const pod = await farm.pod({ at });
    await pod.says(/locked: this address belongs to no partition/);
    await expectLocked(pod);
  });

  test('whose address one sentinel, ahead of the others, has already taken away', async () => {
    // Three groups of one sentinel would gossip at once if they knew each other; so they are told of each other only through the list of hosts.
    const groups = await Promise.all(['ahead-1', 'ahead-2', 'ahead-3'].map((name) => farm.group(name)));
    const sentinels = groups.map((group) => group.sentinels[0] as Address);
    const at = freeAddress();
    await monitor(sentinels, 'Ahead::0', at);
    const ahead = { name: 'ahead', kind: 'unreplicated', sentinels: sentinels.slice(0, 1) } as const;
    await hello(ahead, 'Ahead::0', freeAddress(), 7);
    farm.groups({ ...ahead, sentinels });
    const pod = await farm.pod({ at });
    await pod.says(/locked: a failover has begun of Ahead::0$/);
    await expectLocked(pod);
  });

  test('that is a standby by the sentinels but holds keys', async () => {
    const at = freeAddress();
    farm.groups();
    const first = await farm.pod({ at, persistence: 'aof' });
    await first.barn('SET', 'left', 'behind');
    await first.process.stop('SIGTERM');
    await nameWithStandby(main, 'Keys::0', freeAddress(), at);
    farm.groups(main);
    const second = await farm.pod({ at, persistence: 'aof' });
    await second.says(/locked: standby of Keys by the sentinels, but it holds keys$/);
    await expectLocked(second);
    expect(await second.barn('DBSIZE')).toBe(1);
  });

  test('that has no sentinel groups, and asks nobody', async () => {
    farm.groups();
    const pod = await farm.pod();
    await pod.says(/locked: no sentinel group is declared$/);
    await expectLocked(pod);
  });
});

describe('the fence and Barn', () => {
  test('a claim that Barn made while the fence was asking stays as it is', async () => {
    const group = await farm.group('main-4');
    const at = freeAddress();
    await monitor(group.sentinels, 'Race::0', at);
    farm.groups(group);
    group.processes[0]?.signal('SIGSTOP');
    const pod = await farm.pod({ at });
    await until('the fence has begun to ask', () => existsSync(`${farm.podEnv(at).FARM_RUN}/answer.1`));
    expect(await claimAsBarn(pod, { kind: 'bound', partition: 'Other::5', epoch: 9 })).toBeUndefined();
    await pod.says(/locked: the claim bound\/Race::0\/0 was not taken: .*password you are trying to remove/);
    await pod.says(/done: claimed by somebody else as bound\/Other::5\/9$/);
    expect(await pod.claim()).toBe('bound/Other::5/9');
    expect(await pod.aclOf('Race')).toBeUndefined();
    expect(await pod.aclOf('Other')).toContain(' on ');
  });

  test.each([
    ['a claim of ours', 'bound/Other::5/9'],
    ['text that no version of ours wrote', 'v2:something'],
  ])('it ends without touching a pod whose marker holds %s', async (_, text) => {
    const group = await farm.group('main-5');
    const at = freeAddress();
    await monitor(group.sentinels, 'Late::0', at);
    farm.groups(group);
    for (const process of group.processes) process.signal('SIGSTOP');
    const pod = await farm.pod({ at });
    expect(await pod.barn('ACL', 'SETUSER', 'marker', '<locked', `>${text}`, 'resetkeys', `~${text}`)).toBe('OK');
    for (const process of group.processes) process.signal('SIGCONT');
    await pod.says(new RegExp(`done: claimed by somebody else as ${text}$|claim .* was not taken`));
    await pod.says(new RegExp(`done: claimed by somebody else as ${text}$`));
    expect(await pod.claim()).toBe(text);
    expect(await pod.aclOf('Late')).toBeUndefined();
  });

  test('a release between claim and opening is not undone: the last command fails when its user was deleted', async () => {
    farm.groups();
    const pod = await farm.pod();
    const shut = (user: string) => pod.barn('ACL', 'SETUSER', user, 'reset', '~*', '+get', '>token');
    const letIn = (user: string, how: string) => pod.barn('ACL', 'SETUSER', user, 'on', '<token', how);
    await shut('Gone');
    await pod.barn('ACL', 'DELUSER', 'Gone');
    expect(await letIn('Gone', '>password')).toBeInstanceOf(Error);
    expect(await pod.aclOf('Gone')).toBeUndefined();
    await shut('default');
    await pod.barn('ACL', 'SETUSER', 'default', 'reset');
    expect(await letIn('default', 'nopass')).toBeInstanceOf(Error);
    expect(await pod.aclOf('default')).toContain(' off ');
  });

  test('it ends when its server ends', async () => {
    farm.groups();
    const pod = await farm.pod();
    await pod.says(/locked/);
    const pid = pod.process.pid as number;
    process.kill(pid, 'SIGKILL');
    await until('the process group is empty', () => !groupLives(pid));
  });

  test('it does not busy itself while answers are missing: after 1 s, 2 s, 3 s, and at last each 5 s it asks again', async () => {
    // A farm of its own: pods of the tests before read the same list of sentinels, and would ask as well.
    const alone = new ScriptFarm();
    const at = freeAddress(26379);
    let connections = 0;
    const deaf = createServer((socket) => {
      connections++;
      socket.destroy();
    });
    await new Promise<void>((resolve) => deaf.listen(at.port, at.ip, resolve));
    try {
      alone.groups({ name: 'main-6', kind: 'unreplicated', sentinels: [at] });
      await alone.pod();
      await until('the first round', () => connections > 0);
      const began = Date.now();
      await until('nine seconds', () => Date.now() - began >= 9_000, 10_000);
      // At most the rounds at 0, 1, 3 and 6 s; redis-cli tries a lost connection twice again: 12. A busy machine makes it fewer, a busy loop hundreds.
      expect(connections).toBeGreaterThanOrEqual(2);
      expect(connections).toBeLessThanOrEqual(16);
    } finally {
      deaf.close();
      await alone.room.stopAll();
    }
  }, 30_000);

  test('it asks again after half a minute when nobody knew the address', async () => {
    const at = freeAddress();
    const pod = await farm.pod({ at });
    await pod.says(/locked: no majority/);
    await monitor(main.sentinels, 'Later::0', at);
    await pod.says(/open: bound\/Later::0/, 40_000);
    expect(Date.now() - pod.process.startedAt).toBeGreaterThan(24_000);
  }, 60_000);
});

function groupLives(pid: number): boolean {
  try {
    process.kill(-pid, 0);
    return true;
  } catch {
    return false;
  }
}
