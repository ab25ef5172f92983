import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { BarnEvent } from '../../src/barn/barn.js';
import { type RunningBarn, runBarn } from '../../src/cli/run-barn.js';
import { seedFarm } from '../../src/cli/seed-farm.js';
import { claimOf } from '../../src/world/facts.js';
import { until } from '../builders/processes.js';
import { type RunningFarm, runFarm, smallFarm } from '../builders/running-farm.js';

const NAME = 'Session::0';
const KEYS = 500;

/** One machine in each datacenter, and a cache cluster that stays in one of them: whatever it can move to is on the machine it is on. */
describe('another tier, where every idle pod of it stands on the machine of the source', () => {
  let running: RunningFarm;
  let barn: RunningBarn;
  let tier = 'M1';
  const events: BarnEvent[] = [];

  beforeAll(async () => {
    running = await runFarm(
      smallFarm({
        datacenters: ['a', 'b', 'c'].map((name) => ({ name, machines: { count: 1, memory: '4Gi' } })),
        tiers: [
          { name: 'M1', maxMemory: '64mb', memory: '96Mi', ports: [6378], replicas: 1 },
          { name: 'M4', maxMemory: '128mb', memory: '192Mi', ports: [6381], replicas: 1 },
        ],
        sentinelGroups: [{ name: 'main' }],
        cacheClusters: [
          { clusterName: 'Session', clusterSize: 1, tier, standbys: 0, placement: { datacenters: ['a'] } },
        ],
      }),
    );
    expect((await seedFarm(running.access, { timeoutMs: 60_000 })).settled).toBe(true);
    barn = runBarn(
      {
        ...running.access,
        observe: async () => {
          const world = await running.access.observe();
          return { ...world, cacheClusters: world.cacheClusters.map((cluster) => ({ ...cluster, tier })) };
        },
      },
      { controller: 7, intervalMs: 250, told: (event) => events.push(event) },
    );
  }, 90_000);
  afterAll(async () => {
    await barn?.stop();
    await running?.stop();
  });

  test('ends there, with every key', async () => {
    const at = async () => (await running.look()).facts.partitions.find(({ name }) => name === NAME)?.at;
    const source = await at();
    if (!source) throw new Error(`${NAME} is nowhere`);
    await running.access.connections.use(source.address, async (redis) => {
      for (let i = 0; i < KEYS; i++) await redis.set(`k${i}`, String(i));
    });
    tier = 'M4';
    await until('it to be on the other tier', async () => (await at())?.tier === 'M4', 30_000);
    const pod = await at();
    if (!pod) throw new Error(`${NAME} is nowhere`);
    expect([pod.machine, pod.datacenter]).toEqual([source.machine, source.datacenter]);
    const values = await running.access.connections.use(pod.address, (redis) =>
      redis.mget(Array.from({ length: KEYS }, (_, i) => `k${i}`)),
    );
    expect(values).toEqual(Array.from({ length: KEYS }, (_, i) => String(i)));
    await until(
      'the old pod to be given back',
      async () => {
        const left = (await running.look()).facts.podAt.get(source.address);
        return left !== undefined && claimOf(left)?.kind === 'locked';
      },
      20_000,
    );
    const reasons = events.flatMap((event) =>
      event.kind === 'decided' && event.decision.subject === NAME ? [event.decision.reason] : [],
    );
    expect(reasons).toContain('TierDiffers');
    // Nobody took it for dead in between.
    expect(reasons).not.toContain('PodCrashed');
  }, 90_000);
});
