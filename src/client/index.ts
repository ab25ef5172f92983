export { CacheClusterConnections, connectCacheCluster } from './connect-cache-cluster.js';
export { followPartition, type PartitionRedisOptions } from './follow-partition.js';
export { type CacheClusterOptions, partitioner, partitionOptions } from './partition-options.js';
export { PartitionUnresolved, type SentinelVoice } from './partition-unresolved.js';
export type { SentinelLogin } from './sentinel-connection.js';
export { SentinelResolver, type SentinelResolverOptions } from './sentinel-resolver.js';
export type { Address, Answer, Verdict } from './verdict.js';
