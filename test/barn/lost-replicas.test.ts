import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { nameCommands, sendAll } from '../../src/act/act-on-sentinel.js';
import type { BarnEvent } from '../../src/barn/barn.js';
import { type RunningBarn, runBarn } from '../../src/cli/run-barn.js';
import { seedFarm } from '../../src/cli/seed-farm.js';
import type { PartitionFact } from '../../src/world/facts.js';
import { until } from '../builders/processes.js';
import { type RunningFarm, runFarm, smallFarm } from '../builders/running-farm.js';

const NAME = 'Chat.room::0';
const KEYS = 200;

describe('a replicated partition of real processes', () => {
  let running: RunningFarm;
  let barn: RunningBarn | undefined;
  const events: BarnEvent[] = [];

  beforeAll(async () => {
    running = await runFarm(
      smallFarm({ cacheClusters: [{ clusterName: 'Chat.room', clusterSize: 1, partitionSize: 3, tier: 'M4' }] }),
    );
    expect((await seedFarm(running.access, { timeoutMs: 60_000 })).settled).toBe(true);
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
  async function inStep(): Promise<boolean> {
    const { claimedBy, agreed } = await partition();
    const copies = claimedBy.filter(
      ({ address, instance }) =>
        instance.state === 'up' && (address === agreed || (instance.masterAddress === agreed && instance.masterLinkUp)),
    );
    return copies.length === 3;
  }
  const call = async (address: string, command: string, ...args: readonly string[]): Promise<unknown> =>
    running.access.connections.use(address, (redis) => redis.call(command, ...args));

  /** Every sentinel is told the name anew, of a master that says nothing: nobody knows a replica any more. */
  async function forgetReplicas({ known, agreed = '' }: PartitionFact): Promise<void> {
    for (const { sentinel, view } of known) {
      const commands = nameCommands(
        {
          kind: 'name-partition',
          partition: NAME,
          sentinel,
          peers: known.filter((peer) => peer.sentinel !== sentinel).map((peer) => peer.sentinel),
          address: agreed,
          epoch: view.epoch,
          options: view,
          replace: true,
        },
        running.access.credentials.sentinel,
      );
      const error = await running.access.connections.use(sentinel.address, (redis) => sendAll(redis, commands));
      expect(error).toBeUndefined();
    }
  }

  test('whose master restarted empty and whose replicas no sentinel knows any more is served again, with every key', async () => {
    await until('three copies in step', inStep, 20_000);
    const before = await partition();
    const { at, agreed = '' } = before;
    for (let i = 0; i < KEYS; i++) await call(agreed, 'SET', `k${i}`, String(i));
    expect(await call(agreed, 'WAIT', '2', '5000')).toBe(2);
    // Paused, it tells no sentinel anything while they forget.
    running.embedded.pauseContainer(at?.datacenter ?? '', at?.name ?? '', 'redis');
    await forgetReplicas(before);
    running.embedded.killContainer(at?.datacenter ?? '', at?.name ?? '', 'redis');
    await until(
      'the master to be back, locked and empty',
      async () => {
        const { instance } = (await partition()).at ?? {};
        return instance?.state === 'up' && instance.claim?.kind === 'locked' && instance.keys === 0;
      },
      20_000,
    );
    const { known } = await partition();
    expect(known.map(({ view }) => [view.address, view.replicas])).toEqual(known.map(() => [agreed, []]));

    barn = runBarn(running.access, { controller: 7, intervalMs: 250, told: (event) => events.push(event) });
    await until(
      'another pod to have the name',
      async () => ![undefined, agreed].includes((await partition()).agreed),
      10_000,
    );
    await until('three copies in step again', inStep, 60_000);
    const master = (await partition()).agreed ?? '';
    const values = (await call(master, 'MGET', ...Array.from({ length: KEYS }, (_, i) => `k${i}`))) as unknown[];
    expect(values).toEqual(Array.from({ length: KEYS }, (_, i) => String(i)));
    expect(await call(master, 'SET', 'k0', 'new')).toBe('OK');
    const reasons = events.flatMap((event) => (event.kind === 'decided' ? [event.decision.reason] : []));
    expect(reasons[0]).toBe('ReplicaPromoted');
    expect(reasons.filter((reason) => reason === 'ReplicaPromoted' || reason === 'CopiesLost')).toHaveLength(1);
  }, 180_000);
});
