import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Executor } from '../../src/act/executor.js';
import { seedFarm } from '../../src/cli/seed-farm.js';
import type { Claim } from '../../src/farm/access.js';
import { lookAt } from '../../src/observe/look.js';
import type { Plan } from '../../src/plan/action.js';
import { plan } from '../../src/plan/plan.js';
import { podRef, sentinelRef, UNLIMITED } from '../../src/plan/planning.js';
import { claimOf } from '../../src/world/facts.js';
import type { World } from '../../src/world/model.js';
import { type RunningFarm, runFarm, smallFarm } from '../builders/running-farm.js';

const NAME = 'User.id::0';

describe('a look at one partition, on a farm of real processes', () => {
  let running: RunningFarm;
  beforeAll(async () => {
    running = await runFarm(smallFarm());
    expect((await seedFarm(running.access, { timeoutMs: 60_000 })).settled).toBe(true);
  }, 90_000);
  afterAll(() => running.stop());

  test.each([
    ['an idle pod', 'locked'],
    ['a standby', 'standby'],
  ] as const)('that went to %s since the world was looked at: the pod says whose it is by now', async (_, kind) => {
    const { farm, world, facts } = await running.look();
    const partition = facts.partitions.find(({ name }) => name === NAME);
    const pod = world.pods.find((one) => {
      const claim = claimOf(one);
      if (one.tier !== 'M1' || claim?.kind !== kind || facts.sheltering.has(one.address)) return false;
      return claim.kind === 'standby' ? claim.clusterName === 'User.id' : !facts.listed.has(one.address);
    });
    if (!partition?.agreed || !pod) throw new Error('the farm lacks what the scene needs');
    const epoch = partition.epoch + 1_024;
    const claim = { kind: 'bound', partition: NAME, epoch } as const;
    const [receipt, switched] = await new Executor(running.access.connections, running.access.credentials).run([
      {
        reason: 'PodCrashed',
        subject: NAME,
        detail: '',
        actions: [
          {
            kind: 'claim-pod',
            pod: podRef(pod),
            expect: claimOf(pod) as Claim,
            claim,
            applicationUser: 'User.id',
            flush: false,
          },
          {
            kind: 'switch-name',
            partition: NAME,
            sentinels: (facts.upSentinels.get(partition.group.name) ?? []).map(sentinelRef),
            needed: 2,
            from: partition.agreed,
            pod: podRef(pod),
            claim,
            epoch,
            options: { quorum: 2, downAfterMs: 1_000, failoverTimeoutMs: 5_000 },
          },
        ],
      },
    ]);
    expect([receipt?.status, switched?.status]).toEqual(['Done', 'Done']);
    const seen = await lookAt(world, [NAME], running.access.connections);
    const now = seen.pods.find(({ address }) => address === pod.address);
    expect(now && claimOf(now)).toEqual(claim);
    // Nothing restarted there, and Sentinel moved nothing.
    const decided = (from: World): Plan =>
      plan({
        declared: farm,
        world: from,
        inFlight: new Set(),
        budget: UNLIMITED,
        failures: new Map(),
        only: new Set([NAME]),
        now: Date.now(),
        controller: 1,
      });
    const reasons = decided(seen).decisions.map(({ reason }) => reason);
    expect(reasons).not.toContain('PodRestartedInPlace');
    expect(reasons).not.toContain('FailoverAdopted');
  });
});
