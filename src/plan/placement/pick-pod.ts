import type { CacheCluster } from '../../farm/model.js';
import type { RedisPod } from '../../world/model.js';
import type { IdleMachine, IdlePod, Ledger } from './ledger.js';
import { rendezvousScore } from './rendezvous.js';

/** Items whose key is the lowest, in their order; keys are compared number by number. */
function lowestBy<Item>(items: Iterable<Item>, keyOf: readonly ((item: Item) => number)[]): readonly Item[] {
  let lowest: Item[] = [];
  const best = keyOf.map(() => Number.POSITIVE_INFINITY);
  for (const item of items) {
    let compared = 0;
    for (let i = 0; i < keyOf.length; i++) {
      // A key costs a look-up: the later ones are asked for only while the earlier ones are equal.
      const value = keyOf[i]?.(item) ?? 0;
      if (compared === 0) compared = value - (best[i] ?? 0);
      if (compared > 0) break;
      if (compared < 0) best[i] = value;
    }
    if (compared < 0) lowest = [item];
    else if (compared === 0) lowest.push(item);
  }
  return lowest;
}

/** By rendezvous; two pods of one name (in two datacenters) by their place in the World. */
function drawn(key: string, machines: readonly IdleMachine[]): RedisPod | undefined {
  let best: { idle: IdlePod; score: number } | undefined;
  for (const { pods } of machines)
    for (const idle of pods) {
      const score = rendezvousScore(key, idle.pod.name);
      if (!best || score < best.score || (score === best.score && idle.order < best.idle.order)) best = { idle, score };
    }
  return best?.idle.pod;
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
  const excluded = apartFrom.map((pod) => pod.machine);
  const machinesIn = (datacenter: string): Iterable<IdleMachine> => {
    const all = ledger.idleMachines(tier, datacenter);
    return excluded.length === 0 ? all : [...all].filter(({ machine }) => !excluded.includes(machine));
  };
  const open = cluster.datacenters.filter((datacenter) => {
    for (const _ of machinesIn(datacenter)) return true;
    return false;
  });
  const elsewhere = open.filter((datacenter) => !apartFrom.some((pod) => pod.datacenter === datacenter));
  const datacenters = lowestBy(elsewhere.length > 0 ? elsewhere : open, [
    (datacenter) => ledger.inDatacenter(clusterName, datacenter),
  ]);
  const best = datacenters.flatMap((datacenter) =>
    lowestBy(machinesIn(datacenter), [
      ({ load }) => load.partitions.of(clusterName),
      ({ load }) => (backingGroup === undefined ? 0 : load.shock.of(backingGroup)),
      ({ load }) => load.total,
    ]).map((site) => ({ ...site, reserve: ledger.idleIn(tier, datacenter) })),
  );
  return drawn(
    partition,
    lowestBy(best, [
      ({ load }) => load.partitions.of(clusterName),
      ({ load }) => (backingGroup === undefined ? 0 : load.shock.of(backingGroup)),
      ({ load }) => load.total,
      ({ reserve }) => -reserve,
    ]),
  );
}

/** A standby for the partitions of other machines: where the CacheCluster has least to lose together with it, then the emptiest machine. */
export function pickForStandby(ledger: Ledger, cluster: CacheCluster, datacenter: string): RedisPod | undefined {
  const { clusterName, tier } = cluster;
  const best = lowestBy(ledger.idleMachines(tier, datacenter), [
    ({ load }) => load.partitions.of(clusterName),
    ({ load }) => load.standbys.of(clusterName),
    ({ load }) => load.total,
  ]);
  return drawn(`${clusterName} standby`, best);
}
