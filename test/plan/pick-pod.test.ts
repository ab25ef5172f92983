import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { defineFarm } from '../../src/farm/define.js';
import type { CacheCluster } from '../../src/farm/model.js';
import { Ledger } from '../../src/plan/placement/ledger.js';
import { pickForPartition, pickForStandby } from '../../src/plan/placement/pick-pod.js';
import { rendezvousScore } from '../../src/plan/placement/rendezvous.js';
import { deriveFacts } from '../../src/world/facts.js';
import type { RedisPod } from '../../src/world/model.js';
import type { ImaginaryFarm } from '../builders/imaginary-farm.js';
import { put, scatter } from '../builders/placed-farm.js';

const farm = defineFarm({
  name: 'small',
  datacenters: ['a', 'b', 'c'].map((name) => ({ name, machines: { count: 4, memory: '8Gi' } })),
  tiers: [
    { name: 'M1', maxMemory: '64mb', memory: '96Mi', ports: [6378, 6379, 6380], replicas: 4 },
    { name: 'M4', maxMemory: '64mb', memory: '96Mi', ports: [6381], replicas: 4 },
  ],
  cacheClusters: [
    { clusterName: 'User.id', clusterSize: 7, tier: 'M1', standbys: 0, backingGroup: 'db' },
    { clusterName: 'Session', clusterSize: 5, tier: 'M1', standbys: 0, backingGroup: 'db' },
    { clusterName: 'Friend', clusterSize: 6, tier: 'M4', standbys: 0, placement: { datacenters: ['a', 'b'] } },
  ],
});

function ledgerOf(imaginary: ImaginaryFarm): Ledger {
  const world = imaginary.world();
  return new Ledger(imaginary.farm, world, deriveFacts(imaginary.farm, world));
}
function clusterOf(clusterName: string): CacheCluster {
  const found = farm.cacheClusters.find((cluster) => cluster.clusterName === clusterName);
  if (!found) throw new Error(clusterName);
  return found;
}

/** The first pod, in the order of the World, with the lowest key: the picker's rule with nothing done for speed. */
function firstLowest(pods: readonly RedisPod[], keyOf: (pod: RedisPod) => readonly number[]): RedisPod | undefined {
  const below = (left: readonly number[], right: readonly number[]): boolean => {
    const at = left.findIndex((value, i) => value !== right[i]);
    return at >= 0 && (left[at] ?? 0) < (right[at] ?? 0);
  };
  return pods.reduce<RedisPod | undefined>(
    (best, pod) => (!best || below(keyOf(pod), keyOf(best)) ? pod : best),
    undefined,
  );
}

function plainPick(ledger: Ledger, cluster: CacheCluster, partition: string, apartFrom: readonly RedisPod[]) {
  const idle = ledger
    .idleOf(cluster.tier)
    .filter((pod) => cluster.datacenters.includes(pod.datacenter))
    .filter((pod) => apartFrom.every(({ machine }) => machine !== pod.machine));
  const elsewhere = idle.filter((pod) => apartFrom.every(({ datacenter }) => datacenter !== pod.datacenter));
  return firstLowest(elsewhere.length > 0 ? elsewhere : idle, (pod) => [
    ledger.inDatacenter(cluster.clusterName, pod.datacenter),
    ledger.onMachine(cluster.clusterName, pod.machine),
    ledger.shockOf(cluster.backingGroup, pod.machine),
    ledger.total(pod.machine),
    -ledger.idleIn(cluster.tier, pod.datacenter),
    rendezvousScore(partition, pod.name),
  ]);
}

function plainStandby(ledger: Ledger, { clusterName, tier }: CacheCluster, datacenter: string) {
  const idle = ledger.idleOf(tier).filter((pod) => pod.datacenter === datacenter);
  return firstLowest(idle, (pod) => [
    ledger.onMachine(clusterName, pod.machine),
    ledger.standbysOnMachine(clusterName, pod.machine),
    ledger.total(pod.machine),
    rendezvousScore(`${clusterName} standby`, pod.name),
  ]);
}

describe('the picker, fast', () => {
  const pick = fc.record({
    clusterName: fc.constantFrom('User.id', 'Session', 'Friend'),
    standby: fc.boolean(),
    datacenter: fc.constantFrom('a', 'b', 'c'),
    apart: fc.array(fc.nat(47), { maxLength: 2 }),
  });
  test('picks what its rule says, one pick after the other, in any world', () => {
    fc.assert(
      fc.property(
        fc.infiniteStream(fc.nat(1_000_000)),
        fc.array(fc.nat(47), { maxLength: 12 }),
        fc.array(pick, { maxLength: 30 }),
        (numbers, down, picks) => {
          const imaginary = scatter(farm, (below) => Number(numbers.next().value) % Math.max(1, below));
          for (const at of down) for (const pod of imaginary.pods.slice(at, at + 1)) pod.state.up = false;
          const ledger = ledgerOf(imaginary);
          const { pods } = imaginary.world();
          picks.forEach(({ clusterName, standby, datacenter, apart }, i) => {
            const cluster = clusterOf(clusterName);
            const apartFrom = apart.flatMap((at) => pods.slice(at, at + 1));
            const [wanted, picked] = standby
              ? [plainStandby(ledger, cluster, datacenter), pickForStandby(ledger, cluster, datacenter)]
              : [
                  plainPick(ledger, cluster, `${clusterName}::${i}`, apartFrom),
                  pickForPartition(ledger, cluster, `${clusterName}::${i}`, apartFrom),
                ];
            expect(picked?.address).toBe(wanted?.address);
            const before = ledger.idleOf(cluster.tier).length;
            if (picked) ledger.take(picked, clusterName, standby ? 'standby' : 'partition');
            expect(ledger.idleOf(cluster.tier)).toHaveLength(before - (picked ? 1 : 0));
          });
        },
      ),
      { numRuns: 150 },
    );
  });
});

describe('the ledger counts a partition once, where it is going to be', () => {
  /** User.id: 3 in a, 2 in b, 2 in c, each on a machine of its own. */
  function placed(): ImaginaryFarm {
    const imaginary = scatter({ ...farm, cacheClusters: [] }, () => 0);
    imaginary.farm = farm;
    ['a-m1', 'a-m2', 'a-m3', 'b-m1', 'b-m2', 'c-m1', 'c-m2'].forEach((machine, i) => {
      const pod = imaginary.pods.find((candidate) => candidate.machine === machine && candidate.tier === 'M1');
      if (pod) put(imaginary, 'User.id', i, pod);
    });
    return imaginary;
  }
  const inA = (imaginary: ImaginaryFarm): readonly number[] => {
    const ledger = ledgerOf(imaginary);
    return [ledger.inDatacenter('User.id', 'a'), ledger.onMachine('User.id', 'a-m1'), ledger.total('a-m1')];
  };
  const firstOf = (imaginary: ImaginaryFarm) => {
    const pod = imaginary.pods.find(
      ({ state }) => 'partition' in state.claim && state.claim.partition === 'User.id::0',
    );
    if (!pod) throw new Error('no pod');
    return pod;
  };

  test('where it serves', () => expect(inA(placed())).toEqual([3, 1, 1]));
  test('not on a pod that is down, although the sentinels still name it: its replacement may stay in the datacenter', () => {
    const imaginary = placed();
    firstOf(imaginary).state.up = false;
    expect(inA(imaginary)).toEqual([2, 0, 0]);
    const picked = pickForPartition(ledgerOf(imaginary), clusterOf('User.id'), 'User.id::0');
    expect(inA(placed())[0]).toBe(3);
    expect(picked).toBeDefined();
  });
  test('not on a machine that is being emptied; the pod counts as used there until it is released', () => {
    const imaginary = placed();
    firstOf(imaginary).draining = true;
    expect(inA(imaginary)).toEqual([2, 0, 1]);
  });
  test('where it moves to, not where it comes from', () => {
    const imaginary = placed();
    const to = imaginary.pods.find(({ machine, state }) => machine === 'b-m4' && state.claim.kind === 'locked');
    if (!to) throw new Error('no pod');
    Object.assign(to.state, { claim: { kind: 'incoming', partition: 'User.id::0', epoch: 1 }, access: 'incoming' });
    expect(inA(imaginary)).toEqual([2, 0, 1]);
    const ledger = ledgerOf(imaginary);
    expect([ledger.inDatacenter('User.id', 'b'), ledger.onMachine('User.id', 'b-m4'), ledger.total('b-m4')]).toEqual([
      3, 1, 1,
    ]);
  });
  test('not on a pod that sentinels still list as its replica from before: that one is only in use', () => {
    const imaginary = placed();
    const old = imaginary.pods.find(({ machine, state }) => machine === 'a-m1' && state.claim.kind === 'locked');
    if (!old) throw new Error('no pod');
    for (const { names } of imaginary.sentinels) {
      const view = names.get('User.id::1');
      if (view) names.set('User.id::1', { ...view, replicas: [{ address: old.address, flags: ['slave'] }] });
    }
    expect(inA(imaginary)).toEqual([3, 1, 2]);
  });
});
