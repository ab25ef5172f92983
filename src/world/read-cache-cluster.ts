import type { CacheCluster, FarmFrame } from '../farm/model.js';
import type { KubeCacheCluster } from './kube.js';

/** The CR's spec is the resolved CacheCluster with its placement; defaults are filled in as the CRD does, but for the sentinel group. */
export function readCacheCluster(frame: FarmFrame, item: KubeCacheCluster): CacheCluster {
  const spec = item.spec as Partial<CacheCluster> & { placement?: { datacenters?: readonly string[] } };
  const partitionSize = spec.partitionSize ?? 1;
  return {
    clusterName: String(spec.clusterName),
    clusterSize: Number(spec.clusterSize),
    partitionSize,
    // 0 is what leaving it out means: both are one declaration.
    ...(spec.minReplicas ? { minReplicas: spec.minReplicas } : {}),
    tier: String(spec.tier),
    standbys: spec.standbys ?? (partitionSize > 1 ? 0 : 1),
    hash: spec.hash ?? 'jump',
    importance: spec.importance ?? 3,
    ...(spec.backingGroup === undefined ? {} : { backingGroup: spec.backingGroup }),
    sentinelGroup: spec.sentinelGroup ?? '',
    datacenters: spec.placement?.datacenters ?? frame.datacenters.filter((d) => !d.witness).map((d) => d.name),
  };
}
