/**
 * A farm of three datacenters, from its manifests and nothing else to serving partitions, on three real KubeClusters; then the commands that people
 * run, and a KubeCluster that declares something else than the others.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { partitionOptions } from '../../src/client/index.js';
import { record, records } from '../../src/farm/loose.js';
import { ANNOTATION, DOMAIN } from '../../src/farm/words.js';
import { smallFarm } from '../builders/running-farm.js';
import { until } from '../local/until.js';
import { applyFarm, type FarmOnRig, seeded, startFarmOnRig } from './rig/farm-on-rig.js';
import type { KubeObject } from './rig/kube-objects.js';
import { MERGE } from './rig/kubelet-http.js';

const PROGRAM = fileURLToPath(new URL('../../lib/src/cli/main.js', import.meta.url));

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
  const declared = await running.cacheCluster(clusterName);
  const cluster = { ...declared, clusterSize: Math.max(declared.clusterSize, index + 1) };
  const redis = new Redis({ ...partitionOptions(cluster, index), lazyConnect: true });
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
  await until(
    'every partition takes a write',
    async () => {
      const served = await Promise.all(partitions().map(([name, index]) => serves(name, index)));
      return served.every(Boolean);
    },
    30_000,
  );
  const servingAfter = seconds();
  for (const { name } of running.farm.datacenters)
    await until(`all sets of ${name} are ready`, async () => (await unreadySets(name)).length === 0, 30_000);
  process.stdout.write(
    `farm of ${partitions().length} partitions, ${running.machines.machines.length} machines: applied after ${applied} s ` +
      `(rounds ${JSON.stringify(rounds)}), seeded after ${seededAfter} s, every partition took a write after ${servingAfter} s\n`,
  );
  expect(partitions().length).toBe(8);
}, 240_000);

interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command-line program as somebody runs it who may do everything in all KubeClusters. */
const cachefarm = (...args: readonly string[]): Promise<Ended> =>
  new Promise((resolve) => {
    const env = { PATH: process.env.PATH ?? '', HOME: folder, NO_COLOR: '1', KUBECONFIG: running.rig.kubeconfig };
    execFile(process.execPath, [PROGRAM, ...args], { env }, (error, stdout, stderr) =>
      resolve({ status: typeof error?.code === 'number' ? error.code : error ? 1 : 0, stdout, stderr }),
    );
  });
const there = (): readonly string[] => ['--kubeconfig', running.rig.kubeconfig];

/** Nothing is to be done any more: what moves for the spread's sake has moved too. */
const planIsEmpty = (): Promise<void> =>
  until('plan has nothing to do', async () => (await cachefarm('plan', ...there())).status === 0, 90_000);

const OBJECTS = `/apis/${DOMAIN}/v1alpha1/namespaces/cachefarm/cacheclusters`;

/** `True DeclarationsDiffer` of each KubeCluster. */
const degraded = (name: string): Promise<readonly string[]> =>
  Promise.all(
    running.farm.datacenters.map(async ({ name: datacenter }) => {
      const object = await running.http(datacenter).get<unknown>(`${OBJECTS}/${name}`);
      const all = records(record(record(object).status).conditions);
      const { status, reason } = all.find(({ type }) => type === 'Degraded') ?? {};
      return `${status} ${reason}`;
    }),
  );

describe('the commands on real API servers', () => {
  test('plan ends with 0 when there is nothing to do, rebalance too; explain says where a partition is', async () => {
    await planIsEmpty();
    expect(await cachefarm('rebalance', ...there())).toMatchObject({ status: 0 });
    const { status, stdout } = await cachefarm('explain', 'User.id::0', ...there());
    expect(status).toBe(0);
    expect(stdout).toMatch(/^ {2}Ready +True +\S+ +PartitionsServing +7 of 7 partitions serve$/m);
  }, 120_000);

  test('names are completed from what the KubeClusters have', async () => {
    // A shell does not wait longer than 1.5 s: on a busy machine there may be no names yet.
    const completed = (word: string) => async (): Promise<boolean> =>
      (await cachefarm('__complete', '--', 'explain', ...there(), word)).stdout === 'User.id::6\n';
    await until('the name', completed('User.id::6'), 30_000);
  }, 60_000);

  test('drain empties a machine, which is marked in its KubeCluster, and --undo takes the mark away', async () => {
    const { stdout } = await cachefarm('get', 'partitions', 'User.id::0', '-o', 'json', ...there());
    const machine = /"machine": "([^"]+)"/.exec(stdout)?.[1] ?? '';
    const node = `/api/v1/nodes/${machine}`;
    const mark = async (): Promise<unknown> =>
      record(record((await running.http(machine.slice(0, 1)).get<KubeObject>(node)).metadata).annotations)[
        ANNOTATION.drain
      ];
    expect(await mark()).toBeUndefined();
    expect(await cachefarm('drain', 'machine', machine, '--wait', '--timeout', '60', ...there())).toMatchObject({
      status: 0,
    });
    expect(await mark()).toBeDefined();
    const moved = await cachefarm('get', 'partitions', '-o', 'json', ...there());
    expect(moved.stdout).not.toContain(`"machine": "${machine}"`);
    expect(await cachefarm('drain', 'machine', machine, '--undo', ...there())).toMatchObject({ status: 0 });
    expect(await mark()).toBeUndefined();
  }, 120_000);

  test('apply declares a cache cluster in every KubeCluster, and delete takes it out of all', async () => {
    const file = join(folder, 'session.yaml');
    writeFileSync(file, 'clusterName: Session\nclusterSize: 2\ntier: M1\nstandbys: 0\n');
    expect(await cachefarm('apply', '-f', file, ...there())).toMatchObject({ status: 0 });
    await until(
      'it is whole',
      async () => (await degraded('session')).join() === Array(3).fill('False AsDeclared').join(),
      60_000,
    );
    expect(await cachefarm('delete', 'Session', '--yes', ...there())).toMatchObject({ status: 0 });
    const left = await Promise.all(
      running.farm.datacenters.map(({ name }) => running.http(name).get<{ items: readonly KubeObject[] }>(OBJECTS)),
    );
    expect(left.flatMap(({ items }) => items.map(({ metadata }) => metadata.name))).not.toContain('session');
    await planIsEmpty();
  }, 120_000);
});

describe('KubeClusters that declare a cache cluster otherwise', () => {
  const declare = (clusterSize: number): Promise<unknown> =>
    running.http('c').send('PATCH', `${OBJECTS}/user.id`, { spec: { clusterSize } }, MERGE);
  const said = async (wanted: string): Promise<boolean> => (await degraded('user.id')).every((one) => one === wanted);

  test('are told in all of them, and what was written last counts, until they agree again', async () => {
    await until('all is as declared', () => said('False AsDeclared'), 60_000);
    await declare(8);
    await until('all say that they differ', () => said('True DeclarationsDiffer'), 30_000);
    await until('the partition serves that is declared in one', () => serves('User.id', 7), 60_000);
    const { stdout } = await cachefarm('get', 'clusters', 'User.id', ...there());
    expect(stdout.replace(/\s+/g, ' ')).toMatch(
      /c counts, declared .*; a: clusterSize 7, not 8; b: clusterSize 7, not 8/,
    );
    await declare(7);
    await until('all say that all is as declared', () => said('False AsDeclared'), 60_000);
    await planIsEmpty();
    expect((await cachefarm('explain', 'User.id::7', ...there())).status).not.toBe(0);
  }, 240_000);
});
