import type { CacheCluster, Farm } from '../../farm/model.js';
import type { Facts, PartitionFact } from '../../world/facts.js';
import type { RedisPod, World } from '../../world/model.js';

/**
 * Least possible maximum of one domain: the smallest t with sum(min(t, capacity)) >= demand (water filling, research/fleets.md 5.2).
 * @returns undefined when the capacity is smaller than the demand
 */
export function lowestMaximum(capacities: readonly number[], demand: number): number | undefined {
  if (capacities.reduce((sum, capacity) => sum + capacity, 0) < demand) return undefined;
  let level = 0;
  while (capacities.reduce((sum, capacity) => sum + Math.min(level, capacity), 0) < demand) level++;
  return level;
}

export interface Spread {
  readonly clusterName: string;
  /** most pods of the CacheCluster in one datacenter / on one machine, and the least possible */
  readonly datacenter: { readonly most: number; readonly bound: number };
  readonly machine: { readonly most: number; readonly bound: number };
}

const countBy = (keys: readonly string[]): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
};

/** Pods that serve a partition: every member of a replicated one, else the pod at its address. */
export function podsOf(facts: Facts, partition: PartitionFact): readonly RedisPod[] {
  if (partition.cluster.partitionSize > 1) return partition.claimedBy;
  const pod = partition.leading === undefined ? partition.claimedBy[0] : facts.podAt.get(partition.leading);
  return pod ? [pod] : [];
}

/** May take or keep a partition: up, and not being emptied. */
export const isOffered = (pod: RedisPod): boolean => pod.instance.state === 'up' && !pod.draining;

/** Where a partition is going to be: where it moves to, else where it serves, unless that pod is down or being emptied. */
export function homesOf(facts: Facts, partition: PartitionFact): readonly RedisPod[] {
  const [arriving] = partition.incoming.filter(isOffered);
  return arriving ? [arriving] : podsOf(facts, partition).filter(isOffered);
}

/** Offered pods of a tier by domain, of the given datacenters only. */
export class Capacities {
  readonly #known = new Map<string, ReadonlyMap<string, number>>();
  constructor(readonly world: World) {}

  of({ tier, datacenters }: CacheCluster, domain: 'datacenter' | 'machine'): ReadonlyMap<string, number> {
    const key = [domain, tier, ...datacenters].join();
    const known = this.#known.get(key);
    if (known) return known;
    const offered = this.world.pods.filter(
      (pod) => pod.tier === tier && datacenters.includes(pod.datacenter) && isOffered(pod),
    );
    const counts = countBy(offered.map((pod) => pod[domain]));
    this.#known.set(key, counts);
    return counts;
  }
}

/** How each CacheCluster is spread, against its lower bounds over the pods of its tier that are up. */
export function measureSpread(farm: Farm, world: World, facts: Facts): readonly Spread[] {
  const capacities = new Capacities(world);
  const placed = new Map<string, RedisPod[]>(farm.cacheClusters.map(({ clusterName }) => [clusterName, []]));
  for (const partition of facts.partitions)
    placed.get(partition.cluster.clusterName)?.push(...podsOf(facts, partition));
  return farm.cacheClusters.map((cluster) => {
    const pods = placed.get(cluster.clusterName) ?? [];
    const measure = (domain: 'datacenter' | 'machine'): { most: number; bound: number } => {
      const most = Math.max(0, ...countBy(pods.map((pod) => pod[domain])).values());
      return { most, bound: lowestMaximum([...capacities.of(cluster, domain).values()], pods.length) ?? most };
    };
    return { clusterName: cluster.clusterName, datacenter: measure('datacenter'), machine: measure('machine') };
  });
}

/** Largest excess over the bounds; 0 and 0 is as good as it can be. */
export const worstExcess = (spreads: readonly Spread[]): { readonly datacenter: number; readonly machine: number } => ({
  datacenter: Math.max(0, ...spreads.map((spread) => spread.datacenter.most - spread.datacenter.bound)),
  machine: Math.max(0, ...spreads.map((spread) => spread.machine.most - spread.machine.bound)),
});
