import type { CacheCluster } from '../farm/model.js';
import { lowestMaximum, podsOf } from '../plan/placement/bounds.js';
import type { Facts, PartitionFact } from '../world/facts.js';
import type { RedisPod, World } from '../world/model.js';

export interface Excess {
  /** pods of the CacheCluster above the least possible, in its fullest datacenter / on its fullest machine */
  readonly datacenter: number;
  readonly machine: number;
}

const countBy = (pods: readonly RedisPod[], level: keyof Excess): readonly number[] => {
  const counts = new Map<string, number>();
  for (const pod of pods) counts.set(pod[level], (counts.get(pod[level]) ?? 0) + 1);
  return [...counts.values()];
};

/**
 * measureSpread (plan/placement/bounds.ts) for a scrape of thousands of cache clusters: what a tier offers is counted once for all that live on
 * the same datacenters, not once for each.
 */
export function excessMeter(
  world: World,
  facts: Facts,
): (cluster: CacheCluster, partitions: readonly PartitionFact[]) => Excess {
  const offers = new Map<string, Readonly<Record<keyof Excess, readonly number[]>>>();
  const offerOf = ({ tier, datacenters }: CacheCluster) => {
    const key = [tier, ...datacenters].join('|');
    const known = offers.get(key);
    if (known) return known;
    const pods = world.pods.filter(
      (pod) => pod.tier === tier && datacenters.includes(pod.datacenter) && pod.instance.state === 'up',
    );
    const offer = { datacenter: countBy(pods, 'datacenter'), machine: countBy(pods, 'machine') };
    offers.set(key, offer);
    return offer;
  };
  return (cluster: CacheCluster, partitions: readonly PartitionFact[]): Excess => {
    const placed = partitions.flatMap((partition) => podsOf(facts, partition));
    const offer = offerOf(cluster);
    const excess = (level: keyof Excess): number => {
      const most = Math.max(0, ...countBy(placed, level));
      return most - (lowestMaximum(offer[level], placed.length) ?? most);
    };
    return { datacenter: excess('datacenter'), machine: excess('machine') };
  };
}
