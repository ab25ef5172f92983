import type { Farm } from '../../farm/model.js';
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

function measure(placed: readonly string[], offered: readonly string[]): { most: number; bound: number } {
  const most = Math.max(0, ...countBy(placed).values());
  return { most, bound: lowestMaximum([...countBy(offered).values()], placed.length) ?? most };
}

/** Pods that serve a partition: every member of a replicated one, else the pod at its address. */
export function podsOf(facts: Facts, partition: PartitionFact): readonly RedisPod[] {
  if (partition.cluster.partitionSize > 1) return partition.claimedBy;
  const pod = partition.leading === undefined ? partition.claimedBy[0] : facts.podAt.get(partition.leading);
  return pod ? [pod] : [];
}

/** How each CacheCluster is spread, against its lower bounds over the pods of its tier that are up. */
export function measureSpread(farm: Farm, world: World, facts: Facts): readonly Spread[] {
  return farm.cacheClusters.map((cluster) => {
    const placed = facts.partitions
      .filter((partition) => partition.cluster === cluster)
      .flatMap((partition) => podsOf(facts, partition));
    const offered = world.pods.filter(
      (pod) => pod.tier === cluster.tier && cluster.datacenters.includes(pod.datacenter) && pod.instance.state === 'up',
    );
    return {
      clusterName: cluster.clusterName,
      datacenter: measure(
        placed.map((pod) => pod.datacenter),
        offered.map((pod) => pod.datacenter),
      ),
      machine: measure(
        placed.map((pod) => pod.machine),
        offered.map((pod) => pod.machine),
      ),
    };
  });
}

/** Largest excess over the bounds; 0 and 0 is as good as it can be. */
export const worstExcess = (spreads: readonly Spread[]): { readonly datacenter: number; readonly machine: number } => ({
  datacenter: Math.max(0, ...spreads.map((spread) => spread.datacenter.most - spread.datacenter.bound)),
  machine: Math.max(0, ...spreads.map((spread) => spread.machine.most - spread.machine.bound)),
});
