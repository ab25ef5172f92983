import { describe, expect, test } from '@jest/globals';
import { defineFarm } from '../../src/farm/define.js';
import type { CacheCluster } from '../../src/farm/model.js';
import { pointOf } from '../../src/plan/placement/idle-shelf.js';
import { Ledger } from '../../src/plan/placement/ledger.js';
import { DRAWN_MACHINES, pickForPartition, pickForStandby } from '../../src/plan/placement/pick-pod.js';
import { RankSet } from '../../src/plan/placement/rank-set.js';
import { isRecentFailure, RECENT_SECONDS } from '../../src/plan/placement/recent-failure.js';
import { rendezvousScore } from '../../src/plan/placement/rendezvous.js';
import { deriveFacts } from '../../src/world/facts.js';
import type { RedisPod, World } from '../../src/world/model.js';
import { fc } from '../builders/fast-check.js';
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

/** Many more machines that are as good as each other than take part in a draw. */
const wide = defineFarm({
  name: 'wide',
  datacenters: ['a', 'b', 'c'].map((name) => ({ name, machines: { count: 5 * DRAWN_MACHINES, memory: '8Gi' } })),
  tiers: [
    { name: 'M1', maxMemory: '64mb', memory: '96Mi', ports: [6378, 6379], replicas: 5 * DRAWN_MACHINES },
    { name: 'M4', maxMemory: '64mb', memory: '96Mi', ports: [6381], replicas: 5 * DRAWN_MACHINES },
  ],
  cacheClusters: farm.cacheClusters.map(({ clusterName, clusterSize, tier, datacenters }) => ({
    clusterName,
    clusterSize,
    tier,
    standbys: 0,
    placement: { datacenters: [...datacenters] },
    ...(clusterName === 'Friend' ? {} : { backingGroup: 'db' }),
  })),
});

function ledgerOf(imaginary: ImaginaryFarm, world: World = imaginary.world()): Ledger {
  return new Ledger(imaginary.farm, world, deriveFacts(imaginary.farm, world));
}

/** As it is when Kubernetes has started the containers of these pods again, for a second now. */
function restarted(world: World, is: (pod: RedisPod, at: number) => boolean): World {
  return { ...world, pods: world.pods.map((pod, at) => (is(pod, at) ? { ...pod, restarts: 1 } : pod)) };
}
function clusterOf(clusterName: string): CacheCluster {
  const found = farm.cacheClusters.find((cluster) => cluster.clusterName === clusterName);
  if (!found) throw new Error(clusterName);
  return found;
}

type KeyOf = (pod: RedisPod) => readonly number[];

/** The picker's rule with nothing done for speed: the lowest key, the machines next to the point, the lowest score, the first of the World. */
function plainDraw(pods: readonly RedisPod[], key: string, keyOf: KeyOf): RedisPod | undefined {
  const compare = (left: readonly number[], right: readonly number[]): number =>
    left.map((value, i) => value - (right[i] ?? 0)).find((difference) => difference !== 0) ?? 0;
  const [lowest] = pods.map(keyOf).sort(compare);
  const level = lowest ? pods.filter((pod) => compare(keyOf(pod), lowest) === 0) : [];
  const way = (machine: string): number => (pointOf(machine) - pointOf(key) + 2 ** 32) % 2 ** 32;
  const near = [...new Set(level.map((pod) => pod.datacenter))].flatMap((datacenter) =>
    [...new Set(level.filter((pod) => pod.datacenter === datacenter).map((pod) => pod.machine))]
      .sort((x, y) => way(x) - way(y))
      .slice(0, DRAWN_MACHINES),
  );
  const score = (pod: RedisPod): number => rendezvousScore(key, pod.name);
  return level
    .filter((pod) => near.includes(pod.machine))
    .reduce<RedisPod | undefined>((best, pod) => (best && score(best) <= score(pod) ? best : pod), undefined);
}

function plainPick(ledger: Ledger, cluster: CacheCluster, partition: string, apartFrom: readonly RedisPod[]) {
  const idle = ledger
    .idleOf(cluster.tier)
    .filter((pod) => cluster.datacenters.includes(pod.datacenter))
    .filter((pod) => apartFrom.every(({ machine }) => machine !== pod.machine));
  const elsewhere = idle.filter((pod) => apartFrom.every(({ datacenter }) => datacenter !== pod.datacenter));
  return plainDraw(elsewhere.length > 0 ? elsewhere : idle, partition, (pod) => [
    ledger.inDatacenter(cluster.clusterName, pod.datacenter),
    ledger.onMachine(cluster.clusterName, pod.machine),
    ledger.shockOf(cluster.backingGroup, pod.machine),
    ledger.total(pod.machine),
    -ledger.idleIn(cluster.tier, pod.datacenter),
    ledger.failuresOn(pod.machine),
  ]);
}

function plainStandby(ledger: Ledger, { clusterName, tier }: CacheCluster, datacenter: string) {
  const idle = ledger.idleOf(tier).filter((pod) => pod.datacenter === datacenter);
  return plainDraw(idle, `${clusterName} standby`, (pod) => [
    ledger.onMachine(clusterName, pod.machine),
    ledger.standbysOnMachine(clusterName, pod.machine),
    ledger.total(pod.machine),
    ledger.failuresOn(pod.machine),
  ]);
}

describe('the picker, fast', () => {
  const pick = fc.record({
    clusterName: fc.constantFrom('User.id', 'Session', 'Friend'),
    standby: fc.boolean(),
    datacenter: fc.constantFrom('a', 'b', 'c'),
    apart: fc.array(fc.nat(47), { maxLength: 2 }),
  });
  test.each([
    ['in any world of few machines', farm, 150],
    ['in any world of many', wide, 40],
  ])('picks what its rule says, one pick after the other, %s', (_, declared, numRuns) => {
    fc.assert(
      fc.property(
        fc.infiniteStream(fc.nat(1_000_000)),
        fc.array(fc.nat(47), { maxLength: 12 }),
        fc.array(fc.nat(47), { maxLength: 12 }),
        fc.array(pick, { maxLength: 30 }),
        (numbers, down, again, picks) => {
          const imaginary = scatter(declared, (below) => Number(numbers.next().value) % Math.max(1, below));
          for (const at of down) for (const pod of imaginary.pods.slice(at, at + 1)) pod.state.up = false;
          const world = restarted(imaginary.world(), (_pod, at) => again.includes(at));
          const ledger = ledgerOf(imaginary, world);
          const { pods } = world;
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
      { numRuns },
    );
  });
  test('gives the same pods, each on a machine of its own, in whatever order the pods of a datacenter are read', () => {
    const idle = scatter({ ...wide, cacheClusters: [] }, () => 0);
    const world = idle.world();
    const reversed = [...world.pods]
      .reverse()
      .sort((x, y) => (x.datacenter < y.datacenter ? -1 : Number(x.datacenter > y.datacenter)));
    const picks = [world, { ...world, pods: reversed }].map((one) => {
      const ledger = ledgerOf(idle, one);
      return Array.from({ length: 90 }, (_, i) => {
        const pod = pickForPartition(ledger, clusterOf('User.id'), `User.id::${i}`);
        if (pod) ledger.take(pod, 'User.id', 'partition');
        return pod?.address;
      });
    });
    expect(picks[0]).toEqual(picks[1]);
    expect(new Set(picks[0]).size).toBe(90);
    expect(new Set(picks[0]?.map((address) => address?.split(':')[0])).size).toBe(90);
  });
});

describe('a set of ranks', () => {
  test('is walked round from any rank, as a sorted list is', () => {
    const rank = fc.nat(2_499);
    fc.assert(
      fc.property(fc.array(rank), fc.array(rank), rank, fc.nat(20), (added, deleted, start, most) => {
        const ranks = new RankSet(2_500);
        for (const one of added) ranks.add(one);
        for (const one of deleted) ranks.delete(one);
        const left = [...new Set(added)].filter((one) => !deleted.includes(one)).sort((x, y) => x - y);
        const seen: number[] = [];
        ranks.walk(start, (one) => seen.push(one) < most);
        const round = [...left.filter((one) => one >= start), ...left.filter((one) => one < start)];
        expect(seen).toEqual(round.slice(0, Math.max(1, most)));
      }),
    );
  });
});

describe('recent failures of a machine', () => {
  const [first] = scatter({ ...farm, cacheClusters: [] }, () => 0).world().pods;
  const pod = (change: Partial<RedisPod>, uptimeSeconds = 1): RedisPod => {
    if (first?.instance.state !== 'up') throw new Error('no pod');
    return { ...first, instance: { ...first.instance, uptimeSeconds }, ...change };
  };
  test.each([
    ['a pod that does not answer', pod({ instance: { state: 'unreachable', why: 'gone', refused: false } }), true],
    ['a container that was started again just now', pod({ restarts: 1 }), true],
    ['one that has run for an hour since', pod({ restarts: 3 }, RECENT_SECONDS), false],
    ['a pod that is merely new', pod({ restarts: 0 }), false],
    ['a pod of which Kubernetes says nothing', pod({}), false],
  ])('%s: %#', (_, seen, counts) => expect(isRecentFailure(seen)).toBe(counts));

  /** Machines of a with what User.id and its standbys would pick there: all idle, but for what failed. */
  function picked(is: (pod: RedisPod) => boolean, before: (imaginary: ImaginaryFarm) => void = () => undefined) {
    const imaginary = scatter({ ...farm, cacheClusters: [] }, () => 0);
    imaginary.farm = { ...farm, cacheClusters: farm.cacheClusters.map((c) => ({ ...c, datacenters: ['a'] })) };
    before(imaginary);
    const cluster = { ...clusterOf('User.id'), datacenters: ['a'] };
    const world = restarted(imaginary.world(), is);
    const drawn = Array.from({ length: 40 }, (_, i) => pickForPartition(ledgerOf(imaginary, world), cluster, `${i}`));
    const machines = drawn.map((one) => one?.machine);
    return { machines: new Set(machines), standby: pickForStandby(ledgerOf(imaginary, world), cluster, 'a')?.machine };
  }
  test('decide between machines that are as good in all else: whatever tier failed there', () => {
    expect(picked(() => false).machines.size).toBe(4);
    const { machines, standby } = picked(({ machine, tier }) => machine !== 'a-m3' && tier === 'M4');
    expect([...machines, standby]).toEqual(['a-m3', 'a-m3']);
  });
  test('the fewer the better', () => {
    const twice = (pod: RedisPod): boolean => pod.tier === 'M4' || (pod.machine !== 'a-m2' && pod.port === 6378);
    expect([...picked(twice).machines]).toEqual(['a-m2']);
  });
  test('count for less than what is bound on a machine', () => {
    const { machines } = picked(
      ({ machine }) => machine !== 'a-m3',
      (imaginary) => {
        const used = imaginary.pods.find(({ machine, tier }) => machine === 'a-m3' && tier === 'M4');
        if (used) put(imaginary, 'Friend', 0, used);
      },
    );
    expect([...machines].sort()).toEqual(['a-m1', 'a-m2', 'a-m4']);
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
