import { Redis } from 'ioredis';
import {
  type CacheClusterOptions,
  followPartition,
  partitionOptions,
  SentinelResolver,
} from '../../src/client/index.js';
import { nodeRedisLane } from './node-redis-lane.js';

/** What stands for an application in front of one partition. */
export interface Connection {
  set(key: string, value: string): Promise<unknown>;
  get(key: string): Promise<string | null>;
  /** `ip:port` that answered last; undefined: not known */
  readonly address: string | undefined;
}

/** Clients of different kinds, each in a process of its own. */
export const CLIENT_KINDS = ['plain', 'resolver', 'node-redis'] as const;
export type ClientKind = (typeof CLIENT_KINDS)[number];

function ioredis(redis: Redis): Connection {
  redis.on('error', () => undefined);
  return {
    set: (key, value) => redis.set(key, value),
    get: (key) => redis.get(key),
    get address() {
      const { remoteAddress, remotePort } = redis.stream ?? {};
      return remoteAddress === undefined ? undefined : `${remoteAddress}:${remotePort}`;
    },
  };
}

/** One connection a partition. @throws Error where the package of this kind is missing */
export async function connectAll(
  kind: ClientKind,
  cluster: CacheClusterOptions,
): Promise<readonly { readonly partition: string; readonly connection: Connection }[]> {
  const { clusterName, clusterSize, sentinels, password } = cluster;
  const names = Array.from({ length: clusterSize }, (_, index) => `${clusterName}::${index}`);
  if (kind === 'node-redis')
    return Promise.all(
      names.map(async (partition) => ({ partition, connection: await nodeRedisLane(cluster, partition) })),
    );
  if (kind === 'plain')
    return names.map((partition, index) => ({
      partition,
      connection: ioredis(new Redis(partitionOptions(cluster, index))),
    }));
  const login = password === undefined ? {} : { username: clusterName, password };
  const resolver = new SentinelResolver({
    sentinels,
    ...(password === undefined ? {} : { username: 'app', password }),
  });
  return names.map((partition) => ({ partition, connection: ioredis(followPartition(resolver, partition, login)) }));
}
