import type { CacheCluster } from '../../farm/model.js';
import type { PartitionFact } from '../../world/facts.js';
import type { RedisPod, World } from '../../world/model.js';
import { Capacities, lowestMaximum } from './bounds.js';
import type { Ledger } from './ledger.js';
import { pickForPartition } from './pick-pod.js';

/**
 * How crowded the place of one pod of a replicated partition is, most important first: pods of the partition on its machine and in its
 * datacenter, pods of the cache cluster in its datacenter and on its machine. The pod itself counts.
 */
type Crowd = readonly [ownMachine: number, ownDatacenter: number, datacenter: number, machine: number];

/** A pod of a replicated partition that would make way for another one. */
export interface MemberMove {
  readonly partition: PartitionFact;
  readonly from: RedisPod;
  readonly to: RedisPod;
}

function compare(left: Crowd, right: Crowd): number {
  for (let i = 0; i < left.length; i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** @param added a pod of the partition that the ledger does not count yet */
function crowdOf(
  ledger: Ledger,
  { clusterName }: CacheCluster,
  members: readonly RedisPod[],
  pod: RedisPod,
  added?: RedisPod,
): Crowd {
  return [
    members.filter(({ machine }) => machine === pod.machine).length,
    members.filter(({ datacenter }) => datacenter === pod.datacenter).length,
    ledger.inDatacenter(clusterName, pod.datacenter) + Number(added?.datacenter === pod.datacenter),
    ledger.onMachine(clusterName, pod.machine) + Number(added?.machine === pod.machine),
  ];
}

/**
 * The member whose leaving spreads best. Of equals not the master: moving it costs a failover.
 * @param members more than one
 */
export function worstPlaced(
  ledger: Ledger,
  partition: PartitionFact,
  members: readonly RedisPod[],
  added?: RedisPod,
): RedisPod | undefined {
  const crowd = (pod: RedisPod): Crowd => crowdOf(ledger, partition.cluster, members, pod, added);
  const isMaster = (pod: RedisPod): number => Number(pod.address === partition.agreed);
  const [worst] = [...members].sort(
    (x, y) => compare(crowd(y), crowd(x)) || isMaster(x) - isMaster(y) || (x.address < y.address ? -1 : 1),
  );
  return worst;
}

interface Bounds {
  readonly datacenter: number;
  readonly machine: number;
}

/** Least possible most of a cache cluster's pods in one datacenter and on one machine. */
function boundsOf(ledger: Ledger, capacities: Capacities, cluster: CacheCluster): Bounds {
  const placed = cluster.datacenters.reduce(
    (sum, datacenter) => sum + ledger.inDatacenter(cluster.clusterName, datacenter),
    0,
  );
  const bound = (domain: 'datacenter' | 'machine'): number =>
    lowestMaximum([...capacities.of(cluster, domain).values()], placed) ?? placed;
  return { datacenter: bound('datacenter'), machine: bound('machine') };
}

/** Somebody is in a place that is over its bound, or too near to another copy: on a farm that is well spread nobody, which is cheap to see. */
function isPressed(ledger: Ledger, { cluster, claimedBy }: PartitionFact, bounds: Bounds): boolean {
  if (new Set(claimedBy.map(({ machine }) => machine)).size < claimedBy.length) return true;
  const own = cluster.datacenters.map((name) => claimedBy.filter(({ datacenter }) => datacenter === name).length);
  if (Math.max(...own) - Math.min(...own) > 1) return true;
  return claimedBy.some(
    ({ datacenter, machine }) =>
      ledger.inDatacenter(cluster.clusterName, datacenter) > bounds.datacenter ||
      ledger.onMachine(cluster.clusterName, machine) > bounds.machine,
  );
}

function pressed(ledger: Ledger, world: World, partitions: readonly PartitionFact[]): readonly PartitionFact[] {
  const capacities = new Capacities(world);
  const known = new Map<CacheCluster, Bounds>();
  return partitions.filter((partition) => {
    const bounds = known.get(partition.cluster) ?? boundsOf(ledger, capacities, partition.cluster);
    known.set(partition.cluster, bounds);
    return isPressed(ledger, partition, bounds);
  });
}

/**
 * The move of one member that spreads best, if any does. The new pod comes first, and of all members the worst placed one goes then, which
 * is told again from what is seen: both look at the same counts, and each move lowers the sum of their squares, so it comes to an end.
 * @param partitions replicated, with all their members in step
 */
export function bestMemberMove(
  ledger: Ledger,
  world: World,
  partitions: readonly PartitionFact[],
): MemberMove | undefined {
  let best: (MemberMove & { readonly gain: Crowd }) | undefined;
  for (const partition of pressed(ledger, world, partitions)) {
    const { cluster, claimedBy } = partition;
    for (const datacenter of cluster.datacenters) {
      const to = pickForPartition(ledger, { ...cluster, datacenters: [datacenter] }, partition.name, claimedBy);
      if (!to) continue;
      const members = [...claimedBy, to];
      const from = worstPlaced(ledger, partition, members, to);
      if (!from || from === to) continue;
      const [leaves, comes] = [from, to].map((pod) => crowdOf(ledger, cluster, members, pod, to)) as [Crowd, Crowd];
      const gain = leaves.map((count, i) => count - (comes[i] ?? 0)) as unknown as Crowd;
      if (compare(gain, best?.gain ?? [0, 0, 0, 0]) > 0) best = { partition, from, to, gain };
    }
  }
  return best;
}
