import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { type RunningBarn, runBarn } from '../../src/cli/run-barn.js';
import { seedFarm } from '../../src/cli/seed-farm.js';
import { USER } from '../../src/farm/access.js';
import type { Reason } from '../../src/plan/reasons.js';
import { claimOf, type PartitionFact, upInstance } from '../../src/world/facts.js';
import { until } from '../builders/processes.js';
import { type RunningFarm, runFarm, smallFarm } from '../builders/running-farm.js';

const DENIED = 'errorstat_NOPERM:count=';
const ANSWERED = 'total_commands_processed:';

describe('what sentinels ask of a bound pod, on real processes', () => {
  let running: RunningFarm;
  let barn: RunningBarn;
  const decided: { readonly reason: Reason; readonly subject: string }[] = [];

  beforeAll(async () => {
    running = await runFarm(smallFarm({ cacheClusters: [{ clusterName: 'User.id', clusterSize: 4, tier: 'M1' }] }));
    expect((await seedFarm(running.access, { timeoutMs: 60_000 })).settled).toBe(true);
    barn = runBarn(running.access, {
      controller: 1,
      told: (event) => {
        if (event.kind === 'ended' && event.receipts.every(({ status }) => status === 'Done'))
          decided.push(event.decision);
      },
    });
  }, 90_000);
  afterAll(async () => {
    await barn?.stop();
    await running?.stop();
  });

  const allAreAsked = async (): Promise<boolean> => {
    const { world } = await running.look();
    const bound = world.pods.filter((pod) => claimOf(pod)?.kind === 'bound');
    return bound.length === 4 && bound.every((pod) => upInstance(pod)?.mute === undefined);
  };
  const first = async (): Promise<PartitionFact> => {
    const [partition] = (await running.look()).facts.partitions;
    if (!partition) throw new Error('nothing is declared');
    return partition;
  };
  const count = async (address: string, field: string): Promise<number> => {
    const info = await running.access.connections.use(address, (redis) => redis.info('everything'));
    return Number(new RegExp(`^${field}(\\d+)`, 'm').exec(info)?.[1] ?? 0);
  };

  test('is answered from the first moment: nothing that they send was ever refused', async () => {
    expect(await allAreAsked()).toBe(true);
    const { agreed = '' } = await first();
    const answered = await count(agreed, ANSWERED);
    await until('a hundred more commands', async () => (await count(agreed, ANSWERED)) > answered + 100, 30_000);
    expect(await count(agreed, DENIED)).toBe(0);
    // What is refused is counted there.
    const [host = '', port = ''] = agreed.split(':');
    const { sentinel: password } = running.access.credentials;
    const asSentinel = new Redis({
      host,
      port: Number(port),
      username: USER.sentinel,
      password,
      enableReadyCheck: false,
    });
    await expect(asSentinel.dbsize()).rejects.toThrow('NOPERM');
    asSentinel.disconnect();
    expect(await count(agreed, DENIED)).toBe(1);
  }, 60_000);

  test('is refused as soon as one lists it under another name, and answered again when it does no more', async () => {
    const { name, agreed = '', known } = await first();
    const [ip = '', port = ''] = agreed.split(':');
    const [{ sentinel } = {}, { sentinel: peer } = {}] = known;
    if (!sentinel || !peer) throw new Error('too few sentinels');
    const [peerIp, peerPort] = peer.address.split(':');
    const from = decided.length;
    await running.access.connections.use(sentinel.address, async (redis) => {
      await redis.call('SENTINEL', 'MONITOR', 'Old.name::0', ip, port, '4');
      const hello = [peerIp, peerPort, peer.id, '0', 'Old.name::0', '127.0.0.9', '1', '7'].join(',');
      await redis.call('PUBLISH', '__sentinel__:hello', hello);
    });
    const about = (): readonly Reason[] =>
      decided.slice(from).flatMap(({ reason, subject }) => (subject === name ? [reason] : []));
    await until('it to be withheld', async () => about().includes('InfoWithheld'), 20_000);
    await until('it to be allowed again', async () => about().includes('InfoAllowed'), 20_000);
    expect(decided.slice(from).map(({ reason }) => reason)).toContain('NameRemoved');
    expect(await allAreAsked()).toBe(true);
  }, 60_000);
});
