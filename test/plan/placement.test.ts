import { describe, expect, test } from '@jest/globals';
import type { CacheCluster, Farm } from '../../src/farm/model.js';
import { farm as demo } from '../../src/farms/demo.js';
import { lowestMaximum } from '../../src/plan/placement/bounds.js';
import { Ledger } from '../../src/plan/placement/ledger.js';
import { pickForPartition, pickForStandby } from '../../src/plan/placement/pick-pod.js';
import { rendezvousScore } from '../../src/plan/placement/rendezvous.js';
import { deriveFacts } from '../../src/world/facts.js';
import { fc } from '../builders/fast-check.js';
import { ImaginaryFarm } from '../builders/imaginary-farm.js';

describe('the lower bound of one domain', () => {
  test.each([
    ['even capacity: demand over domains, rounded up', [10, 10, 10], 10, 4],
    ['a small domain leaves more to the others', [1, 10, 10], 10, 5],
    ['exactly full', [2, 2], 4, 2],
    ['no demand', [2, 2], 0, 0],
    ['one domain takes all', [7], 7, 7],
  ])('%s', (_, capacities, demand, bound) => expect(lowestMaximum(capacities, demand)).toBe(bound));
  test('is undefined when the capacity is too small', () => expect(lowestMaximum([1, 1], 3)).toBeUndefined());
  test('is met by some assignment and beaten by none', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 0, max: 20 }),
        (capacities, demand) => {
          const bound = lowestMaximum(capacities, demand);
          const fits = (level: number): boolean =>
            capacities.reduce((sum, capacity) => sum + Math.min(level, capacity), 0) >= demand;
          if (bound === undefined) expect(fits(1_000)).toBe(false);
          else expect([fits(bound), bound === 0 || !fits(bound - 1)]).toEqual([true, true]);
        },
      ),
    );
  });
});

describe('rendezvous scores', () => {
  test('are stable: a changed score would move partitions of running farms', () => {
    expect([rendezvousScore('User.id::0', 'redis-m1-6378-0'), rendezvousScore('', '')]).toMatchInlineSnapshot(`
[
  1952232015,
  91794203,
]
`);
  });
  test('spread near-equal names over the whole range', () => {
    const scores = Array.from({ length: 1_000 }, (_, i) => rendezvousScore('User.id::0', `redis-m1-6378-${i}`));
    const low = scores.filter((score) => score < 2 ** 31).length;
    expect(low).toBeGreaterThan(400);
    expect(low).toBeLessThan(600);
    expect(new Set(scores).size).toBe(1_000);
  });
});

describe('the picker', () => {
  const clusterOf = (farm: Farm, clusterName: string): CacheCluster => {
    const found = farm.cacheClusters.find((cluster) => cluster.clusterName === clusterName);
    if (!found) throw new Error(clusterName);
    return found;
  };
  function ledgerOf(imaginary: ImaginaryFarm): Ledger {
    const world = imaginary.world();
    return new Ledger(imaginary.farm, world, deriveFacts(imaginary.farm, world));
  }

  test('takes the datacenter with fewest partitions of the cache cluster, then the machine', () => {
    const ledger = ledgerOf(new ImaginaryFarm(demo));
    const cluster = clusterOf(demo, 'User.id');
    const picked = Array.from({ length: 6 }, (_, i) => {
      const pod = pickForPartition(ledger, cluster, `User.id::${i}`);
      if (!pod) throw new Error('no pod');
      ledger.take(pod, cluster.clusterName, 'partition');
      return pod;
    });
    expect(picked.map((pod) => pod.datacenter).sort()).toEqual(['a', 'a', 'b', 'b', 'c', 'c']);
    expect(new Set(picked.map((pod) => pod.machine)).size).toBe(6);
  });
  test('keeps copies of one partition on different machines, and in different datacenters while it can', () => {
    const ledger = ledgerOf(new ImaginaryFarm(demo));
    const cluster = clusterOf(demo, 'Chat.room');
    const first = pickForPartition(ledger, cluster, 'Chat.room::0');
    if (!first) throw new Error('no pod');
    const second = pickForPartition(ledger, cluster, 'Chat.room::0', [first]);
    expect(second?.datacenter).not.toBe(first.datacenter);
  });
  test('stays inside the datacenters of the placement', () => {
    const only = { ...demo, cacheClusters: demo.cacheClusters.map((cluster) => ({ ...cluster, datacenters: ['b'] })) };
    const ledger = ledgerOf(new ImaginaryFarm(only));
    expect(pickForPartition(ledger, clusterOf(only, 'User.id'), 'User.id::0')?.datacenter).toBe('b');
  });
  test('two cache clusters of one backing group avoid each other on a machine', () => {
    const shared = {
      ...demo,
      cacheClusters: demo.cacheClusters.map((cluster) => ({ ...cluster, backingGroup: 'db' })),
    };
    const ledger = ledgerOf(new ImaginaryFarm(shared));
    const one = clusterOf(shared, 'User.id');
    const other = clusterOf(shared, 'Session');
    const first = pickForPartition(ledger, one, 'User.id::0');
    if (!first) throw new Error('no pod');
    ledger.take(first, one.clusterName, 'partition');
    for (let i = 0; i < 3; i++) {
      const pod = pickForPartition(ledger, other, `Session::${i}`);
      if (!pod) throw new Error('no pod');
      expect(pod.machine).not.toBe(first.machine);
      ledger.take(pod, other.clusterName, 'partition');
    }
  });
  test('gives nothing when no pod of the tier is idle', () => {
    const imaginary = new ImaginaryFarm(demo);
    for (const pod of imaginary.pods) pod.state.up = false;
    const ledger = ledgerOf(imaginary);
    expect(pickForPartition(ledger, clusterOf(demo, 'User.id'), 'User.id::0')).toBeUndefined();
    expect(pickForStandby(ledger, clusterOf(demo, 'User.id'), 'a')).toBeUndefined();
  });
  test('gives the same plan for the same world', () => {
    const picks = [1, 2].map(
      () => pickForPartition(ledgerOf(new ImaginaryFarm(demo)), clusterOf(demo, 'User.id'), 'User.id::4')?.name,
    );
    expect(picks[0]).toBe(picks[1]);
  });
});
