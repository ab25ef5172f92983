export interface Limit {
  readonly min: number;
  readonly max: number;
  /** why, and the way out */
  readonly advice: string;
}

/** Whole numbers and their ranges, by section and field. The shape's messages and check-limits.ts read this one table. */
export const LIMITS: Readonly<Record<string, Limit>> = {
  'datacenters.machines.count': {
    min: 1,
    max: 5_000, // Kubernetes supports 5,000 machines a KubeCluster ("Considerations for large clusters")
    advice: 'declare its machines, or make it a witness, which has none',
  },
  'tiers.ports': { min: 1_024, max: 65_535, advice: 'lower ones need root, which no pod has; take one from 6378 on' },
  'tiers.replicas': {
    min: 1,
    max: 5_000,
    advice: 'it counts the pods of every port in each datacenter; 1 is the least, or drop the tier',
  },
  'tiers.cpuMillis': { min: 1, max: 256_000, advice: 'it is in thousandths of a core; 100 is the default' },
  'sentinelGroups.count': { min: 1, max: 100, advice: "write 'auto' for as many groups as the cache clusters need" },
  'sentinelGroups.downAfterMs': {
    min: 500,
    max: 60_000,
    advice:
      'below it pauses of a healthy machine count as deaths, above it nobody is served for too long; 1000 is the default',
  },
  'sentinelGroups.failoverTimeoutMs': {
    min: 1_000,
    max: 600_000,
    advice: '5000 is the default, 30000 for replicated groups',
  },
  'sentinelGroups.maxPartitions': {
    min: 1,
    max: 250,
    advice:
      'a group slows down with every name (100 fail over in seconds, 1000 in minutes); let the pool have more groups instead',
  },
  'cacheClusters.clusterSize': {
    min: 1,
    max: 1_000,
    advice: 'it counts partitions; split what is larger into several cache clusters',
  },
  'cacheClusters.partitionSize': { min: 1, max: 5, advice: '1 is no replica, 3 is a master and two replicas' },
  'cacheClusters.minReplicas': {
    min: 0,
    max: 4,
    advice: 'it counts the replicas in step without which a master refuses writes; 0 is the default',
  },
  'cacheClusters.standbys': { min: 0, max: 4, advice: 'it counts idle pods kept in each datacenter; 1 is the default' },
  'cacheClusters.importance': { min: 1, max: 5, advice: '1 is recovered first, 5 last; 3 is the default' },
};
