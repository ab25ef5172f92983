import { describe, expect, test } from '@jest/globals';
import { lowestMaximum } from '../../src/plan/placement/bounds.js';
import { type Demand, jointBound } from '../../src/plan/placement/joint-bound.js';
import { FlowNetwork } from '../../src/plan/placement/max-flow.js';
import { fc } from '../builders/fast-check.js';

const NAMES = ['a', 'b', 'c', 'd'];
const capacitiesOf = (counts: readonly number[]): ReadonlyMap<string, number> =>
  new Map(counts.map((count, i) => [NAMES[i] ?? '', count]));

/** Every way to take `pods` from the domains. */
function* splits(
  pods: number,
  room: readonly number[],
  allowed: readonly boolean[],
  at = 0,
): Generator<readonly number[]> {
  if (at === room.length) {
    if (pods === 0) yield [];
    return;
  }
  const most = allowed[at] ? Math.min(pods, room[at] ?? 0) : 0;
  for (let take = 0; take <= most; take++)
    for (const rest of splits(pods - take, room, allowed, at + 1)) yield [take, ...rest];
}

/** Smallest worst and smallest sum of the excesses over all placements there are; undefined: there is none. */
function tryAll(
  capacities: ReadonlyMap<string, number>,
  demands: readonly Demand[],
): { worst: number; total: number } | undefined {
  const domains = [...capacities.keys()];
  const own = demands.map(
    (demand) =>
      lowestMaximum(
        demand.domains.map((domain) => capacities.get(domain) ?? 0),
        demand.pods,
      ) ?? 0,
  );
  let worst = Number.POSITIVE_INFINITY;
  let total = Number.POSITIVE_INFINITY;
  const go = (at: number, room: readonly number[], most: number, sum: number): void => {
    const demand = demands[at];
    if (!demand) {
      worst = Math.min(worst, most);
      total = Math.min(total, sum);
      return;
    }
    const allowed = domains.map((domain) => demand.domains.includes(domain));
    for (const split of splits(demand.pods, room, allowed)) {
      const excess = Math.max(...split) - (own[at] ?? 0);
      go(
        at + 1,
        room.map((left, i) => left - (split[i] ?? 0)),
        Math.max(most, excess),
        sum + excess,
      );
    }
  };
  go(0, [...capacities.values()], 0, 0);
  return Number.isFinite(worst) ? { worst, total } : undefined;
}

describe('the joint lower bound', () => {
  test.each([
    ['even datacenters: every cache cluster meets its own bound', [6, 6, 6], [6, 3, 4], { worst: 0, total: 0 }],
    ['a small datacenter is enough for one, not for all', [4, 4, 1], [3, 3, 3], { worst: 1, total: 2 }],
    ['one place short in it: one cache cluster goes without', [4, 4, 2], [3, 3, 3], { worst: 1, total: 1 }],
    [
      'the smallest datacenter of a 50/30/20 farm, 216 pods for 217',
      [540, 324, 216],
      [300, 351],
      { worst: 1, total: 1 },
    ],
    ['no cache cluster', [1, 1], [], { worst: 0, total: 0 }],
    ['more demand than pods', [1, 1], [2, 1], undefined],
  ])('%s', (_, counts, pods, bound) => {
    const capacities = capacitiesOf(counts);
    expect(
      jointBound(
        capacities,
        pods.map((n) => ({ pods: n, domains: [...capacities.keys()] })),
      ),
    ).toEqual(bound);
  });

  const counts = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 4 });
  const pods = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 3 });

  test('is exact where every cache cluster may use every datacenter', () => {
    fc.assert(
      fc.property(counts, pods, (sizes, wanted) => {
        const capacities = capacitiesOf(sizes);
        const demands = wanted.map((n) => ({ pods: n, domains: [...capacities.keys()] }));
        expect(jointBound(capacities, demands)).toEqual(tryAll(capacities, demands));
      }),
      { numRuns: 300 },
    );
  });
  test('is never above what is possible, and exact for the one worst off, where placements are restricted', () => {
    const restricted = fc.array(
      fc.record({
        pods: fc.integer({ min: 0, max: 5 }),
        domains: fc.subarray(NAMES, { minLength: 1 }),
      }),
      { minLength: 1, maxLength: 3 },
    );
    fc.assert(
      fc.property(counts, restricted, (sizes, wanted) => {
        const capacities = capacitiesOf(sizes);
        const demands = wanted.map((demand) => ({
          ...demand,
          domains: demand.domains.filter((domain) => capacities.has(domain)),
        }));
        const bound = jointBound(capacities, demands);
        const best = tryAll(capacities, demands);
        expect(bound?.worst).toBe(best?.worst);
        expect(bound === undefined || bound.total <= (best?.total ?? 0)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
  test('of 30 cache clusters on 180 machines takes no time', () => {
    const capacities = new Map(Array.from({ length: 180 }, (_, i) => [`m${i}`, 4]));
    const demands = Array.from({ length: 30 }, () => ({ pods: 22, domains: [...capacities.keys()] }));
    expect(jointBound(capacities, demands)).toEqual({ worst: 0, total: 0 });
  });
});

describe('the flow network', () => {
  test('sends flow back where a first path was in the way', () => {
    const network = new FlowNetwork(4);
    network.connect(0, 1, 1);
    network.connect(0, 2, 1);
    network.connect(1, 2, 1);
    network.connect(1, 3, 1);
    network.connect(2, 3, 1);
    expect(network.fill(0, 3)).toBe(2);
    expect(network.fill(0, 3)).toBe(0);
  });
  test('carries nothing where nothing is connected', () => expect(new FlowNetwork(2).fill(0, 1)).toBe(0));
});
