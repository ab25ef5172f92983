import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { BarnEvent } from '../../src/barn/barn.js';
import { type RunningBarn, runBarn } from '../../src/cli/run-barn.js';
import { seedFarm } from '../../src/cli/seed-farm.js';
import type { Decision } from '../../src/plan/action.js';
import { claimOf, type PartitionFact } from '../../src/world/facts.js';
import { measureProgress } from '../../src/world/progress.js';
import { until } from '../builders/processes.js';
import { type RunningFarm, runFarm, smallFarm } from '../builders/running-farm.js';

describe('a shared standby, on a farm of real processes', () => {
  let running: RunningFarm;
  let barn: RunningBarn | undefined;
  let events: BarnEvent[] = [];

  const startBarn = (): RunningBarn => {
    events = [];
    barn = runBarn(running.access, { controller: 7, intervalMs: 250, told: (event) => events.push(event) });
    return barn;
  };
  const decided = (): readonly Decision[] =>
    events.flatMap((event) => (event.kind === 'decided' ? [event.decision] : []));
  const partitions = async (): Promise<readonly PartitionFact[]> =>
    (await running.look()).facts.partitions.filter(({ cluster }) => cluster.clusterName === 'User.id');
  async function whole(): Promise<void> {
    await until(
      'the farm to be whole',
      async () => {
        const last = events.findLast((event) => event.kind === 'pass');
        if (last?.kind !== 'pass' || last.plan.decisions.length > 0) return false;
        const { farm, facts } = await running.look();
        const { declared, serving, named, armed, toArm } = measureProgress(farm, facts);
        return serving === declared && named === declared && armed === toArm;
      },
      60_000,
    );
  }

  beforeAll(async () => {
    running = await runFarm(smallFarm());
    expect((await seedFarm(running.access, { timeoutMs: 60_000 })).settled).toBe(true);
  }, 90_000);
  afterEach(async () => {
    await barn?.stop();
    barn = undefined;
  });
  afterAll(() => running.stop());

  test('two partitions that Sentinel moved to it without Barn come apart before anything of theirs is armed', async () => {
    const all = await partitions();
    const standbyOf = ({ known }: PartitionFact): string | undefined => known[0]?.view.replicas[0]?.address;
    const pair = all.flatMap((one) =>
      all
        .filter((other) => one.index < other.index && standbyOf(one) === standbyOf(other))
        .map((other) => [one, other]),
    )[0];
    if (!pair) throw new Error('no two partitions share a standby');
    const shelter = standbyOf(pair[0] as PartitionFact);
    const names = pair.map(({ name }) => name);
    const at = async (): Promise<readonly (string | undefined)[]> =>
      (await partitions()).filter(({ name }) => names.includes(name)).map(({ agreed }) => agreed);
    const paused = pair.flatMap(({ at: pod }) => (pod ? [pod] : []));
    for (const { datacenter, name } of paused) running.embedded.pauseContainer(datacenter, name, 'redis');
    try {
      await until(
        'both to be at the shelter',
        async () => (await at()).every((address) => address === shelter),
        40_000,
      );
    } finally {
      for (const { datacenter, name } of paused) running.embedded.resumeContainer(datacenter, name, 'redis');
    }
    startBarn();
    await whole();
    expect(new Set(await at()).size).toBe(2);
    const left = decided().find(({ reason }) => reason === 'ShelterShared')?.subject;
    expect(names).toContain(left);
    // Its old pod, which has been resumed, is given back besides.
    const steps = decided().filter(({ subject, reason }) => subject === left && reason !== 'ClaimSuperseded');
    expect(steps[0]?.reason).toBe('ShelterShared');
    const handedOver = steps.findIndex(({ actions }) => actions.some(({ kind }) => kind === 'hand-over'));
    const armed = steps.findIndex(({ reason }) => reason === 'StandbyNotArmed');
    expect(handedOver).toBeGreaterThan(0);
    expect(armed).toBeGreaterThan(handedOver);
  }, 120_000);

  test('one that restarts is the standby again by the next look, before its own start script has made up its mind', async () => {
    const { world } = await running.look();
    const standby = world.pods.find((pod) => claimOf(pod)?.kind === 'standby');
    if (!standby) throw new Error('no standby');
    running.embedded.killContainer(standby.datacenter, standby.name, 'redis');
    await until('it to be up again', async () => {
      const pod = (await running.look()).facts.podAt.get(standby.address);
      return pod !== undefined && claimOf(pod)?.kind === 'locked';
    });
    startBarn();
    await whole();
    const claims = decided().flatMap(({ reason, actions }) =>
      actions.flatMap((action) => (action.kind === 'claim-pod' ? [`${reason} ${action.pod.address}`] : [])),
    );
    expect(claims).toEqual([`StandbyMissing ${standby.address}`]);
    expect(decided().map(({ reason }) => reason)).not.toContain('StandbyNotArmed');
  }, 90_000);
});
