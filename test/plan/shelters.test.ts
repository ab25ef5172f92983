import { describe, expect, test } from '@jest/globals';
import { planOnce } from '../../src/barn/seed.js';
import { farm as demo } from '../../src/farms/demo.js';
import type { Plan } from '../../src/plan/action.js';
import { plan } from '../../src/plan/plan.js';
import { type Budget, UNLIMITED } from '../../src/plan/planning.js';
import { deriveFacts } from '../../src/world/facts.js';
import type { NameView } from '../../src/world/model.js';
import { measureProgress } from '../../src/world/progress.js';
import { ImaginaryFarm } from '../builders/imaginary-farm.js';

type Pod = ImaginaryFarm['pods'][number];

function seeded(): ImaginaryFarm {
  const imaginary = new ImaginaryFarm(demo);
  for (let pass = 0; pass < 10; pass++) imaginary.carryOut(planOnce(demo, imaginary.world(), 1, 0).decisions);
  return imaginary;
}

const found = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Error('the scene lacks what it needs');
  return value;
};

const decide = (imaginary: ImaginaryFarm, budget: Budget = UNLIMITED, inFlight: readonly string[] = []): Plan =>
  plan({
    declared: imaginary.farm,
    world: imaginary.world(),
    inFlight: new Set(inFlight),
    budget,
    failures: new Map(),
    now: 0,
    controller: 1,
  });

/** Every sentinel that knows the partition, or only those with these numbers, sees it so. */
function see(imaginary: ImaginaryFarm, name: string, change: (view: NameView) => NameView, only?: number): void {
  const knowing = imaginary.sentinels.filter(({ names }) => names.has(name));
  for (const { names } of only === undefined ? knowing : knowing.slice(only, only + 1))
    names.set(name, change(found(names.get(name))));
}
const viewOf = (imaginary: ImaginaryFarm, name: string): NameView =>
  found(imaginary.sentinels.flatMap(({ names }) => names.get(name) ?? [])[0]);

const down = (pod: Pod): unknown => Object.assign(pod.state, { up: false, refused: true });
const movedTo =
  (address: string) =>
  (view: NameView): NameView => ({
    ...view,
    address,
    epoch: view.epoch + 1,
    flags: ['master'],
    replicas: [{ address: view.address, flags: ['slave', 's_down'] }],
  });

/** Two partitions of User.id that have one standby. */
function neighbours(imaginary: ImaginaryFarm): { one: string; other: string; standby: Pod } {
  const names = Array.from({ length: 10 }, (_, i) => `User.id::${i}`);
  const standbyOf = (name: string): string | undefined => viewOf(imaginary, name).replicas[0]?.address;
  for (const one of names)
    for (const other of names)
      if (one !== other && standbyOf(one) === standbyOf(other))
        return { one, other, standby: imaginary.pod(found(standbyOf(one))) };
  throw new Error('no two share a standby');
}

/** Both have died and Sentinel has given both to their standby. */
function sheltered(): { imaginary: ImaginaryFarm; one: string; other: string; standby: Pod } {
  const imaginary = seeded();
  const { one, other, standby } = neighbours(imaginary);
  for (const name of [one, other]) {
    down(imaginary.pod(viewOf(imaginary, name).address));
    see(imaginary, name, movedTo(standby.address));
  }
  return { imaginary, one, other, standby };
}

const idle = (imaginary: ImaginaryFarm): readonly Pod[] => {
  const { listed } = deriveFacts(demo, imaginary.world());
  return imaginary.pods.filter(
    ({ state, tier, address }) => tier === 'M1' && state.up && state.claim.kind === 'locked' && !listed.has(address),
  );
};

describe('a standby that Sentinel is giving to a partition', () => {
  test.each<[string, (view: NameView, standby: Pod) => NameView]>([
    [
      'one sentinel has moved it already, the others have yet to hear of it',
      (view, { address }) => movedTo(address)(view),
    ],
    [
      'one sentinel is promoting it',
      (view, { address }) => ({
        ...view,
        flags: ['master', 's_down', 'o_down', 'failover_in_progress'],
        replicas: [{ address, flags: ['slave', 'promoted'] }],
      }),
    ],
  ])('is given to no other one by Barn: %s', (_, ahead) => {
    const imaginary = seeded();
    const { one, other, standby } = neighbours(imaginary);
    for (const name of [one, other]) {
      down(imaginary.pod(viewOf(imaginary, name).address));
      see(imaginary, name, (view) => ({ ...view, flags: ['master', 's_down'] }));
    }
    see(imaginary, other, (view) => ahead(view, standby), 1);
    // Only the one is looked at, as on the crash path.
    const { decisions } = plan({
      declared: demo,
      world: imaginary.world(),
      inFlight: new Set(),
      budget: UNLIMITED,
      failures: new Map(),
      now: 0,
      controller: 1,
      only: new Set([one]),
    });
    expect(decisions.map(({ reason }) => reason)).toEqual(['PodCrashed']);
    const claimed = decisions[0]?.actions[0];
    if (claimed?.kind !== 'claim-pod') throw new Error('nothing is claimed');
    expect(claimed.pod.address).not.toBe(standby.address);
    expect(imaginary.pod(claimed.pod.address).state.claim.kind).toBe('standby');
  });

  test('is taken all the same when nothing else is left', () => {
    const imaginary = seeded();
    const { one, other, standby } = neighbours(imaginary);
    for (const name of [one, other]) {
      down(imaginary.pod(viewOf(imaginary, name).address));
      see(imaginary, name, (view) => ({ ...view, flags: ['master', 's_down'] }));
    }
    see(
      imaginary,
      other,
      (view) => ({ ...view, replicas: [{ address: standby.address, flags: ['slave', 'promoted'] }] }),
      1,
    );
    for (const pod of imaginary.pods)
      if (pod !== standby && pod.tier === 'M1' && ['locked', 'standby'].includes(pod.state.claim.kind)) down(pod);
    const { decisions } = decide(imaginary);
    const switched = decisions.flatMap(({ reason, actions }) =>
      reason === 'PodCrashed'
        ? actions.flatMap((action) => (action.kind === 'switch-name' ? [action.pod.address] : []))
        : [],
    );
    expect(switched).toEqual([standby.address]);
  });
});

describe('partitions that share a shelter', () => {
  test('are moved apart before anything is armed, spread or emptied', () => {
    const { imaginary, one, other, standby } = sheltered();
    imaginary.carryOut(decide(imaginary).decisions.filter(({ reason }) => reason === 'FailoverAdopted'));
    expect(standby.state.claim).toMatchObject({ kind: 'bound', partition: one });
    const elsewhere = found(imaginary.pods.find(({ state }) => state.openFor[0] === 'Friend.list'));
    elsewhere.draining = true;
    const { decisions, notes } = decide(imaginary);
    expect(decisions[0]).toMatchObject({ reason: 'ShelterShared', subject: other });
    expect(decisions.filter(({ subject }) => subject === other)).toHaveLength(1);
    expect(decisions.map(({ reason }) => reason)).toEqual(expect.arrayContaining(['StandbyMissing', 'Draining']));
    // Nothing is wrong with a shelter: it is one of the same cache cluster.
    expect(notes.map(({ reason }) => reason)).not.toContain('PodClaimedByOther');
  });

  test('get the last idle pod, whatever standbys are missing and whatever else moves', () => {
    const { imaginary, other } = sheltered();
    imaginary.carryOut(decide(imaginary).decisions.filter(({ reason }) => reason === 'FailoverAdopted'));
    const [last, ...rest] = idle(imaginary);
    for (const pod of rest) down(pod);
    const { decisions } = decide(imaginary);
    expect(
      decisions.filter(({ actions }) =>
        actions.some((action) => 'pod' in action && action.pod.address === last?.address),
      ),
    ).toEqual([expect.objectContaining({ reason: 'ShelterShared', subject: other })]);
  });

  test('do not wait for moves that are under way for other reasons', () => {
    const { imaginary, other } = sheltered();
    imaginary.carryOut(decide(imaginary).decisions.filter(({ reason }) => reason === 'FailoverAdopted'));
    const leaving = imaginary.pods.filter(
      ({ state }) => state.claim.kind === 'bound' && state.openFor[0] === 'Friend.list',
    );
    for (const pod of leaving.slice(0, 1)) pod.draining = true;
    const budget = { ...UNLIMITED, moves: 1 };
    imaginary.carryOut(decide(imaginary).decisions.filter(({ reason }) => reason === 'Draining'));
    expect(decide(imaginary, budget).decisions[0]).toMatchObject({ reason: 'ShelterShared', subject: other });
  });

  test('are not armed before it is known which of them keeps it: its adoption, and the new standby, are still under way', () => {
    const { imaginary, one, other } = sheltered();
    const { decisions } = decide(imaginary);
    expect(decisions).toEqual(
      expect.arrayContaining([expect.objectContaining({ reason: 'FailoverAdopted', subject: one })]),
    );
    const before = decisions.flatMap(({ subject, actions }) => [
      subject,
      ...actions.flatMap((action) => ('pod' in action ? [action.pod.address] : [])),
    ]);
    expect(before).not.toContain(other);
    // Both claims were sent; what was looked at is older than both, or only the standby's was seen.
    const seen = [before, before.filter((key) => key !== 'User.id')];
    for (const inFlight of seen)
      expect(decide(imaginary, UNLIMITED, inFlight).decisions.filter(({ subject }) => subject === other)).toEqual([]);
  });

  test('are not armed anew while they move apart: a write to their sentinels would only keep the hand-over waiting', () => {
    const { imaginary, one, other } = sheltered();
    const order: string[] = [];
    for (let pass = 0; pass < 60; pass++) {
      const { decisions } = decide(imaginary);
      if (decisions.length === 0) break;
      for (const { subject, actions } of decisions)
        if (subject === other) order.push(...actions.map(({ kind }) => kind));
      imaginary.carryOut(decisions);
    }
    expect(order.slice(0, 4)).toEqual(['claim-pod', 'allow-copy', 'follow-master', 'hand-over']);
    const facts = deriveFacts(demo, imaginary.world());
    const homes = [one, other].map((name) => facts.partitions.find((partition) => partition.name === name)?.agreed);
    expect(new Set(homes).size).toBe(2);
    const progress = measureProgress(demo, facts);
    expect(progress).toMatchObject({ serving: progress.declared, armed: progress.toArm });
  });
});

describe('a shelter that must itself be left', () => {
  test.each<[string, (imaginary: ImaginaryFarm, shelter: Pod) => void]>([
    [
      'its machine is drained',
      (_, shelter) => {
        shelter.draining = true;
      },
    ],
    [
      'its cache cluster gets another tier',
      (imaginary) => {
        const cacheClusters = demo.cacheClusters.map((cluster) =>
          cluster.clusterName === 'User.id' ? { ...cluster, tier: 'M4' } : cluster,
        );
        imaginary.farm = { ...demo, cacheClusters };
      },
    ],
  ])('is shut when those that share it have left with their data, not before: %s', (_, leave) => {
    const { imaginary, one, other, standby } = sheltered();
    imaginary.carryOut(decide(imaginary).decisions.filter(({ reason }) => reason === 'FailoverAdopted'));
    expect(standby.state.claim).toMatchObject({ kind: 'bound', partition: one });
    standby.state.keys = 100;
    leave(imaginary, standby);
    const shutOut: string[] = [];
    for (let pass = 0; pass < 30; pass++) {
      // The copy of the one that shares it takes longer.
      for (const { state } of imaginary.pods)
        if (state.claim.kind === 'incoming' && state.claim.partition === other) state.linkUp = pass > 15;
      const { decisions } = decide(imaginary, { ...UNLIMITED, moves: 4 });
      const isThere = viewOf(imaginary, other).address === standby.address;
      for (const { reason, subject, actions } of decisions) {
        if (subject === other && (reason === 'MoveAbandoned' || reason === 'PodRestartedInPlace')) shutOut.push(reason);
        for (const action of actions) {
          const isShut =
            (action.kind === 'hand-over' && action.from.address === standby.address && !action.fromGoesOn) ||
            (action.kind === 'release-pod' && action.pod.address === standby.address);
          if (isShut && isThere) shutOut.push(`${reason} of ${subject}: ${action.kind}`);
        }
      }
      imaginary.carryOut(decisions);
    }
    expect(shutOut).toEqual([]);
    expect(viewOf(imaginary, other).address).not.toBe(standby.address);
  });
});
