import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RedisOptions } from 'ioredis';
import { declaredIn } from '../barn/seed.js';
import { seedFarm } from '../cli/seed-farm.js';
import { accessEmbedded, startFarm } from '../cli/start-farm.js';
import { type CacheClusterOptions, partitionOptions } from '../client/index.js';
import type { Farm } from '../farm/model.js';
import { partitionName, splitAddress } from '../farm/words.js';
import type { EmbeddedFarm } from '../local/embedded-farm.js';
import { deriveFacts } from '../world/facts.js';

export interface TestFarmOptions {
  /** told what goes on, a line each; @default nothing is told */
  readonly log?: (line: string) => void;
  /** ms until seeding is given up; @default 60000 */
  readonly timeoutMs?: number;
}

/** A seeded farm of real processes for somebody's own tests. */
export interface TestFarm {
  /** machines and containers to stop, kill and pause */
  readonly embedded: EmbeddedFarm;
  /** what an application has to know of a cache cluster @throws RangeError when it is not declared */
  cacheCluster(clusterName: string): CacheClusterOptions;
  /** for `new Redis(...)`: one partition through Sentinel */
  options(clusterName: string, index: number): RedisOptions;
  /** SIGKILL of the process that serves a partition at this moment @throws Error when nothing does */
  kill(clusterName: string, index: number): Promise<void>;
  /** ends every process and removes every file */
  stop(): Promise<void>;
}

/**
 * Runs a farm as real Redis and Sentinel processes on loopback addresses and seeds it: the manifests that would go to Kubernetes, with a
 * temporary folder as state. Needs redis-server and redis-cli on the PATH, and Linux (all of 127.0.0.0/8).
 * @throws Error when a pod does not get ready or the farm cannot be seeded; nothing is left running then
 */
export async function startTestFarm(farm: Farm, options: TestFarmOptions = {}): Promise<TestFarm> {
  const state = mkdtempSync(join(tmpdir(), 'cachefarm-test-'));
  const embedded = await startFarm({ farm, state, log: options.log ?? (() => undefined) });
  const access = accessEmbedded(embedded);
  const stop = async (): Promise<void> => {
    access.close();
    await embedded.stop();
    rmSync(state, { recursive: true, force: true });
  };
  const { settled, progress } = await seedFarm(access, { timeoutMs: options.timeoutMs ?? 60_000 });
  if (!settled) {
    await stop();
    throw new Error(`the farm was not seeded: ${progress.serving} of ${progress.declared} partitions serve`);
  }
  const world = await access.observe();
  const cacheCluster = (clusterName: string): CacheClusterOptions => {
    const found = world.cacheClusters.find((cluster) => cluster.clusterName === clusterName);
    if (!found)
      throw new RangeError(
        `cache cluster ${clusterName} is not declared; declared are ${world.cacheClusters.map((c) => c.clusterName).join(', ')}`,
      );
    const sentinels = world.groups.find((group) => group.name === found.sentinelGroup)?.sentinels ?? [];
    return {
      clusterName,
      clusterSize: found.clusterSize,
      hash: found.hash,
      sentinels: sentinels.map(({ address }) => splitAddress(address)),
      ...(farm.auth === 'none' ? {} : { password: embedded.secrets.application }),
    };
  };
  return {
    embedded,
    cacheCluster,
    options: (clusterName, index) => partitionOptions(cacheCluster(clusterName), index),
    kill: async (clusterName, index) => {
      const seen = await access.observe();
      const facts = deriveFacts(declaredIn(embedded.frame, seen), seen);
      const name = partitionName(clusterName, index);
      const address = facts.partitions.find((partition) => partition.name === name)?.agreed;
      const pod = address === undefined ? undefined : facts.podAt.get(address);
      if (!pod) throw new Error(`nothing serves ${name}`);
      embedded.killContainer(pod.datacenter, pod.name, 'redis');
    },
    stop,
  };
}
