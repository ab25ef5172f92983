import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import type { BarnEvent } from '../../src/barn/barn.js';
import { type RunningBarn, runBarn } from '../../src/cli/run-barn.js';
import { seedFarm } from '../../src/cli/seed-farm.js';
import { partitionOptions } from '../../src/client/index.js';
import { claimedCluster } from '../../src/farm/access.js';
import type { CacheCluster } from '../../src/farm/model.js';
import type { Reason } from '../../src/plan/reasons.js';
import { claimOf, type PartitionFact } from '../../src/world/facts.js';
import type { RedisPod, World } from '../../src/world/model.js';
import { measureProgress } from '../../src/world/progress.js';
import { until } from '../builders/processes.js';
import { type RunningFarm, runFarm, smallFarm } from '../builders/running-farm.js';

/** What a test changes of what Kubernetes would say. */
interface Declared {
  draining: ReadonlySet<string>;
  clusters: (clusters: readonly CacheCluster[]) => readonly CacheCluster[];
}

describe('Barn on a farm of real processes', () => {
  let running: RunningFarm;
  let barn: RunningBarn;
  let events: BarnEvent[];
  let declared: Declared;

  const asDeclared = (world: World): World => ({
    ...world,
    cacheClusters: declared.clusters(world.cacheClusters),
    pods: world.pods.map((pod) => ({ ...pod, draining: declared.draining.has(pod.machine) })),
  });
  const startBarn = (): RunningBarn =>
    runBarn(
      { ...running.access, observe: async () => asDeclared(await running.access.observe()) },
      { controller: 7, intervalMs: 250, told: (event) => events.push(event) },
    );

  beforeAll(async () => {
    declared = { draining: new Set(), clusters: (clusters) => clusters };
    running = await runFarm(smallFarm());
    const { settled } = await seedFarm(running.access, { timeoutMs: 60_000 });
    expect(settled).toBe(true);
  }, 90_000);
  afterAll(() => running.stop());

  beforeEach(async () => {
    events = [];
    declared = { draining: new Set(), clusters: (clusters) => clusters };
    barn = startBarn();
    await whole();
  }, 60_000);
  afterEach(async () => {
    await barn.stop();
    expect(events.filter(({ kind }) => kind === 'failed')).toEqual([]);
  });

  async function look() {
    const world = asDeclared(await running.access.observe());
    const seen = await running.look();
    return { ...seen, world };
  }
  /** Everything declared serves, is named everywhere, armed, and Barn has nothing left to do. */
  async function whole(): Promise<void> {
    await until(
      'the farm to be whole',
      async () => {
        const last = events.findLast((event) => event.kind === 'pass');
        if (last?.kind !== 'pass' || last.plan.decisions.length > 0) return false;
        const { farm, facts } = await running.look();
        const { declared: all, serving, named, armed, toArm } = measureProgress(farm, facts);
        return (
          declared.clusters(farm.cacheClusters) !== farm.cacheClusters ||
          (serving === all && named === all && armed === toArm)
        );
      },
      45_000,
    );
  }
  async function find(name: string): Promise<{ partition: PartitionFact; pod: RedisPod }> {
    const { facts } = await look();
    const partition = facts.partitions.find((candidate) => candidate.name === name);
    const pod = facts.podAt.get(partition?.agreed ?? '');
    if (!partition || !pod) throw new Error(`${name} is nowhere`);
    return { partition, pod };
  }
  function client(name: string): Redis {
    const [clusterName = '', index] = name.split('::');
    const { frame } = running.embedded;
    const sentinels = (barn.barn.world?.groups ?? [])
      .filter((group) => group.name === (clusterName === 'Chat.room' ? 'replicated-0' : 'main-0'))
      .flatMap((group) => group.sentinels)
      .map(({ address }) => ({ host: address.split(':')[0] ?? '', port: Number(address.split(':')[1]) }));
    const options = partitionOptions(
      { clusterName, clusterSize: 9, sentinels, password: running.embedded.secrets.application },
      Number(index),
    );
    const redis = new Redis({ ...options, maxRetriesPerRequest: 20 });
    redis.on('error', () => undefined);
    expect(frame.name).toBe('small');
    return redis;
  }
  const reasons = (): readonly Reason[] =>
    events.flatMap((event) => (event.kind === 'decided' ? [event.decision.reason] : []));
  const reasonsOf = (name: string): readonly Reason[] =>
    events.flatMap((event) =>
      event.kind === 'decided' && event.decision.subject === name ? [event.decision.reason] : [],
    );

  test('a killed pod: its partition is at the standby before Sentinel could know, and everything is armed again', async () => {
    const { pod } = await find('User.id::0');
    // With its machine, so that it is not back at its address before anybody has looked.
    await running.embedded.stopMachine(pod.machine);
    try {
      await until(
        'the name to move',
        async () => {
          const { facts } = await running.look();
          const agreed = facts.partitions.find(({ name }) => name === 'User.id::0')?.agreed;
          return agreed !== undefined && agreed !== pod.address;
        },
        20_000,
      );
      // Decided on a refused connection and lost links, not on a pod that was called down after down-after.
      expect(reasonsOf('User.id::0')[0]).toBe('PodCrashed');
    } finally {
      await running.embedded.startMachine(pod.machine);
    }
    await whole();
    const { pod: now } = await find('User.id::0');
    expect(claimOf(now)).toMatchObject({ kind: 'bound', partition: 'User.id::0' });
  }, 90_000);

  test('killed connections of a live pod move nothing', async () => {
    const { pod } = await find('User.id::1');
    for (let i = 0; i < 5; i++)
      await running.access.connections.use(pod.address, (redis) =>
        redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes'),
      );
    const passes = events.filter(({ kind }) => kind === 'pass').length;
    await until('three more passes', () => events.filter(({ kind }) => kind === 'pass').length >= passes + 3);
    expect(reasons()).toEqual([]);
    expect((await find('User.id::1')).pod.address).toBe(pod.address);
  }, 60_000);

  test('a hung pod: moved when a majority of sentinels calls it down; resumed, it is released and serves nobody', async () => {
    const { pod, partition } = await find('User.id::2');
    running.embedded.pauseContainer(pod.datacenter, pod.name, 'redis');
    try {
      const paused = performance.now();
      await until(
        'the name to move',
        async () => {
          const { facts } = await running.look();
          return facts.partitions.find(({ name }) => name === 'User.id::2')?.agreed !== pod.address;
        },
        20_000,
      );
      expect(performance.now() - paused).toBeGreaterThan(partition.group.downAfterMs - 200);
      expect(reasonsOf('User.id::2')[0]).toBe('PodSilent');
    } finally {
      running.embedded.resumeContainer(pod.datacenter, pod.name, 'redis');
    }
    await until(
      'the old pod to be given up',
      async () => {
        const again = (await running.look()).world.pods.find(({ address }) => address === pod.address);
        const claim = again && claimOf(again);
        return again?.instance.state === 'up' && !(claim?.kind === 'bound' && claim.partition === 'User.id::2');
      },
      20_000,
    );
    await whole();
  }, 90_000);

  test('without Barn Sentinel moves the partition to its standby; Barn, back again, makes it its own and arms it', async () => {
    await barn.stop();
    const { pod, partition } = await find('User.id::3');
    const standby = partition.known[0]?.view.replicas[0]?.address;
    running.embedded.pauseContainer(pod.datacenter, pod.name, 'redis');
    await until(
      'Sentinel to move it',
      async () => (await running.look()).facts.partitions.find(({ name }) => name === 'User.id::3')?.agreed === standby,
      20_000,
    );
    running.embedded.resumeContainer(pod.datacenter, pod.name, 'redis');
    events = [];
    barn = startBarn();
    await whole();
    expect(reasonsOf('User.id::3')).toContain('FailoverAdopted');
    expect(claimOf((await find('User.id::3')).pod)).toMatchObject({ kind: 'bound', partition: 'User.id::3' });
  }, 90_000);

  test('draining a machine moves its partitions with their data, under writes', async () => {
    const { pod } = await find('User.id::4');
    const writer = client('User.id::4');
    let written = 0;
    let over = false;
    try {
      for (; written < 2_000; written++) await writer.set(`k${written}`, String(written));
      const writing = (async () => {
        while (!over) {
          await writer.set(`k${written}`, String(written));
          written++;
        }
      })();
      declared.draining = new Set([pod.machine]);
      await until(
        'the machine to be empty',
        async () =>
          (await look()).world.pods
            .filter((one) => one.machine === pod.machine)
            .every((one) => claimOf(one)?.kind === 'locked'),
        40_000,
      );
      over = true;
      await writing;
      expect((await find('User.id::4')).pod.machine).not.toBe(pod.machine);
      expect(reasonsOf('User.id::4')).toContain('Draining');
      const values = await writer.mget(Array.from({ length: written }, (_, i) => `k${i}`));
      expect(values.filter((value) => value === null)).toEqual([]);
      expect(written).toBeGreaterThan(2_000);
    } finally {
      over = true;
      writer.disconnect();
    }
  }, 90_000);

  test('a replicated partition: the master dies, Sentinel fails over, no key is lost, three pods again', async () => {
    const writer = client('Chat.room::0');
    try {
      for (let i = 0; i < 200; i++) await writer.set(`r${i}`, String(i));
      const { pod, partition } = await find('Chat.room::0');
      expect(partition.claimedBy).toHaveLength(3);
      running.embedded.killContainer(pod.datacenter, pod.name, 'redis');
      await until(
        'another master, and three pods in step',
        async () => {
          const { facts } = await look();
          const now = facts.partitions.find(({ name }) => name === 'Chat.room::0');
          const followers = (now?.claimedBy ?? []).filter(
            ({ instance }) =>
              instance.state === 'up' && instance.masterAddress === now?.agreed && instance.masterLinkUp,
          );
          return (
            now?.agreed !== undefined &&
            now.agreed !== pod.address &&
            now.claimedBy.length === 3 &&
            followers.length === 2
          );
        },
        40_000,
      );
      expect(
        (await writer.mget(Array.from({ length: 200 }, (_, i) => `r${i}`))).filter((value) => value === null),
      ).toEqual([]);
    } finally {
      writer.disconnect();
    }
  }, 120_000);

  test('a cache cluster that shrinks gives its pods back empty, and grows again', async () => {
    declared.clusters = (clusters) =>
      clusters.map((cluster) => (cluster.clusterName === 'User.id' ? { ...cluster, clusterSize: 5 } : cluster));
    await until(
      'only five partitions',
      async () => {
        const { world } = await look();
        const names = new Set(
          world.groups.flatMap(({ sentinels }) =>
            sentinels.flatMap((s) => (s.state === 'up' ? s.names.map(({ partition }) => partition) : [])),
          ),
        );
        const gone = world.pods.every(
          (pod) =>
            !['User.id::5', 'User.id::6'].includes(
              (claimOf(pod) as { partition?: string } | undefined)?.partition ?? '',
            ),
        );
        return gone && !names.has('User.id::5') && !names.has('User.id::6');
      },
      20_000,
    );
    const { world } = await look();
    for (const pod of world.pods)
      if (pod.instance.state === 'up' && claimOf(pod)?.kind === 'locked') expect(pod.instance.keys).toBe(0);
    declared.clusters = (clusters) => clusters;
    await whole();
  }, 90_000);

  test('a machine that stops: all its partitions are served elsewhere, and no pod serves two cache clusters', async () => {
    const { pod } = await find('User.id::5');
    await running.embedded.stopMachine(pod.machine);
    try {
      await until(
        'everything to be served without it',
        async () => {
          const { farm, facts } = await running.look();
          const progress = measureProgress(farm, facts);
          const there = facts.partitions.filter(({ agreed }) => facts.podAt.get(agreed ?? '')?.machine === pod.machine);
          return progress.serving === progress.declared && there.length === 0;
        },
        40_000,
      );
      const { world, facts } = await look();
      for (const one of world.pods) {
        const claim = claimOf(one);
        const owner = claim && claimedCluster(claim);
        for (const name of facts.listed.get(one.address) ?? [])
          if (owner !== undefined) expect(name.startsWith(`${owner}::`)).toBe(true);
      }
    } finally {
      await running.embedded.startMachine(pod.machine);
    }
    await whole();
  }, 120_000);
});
