import { LIMITS } from '../../farm/limits.js';
import { isIdle } from '../../world/facts.js';
import type { Pass } from '../parts.js';
import type { LimitsView } from '../schemas.js';

const highest = (field: string): number => LIMITS[`cacheClusters.${field}`]?.max ?? 1;

/** A cache cluster lives in one sentinel group: it is never larger than what a group may name. */
const largest = ({ sentinelGroups }: Pass['farm']): number =>
  Math.min(highest('clusterSize'), Math.max(0, ...sentinelGroups.map(({ maxPartitions }) => maxPartitions)));

export function limitsView({ farm, world, facts }: Pass): LimitsView {
  const pods = new Map(farm.tiers.map(({ name }) => [name, { pods: 0, idle: 0 }]));
  for (const pod of world.pods) {
    const counted = pods.get(pod.tier);
    if (!counted) continue;
    counted.pods++;
    if (isIdle(facts, pod)) counted.idle++;
  }
  const named = new Map<string, number>();
  for (const { sentinelGroup, clusterSize } of farm.cacheClusters)
    named.set(sentinelGroup, (named.get(sentinelGroup) ?? 0) + clusterSize);
  return {
    farm: farm.name,
    tiers: farm.tiers.map(({ name, maxMemoryBytes }) => ({
      name,
      maxMemoryBytes,
      ...(pods.get(name) ?? { pods: 0, idle: 0 }),
    })),
    datacenters: farm.datacenters.filter(({ witness }) => !witness).map(({ name }) => name),
    groups: farm.sentinelGroups.map(({ name, replicated, maxPartitions }) => ({
      name,
      replicated,
      maxPartitions,
      partitions: named.get(name) ?? 0,
    })),
    clusterNames: farm.cacheClusters.map(({ clusterName }) => clusterName),
    maxClusterSize: largest(farm),
    maxPartitionSize: highest('partitionSize'),
  };
}
