import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type RunningBarn, runBarn } from '../../src/cli/run-barn.js';
import { seedFarm } from '../../src/cli/seed-farm.js';
import type { PartitionFact } from '../../src/world/facts.js';
import { until } from '../builders/processes.js';
import { type RunningFarm, runFarm, smallFarm } from '../builders/running-farm.js';

const NAME = 'Chat.room::0';
const KEYS = 500;

describe('pods of a replicated partition on a farm of real processes', () => {
  let running: RunningFarm;
  let barn: RunningBarn;
  let draining: (datacenter: string, machine: string) => boolean = () => false;

  beforeAll(async () => {
    running = await runFarm(
      smallFarm({
        cacheClusters: [{ clusterName: 'Chat.room', clusterSize: 1, partitionSize: 3, minReplicas: 1, tier: 'M4' }],
      }),
    );
    expect((await seedFarm(running.access, { timeoutMs: 60_000 })).settled).toBe(true);
    barn = runBarn(
      {
        ...running.access,
        observe: async () => {
          const world = await running.access.observe();
          return {
            ...world,
            pods: world.pods.map((pod) => ({ ...pod, draining: draining(pod.datacenter, pod.machine) })),
          };
        },
      },
      { controller: 7, intervalMs: 250 },
    );
  }, 90_000);
  afterAll(async () => {
    await barn?.stop();
    await running.stop();
  });

  async function partition(): Promise<PartitionFact> {
    const found = (await running.look()).facts.partitions.find(({ name }) => name === NAME);
    if (!found) throw new Error(`${NAME} is not declared`);
    return found;
  }
  /** Datacenters of its pods, when there are three and the replicas are in step. */
  async function settledIn(): Promise<readonly string[]> {
    const { claimedBy, agreed } = await partition();
    const inStep = claimedBy.filter(
      ({ address, instance }) =>
        instance.state === 'up' && (address === agreed || (instance.masterAddress === agreed && instance.masterLinkUp)),
    );
    return inStep.length === 3 && claimedBy.length === 3 ? inStep.map(({ datacenter }) => datacenter).sort() : [];
  }
  const call = async (command: string, ...args: readonly string[]): Promise<unknown> =>
    running.access.connections.use((await partition()).agreed ?? '', (redis) => redis.call(command, ...args));

  test('leave a drained datacenter, also the master, and spread again afterwards, with every key', async () => {
    await until('three copies apart', async () => (await settledIn()).join() === 'a,b,c', 20_000);
    await until(
      'a first write',
      async () =>
        call('SET', 'k0', '0').then(
          () => true,
          () => false,
        ),
      20_000,
    );
    for (let i = 0; i < KEYS; i++) await call('SET', `k${i}`, String(i));
    const left = (await partition()).at?.datacenter ?? '';
    draining = (datacenter) => datacenter === left;
    await until(
      'the datacenter to be empty',
      async () => {
        const now = await settledIn();
        return now.length === 3 && !now.includes(left);
      },
      60_000,
    );
    draining = () => false;
    await until('three copies apart again', async () => (await settledIn()).join() === 'a,b,c', 60_000);
    const values = (await call('MGET', ...Array.from({ length: KEYS }, (_, i) => `k${i}`))) as readonly unknown[];
    expect(values).toEqual(Array.from({ length: KEYS }, (_, i) => String(i)));
  }, 180_000);
});
