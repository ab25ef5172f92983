/** How long a cache cluster of 60 partitions takes from `kubectl apply` to Ready, on three real KubeClusters with a Barn in each. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { defineFarm } from '../../src/farm/define.js';
import { list, record, records } from '../../src/farm/loose.js';
import { DOMAIN } from '../../src/farm/words.js';
import { until } from '../local/until.js';
import { applyFarm, type FarmOnRig, seeded, startFarmOnRig } from './rig/farm-on-rig.js';
import { kubectlBeside, kubectlOf } from './rig/kubectl.js';
import { circumstances, publish } from './rig/table.js';

const PARTITIONS = 60;
const farm = defineFarm({
  name: 'sixty',
  datacenters: ['a', 'b', 'c'].map((name) => ({ name, machines: { count: 6, memory: '2Gi' } })),
  tiers: [{ name: 'M1', maxMemory: '16mb', memory: '32Mi', ports: [6378, 6379, 6380, 6381, 6382], replicas: 6 }],
  sentinelGroups: [{ name: 'main' }],
  exporter: false,
  cacheClusters: [
    { clusterName: 'Session', clusterSize: 2, tier: 'M1' },
    { clusterName: 'User.id', clusterSize: PARTITIONS, tier: 'M1' },
  ],
});
const LATE = 'user.id';
const OBJECTS = `/apis/${DOMAIN}/v1alpha1/namespaces/${farm.namespace}/cacheclusters`;
const folder = mkdtempSync(join(tmpdir(), 'cf-at-'));
let running: FarmOnRig;

/** The conditions of a cache cluster that are True in the first datacenter, and their messages. */
async function conditions(name: string): Promise<Readonly<Record<string, string>>> {
  const { items } = await running.http('a').get<{ items: readonly unknown[] }>(OBJECTS);
  const object = list(items)
    .map(record)
    .find(({ metadata }) => record(metadata).name === name);
  const all = records(record(object?.status).conditions);
  const held = all.filter(({ status }) => status === 'True');
  return Object.fromEntries(held.map(({ type, message }) => [String(type), String(message)]));
}

beforeAll(async () => {
  running = await startFarmOnRig({ farm, folder });
  await applyFarm(running, ({ kind, metadata }) => kind === 'CacheCluster' && metadata.name === LATE);
  await seeded(running);
  await until('the other one is Ready', async () => 'Ready' in (await conditions('session')), 120_000);
  await until(
    'every Redis pod runs',
    () =>
      farm.datacenters.every(({ name }) => {
        const pods = running.machines.pods(name).filter(({ pod }) => pod.name.startsWith('redis-'));
        return pods.length === 30 && pods.every(({ pod }) => pod.ready);
      }),
    180_000,
  );
}, 400_000);
afterAll(async () => {
  await running?.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('60 partitions are Ready within a minute of the apply', async () => {
  const plane = running.rig.plane('a');
  const kubectls = running.rig.planes.map((one) => kubectlOf(one, folder));
  const from = performance.now();
  const seconds = (): string => ((performance.now() - from) / 1_000).toFixed(1);
  const file = join(running.dist, 'all', `CacheCluster.${LATE}.k8s.yaml`);
  for (const kubectl of kubectls) expect(kubectl('apply', '--server-side', '-f', file)).toMatchObject({ status: 0 });
  const applied = seconds();
  const waited = await kubectlBeside(plane, folder)('wait', '--for=condition=Ready', `cc/${LATE}`, '--timeout=60s');
  expect(waited).toMatchObject({ status: 0, stdout: expect.stringContaining('condition met') });
  const ready = seconds();
  let left = '';
  await until('nothing is under way or missing any more', async () => {
    const { Ready: _, ...others } = await conditions(LATE);
    left = JSON.stringify(others);
    return left === '{}';
  }).catch(() => undefined);
  const armed =
    left === '{}' ? `neither Progressing nor Degraded after ${seconds()} s` : `after ${seconds()} s ${left}`;
  const lines = [
    circumstances(plane.versions),
    `${PARTITIONS} partitions on 90 running pods of 18 machines in 3 KubeClusters, applied to one after another:`,
    `applied to all after ${applied} s, Ready=True after ${ready} s, ${armed}`,
  ];
  publish('apply-time', 'From kubectl apply to Ready', lines.join('\n'));
}, 180_000);
