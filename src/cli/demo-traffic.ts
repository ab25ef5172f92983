import { Redis } from 'ioredis';
import { partitioner, partitionOptions } from '../client/partition-options.js';
import type { CacheCluster, Farm } from '../farm/model.js';
import { partitionName, splitAddress } from '../farm/words.js';

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

/** What an application does with a farm, and nothing more: plain ioredis in Sentinel mode, one client a partition, keys hashed to partitions. */
export class DemoTraffic {
  readonly #lanes = new Map<string, readonly Lane[]>();
  readonly #partitionOf = new Map<string, (key: string) => number>();
  #round = 0;
  #timer: NodeJS.Timeout | undefined;
  readonly #pending = new Set<Promise<void>>();
  errors = 0;
  lastError = '';

  constructor(readonly target: TrafficTarget) {
    for (const cluster of target.farm.cacheClusters) {
      const lanes = Array.from({ length: cluster.clusterSize }, (_, index) => this.#lane(cluster, index));
      this.#lanes.set(cluster.clusterName, lanes);
      this.#partitionOf.set(cluster.clusterName, partitioner(cluster));
    }
  }

  #lane(cluster: CacheCluster, index: number): Lane {
    const { farm, sentinels, password } = this.target;
    const { clusterName, clusterSize, hash, sentinelGroup } = cluster;
    const known = (sentinels.get(sentinelGroup) ?? []).map(splitAddress);
    const login = farm.auth === 'none' ? {} : { password };
    const redis = new Redis(partitionOptions({ clusterName, clusterSize, hash, sentinels: known, ...login }, index));
    redis.on('error', () => undefined);
    return { partition: partitionName(clusterName, index), redis, served: false, operations: 0 };
  }

  /** Writes and reads one key of every cache cluster each `everyMs`. */
  start(everyMs: number): void {
    this.#timer = setInterval(() => this.tick(), everyMs);
  }

  tick(): void {
    this.#round++;
    for (const [clusterName, partitionOf] of this.#partitionOf) {
      const key = `${clusterName}:user:${this.#round}`;
      const lane = this.#lanes.get(clusterName)?.[partitionOf(key)];
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
