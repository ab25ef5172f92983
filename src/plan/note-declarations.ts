import type { CacheCluster, Farm } from '../farm/model.js';
import type { World } from '../world/model.js';
import type { Note } from './action.js';

function whyNone(farm: Farm, cluster: CacheCluster): string {
  if (cluster.sentinelGroup !== '') return `${cluster.sentinelGroup} is not in the farm`;
  const groups = farm.sentinelGroups
    .filter(({ replicated }) => replicated === cluster.partitionSize > 1)
    .map(({ name, maxPartitions }) => {
      const used = farm.cacheClusters
        .filter(({ sentinelGroup }) => sentinelGroup === name)
        .reduce((sum, { clusterSize }) => sum + clusterSize, 0);
      return `${name} has ${used} of ${maxPartitions}`;
    });
  return `${cluster.clusterSize} partitions; ${groups.join(', ') || 'no group is of its kind'}`;
}

/** What is amiss with the declared cache clusters themselves. */
export function noteDeclarations(farm: Farm, world: World): readonly Note[] {
  const groups = new Set(farm.sentinelGroups.map(({ name }) => name));
  return [
    ...(world.disputes ?? []).map(
      ({ clusterName, detail }): Note => ({ reason: 'DeclarationsDiffer', subject: clusterName, detail }),
    ),
    ...farm.cacheClusters
      .filter(({ sentinelGroup }) => !groups.has(sentinelGroup))
      .map(
        (cluster): Note => ({
          reason: 'NoSentinelGroup',
          subject: cluster.clusterName,
          detail: whyNone(farm, cluster),
        }),
      ),
  ];
}
