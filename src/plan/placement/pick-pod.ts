import type { CacheCluster } from '../../farm/model.js';
import type { RedisPod } from '../../world/model.js';
import type { IdleMachine, IdlePod } from './idle-shelf.js';
import type { Ledger } from './ledger.js';
import { hashOn, scoreOfHash } from './rendezvous.js';

/** Compared one after the other, lowest first. */
type Key = readonly [first: number, second: number, total: number, reserve: number];

interface Found {
  readonly key: Key;
  readonly machines: readonly IdleMachine[];
}

function compare(left: Key, right: Key): number {
  for (let i = 0; i < left.length; i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/**
 * Machines with the lowest (first, second, total). Levels come in ascending total, so a machine with nothing in first and second ends the
 * search: the third of a large farm that dies at once asks thousands of times.
 */
function lowestMachines(
  levels: readonly ReadonlySet<IdleMachine>[],
  reserve: number,
  first: (machine: IdleMachine) => number,
  second: (machine: IdleMachine) => number,
): Found | undefined {
  let best = Number.POSITIVE_INFINITY;
  let next = Number.POSITIVE_INFINITY;
  let total = -1;
  let machines: IdleMachine[] = [];
  for (let level = 0; level < levels.length; level++) {
    for (const machine of levels[level] ?? []) {
      const one = first(machine);
      if (one > best) continue;
      const two = second(machine);
      if (one === best && (two > next || (two === next && total < level))) continue;
      if (one < best || two < next) machines = [];
      best = one;
      next = two;
      total = level;
      machines.push(machine);
    }
    if (best === 0 && next === 0) break;
  }
  return machines.length === 0 ? undefined : { key: [best, next, total, -reserve], machines };
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

/** Idle machines of a datacenter without those of other pods of the same partition. */
function levelsApart(
  levels: readonly ReadonlySet<IdleMachine>[],
  apartFrom: readonly RedisPod[],
): readonly ReadonlySet<IdleMachine>[] {
  if (apartFrom.length === 0) return levels;
  const apart = ({ machine }: IdleMachine): boolean => apartFrom.every((pod) => pod.machine !== machine);
  return levels.map((level) => new Set([...level].filter(apart)));
}

/**
 * The picker (design.md 7, research/fleets.md 5.3). Lexicographic, lowest first:
 * 1. partitions of this CacheCluster in the datacenter   2. the same on the machine
 * 3. what the backing group would take if the machine died   4. everything bound on the machine
 * 5. idle reserve of the datacenter, most first   6. rendezvous of (partition, pod)
 * @param apartFrom pods of the same partition: their machines are excluded, their datacenters only when another one has an idle pod
 */
export function pickForPartition(
  ledger: Ledger,
  cluster: CacheCluster,
  partition: string,
  apartFrom: readonly RedisPod[] = [],
): RedisPod | undefined {
  const { clusterName, tier, backingGroup } = cluster;
  const open = cluster.datacenters
    .map((name) => ({ name, levels: levelsApart(ledger.idleLevels(tier, name), apartFrom) }))
    .filter(({ levels }) => levels.some((level) => level.size > 0));
  const elsewhere = open.filter(({ name }) => apartFrom.every((pod) => pod.datacenter !== name));
  const candidates = (elsewhere.length > 0 ? elsewhere : open).map((datacenter) => ({
    ...datacenter,
    held: ledger.inDatacenter(clusterName, datacenter.name),
  }));
  const least = Math.min(...candidates.map(({ held }) => held));
  const founds = candidates.flatMap(({ name, levels, held }) => {
    if (held > least) return [];
    const found = lowestMachines(
      levels,
      ledger.idleIn(tier, name),
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

/** A standby for the partitions of other machines: where the CacheCluster has least to lose together with it, then the emptiest machine. */
export function pickForStandby(ledger: Ledger, cluster: CacheCluster, datacenter: string): RedisPod | undefined {
  const { clusterName, tier } = cluster;
  const found = lowestMachines(
    ledger.idleLevels(tier, datacenter),
    0,
    ({ load }) => load.partitions.of(clusterName),
    ({ load }) => load.standbys.of(clusterName),
  );
  return found && drawn(`${clusterName} standby`, [found]);
}
