import { describe, expect, test } from '@jest/globals';
import { planOnce } from '../../src/barn/seed.js';
import { claimedCluster } from '../../src/farm/access.js';
import type { Farm } from '../../src/farm/model.js';
import { farm as demo } from '../../src/farms/demo.js';
import { farm as talk } from '../../src/farms/talk.js';
import type { Plan } from '../../src/plan/action.js';
import { TILT_NAME } from '../../src/plan/decisions/end-tilt.js';
import { measureSpread, worstExcess } from '../../src/plan/placement/bounds.js';
import { deriveFacts } from '../../src/world/facts.js';
import { measureProgress, type Progress } from '../../src/world/progress.js';
import { fc } from '../builders/fast-check.js';
import { ImaginaryFarm } from '../builders/imaginary-farm.js';

const planFor = (imaginary: ImaginaryFarm, controller = 1): Plan =>
  planOnce(imaginary.farm, imaginary.world(), controller, 0);

function progressOf(imaginary: ImaginaryFarm): Progress {
  return measureProgress(imaginary.farm, deriveFacts(imaginary.farm, imaginary.world()));
}

/** Passes until nothing is left to do. */
function seedFully(imaginary: ImaginaryFarm, controller = 1): number {
  for (let pass = 1; pass <= 20; pass++) {
    const { decisions } = planFor(imaginary, controller);
    if (decisions.length === 0) return pass;
    imaginary.carryOut(decisions);
  }
  throw new Error(`not settled after 20 passes: ${JSON.stringify(planFor(imaginary).decisions.slice(0, 3), null, 1)}`);
}

/** What a farm looks like from outside, whatever way it got there. */
function outcome(imaginary: ImaginaryFarm): readonly string[] {
  return imaginary.sentinels
    .flatMap((sentinel) =>
      [...sentinel.names.values()].map((view) => `${sentinel.address} ${view.partition} ${view.address}`),
    )
    .sort();
}

/** Every address serves one partition only, and its pod says the same. */
function expectNoDoubleBinding(imaginary: ImaginaryFarm): void {
  const owners = new Map<string, Set<string>>();
  for (const sentinel of imaginary.sentinels)
    for (const view of sentinel.names.values())
      owners.set(view.address, (owners.get(view.address) ?? new Set()).add(view.partition));
  for (const [address, partitions] of owners) {
    expect([address, [...partitions]]).toEqual([address, [expect.any(String)]]);
    const { claim } = imaginary.pod(address).state;
    expect([address, claimedCluster(claim)]).toEqual([address, [...partitions][0]?.split('::')[0]]);
  }
}

describe.each([
  ['demo', demo],
  ['talk', talk],
] as const)('seeding the %s farm', (_, farm: Farm) => {
  const seeded = new ImaginaryFarm(farm);
  seedFully(seeded);

  test('every declared partition serves and is named by every sentinel of its group', () => {
    const progress = progressOf(seeded);
    expect(progress).toMatchObject({ serving: progress.declared, named: progress.declared });
  });
  test('every un-replicated partition is armed with one standby', () => {
    const progress = progressOf(seeded);
    expect(progress.toArm).toBeGreaterThan(0);
    expect(progress.armed).toBe(progress.toArm);
  });
  test('no placement is better at datacenter or machine level', () => {
    const world = seeded.world();
    expect(worstExcess(measureSpread(farm, world, deriveFacts(farm, world)))).toEqual({ datacenter: 0, machine: 0 });
  });
  test('no pod is bound twice', () => expectNoDoubleBinding(seeded));
  test('a second seed does nothing', () => expect(planFor(seeded).decisions).toEqual([]));
  test('a standby is on another machine and in another datacenter than what it covers', () => {
    for (const sentinel of seeded.sentinels)
      for (const view of sentinel.names.values())
        for (const replica of view.replicas) {
          const home = seeded.pod(view.address);
          const behind = seeded.pod(replica.address);
          expect(behind.datacenter).not.toBe(home.datacenter);
          expect(behind.machine).not.toBe(home.machine);
        }
  });
  test('a partition with a standby has the declared quorum, a replicated one too', () => {
    for (const sentinel of seeded.sentinels) for (const view of sentinel.names.values()) expect(view.quorum).toBe(2);
  });
});

describe('a seed that is cut off anywhere and run again', () => {
  test('ends with every partition serving and no pod bound twice', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 6 }), (cuts) => {
        const imaginary = new ImaginaryFarm(demo);
        for (const [i, cut] of cuts.entries()) imaginary.carryOut(planFor(imaginary, i).decisions, cut);
        seedFully(imaginary, 99);
        const progress = progressOf(imaginary);
        expect(progress).toMatchObject({ serving: progress.declared, named: progress.declared, armed: progress.toArm });
        expectNoDoubleBinding(imaginary);
      }),
      { numRuns: 60 },
    );
  });

  test('ends with the same placement as one that was not', () => {
    const whole = new ImaginaryFarm(demo);
    seedFully(whole);
    const cutOff = new ImaginaryFarm(demo);
    const first = planFor(cutOff).decisions;
    cutOff.carryOut(first, Math.floor(first.length / 2));
    seedFully(cutOff);
    expect(outcome(cutOff)).toEqual(outcome(whole));
  });
});

describe('two seeds that plan on the same sight', () => {
  test('never bind a pod twice, and the farm settles', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 120 }), (turns) => {
        const imaginary = new ImaginaryFarm(demo);
        const world = imaginary.world();
        const queues = [1, 2].map((controller) =>
          planOnce(demo, world, controller, 0).decisions.flatMap((decision) => decision.actions),
        );
        for (const turn of turns) {
          const action = queues[turn ? 1 : 0]?.shift();
          if (action) imaginary.apply(action);
        }
        seedFully(imaginary, 3);
        expectNoDoubleBinding(imaginary);
        const progress = progressOf(imaginary);
        expect(progress.serving).toBe(progress.declared);
      }),
      { numRuns: 60 },
    );
  });
});

describe('brakes', () => {
  test('a group without a majority of sentinels is left alone and said', () => {
    const imaginary = new ImaginaryFarm(demo);
    for (const sentinel of imaginary.sentinels.filter((s) => s.group === 'main-0' && s.datacenter !== 'a'))
      sentinel.up = false;
    const { decisions, notes } = planFor(imaginary);
    const replicated = demo.cacheClusters
      .filter((cluster) => cluster.partitionSize > 1)
      .map((cluster) => cluster.clusterName);
    for (const { subject } of decisions) expect(replicated.some((name) => subject.startsWith(name))).toBe(true);
    expect(notes.find((note) => note.reason === 'GroupWithoutMajority')?.subject).toBe('main-0');
  });
  test('a group without a majority of sentinels forgets nothing that is declared no more, until it has one again', () => {
    const imaginary = new ImaginaryFarm(demo);
    seedFully(imaginary);
    const away = imaginary.sentinels.filter((s) => s.group === 'main-0' && s.datacenter !== 'a');
    for (const sentinel of away) sentinel.up = false;
    const isLeft = ({ clusterName }: { clusterName: string }): boolean => clusterName !== 'User.id';
    imaginary.farm = { ...demo, cacheClusters: demo.cacheClusters.filter(isLeft) };
    const reasons = (): readonly string[] => planFor(imaginary).decisions.map(({ reason }) => reason);
    expect(reasons()).toEqual([]);
    for (const sentinel of away) sentinel.up = true;
    expect(reasons()).toContain('NameRemoved');
  });
  test('a tilted sentinel gets no writes and does not count for the majority', () => {
    const imaginary = new ImaginaryFarm(demo);
    const [tilted, ...others] = imaginary.sentinels.filter((s) => s.group === 'main-0');
    if (tilted) tilted.tilt = true;
    seedFully(imaginary);
    expect([...(tilted?.names.keys() ?? [])].filter((name) => name !== TILT_NAME)).toEqual([]);
    expect(others.every((sentinel) => sentinel.names.size > 0)).toBe(true);
    if (others[0]) others[0].tilt = true;
    expect(
      planFor(imaginary).notes.some((note) => note.reason === 'GroupWithoutMajority' && note.subject === 'main-0'),
    ).toBe(true);
  });
  test('with one machine down the rest is seeded', () => {
    const imaginary = new ImaginaryFarm(demo);
    for (const pod of imaginary.pods) if (pod.machine === 'b-m2') pod.state.up = false;
    seedFully(imaginary);
    const progress = progressOf(imaginary);
    expect(progress.serving).toBeGreaterThan(progress.declared - 3);
    expectNoDoubleBinding(imaginary);
  });
  test('a pod that a sentinel still lists is not idle', () => {
    const imaginary = new ImaginaryFarm(demo);
    const [sentinel] = imaginary.sentinels;
    const listed = imaginary.pods[0];
    if (!sentinel || !listed) throw new Error('empty farm');
    sentinel.names.set('Gone::0', {
      partition: 'Gone::0',
      address: '10.9.9.9:6379',
      epoch: 5,
      flags: ['master'],
      quorum: 2,
      downAfterMs: 1000,
      failoverTimeoutMs: 5000,
      otherSentinels: 2,
      replicas: [{ address: listed.address, flags: ['slave'] }],
    });
    seedFully(imaginary);
    expect(listed.state.claim).toEqual({ kind: 'locked' });
  });
  test('epochs go above everything seen and differ between controllers', () => {
    const imaginary = new ImaginaryFarm(demo);
    const epochs = [7, 8].map((controller) => {
      const [decision] = planFor(imaginary, controller).decisions;
      const [action] = decision?.actions ?? [];
      return action?.kind === 'claim-pod' ? action.claim.epoch : undefined;
    });
    expect(epochs).toEqual([1024 + 7, 1024 + 8]);
  });
});

describe('what came back', () => {
  test('a pod that restarted in place is opened again at its epoch', () => {
    const imaginary = new ImaginaryFarm(demo);
    seedFully(imaginary);
    const pod = imaginary.pods.find((candidate) => candidate.state.claim.kind === 'bound');
    if (!pod) throw new Error('nothing bound');
    const before = pod.state.claim;
    Object.assign(pod.state, { claim: { kind: 'locked' }, access: 'locked', openFor: [], keys: 0 });
    const { decisions } = planFor(imaginary);
    expect(decisions.map((decision) => decision.reason)).toEqual(['PodRestartedInPlace']);
    imaginary.carryOut(decisions);
    expect(pod.state.claim).toEqual(before);
  });
  test('a sentinel that lost its file is told everything again, nothing moves', () => {
    const imaginary = new ImaginaryFarm(demo);
    seedFully(imaginary);
    const before = outcome(imaginary);
    imaginary.sentinels[1]?.names.clear();
    const { decisions } = planFor(imaginary);
    expect(new Set(decisions.map((decision) => decision.reason))).toEqual(new Set(['SentinelBare']));
    seedFully(imaginary);
    expect(outcome(imaginary)).toEqual(before);
  });
  test('a sentinel with other options is corrected in one write', () => {
    const imaginary = new ImaginaryFarm(demo);
    seedFully(imaginary);
    const sentinel = imaginary.sentinels[0];
    const [view] = [...(sentinel?.names.values() ?? [])];
    if (!sentinel || !view) throw new Error('nothing named');
    sentinel.names.set(view.partition, { ...view, downAfterMs: 30_000 });
    const { decisions } = planFor(imaginary);
    expect(decisions.map(({ reason, actions }) => [reason, actions.length])).toEqual([['OptionsDiffer', 1]]);
  });
});
