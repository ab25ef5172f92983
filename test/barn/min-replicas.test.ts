import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type RunningBarn, runBarn } from '../../src/cli/run-barn.js';
import { seedFarm } from '../../src/cli/seed-farm.js';
import type { CacheCluster } from '../../src/farm/model.js';
import { claimOf, type PartitionFact } from '../../src/world/facts.js';
import type { World } from '../../src/world/model.js';
import { until } from '../builders/processes.js';
import { type RunningFarm, runFarm, smallFarm } from '../builders/running-farm.js';

const NAME = 'Chat.room::0';

/** How a write at `address` ends. */
async function write(running: RunningFarm, address: string): Promise<string> {
  try {
    return String(await running.access.connections.use(address, (redis) => redis.call('SET', 'k', 'v')));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** What every pod says of itself, by address. */
async function required(running: RunningFarm, world: World): Promise<ReadonlyMap<string, number>> {
  const up = world.pods.filter((pod) => pod.instance.state === 'up');
  const asked = up.map(async ({ address }) => {
    const reply = await running.access.connections.use(address, (redis) =>
      redis.call('CONFIG', 'GET', 'min-replicas-to-write'),
    );
    return [address, Number((reply as string[])[1])] as const;
  });
  return new Map(await Promise.all(asked));
}

describe('minReplicas on a farm of real processes', () => {
  let running: RunningFarm;
  let barn: RunningBarn | undefined;
  let clusters: (declared: readonly CacheCluster[]) => readonly CacheCluster[] = (declared) => declared;

  const start = (): RunningBarn =>
    runBarn(
      {
        ...running.access,
        observe: async () => {
          const world = await running.access.observe();
          return { ...world, cacheClusters: clusters(world.cacheClusters) };
        },
      },
      { controller: 7, intervalMs: 250 },
    );

  beforeAll(async () => {
    running = await runFarm(
      smallFarm({
        cacheClusters: [
          { clusterName: 'User.id', clusterSize: 2, tier: 'M1' },
          { clusterName: 'Chat.room', clusterSize: 1, partitionSize: 3, minReplicas: 2, tier: 'M4' },
        ],
      }),
    );
    const { settled } = await seedFarm(running.access, { timeoutMs: 60_000 });
    expect(settled).toBe(true);
  }, 90_000);
  afterAll(async () => {
    await barn?.stop();
    await running.stop();
  });

  async function partition(): Promise<PartitionFact> {
    const { facts } = await running.look();
    const found = facts.partitions.find(({ name }) => name === NAME);
    if (!found) throw new Error(`${NAME} is not declared`);
    return found;
  }
  const master = async (): Promise<string> => (await partition()).agreed ?? '';
  /** Every member, and nobody else, requires so many; nobody at all: 0. */
  async function onlyMembersRequire(count: number): Promise<boolean> {
    const { world } = await running.look();
    const asked = await required(running, world);
    return world.pods.every((pod) => {
      const says = asked.get(pod.address);
      return says === undefined || says === (claimOf(pod)?.kind === 'member' ? count : 0);
    });
  }

  test('declared from the start: the members require it, nobody else does, and writes are taken', async () => {
    await until('the replicas to be in step', async () => (await write(running, await master())) === 'OK', 20_000);
    expect((await partition()).claimedBy).toHaveLength(3);
    expect(await onlyMembersRequire(2)).toBe(true);
  }, 60_000);

  test('a replica is lost while Barn is away: writes are refused until Barn has attached one again', async () => {
    const before = await partition();
    const lost = before.claimedBy.find(({ address }) => address !== before.agreed);
    if (!lost) throw new Error('no replica');
    running.embedded.killContainer(lost.datacenter, lost.name, 'redis');
    await until('a refusal', async () => (await write(running, await master())).startsWith('NOREPLICAS'), 20_000);
    barn = start();
    await until('a write', async () => (await write(running, await master())) === 'OK', 30_000);
    await until('three members that require it', async () => onlyMembersRequire(2), 20_000);
  }, 90_000);

  test('a promoted replica requires it too', async () => {
    const before = await partition();
    const old = before.at;
    if (!old) throw new Error('no master');
    running.embedded.killContainer(old.datacenter, old.name, 'redis');
    await until(
      'another master that takes writes',
      async () => {
        const now = await master();
        return now !== '' && now !== old.address && (await write(running, now)) === 'OK';
      },
      40_000,
    );
    await until('three members that require it', async () => onlyMembersRequire(2), 20_000);
  }, 90_000);

  test('less is declared, with one copy less: writes go on, and the pod that is released takes writes of its own', async () => {
    clusters = (declared) =>
      declared.map((cluster) =>
        cluster.clusterName === 'Chat.room' ? { ...cluster, partitionSize: 2, minReplicas: 1 } : cluster,
      );
    const refused: string[] = [];
    await until(
      'two members',
      async () => {
        const said = await write(running, await master());
        if (said !== 'OK') refused.push(said);
        return (await partition()).claimedBy.length === 2 && (await onlyMembersRequire(1));
      },
      30_000,
    );
    expect(refused).toEqual([]);
    clusters = (declared) =>
      declared.map((cluster) => {
        const { minReplicas: _, ...rest } = cluster;
        return cluster.clusterName === 'Chat.room' ? { ...rest, partitionSize: 2 } : cluster;
      });
    await until('nobody to require anything', async () => onlyMembersRequire(0), 20_000);
  }, 90_000);
});
