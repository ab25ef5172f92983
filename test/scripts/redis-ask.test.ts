import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Address, freeAddress, until } from '../builders/processes.js';
import { type Pod, ScriptFarm } from './script-farm.js';
import { type Told, ToldSentinel } from './told-sentinel.js';

let farm: ScriptFarm;
let sentinels: readonly ToldSentinel[];
let at: Address;
let other: Address;
beforeEach(async () => {
  farm = new ScriptFarm();
  sentinels = await Promise.all([0, 1, 2].map(() => new ToldSentinel().start()));
  farm.groups({ name: 'main-0', kind: 'unreplicated', sentinels: sentinels.map((sentinel) => sentinel.at) });
  at = freeAddress();
  other = freeAddress();
});
afterEach(async () => {
  await farm.room.stopAll();
  for (const sentinel of sentinels) sentinel.stop();
});

/** What each of the three says; one list for all of them, or a list each. */
function tell(...names: readonly (readonly Told[])[]): void {
  for (const [i, sentinel] of sentinels.entries()) sentinel.names = names[i] ?? names[0] ?? [];
}

/** Greets the pod as sentinels do, until the test ends. */
async function greet(pod: Pod, name: string): Promise<() => void> {
  const text = `${other.ip},26379,${'0'.repeat(40)},0,${name},${other.ip},6379,0`;
  const timer = setInterval(() => void pod.barn('PUBLISH', '__sentinel__:hello', text), 500);
  return () => clearInterval(timer);
}

const asked = (): string[][] => sentinels.map((sentinel) => sentinel.asked);

describe('a pod asks', () => {
  test('two of three sentinels, one question each, when they do not know it: the third alone is no majority', async () => {
    tell([{ name: 'User.id::0', master: other }]);
    const pod = await farm.pod({ at });
    await pod.says(/locked: no majority of a sentinel group knows this address$/);
    expect(asked()).toEqual([['INFO sentinel'], ['INFO sentinel'], []]);
  });

  test('the third when one of the two is silent', async () => {
    tell([{ name: 'User.id::0', master: other }]);
    sentinels[0]?.stop();
    const pod = await farm.pod({ at });
    await pod.says(/locked: no majority of a sentinel group knows this address$/);
    expect(asked().slice(1)).toEqual([['INFO sentinel'], ['INFO sentinel']]);
  });

  test('all three, about the one name that has its address', async () => {
    tell([
      { name: 'User.id::0', master: other },
      { name: 'User.id::1', master: at, epoch: 5 },
    ]);
    const pod = await farm.pod({ at });
    await pod.says(/open: bound\/User\.id::1\/5 for User\.id$/);
    const names = ['SENTINEL MASTER User.id::1', 'SENTINEL REPLICAS User.id::1', 'PING', 'PING'];
    const info = ['INFO sentinel'];
    expect(asked().map((list) => list.slice(0, 5))).toEqual([
      [...info, ...names],
      [...info, ...names],
      expect.arrayContaining(names),
    ]);
  });

  test('about the names under which it is greeted, and no others', async () => {
    const replicas = [at];
    tell([0, 1, 2, 3].map((i) => ({ name: `User.id::${i}`, master: other, epoch: i, replicas })));
    const pod = await farm.pod({ at });
    const stop = await greet(pod, 'User.id::2');
    await pod.says(/open: standby\/User\.id\/2 for User\.id$/);
    stop();
    expect(
      asked()
        .flat()
        .filter((command) => command.startsWith('SENTINEL') && !command.endsWith('::2')),
    ).toEqual([]);
  }, 20_000);
});

describe('a pod that nobody knows', () => {
  test('only listens for half a minute and another, and asks nobody until it is greeted', async () => {
    tell([{ name: 'User.id::0', master: other }]);
    const pod = await farm.pod({ at, env: { FARM_POD: 'redis-m1-6379-1' } });
    await pod.says(/locked: no majority of a sentinel group knows this address$/);
    const once = [['INFO sentinel'], ['INFO sentinel'], []];
    const listens = async () => String(await pod.barn('CLIENT', 'LIST', 'TYPE', 'pubsub')).includes('user=barn');
    await until('it listens', listens, 40_000);
    expect(asked()).toEqual(once);
    await until('it has listened', async () => !(await listens()));
    await until('it listens again', listens, 40_000);
    expect(asked()).toEqual(once);
    tell([{ name: 'User.id::0', master: at }]);
    const stop = await greet(pod, 'User.id::0');
    await pod.says(/open: bound\/User\.id::0\/0 for User\.id$/);
    stop();
  }, 100_000);
});

describe('a pod does not believe', () => {
  test('a greeting that no sentinel confirms', async () => {
    tell([{ name: 'User.id::0', master: other, replicas: [freeAddress()] }]);
    const pod = await farm.pod({ at });
    const stop = await greet(pod, 'User.id::0');
    await pod.says(/locked: no majority of a sentinel group knows this address$/);
    stop();
    expect(asked().flat()).toContain('SENTINEL REPLICAS User.id::0');
  }, 20_000);

  test('the first answer when the second says that the address has moved', async () => {
    const moved = { master: other, epoch: 7, replicas: [at] };
    tell([{ name: 'User.id::0', master: at, later: moved }]);
    const pod = await farm.pod({ at });
    await pod.says(/^fence: open: standby\/User\.id\/7 for User\.id$/);
    expect(pod.process.output).not.toContain('bound');
  });

  test('two sentinels when the third is moving the address, by its second answer', async () => {
    const still = [{ name: 'User.id::0', master: at, epoch: 3 }];
    tell([{ ...(still[0] as Told), later: { master: other, epoch: 7, replicas: [at] } }], still, still);
    const pod = await farm.pod({ at });
    await pod.says(/locked: a failover has begun of User\.id::0$/);
    expect(await pod.claim()).toBe('locked');
  });

  test.each(['master,o_down', 'master,failover_in_progress'])('a master with the flags %s', async (flags) => {
    tell([{ name: 'User.id::0', master: at }], [{ name: 'User.id::0', master: at, later: { flags } }]);
    const pod = await farm.pod({ at });
    await pod.says(/locked: a failover has begun of User\.id::0$/);
    expect(await pod.claim()).toBe('locked');
  });

  test.each(['two words::0', '*::0', '$(id)::0', ';::0', 'a/b::0', 'x,y::0'])(
    'in a name that is none: %s',
    async (name) => {
      tell([{ name, master: at }]);
      const pod = await farm.pod({ at });
      await pod.says(/locked: this address belongs to no partition of ours: \?$/);
      expect(await pod.claim()).toBe('locked');
      expect(
        asked()
          .flat()
          .filter((command) => command.startsWith('SENTINEL')),
      ).toEqual([]);
    },
  );
});
