import { describe, expect, test } from '@jest/globals';
import { heldByBarn, planAsBarn } from '../../src/barn/plan-as-barn.js';
import { declaredIn, planOnce } from '../../src/barn/seed.js';
import { formatPlanOfBarn } from '../../src/cli/plan.js';
import type { Loose } from '../../src/farm/loose.js';
import type { Farm } from '../../src/farm/model.js';
import { resolveFarm } from '../../src/farm/resolve.js';
import { clusterStatuses } from '../../src/plan/cluster-status.js';
import { plan } from '../../src/plan/plan.js';
import { type PlanInput, UNLIMITED } from '../../src/plan/planning.js';
import { deriveFacts } from '../../src/world/facts.js';
import type { DeclaredCopy, World } from '../../src/world/model.js';
import { cacheCluster, farmSpec, tier } from '../builders/farm.js';
import { ImaginaryFarm } from '../builders/imaginary-farm.js';

/** 3 datacenters x 4 machines; 24 pods of which `clusterSize` serve. */
const farmOf = (clusterSize: number, changes: Parameters<typeof cacheCluster>[0] = {}): Farm =>
  resolveFarm(farmSpec({ tiers: [tier()], cacheClusters: [cacheCluster({ clusterSize, standbys: 0, ...changes })] }));

function seeded(farm: Farm): ImaginaryFarm {
  const imaginary = new ImaginaryFarm(farm);
  for (let pass = 0; pass < 10; pass++) imaginary.carryOut(planOnce(farm, imaginary.world(), 1, 0).decisions);
  expect(planOnce(farm, imaginary.world(), 1, 0).decisions).toEqual([]);
  return imaginary;
}

function crash(imaginary: ImaginaryFarm, count: number): void {
  for (const { state, address } of imaginary.pods.filter(({ state }) => state.claim.kind === 'bound').slice(0, count)) {
    Object.assign(state, { up: false, refused: true });
    for (const { names } of imaginary.sentinels)
      for (const view of names.values())
        if (view.address === address) names.set(view.partition, { ...view, flags: ['master', 'disconnected'] });
  }
}

const told = (imaginary: ImaginaryFarm) => {
  const { decisions, notes } = planAsBarn(imaginary.farm, imaginary.world(), 0);
  return [...decisions, ...notes].map(({ reason, subject }) => `${reason} ${subject}`);
};
const counts = (lines: readonly string[]): Readonly<Record<string, number>> => {
  const found: Record<string, number> = {};
  for (const line of lines) found[line.split(' ')[0] ?? ''] = (found[line.split(' ')[0] ?? ''] ?? 0) + 1;
  return found;
};

describe('what a Barn that begins now would do', () => {
  test('is nothing on a farm that is as declared', () => {
    expect(planAsBarn(farmOf(6), seeded(farmOf(6)).world(), 0)).toEqual({ decisions: [], notes: [], held: [] });
  });

  test('replaces as many as its window allows, and names those that wait', () => {
    const imaginary = seeded(farmOf(16));
    crash(imaginary, 10);
    expect(counts(told(imaginary))).toMatchObject({ PodCrashed: 8, BudgetSpent: 2 });
    const without = planOnce(imaginary.farm, imaginary.world(), 0, 0);
    expect(counts(without.notes.map(({ reason }) => reason))).toEqual({ NoIdlePod: 2 });
  });

  test('begins four moves, and names each partition that waits for its turn', () => {
    const imaginary = seeded(farmOf(12));
    const leaving = imaginary.pods.filter(({ state }) => state.claim.kind === 'bound').slice(0, 6);
    for (const pod of leaving) pod.draining = true;
    const { decisions, notes } = planAsBarn(imaginary.farm, imaginary.world(), 0);
    expect(decisions.map(({ reason }) => reason)).toEqual(Array(4).fill('Draining'));
    expect(notes.map(({ reason }) => reason)).toEqual(Array(3).fill('MovesLimited'));
    expect(notes[0]).toMatchObject({ subject: 'barn', detail: '2 partitions wait to move' });
    const waiting = notes.slice(1);
    for (const { detail } of waiting) expect(detail).toBe('Draining: waits while 4 others move');
    const claims = leaving.map(({ state }) => (state.claim.kind === 'bound' ? state.claim.partition : ''));
    expect([...decisions, ...waiting].map(({ subject }) => subject).sort()).toEqual(claims.sort());
  });

  test('counts what is moving already', () => {
    const imaginary = seeded(farmOf(12));
    for (const pod of imaginary.pods.filter(({ state }) => state.claim.kind === 'bound').slice(0, 6))
      pod.draining = true;
    const begun = planAsBarn(imaginary.farm, imaginary.world(), 0).decisions;
    imaginary.carryOut(begun);
    const { decisions, notes } = planAsBarn(imaginary.farm, imaginary.world(), 0);
    expect(new Set(decisions.map(({ subject }) => subject))).toEqual(new Set(begun.map(({ subject }) => subject)));
    expect(notes.filter(({ reason }) => reason === 'MovesLimited')).toHaveLength(3);
  });

  test('looks for a better spread too', () => {
    const imaginary = new ImaginaryFarm(farmOf(6));
    for (const pod of imaginary.pods) pod.draining = pod.datacenter === 'c';
    for (let pass = 0; pass < 10; pass++)
      imaginary.carryOut(planOnce(imaginary.farm, imaginary.world(), 1, 0).decisions);
    for (const pod of imaginary.pods) pod.draining = false;
    expect(planOnce(imaginary.farm, imaginary.world(), 1, 0).decisions).toEqual([]);
    expect(told(imaginary)).toEqual([expect.stringMatching(/^SpreadBetter User\.id::\d$/)]);
  });
});

/** The objects of every KubeCluster with the status that a Barn writes which plans from this. */
function worldAfter(imaginary: ImaginaryFarm, input: Partial<PlanInput>): World {
  const world = imaginary.world();
  const farm = declaredIn(imaginary.farm, world);
  const planned = plan({
    declared: farm,
    world,
    inFlight: new Set(),
    budget: UNLIMITED,
    failures: new Map(),
    now: 0,
    controller: 1,
    ...input,
  });
  const copies = farm.cacheClusters.flatMap(({ clusterName, clusterSize }) =>
    farm.datacenters.map(
      ({ name: datacenter }): DeclaredCopy => ({
        datacenter,
        name: clusterName.toLowerCase(),
        clusterName,
        clusterSize,
        uid: `${datacenter}-1`,
        generation: 1,
        deleted: false,
      }),
    ),
  );
  const statuses = clusterStatuses({
    farm,
    world: { ...world, copies },
    facts: deriveFacts(farm, world),
    plan: planned,
    moves: new Map(),
    now: '2026-01-02T03:04:05Z',
  });
  return {
    ...world,
    copies: statuses.map(({ copy, status }) => ({ ...copy, status: structuredClone(status) as unknown as Loose })),
  };
}

describe('what only the Barn that leads remembers', () => {
  const failing = (): World => {
    const imaginary = seeded(farmOf(6));
    crash(imaginary, 2);
    const failures = new Map(Array.from({ length: 6 }, (_, i) => [`User.id::${i}`, 6] as const));
    return worldAfter(imaginary, { failures });
  };

  test('is told as the status of its cache cluster says it: a person is needed', () => {
    const held = heldByBarn(farmOf(6), failing());
    expect(held).toEqual([
      {
        reason: 'PersonNeeded',
        clusterName: 'User.id',
        message: expect.stringMatching(/^User\.id::\d, User\.id::\d: 6 failures in a row$/),
        datacenters: ['a', 'b', 'c'],
      },
    ]);
  });

  test('stands beside what a Barn that begins now would do: try again', () => {
    const planned = planAsBarn(farmOf(6), failing(), 0);
    expect(planned.decisions.map(({ reason }) => reason)).toEqual(['PodCrashed', 'PodCrashed']);
    expect(formatPlanOfBarn(planned)).toMatch(
      /Held back by the Barn that leads, .*:\n {2}! User\.id: PersonNeeded, User\.id::\d, User\.id::\d: 6 failures in a row \(said in a, b, c\)\n$/,
    );
  });

  test('is told of the budget that is spent', () => {
    const imaginary = seeded(farmOf(6));
    crash(imaginary, 1);
    const held = heldByBarn(
      imaginary.farm,
      worldAfter(imaginary, { budget: { ...UNLIMITED, replacements: new Map([['User.id', 0]]) } }),
    );
    expect(held).toMatchObject([
      { reason: 'BudgetSpent', message: expect.stringMatching(/^User\.id::\d: cache cluster User\.id: 0 left$/) },
    ]);
  });

  test.each([
    ['nothing is wrong', 0],
    ['what is wrong is seen in the farm itself', 1],
  ])('is nothing while %s', (_, dead) => {
    const imaginary = seeded(farmOf(6));
    crash(imaginary, dead);
    expect(heldByBarn(imaginary.farm, worldAfter(imaginary, {}))).toEqual([]);
  });
});
