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

/**
 * Which standbys stay where a datacenter has more than declared: those that most partitions list, so that fewest names are written anew. The
 * others are armed for nobody; when no sentinel lists them any more they are given back (release-surplus.ts).
 */
export function keptStandbys(
  planning: Planning,
  cluster: CacheCluster,
  ready: readonly RedisPod[],
): readonly RedisPod[] {
  const wanted = (datacenter: string): number => (cluster.datacenters.includes(datacenter) ? cluster.standbys : 0);
  const inDatacenter = (datacenter: string): readonly RedisPod[] =>
    ready.filter((pod) => pod.datacenter === datacenter);
  const crowded = ready.map(({ datacenter }) => datacenter).filter((name) => inDatacenter(name).length > wanted(name));
  if (crowded.length === 0) return ready;
  const listings = new Map<string, number>();
  for (const partition of partitionsOf(planning.facts, cluster)) {
    const listed = onlyReplica(partition);
    if (listed !== undefined) listings.set(listed, (listings.get(listed) ?? 0) + 1);
  }
  const going = new Set(
    [...new Set(crowded)].flatMap((datacenter) =>
      [...inDatacenter(datacenter)]
        .sort(
          (x, y) =>
            (listings.get(y.address) ?? 0) - (listings.get(x.address) ?? 0) ||
            rendezvousScore(cluster.clusterName, x.name) - rendezvousScore(cluster.clusterName, y.name),
        )
        .slice(wanted(datacenter)),
    ),
  );
  return ready.filter((pod) => !going.has(pod));
}

/** Standbys that may cover partitions: open, where and what they should be, and given to none. */
export function readyStandbys(planning: Planning, cluster: CacheCluster): readonly RedisPod[] {
  const user = applicationUser(planning, cluster.clusterName);
  const { sheltering } = planning.facts;
  return standbysOf(planning, cluster.clusterName).filter(
    (pod) =>
      isOpen(pod, user) &&
      !pod.draining &&
      pod.tier === cluster.tier &&
      (!sheltering.has(pod.address) || isFree(partitionsOf(planning.facts, cluster), pod)),
  );
}

/** As a sentinel says that is not in TILT: the others are not written to, and go on listing one that is lost when it has been left long ago. */
function onlyReplica({ uniform, standby, known }: PartitionFact): string | undefined {
  if (uniform) return standby;
  const view = known.find(({ sentinel }) => !sentinel.tilt)?.view;
  return view?.replicas.length === 1 ? view.replicas[0]?.address : undefined;
}

/**
 * The one standby that the sentinels list for the partition already, if it may stay. One that only we cannot reach stays too: to the sentinels
 * it is as good as before, and writing its partitions anew on each of them would help nobody.
 */
function listedFor(planning: Planning, partition: PartitionFact, ready: readonly RedisPod[]): RedisPod | undefined {
  const listed = onlyReplica(partition);
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
  const all = readyStandbys(planning, cluster);
  const kept = keptStandbys(planning, cluster, all);
  const covering = (partition: PartitionFact, ready: readonly RedisPod[]): readonly RedisPod[] => {
    const home = homeOf(partition);
    return home ? ready.filter((pod) => mayCover(pod, home, ready)) : [];
  };
  // Better one too many than a partition without: a surplus one goes on where no other may cover.
  const readyFor = (partition: PartitionFact): readonly RedisPod[] =>
    kept === all || cluster.standbys === 0 || covering(partition, kept).length > 0 ? kept : all;
  const assigned = new Map<string, RedisPod>();
  // Plain loops: every pass walks every partition of the farm here, and almost all of them keep what they have.
  const unlisted: PartitionFact[] = [];
  for (const partition of partitions) {
    const listed = listedFor(planning, partition, readyFor(partition));
    if (listed) assigned.set(partition.name, listed);
    else unlisted.push(partition);
  }
  if (unlisted.length === 0) return assigned;
  const covers = new Map<string, number>(all.map((pod) => [pod.address, 0]));
  const count = (pod: RedisPod): unknown => covers.set(pod.address, (covers.get(pod.address) ?? 0) + 1);
  for (const pod of assigned.values()) count(pod);
  for (const partition of unlisted) {
    const [best] = [...covering(partition, readyFor(partition))].sort(
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
