/** A farm of three datacenters, from its manifests and nothing else to serving partitions, on three real KubeClusters. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { partitionOptions } from '../../src/client/index.js';
import { smallFarm } from '../builders/running-farm.js';
import { until } from '../local/until.js';
import { applyFarm, type FarmOnRig, seeded, startFarmOnRig } from './rig/farm-on-rig.js';

const folder = mkdtempSync(join(tmpdir(), 'cf-fm-'));
const told: string[] = [];
let running: FarmOnRig;

beforeAll(async () => {
  running = await startFarmOnRig({ farm: smallFarm(), folder, log: (line) => told.push(line) });
});
afterAll(async () => {
  await running?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Writes through Sentinel and reads it back. */
async function serves(clusterName: string, index: number): Promise<boolean> {
  const redis = new Redis({ ...partitionOptions(await running.cacheCluster(clusterName), index), lazyConnect: true });
  redis.on('error', () => undefined);
  try {
    await redis.set('e2e', String(index));
    return (await redis.get('e2e')) === String(index);
  } catch {
    return false;
  } finally {
    redis.disconnect();
  }
}

const partitions = (): readonly (readonly [string, number])[] =>
  running.farm.cacheClusters.flatMap(({ clusterName, clusterSize }) =>
    Array.from({ length: clusterSize }, (_, index) => [clusterName, index] as const),
  );

interface Sets {
  readonly items: readonly {
    readonly metadata: { readonly name: string };
    readonly spec: { readonly replicas: number };
    readonly status: { readonly readyReplicas?: number };
  }[];
}
async function unreadySets(datacenter: string): Promise<readonly string[]> {
  const path = `/apis/apps/v1/namespaces/${running.farm.namespace}/statefulsets`;
  const { items } = await running.http(datacenter).get<Sets>(path);
  return items
    .filter(({ spec, status }) => (status.readyReplicas ?? 0) < spec.replicas)
    .map(({ metadata }) => metadata.name);
}

test('from manifests applied in plain order every set gets ready, the seed Job completes and every partition takes a write', async () => {
  const start = Date.now();
  const seconds = (): string => ((Date.now() - start) / 1000).toFixed(1);
  const rounds = await applyFarm(running);
  const applied = seconds();
  await seeded(running);
  const seededAfter = seconds();
  await until('every partition takes a write', async () => {
    const served = await Promise.all(partitions().map(([name, index]) => serves(name, index)));
    return served.every(Boolean);
  });
  const servingAfter = seconds();
  for (const { name } of running.farm.datacenters)
    await until(`all sets of ${name} are ready`, async () => (await unreadySets(name)).length === 0, 30_000);
  process.stdout.write(
    `farm of ${partitions().length} partitions, ${running.machines.machines.length} machines: applied after ${applied} s ` +
      `(rounds ${JSON.stringify(rounds)}), seeded after ${seededAfter} s, every partition took a write after ${servingAfter} s\n`,
  );
  expect(partitions().length).toBe(8);
}, 240_000);
