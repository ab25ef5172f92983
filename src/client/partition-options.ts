import type { RedisOptions } from 'ioredis';
import { ketama, partitionIndex } from '../keyspace/index.js';

/** What an application knows of a cache cluster: its name, its size, and where its sentinels are. */
export interface CacheClusterOptions {
  readonly clusterName: string;
  /** number of partitions */
  readonly clusterSize: number;
  /** @default jump */
  readonly hash?: 'jump' | 'ketama';
  /** the sentinels of its group; all of them, so that any may be down */
  readonly sentinels: readonly { readonly host: string; readonly port: number }[];
  /** password of the application users; left out where the farm says `auth: none` */
  readonly password?: string;
}

/** Longest wait between two attempts to connect, ms. A flat, short retry: the address usually changes within a second. */
const MAX_RETRY_MS = 250;

/**
 * Options for a plain `new Redis(...)` that finds one partition through Sentinel. Time-outs are those measured to leave a dead or hung pod:
 * without `socketTimeout` a client stays on a hung machine for ever.
 * @param index 0 ... clusterSize - 1
 */
export function partitionOptions(cluster: CacheClusterOptions, index: number): RedisOptions {
  const { clusterName, password } = cluster;
  const login =
    password === undefined
      ? {}
      : { username: clusterName, password, sentinelUsername: 'app', sentinelPassword: password };
  return {
    name: `${clusterName}::${index}`,
    sentinels: cluster.sentinels.map(({ host, port }) => ({ host, port })),
    ...login,
    connectTimeout: 1_000,
    socketTimeout: 2_000,
    sentinelCommandTimeout: 500,
    maxRetriesPerRequest: 1,
    retryStrategy: (times) => Math.min(50 * times, MAX_RETRY_MS),
  };
}

/** Which partition a key belongs to, as a function made once for a cache cluster. */
export function partitioner(
  cluster: Pick<CacheClusterOptions, 'clusterName' | 'clusterSize' | 'hash'>,
): (key: string) => number {
  if (cluster.hash !== 'ketama') return (key) => partitionIndex(key, cluster.clusterSize);
  const names = Array.from({ length: cluster.clusterSize }, (_, index) => `${cluster.clusterName}::${index}`);
  const ring = ketama(names);
  return (key) => ring(key);
}
