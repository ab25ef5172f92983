import type { CacheCluster } from '../farm/model.js';
import { addedConsequence, changeConsequences, removedConsequence } from './cluster-consequences.js';
import { type MovedKeys, movedKeys } from './moved-keys.js';

export interface CacheClusterChange {
  readonly change: 'added' | 'removed' | 'changed';
  readonly clusterName: string;
  readonly from?: CacheCluster;
  readonly to?: CacheCluster;
  /** absent when every key keeps its partition */
  readonly movedKeys?: MovedKeys;
  /** partitions on both sides that another pod or another sentinel group will serve */
  readonly movedPartitions: number;
  readonly consequences: readonly string[];
}

type CacheClusters = ReadonlyMap<string, CacheCluster>;

function changed(from: CacheCluster, to: CacheCluster): CacheClusterChange | undefined {
  const consequences = changeConsequences(from, to);
  if (consequences.length === 0) return undefined;
  const keys = movedKeys(from, to);
  const all = from.tier !== to.tier || from.sentinelGroup !== to.sentinelGroup;
  return {
    change: 'changed',
    clusterName: to.clusterName,
    from,
    to,
    ...(keys ? { movedKeys: keys } : {}),
    movedPartitions: all ? Math.min(from.clusterSize, to.clusterSize) : 0,
    consequences,
  };
}

/** In order of the names. */
export function compareCacheClusters(from: CacheClusters, to: CacheClusters): readonly CacheClusterChange[] {
  const names = [...new Set([...from.keys(), ...to.keys()])].sort();
  return names.flatMap((clusterName): readonly CacheClusterChange[] => {
    const [was, is] = [from.get(clusterName), to.get(clusterName)];
    if (was && is) return [changed(was, is) ?? []].flat();
    if (was)
      return [
        { change: 'removed', clusterName, from: was, movedPartitions: 0, consequences: [removedConsequence(was)] },
      ];
    return is
      ? [{ change: 'added', clusterName, to: is, movedPartitions: 0, consequences: [addedConsequence(is)] }]
      : [];
  });
}
