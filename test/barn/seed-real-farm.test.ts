import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { planOnce } from '../../src/barn/seed.js';
import { seedFarm } from '../../src/cli/seed-farm.js';
import { claimText } from '../../src/farm/access.js';
import { measureSpread, worstExcess } from '../../src/plan/placement/bounds.js';
import { claimOf } from '../../src/world/facts.js';
import { measureProgress } from '../../src/world/progress.js';
import { until } from '../builders/processes.js';
import { type RunningFarm, runFarm, smallFarm } from '../builders/running-farm.js';

const PROGRAM = fileURLToPath(new URL('../../lib/src/cli/main.js', import.meta.url));

/** partition -> the addresses that sentinels give and pods claim, which must be one. */
async function owners(running: RunningFarm): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const { facts, world } = await running.look();
  const owners = new Map<string, Set<string>>();
  const add = (partition: string, address: string): void => {
    owners.set(partition, (owners.get(partition) ?? new Set()).add(address));
  };
  for (const { name, known } of facts.partitions) for (const { view } of known) add(name, view.address);
  for (const pod of world.pods) {
    const claim = claimOf(pod);
    if (claim?.kind === 'bound') add(claim.partition, pod.address);
  }
  return owners;
}

async function expectWhole(running: RunningFarm): Promise<void> {
  const { farm, world, facts } = await running.look();
  const progress = measureProgress(farm, facts);
  expect(progress).toMatchObject({ serving: progress.declared, named: progress.declared, armed: progress.toArm });
  expect(worstExcess(measureSpread(farm, world, facts))).toEqual({ datacenter: 0, machine: 0 });
  const seen = await owners(running);
  for (const [partition, addresses] of seen) expect([partition, addresses.size]).toEqual([partition, 1]);
  const addresses = [...seen.values()].flatMap((set) => [...set]);
  expect(new Set(addresses).size).toBe(addresses.length);
}

describe('a seed that is killed and run again', () => {
  let running: RunningFarm;
  beforeAll(async () => {
    running = await runFarm(smallFarm());
  }, 60_000);
  afterAll(() => running.stop());

  /** Starts the command-line seed and kills it for good once the farm shows `enough` claims or names. */
  async function killedSeed(enough: number): Promise<void> {
    const child = spawn(process.execPath, [PROGRAM, 'seed', '--state', running.embedded.state], { stdio: 'ignore' });
    const exited = new Promise((resolve) => child.once('exit', resolve));
    try {
      await until(
        `${enough} effects of the seed`,
        async () => {
          const { world, facts } = await running.look();
          const claims = world.pods.filter((pod) => claimOf(pod)?.kind !== 'locked').length;
          const names = facts.partitions.reduce((sum, { known }) => sum + known.length, 0);
          return claims + names >= enough || child.exitCode !== null;
        },
        30_000,
      );
    } finally {
      child.kill('SIGKILL');
      await exited;
    }
  }

  test('binds every partition once, whatever it left half done', async () => {
    for (const enough of [1, 6, 16]) await killedSeed(enough);
    const result = await seedFarm(running.access, { timeoutMs: 30_000 });
    expect(result.settled).toBe(true);
    await expectWhole(running);
  }, 90_000);

  test('does nothing when it is run once more', async () => {
    const { world } = await running.look();
    const before = world.pods.map((pod) => [pod.address, JSON.stringify(claimOf(pod))]);
    expect(planOnce(running.access.frame, world, 1, 0).decisions).toEqual([]);
    const result = await seedFarm(running.access, { timeoutMs: 30_000 });
    expect(result).toMatchObject({ settled: true, passes: 1 });
    const after = (await running.look()).world.pods.map((pod) => [pod.address, JSON.stringify(claimOf(pod))]);
    expect(after).toEqual(before);
  });

  test('reads and writes go through plain ioredis in Sentinel mode, with the cache cluster as user', async () => {
    const { world } = await running.look();
    const sentinels = world.groups.find((group) => group.name === 'main-0')?.sentinels ?? [];
    const password = running.embedded.secrets.application;
    const redis = new Redis({
      sentinels: sentinels.map(({ address }) => ({
        host: address.split(':')[0] ?? '',
        port: Number(address.split(':')[1]),
      })),
      name: 'User.id::3',
      username: 'User.id',
      password,
      sentinelUsername: 'app',
      sentinelPassword: password,
    });
    try {
      await redis.set('k', '값');
      expect(await redis.get('k')).toBe('값');
    } finally {
      redis.disconnect();
    }
  });

  test('a replicated partition has its replicas in other datacenters, and they hold its data', async () => {
    const { facts } = await running.look();
    const partition = facts.partitions.find(({ name }) => name === 'Chat.room::0');
    const members = partition?.claimedBy ?? [];
    expect(new Set(members.map((pod) => pod.datacenter)).size).toBe(3);
    await running.access.connections.use(partition?.agreed ?? '', (master) => master.set('seen', 'everywhere'));
    const others = members.filter((pod) => pod.address !== partition?.agreed);
    expect(others).toHaveLength(2);
    for (const pod of others) {
      const read = () => running.access.connections.use(pod.address, (replica) => replica.get('seen'));
      await until(`the key on ${pod.address}`, async () => (await read()) === 'everywhere');
    }
  });

  test('a pod that restarts in place serves the same partition again, cold, without a seed', async () => {
    const { facts } = await running.look();
    const partition = facts.partitions.find(({ name }) => name === 'User.id::0');
    const pod = facts.podAt.get(partition?.agreed ?? '');
    if (pod?.instance.state !== 'up') throw new Error('User.id::0 has no pod');
    const { runId } = pod.instance;
    running.embedded.killContainer(pod.datacenter, pod.name, 'redis');
    await until('the pod to be open again', async () => {
      const again = (await running.look()).world.pods.find(({ address }) => address === pod.address);
      return (
        again?.instance.state === 'up' &&
        again.instance.runId !== runId &&
        again.instance.claimText.startsWith('bound/User.id::0/')
      );
    });
  }, 30_000);
});

describe('two farms side by side', () => {
  test('do not mix: each has its own addresses, sentinels and partitions', async () => {
    const one = await runFarm(smallFarm({ name: 'one' }));
    try {
      const two = await runFarm(smallFarm({ name: 'two' }));
      try {
        const results = await Promise.all([one, two].map((running) => seedFarm(running.access, { timeoutMs: 60_000 })));
        expect(results.map((result) => result.settled)).toEqual([true, true]);
        await expectWhole(one);
        await expectWhole(two);
        const addresses = await Promise.all(
          [one, two].map(async (running) => (await running.look()).world.pods.map((pod) => pod.address)),
        );
        expect(addresses[0]?.filter((address) => addresses[1]?.includes(address))).toEqual([]);
        for (const running of [one, two])
          for (const sentinel of (await running.look()).world.groups.flatMap((group) => group.sentinels))
            if (sentinel.state === 'up') for (const view of sentinel.names) expect(view.otherSentinels).toBe(2);
      } finally {
        await two.stop();
      }
    } finally {
      await one.stop();
    }
  }, 120_000);
});

describe('two seeds at once', () => {
  test('settle without a pod bound twice', async () => {
    const running = await runFarm(smallFarm());
    try {
      await Promise.all([1, 2].map(() => seedFarm(running.access, { timeoutMs: 60_000 })));
      const last = await seedFarm(running.access, { timeoutMs: 60_000 });
      expect(last.settled).toBe(true);
      await expectWhole(running);
    } finally {
      await running.stop();
    }
  }, 120_000);
});

describe('farm -> manifests -> pods -> world', () => {
  test('gives the same farm again', async () => {
    const farm = smallFarm();
    const running = await runFarm(farm);
    try {
      const seen = await running.look();
      const byName = (x: { clusterName: string }, y: { clusterName: string }): number =>
        x.clusterName < y.clusterName ? -1 : 1;
      expect({ ...seen.farm, cacheClusters: [...seen.farm.cacheClusters].sort(byName) }).toEqual({
        ...farm,
        cacheClusters: [...farm.cacheClusters].sort(byName),
      });
      const pods = seen.world.pods.map((pod) => `${pod.datacenter} ${pod.tier} ${pod.port}`).sort();
      const declared = farm.datacenters.flatMap(({ name }) =>
        farm.tiers.flatMap((tier) =>
          tier.ports.flatMap((port) => Array.from({ length: tier.replicas }, () => `${name} ${tier.name} ${port}`)),
        ),
      );
      expect(pods).toEqual(declared.sort());
      const sentinels = seen.world.groups.map((group) => [group.name, group.sentinels.length]);
      expect(sentinels).toEqual(farm.sentinelGroups.map((group) => [group.name, group.size]));
      expect(
        seen.world.pods.map((pod) => (claimOf(pod) ? claimText(claimOf(pod) ?? { kind: 'locked' }) : 'none')),
      ).toEqual(pods.map(() => 'locked'));
    } finally {
      await running.stop();
    }
  }, 60_000);
});
