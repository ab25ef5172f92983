import type { CacheCluster } from '../farm/model.js';
import { lostVoices } from '../world/evidence.js';
import { isOpen, majorityOf, type PartitionFact, partitionsOf } from '../world/facts.js';
import type { RedisPod } from '../world/model.js';
import { rendezvousScore } from './placement/rendezvous.js';
import { applicationUser, type Planning } from './planning.js';

/** Pods that are kept as standby of a cache cluster, open or not. */
export const standbysOf = (planning: Planning, clusterName: string): readonly RedisPod[] =>
  planning.facts.standbys.get(clusterName) ?? [];

/**
 * Pods that do not answer us and that the sentinels list behind partitions of the cache cluster, and that no majority of them has lost: only
 * we do not see what they are.
 */
export function silentStandbys(planning: Planning, cluster: CacheCluster): readonly RedisPod[] {
  const { silent } = planning.facts;
  if (silent.length === 0) return [];
  const open = new Map(silent.map((pod) => [pod.address, pod]));
  const found = new Set<RedisPod>();
  for (const partition of partitionsOf(planning.facts, cluster))
    for (const { view } of partition.known)
      for (const { address } of view.replicas) {
        const pod = open.get(address);
        if (pod && lostVoices(partition, address) < majorityOf(partition.group.size)) found.add(pod);
      }
  return [...found];
}

/** A standby that still serves nothing: a sentinel may have moved a partition onto it. */
const isFree = (partitions: readonly PartitionFact[], pod: RedisPod): boolean =>
  !partitions.some((partition) => partition.leading === pod.address);

function mayCover(pod: RedisPod, home: RedisPod, others: readonly RedisPod[]): boolean {
  if (pod.machine === home.machine) return false;
  return pod.datacenter !== home.datacenter || others.every((other) => other.datacenter === home.datacenter);
}

function onlyReplica({ first }: PartitionFact): string | undefined {
  return first?.replicas.length === 1 ? first.replicas[0]?.address : undefined;
}

/**
 * The one standby that the sentinels list for the partition already, if it may stay. One that only we cannot reach stays too: to the sentinels
 * it is as good as before, and writing its partitions anew on each of them would help nobody.
 */
function listedFor(planning: Planning, partition: PartitionFact, ready: readonly RedisPod[]): RedisPod | undefined {
  const listed = partition.uniform ? partition.standby : onlyReplica(partition);
  const home = listed === undefined ? undefined : homeOf(partition);
  if (listed === undefined || !home) return undefined;
  for (const pod of ready) if (pod.address === listed) return mayCover(pod, home, ready) ? pod : undefined;
  const pod = planning.facts.podAt.get(listed);
  const isOursAlone =
    pod?.instance.state === 'unreachable' &&
    !pod.draining &&
    pod.tier === partition.cluster.tier &&
    lostVoices(partition, pod.address) < majorityOf(partition.group.size);
  return isOursAlone && mayCover(pod, home, [...ready, pod]) ? pod : undefined;
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
  // Plain loops: every pass walks every partition of the farm here, and almost all of them keep what they have.
  const unlisted: PartitionFact[] = [];
  for (const partition of partitions) {
    const kept = listedFor(planning, partition, ready);
    if (kept) assigned.set(partition.name, kept);
    else unlisted.push(partition);
  }
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
