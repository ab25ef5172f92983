import type { Redis } from 'ioredis';
import { followPartition, type PartitionRedisOptions } from './follow-partition.js';
import { type CacheClusterOptions, partitioner } from './partition-options.js';
import { SentinelResolver } from './sentinel-resolver.js';

/** How long `quit` waits for replies that are under way, ms. */
const QUIT_MS = 1_000;

/** The connections of one process to one cache cluster: one for each partition that is used, made at its first use. */
export class CacheClusterConnections {
  private readonly connections = new Map<number, Redis>();
  private ended = false;
  private readonly partitionOf: (key: string) => number;

  constructor(
    private readonly cluster: CacheClusterOptions,
    private readonly redisOptions: PartitionRedisOptions,
    readonly resolver: SentinelResolver,
  ) {
    this.partitionOf = partitioner(cluster);
  }

  /** The connection to the partition that has this key. */
  for(key: string): Redis {
    return this.partition(this.partitionOf(key));
  }

  /** @param index 0 ... clusterSize - 1 @throws RangeError for any other */
  partition(index: number): Redis {
    const { clusterName, clusterSize } = this.cluster;
    if (!Number.isInteger(index) || index < 0 || index >= clusterSize)
      throw new RangeError(`${clusterName} has the partitions 0 to ${clusterSize - 1}, not ${index}`);
    const known = this.connections.get(index);
    if (known) return known;
    const redis = followPartition(this.resolver, `${clusterName}::${index}`, this.redisOptions);
    this.connections.set(index, redis);
    // Nobody would end it: its commands fail as those of the others do.
    if (this.ended) redis.disconnect();
    return redis;
  }

  /** Waits for replies under way, a second at most, then ends every connection and the resolver. Never throws. */
  async quit(): Promise<void> {
    this.ended = true;
    await Promise.all([...this.connections.values()].map(end));
    this.resolver.close();
  }
}

async function end(redis: Redis): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, QUIT_MS);
  });
  if (redis.status === 'ready') await Promise.race([redis.quit().catch(() => undefined), late]);
  clearTimeout(timer);
  if (redis.status !== 'end') redis.disconnect();
}

/**
 * Everything that an application needs of a cache cluster. Connections to partitions are made when first used; those to the sentinels at once.
 * @param redisOptions for each partition's connection; they win over our defaults and the login
 */
export function connectCacheCluster(
  cluster: CacheClusterOptions,
  redisOptions: PartitionRedisOptions = {},
): CacheClusterConnections {
  const { sentinels, password, clusterName } = cluster;
  const login = password === undefined ? {} : { password };
  const resolver = new SentinelResolver({ sentinels, ...login });
  const user = password === undefined ? {} : { username: clusterName, password };
  return new CacheClusterConnections(cluster, { ...user, ...redisOptions }, resolver);
}
