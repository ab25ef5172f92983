import { Redis } from 'ioredis';
import { USER } from '../farm/access.js';
import type { CacheCluster, Farm } from '../farm/model.js';
import { partitionName } from '../farm/words.js';
import { partitionIndex } from '../keyspace/index.js';

export interface TrafficTarget {
  readonly farm: Farm;
  /** group name -> its sentinels, `ip:port` */
  readonly sentinels: ReadonlyMap<string, readonly string[]>;
  /** password of the application users, on pods and on sentinels */
  readonly password: string;
}

interface Lane {
  readonly partition: string;
  readonly redis: Redis;
  served: boolean;
  operations: number;
}

const endpoint = (address: string): { host: string; port: number } => {
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon), port: Number(address.slice(colon + 1)) };
};

/** What an application does with a farm, and nothing more: plain ioredis in Sentinel mode, one client a partition, keys hashed to partitions. */
export class DemoTraffic {
  readonly #lanes = new Map<string, readonly Lane[]>();
  #round = 0;
  #timer: NodeJS.Timeout | undefined;
  readonly #pending = new Set<Promise<void>>();
  errors = 0;
  lastError = '';

  constructor(readonly target: TrafficTarget) {
    for (const cluster of target.farm.cacheClusters) {
      const lanes = Array.from({ length: cluster.clusterSize }, (_, index) => this.#lane(cluster, index));
      this.#lanes.set(cluster.clusterName, lanes);
    }
  }

  #lane(cluster: CacheCluster, index: number): Lane {
    const { farm, sentinels, password } = this.target;
    const partition = partitionName(cluster.clusterName, index);
    const auth =
      farm.auth === 'none'
        ? {}
        : { username: cluster.clusterName, password, sentinelUsername: USER.application, sentinelPassword: password };
    const redis = new Redis({
      name: partition,
      sentinels: (sentinels.get(cluster.sentinelGroup) ?? []).map(endpoint),
      ...auth,
      connectTimeout: 1_000,
      socketTimeout: 2_000,
      maxRetriesPerRequest: 1,
      retryStrategy: (times) => Math.min(50 * times, 250),
    });
    redis.on('error', () => undefined);
    return { partition, redis, served: false, operations: 0 };
  }

  /** Writes and reads one key of every cache cluster each `everyMs`. */
  start(everyMs: number): void {
    this.#timer = setInterval(() => this.tick(), everyMs);
  }

  tick(): void {
    this.#round++;
    for (const cluster of this.target.farm.cacheClusters) {
      const key = `${cluster.clusterName}:user:${this.#round}`;
      const lane = this.#lanes.get(cluster.clusterName)?.[partitionIndex(key, cluster.clusterSize)];
      if (lane) this.#track(this.#writeAndRead(lane, key));
    }
  }

  #track(work: Promise<void>): void {
    this.#pending.add(work);
    work.finally(() => this.#pending.delete(work)).catch(() => undefined);
  }

  async #writeAndRead(lane: Lane, key: string): Promise<void> {
    const value = `${lane.partition} ${key}`;
    try {
      await lane.redis.set(key, value, 'EX', 600);
      const read = await lane.redis.get(key);
      if (read !== value) throw new Error(`${lane.partition} gave ${JSON.stringify(read)} for ${key}`);
      lane.served = true;
      lane.operations += 2;
    } catch (error) {
      lane.served = false;
      this.errors++;
      this.lastError = error instanceof Error ? error.message : String(error);
    }
  }

  /** A key of its own to every partition, whatever the hash says: the last word on whether each serves. */
  async touchAll(): Promise<void> {
    const all = [...this.#lanes.values()].flat();
    await Promise.all(all.map((lane) => this.#writeAndRead(lane, `touch:${lane.partition}`)));
  }

  /** Partitions whose last write was read back. */
  get serving(): number {
    return [...this.#lanes.values()].flat().filter((lane) => lane.served).length;
  }
  get operations(): number {
    return [...this.#lanes.values()].flat().reduce((sum, lane) => sum + lane.operations, 0);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.allSettled(this.#pending);
    for (const lane of [...this.#lanes.values()].flat()) lane.redis.disconnect();
  }
}
