import type { CacheCluster } from '../../farm/model.js';
import type { RedisPod } from '../../world/model.js';
import { type IdleMachine, type IdlePod, pointOf, type Shelf } from './idle-shelf.js';
import type { Ledger } from './ledger.js';
import { hashOn, scoreOfHash } from './rendezvous.js';

/** Compared one after the other, lowest first. */
type Key = readonly [first: number, second: number, total: number, reserve: number, failures: number];

interface Found {
  readonly key: Key;
  readonly machines: readonly IdleMachine[];
}

/**
 * Of machines that are all as good, so many take part in the draw: those next to the partition on the circle of machines. A draw among all
 * of them would ask each machine of a large farm, thousands of times when a third of it dies at once.
 */
export const DRAWN_MACHINES = 12;

function compare(left: Key, right: Key): number {
  for (let i = 0; i < left.length; i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/**
 * Machines with the lowest (first, second, total, failures), as many as are drawn from. Levels come in ascending order, so one with machines
 * that have nothing in first and second ends the search: nearly always it is the first one, and the first few machines that are asked.
 */
function lowestMachines(
  shelf: Shelf,
  point: number,
  reserve: number,
  apartFrom: readonly RedisPod[],
  first: (machine: IdleMachine) => number,
  second: (machine: IdleMachine) => number,
): Found | undefined {
  let best = Number.POSITIVE_INFINITY;
  let next = Number.POSITIVE_INFINITY;
  let machines: IdleMachine[] = [];
  const isLevel = ({ load }: IdleMachine): boolean =>
    machines[0]?.load.total === load.total && machines[0].load.failures === load.failures;
  const weigh = (machine: IdleMachine): boolean => {
    if (apartFrom.length > 0 && apartFrom.some((pod) => pod.machine === machine.machine)) return true;
    const one = first(machine);
    if (one > best) return true;
    const two = second(machine);
    const same = one === best && two === next;
    if (same ? machines.length === DRAWN_MACHINES || !isLevel(machine) : one === best && two > next) return true;
    if (!same) machines = [];
    best = one;
    next = two;
    machines.push(machine);
    return best > 0 || next > 0 || machines.length < DRAWN_MACHINES;
  };
  shelf.walk(point, weigh, () => best === 0 && next === 0);
  const [found] = machines;
  return found && { key: [best, next, found.load.total, -reserve, found.load.failures], machines };
}

/** The pod that rendezvous gives; of two pods of one name (in two datacenters) the first of the World. */
function drawn(key: string, founds: readonly Found[]): RedisPod | undefined {
  let best: IdlePod | undefined;
  let lowest = Number.POSITIVE_INFINITY;
  for (const { machines } of founds)
    for (const { pods } of machines)
      for (const idle of pods) {
        const score = scoreOfHash(hashOn(idle.stem.hashFor(key), idle.ordinal));
        if (score > lowest || (best && score === lowest && idle.order > best.order)) continue;
        best = idle;
        lowest = score;
      }
  return best?.pod;
}

/** Has an idle pod on a machine that none of the others is on. */
function isOpen({ machines }: Shelf, apartFrom: readonly RedisPod[]): boolean {
  if (apartFrom.length === 0) return machines.size > 0;
  return machines.size > new Set(apartFrom.map(({ machine }) => machine).filter((name) => machines.has(name))).size;
}

/**
 * The picker (design.md 7, research/fleets.md 5.3). Lexicographic, lowest first:
 * 1. partitions of this CacheCluster in the datacenter   2. the same on the machine
 * 3. what the backing group would take if the machine died   4. everything bound on the machine
 * 5. idle reserve of the datacenter, most first   6. recent failures of the machine
 * 7. rendezvous of (partition, pod), among the machines next to the partition on the circle of machines
 * @param apartFrom pods of the same partition: their machines are excluded, their datacenters only when another one has an idle pod
 */
export function pickForPartition(
  ledger: Ledger,
  cluster: CacheCluster,
  partition: string,
  apartFrom: readonly RedisPod[] = [],
): RedisPod | undefined {
  const { clusterName, tier, backingGroup } = cluster;
  const open = cluster.datacenters.flatMap((name) => {
    const shelf = ledger.shelfOf(tier, name);
    return shelf && isOpen(shelf, apartFrom) ? [{ name, shelf, held: ledger.inDatacenter(clusterName, name) }] : [];
  });
  const elsewhere = open.filter(({ name }) => apartFrom.every((pod) => pod.datacenter !== name));
  const candidates = elsewhere.length > 0 ? elsewhere : open;
  const least = Math.min(...candidates.map(({ held }) => held));
  const point = pointOf(partition);
  const founds = candidates.flatMap(({ shelf, held }) => {
    if (held > least) return [];
    const found = lowestMachines(
      shelf,
      point,
      shelf.count,
      apartFrom,
      ({ load }) => load.partitions.of(clusterName),
      ({ load }) => (backingGroup === undefined ? 0 : load.shock.of(backingGroup)),
    );
    return found ? [found] : [];
  });
  const [lowest] = founds.map(({ key }) => key).sort(compare);
  return (
    lowest &&
    drawn(
      partition,
      founds.filter(({ key }) => compare(key, lowest) === 0),
    )
  );
}

/**
 * A standby for the partitions of other machines: where the CacheCluster has least to lose together with it, then the emptiest machine, then
 * the one that failed least.
 */
export function pickForStandby(ledger: Ledger, cluster: CacheCluster, datacenter: string): RedisPod | undefined {
  const { clusterName, tier } = cluster;
  const key = `${clusterName} standby`;
  const shelf = ledger.shelfOf(tier, datacenter);
  const found =
    shelf &&
    lowestMachines(
      shelf,
      pointOf(key),
      0,
      [],
      ({ load }) => load.partitions.of(clusterName),
      ({ load }) => load.standbys.of(clusterName),
    );
  return found && drawn(key, [found]);
}
