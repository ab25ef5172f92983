import type { FarmFrame, SentinelGroup, Tier } from './model.js';
import type { CacheClusterSpec, FarmSpec, SentinelGroupSpec, TierSpec } from './schema.js';

const tierSpec = ({ maxMemoryBytes, memoryBytes, volumeBytes, ...tier }: Tier): TierSpec => ({
  ...tier,
  ports: [...tier.ports],
  maxMemory: maxMemoryBytes,
  memory: memoryBytes,
  ...(tier.persistence === 'none' ? {} : { volume: volumeBytes }),
});

/** The sentinels of a running farm are what they are: no more groups than it has, so `auto` becomes their number. */
function poolSpecs(groups: readonly SentinelGroup[]): SentinelGroupSpec[] {
  const firsts = groups.filter(({ pool }, i) => groups.findIndex((group) => group.pool === pool) === i);
  return firsts.map(({ pool, size, quorum, downAfterMs, failoverTimeoutMs, maxPartitions, replicated }) => ({
    name: pool,
    count: groups.filter((group) => group.pool === pool).length,
    size,
    quorum,
    downAfterMs,
    failoverTimeoutMs,
    maxPartitions,
    replicated,
  }));
}

/**
 * A running farm as somebody could have declared it: what its manifests say, with these cache clusters. For the checks only (check.ts):
 * groups of several pools are numbered pool by pool, so the ports of resolveFarm are not those of the frame.
 */
export function specOfFrame(frame: FarmFrame, cacheClusters: readonly CacheClusterSpec[]): FarmSpec {
  return {
    name: frame.name,
    namespace: frame.namespace,
    datacenters: frame.datacenters.map(({ name, context, witness, machines, domain }) => ({
      name,
      context,
      domain,
      ...(witness ? { witness } : { machines: { count: machines.count, memory: machines.memoryBytes } }),
    })),
    tiers: frame.tiers.map(tierSpec),
    sentinelGroups: poolSpecs(frame.sentinelGroups),
    security: { auth: frame.auth },
    exporter: frame.exporter,
    images: { ...frame.images },
    web: frame.web ?? false,
    cacheClusters: [...cacheClusters],
  };
}
