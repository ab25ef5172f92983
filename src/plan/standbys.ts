import type { CacheCluster } from '../farm/model.js';
import { isOpen, type PartitionFact } from '../world/facts.js';
import type { RedisPod } from '../world/model.js';
import { rendezvousScore } from './placement/rendezvous.js';
import { applicationUser, type Planning } from './planning.js';

/** Pods that are kept as standby of a cache cluster, open or not. */
export const standbysOf = (planning: Planning, clusterName: string): readonly RedisPod[] =>
  planning.facts.standbys.get(clusterName) ?? [];

/** A standby that still serves nothing: a sentinel may have moved a partition onto it. */
const isFree = (partitions: readonly PartitionFact[], pod: RedisPod): boolean =>
  !partitions.some((partition) => partition.leading === pod.address);

function mayCover(pod: RedisPod, home: RedisPod, others: readonly RedisPod[]): boolean {
  if (pod.machine === home.machine) return false;
  return pod.datacenter !== home.datacenter || others.every((other) => other.datacenter === home.datacenter);
}

/**
 * Which standby covers which partition of a cache cluster: never on its machine, in another datacenter where there is one; what the
 * sentinels already list is kept, the rest goes to the standby that covers least.
 */
export function assignStandbys(
  planning: Planning,
  cluster: CacheCluster,
  partitions: readonly PartitionFact[],
): ReadonlyMap<string, RedisPod> {
  const user = applicationUser(planning, cluster.clusterName);
  const { sheltering } = planning.facts;
  const ready = standbysOf(planning, cluster.clusterName).filter(
    (pod) =>
      isOpen(pod, user) &&
      !pod.draining &&
      pod.tier === cluster.tier &&
      (!sheltering.has(pod.address) || isFree(partitions, pod)),
  );
  const assigned = new Map<string, RedisPod>();
  const eligible = (partition: PartitionFact): readonly RedisPod[] => {
    const home = homeOf(partition);
    return home ? ready.filter((pod) => mayCover(pod, home, ready)) : [];
  };
  const unlisted = partitions.filter((partition) => {
    const replicas = partition.known[0]?.view.replicas;
    const listed = replicas?.length === 1 ? replicas[0]?.address : undefined;
    const home = listed === undefined ? undefined : homeOf(partition);
    const kept = home && ready.find((pod) => pod.address === listed && mayCover(pod, home, ready));
    if (kept) assigned.set(partition.name, kept);
    return !kept;
  });
  if (unlisted.length === 0) return assigned;
  const covers = new Map<string, number>(ready.map((pod) => [pod.address, 0]));
  const count = (pod: RedisPod): unknown => covers.set(pod.address, (covers.get(pod.address) ?? 0) + 1);
  for (const pod of assigned.values()) count(pod);
  for (const partition of unlisted) {
    const [best] = [...eligible(partition)].sort(
      (x, y) =>
        (covers.get(x.address) ?? 0) - (covers.get(y.address) ?? 0) ||
        rendezvousScore(partition.name, x.name) - rendezvousScore(partition.name, y.name),
    );
    if (!best) continue;
    assigned.set(partition.name, best);
    count(best);
  }
  return assigned;
}

/** Where the partition is, or will be once it is named. */
export const homeOf = (partition: PartitionFact): RedisPod | undefined =>
  partition.leading === undefined ? partition.claimedBy[0] : partition.at;
