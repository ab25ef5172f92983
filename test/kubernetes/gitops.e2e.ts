/** The farm under GitOps: Argo CD's own sync engine (tools/argo-sync) brings dist into three real KubeClusters. */
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parse, stringify } from 'yaml';
import { synthesizeFarm } from '../../constructs/synthesize-farm.js';
import type { Farm } from '../../src/farm/model.js';
import { smallFarm } from '../builders/running-farm.js';
import { until } from '../local/until.js';
import { argoSync, argoSyncProgram, judgeFiles, type SyncReport, type SyncRequest } from './rig/argo-sync.js';
import { bootstrapFarm } from './rig/bootstrap-farm.js';
import { type FarmOnRig, startFarmOnRig } from './rig/farm-on-rig.js';
import { type FarmSeen, seeFarm, uidsOf } from './rig/farm-seen.js';
import type { KubeObject } from './rig/kube-objects.js';
import { MERGE } from './rig/kubelet-http.js';
import { RECORDED, RECORDED_HEALTH } from './rig/recorded-health.js';
import { RecordedStates } from './rig/recorded-states.js';

const DIST = join(import.meta.dirname, '../../dist');
const PROGRAM = fileURLToPath(new URL('../../lib/src/cli/main.js', import.meta.url));
const HEALTH = join(DIST, 'argocd/ConfigMap.argocd-cm.k8s.yaml');
/** What the ApplicationSet that we ship tells Argo CD. */
const SYNC_OPTIONS = (
  parse(readFileSync(join(DIST, 'argocd/ApplicationSet.cachefarm-talk.k8s.yaml'), 'utf8')) as {
    spec: { template: { spec: { syncPolicy: { syncOptions: readonly string[] } } } };
  }
).spec.template.spec.syncPolicy.syncOptions;

/** One machine a datacenter more than it has sentinel groups and Barns: one that carries cache nodes only can fail. */
const changed = (size: number): Farm =>
  smallFarm({
    datacenters: ['a', 'b', 'c'].map((name) => ({ name, machines: { count: 4, memory: '2Gi' } })),
    tiers: [
      { name: 'M1', maxMemory: '64mb', memory: '96Mi', ports: [6378, 6379], replicas: 4 },
      { name: 'M4', maxMemory: '128mb', memory: '192Mi', ports: [6381], replicas: 4 },
    ],
    cacheClusters: [
      { clusterName: 'User.id', clusterSize: size, tier: 'M1' },
      { clusterName: 'Session', clusterSize: 3, tier: 'M1' },
      { clusterName: 'Chat.room', clusterSize: 1, partitionSize: 3, tier: 'M4' },
    ],
  });
const FARM = changed(6);

const folder = mkdtempSync(join(tmpdir(), 'cf-go-'));
const told: string[] = [];
const states = new RecordedStates();
let running: FarmOnRig;
let seen: FarmSeen;
let dist: string;

const request = (datacenter: string, from = dist): SyncRequest => ({
  kubeconfig: running.rig.kubeconfig,
  context: running.rig.plane(datacenter).context,
  app: `cachefarm-${running.farm.name}-${datacenter}`,
  namespace: running.farm.namespace,
  paths: [join(from, datacenter), join(from, 'all')],
  syncOptions: SYNC_OPTIONS,
  customizations: [HEALTH],
});
const datacenters = (): readonly string[] => running.farm.datacenters.map(({ name }) => name);
const syncAll = (more: Partial<SyncRequest> = {}, from = dist): Promise<readonly SyncReport[]> =>
  Promise.all(datacenters().map((name) => argoSync({ ...request(name, from), ...more })));

/** What of a report matters when it is not as it should be. */
const troubleOf = ({ result, message, resources, unhealthy }: SyncReport): unknown =>
  result === 'Succeeded' || result === 'InSync'
    ? undefined
    : { result, message, unhealthy, failed: resources.filter(({ state }) => state !== 'Succeeded') };
const expectWell = (reports: readonly SyncReport[]): void =>
  expect(reports.map(troubleOf)).toEqual(reports.map(() => undefined));

beforeAll(async () => {
  argoSyncProgram();
  running = await startFarmOnRig({ farm: FARM, folder, log: (line) => told.push(line) });
  dist = running.dist;
  await bootstrapFarm(running);
  seen = seeFarm(running);
}, 1_200_000);
afterAll(async () => {
  seen?.close();
  await running?.stop();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

// First, because what is recorded anew below is not long past.
test('what was recorded is judged by real Lua as the fixtures say', async () => {
  const files = Object.keys(RECORDED_HEALTH).map((name) => join(RECORDED, `${name}.yaml`));
  const judged = await judgeFiles([HEALTH], files);
  expect(Object.fromEntries(judged.map(({ file = '', status }) => [basename(file, '.yaml'), status]))).toEqual(
    Object.fromEntries(Object.entries(RECORDED_HEALTH).map(([name, [status]]) => [name, status])),
  );
});

test('from nothing: CRD, foundations, sentinels, pools, Barn and cache clusters in waves, then the seed Job; every partition serves', async () => {
  const recording = states.follow(async () => [
    ...(await seen.sets('a')).items.map((one) => ({ ...one, apiVersion: 'apps/v1', kind: 'StatefulSet' })),
    ...(await seen.cacheClusters('a').catch(() => ({ items: [] }))).items,
  ]);
  const start = Date.now();
  const reports = await syncAll();
  const synced = Date.now() - start;
  expectWell(reports);
  await seen.serving(10);
  const served = Date.now() - start;
  await recording.stop();
  const [a, b] = reports;
  const waves = (report: SyncReport | undefined) => [
    ...new Set(report?.waves.map(({ phase, wave }) => `${phase} ${wave}`)),
  ];
  const sync = ['Sync -3', 'Sync -2', 'Sync -1', 'Sync 0', 'Sync 1'];
  expect(waves(a)).toEqual([...sync, 'PostSync 0']);
  expect(waves(b)).toEqual(sync);
  // The engine takes the namespace before everything that goes into it, whatever its wave.
  const declared = a?.resources.filter(({ phase, resource }) => phase === 'Sync' && !/^Namespace\//.test(resource));
  const order = declared?.map(({ wave }) => wave) ?? [];
  expect(order).toEqual([...order].sort((x, y) => x - y));
  expect(a?.resources.at(-1)).toMatchObject({
    resource: 'batch/Job/cachefarm/cachefarm-seed',
    phase: 'PostSync',
    hook: 'PostSync',
    state: 'Succeeded',
  });
  // The seed began when everything of the sync was healthy, not before.
  const seed = a?.resources.at(-1)?.atMs ?? 0;
  const late = a?.resources.filter(({ phase, doneMs }) => phase === 'Sync' && doneMs !== undefined && doneMs > seed);
  expect(late).toEqual([]);
  process.stdout.write(
    `gitops: ${a?.resources.length} resources of a synced in ${a?.ms} ms (waves ${a?.waves.map(({ wave, atMs }) => `${wave}@${atMs}`).join(' ')}), all three in ${synced} ms, every partition served and armed after ${served} ms\n`,
  );
}, 300_000);

test('again: nothing is out of sync by either way of comparing, an automated sync does nothing, a forced one changes nothing', async () => {
  const before = await seen.fingerprint();
  for (const serverSideDiff of [false, true]) {
    const compared = await Promise.all(
      datacenters().map((name) => argoSync({ ...request(name), serverSideDiff }, 'compare')),
    );
    expect(compared.map(({ before: found }) => found)).toEqual(datacenters().map(() => ({ outOfSync: [], prune: [] })));
  }
  expect((await syncAll({ auto: true })).map(({ result, resources }) => [result, resources.length])).toEqual(
    datacenters().map(() => ['InSync', 0]),
  );
  expectWell(await syncAll());
  expect(await seen.fingerprint()).toEqual(before);
  // Who turns server-side apply on for a farm that was synced without it changes nothing either.
  expectWell(await syncAll({ syncOptions: [...SYNC_OPTIONS, 'ServerSideApply=true'] }));
  expect(await seen.fingerprint()).toEqual(before);
}, 300_000);

const reviewLive = (
  from: string,
): Promise<{ readonly status: number; readonly printed: string; readonly warned: string }> =>
  new Promise((resolve) => {
    const args = ['diff', '--live', from, '--kubeconfig', running.rig.kubeconfig];
    const env = { PATH: process.env.PATH ?? '', HOME: folder, NO_COLOR: '1' };
    execFile(process.execPath, [PROGRAM, ...args], { env }, (error, printed, warned) =>
      resolve({ status: typeof error?.code === 'number' ? error.code : error ? 1 : 0, printed, warned }),
    );
  });

test('cachefarm diff --live sees no difference after a sync by client-side apply, and sees a field that goes', async () => {
  expect(await reviewLive(dist)).toMatchObject({ status: 0, warned: '' });
  const less = join(folder, 'less');
  cpSync(dist, less, { recursive: true });
  const path = join(less, 'a/StatefulSet.redis-m4-6381.k8s.yaml');
  const set = parse(readFileSync(path, 'utf8'));
  delete set.metadata.annotations['argocd.argoproj.io/sync-options'];
  writeFileSync(path, stringify(set));
  const { status, printed } = await reviewLive(less);
  expect(status).toBe(1);
  expect(printed).toContain('sync-options');
}, 60_000);

test('a change of one cache cluster is all that is out of sync, and only that moves', async () => {
  const next = join(folder, 'next');
  synthesizeFarm(changed(8), next);
  const others = ['Session', 'Chat.room'];
  const [before, place] = [await seen.fingerprint(), await seen.addresses(others)];
  const reports = await syncAll({ auto: true }, next);
  expectWell(reports);
  expect(reports.map(({ before: found }) => found.outOfSync.map(({ resource }) => resource))).toEqual(
    datacenters().map(() => ['cachefarm.dev/CacheCluster/cachefarm/user.id']),
  );
  await seen.serving(12);
  expect(await seen.addresses(others)).toEqual(place);
  const withoutClusters = (found: Awaited<ReturnType<FarmSeen['fingerprint']>>) =>
    found.map(({ cacheClusters: _, ...rest }) => rest);
  expect(withoutClusters(await seen.fingerprint())).toEqual(withoutClusters(before));
  dist = next;
}, 300_000);

test('a pool that is gone from the manifests by mistake is not pruned, though pruning is on; what is not protected is', async () => {
  const wrong = join(folder, 'wrong');
  cpSync(dist, wrong, { recursive: true });
  unlinkSync(join(wrong, 'a/StatefulSet.redis-m4-6381.k8s.yaml'));
  unlinkSync(join(wrong, 'a/StatefulSet.sentinel-main-0.k8s.yaml'));
  unlinkSync(join(wrong, 'a/PodDisruptionBudget.sentinel-main-0.k8s.yaml'));
  const before = await seen.pods('a');
  const report = await argoSync({ ...request('a', wrong), prune: true });
  const pruned = Object.fromEntries(
    report.resources
      .filter(({ status }) => /Prune/.test(status))
      .map(({ resource, status, message }) => [resource, [status, message]]),
  );
  expect(pruned).toEqual({
    'apps/StatefulSet/cachefarm/redis-m4-6381': ['PruneSkipped', 'ignored (no prune)'],
    'apps/StatefulSet/cachefarm/sentinel-main-0': ['PruneSkipped', 'ignored (no prune)'],
    'policy/PodDisruptionBudget/cachefarm/sentinel-main-0': ['Pruned', 'pruned'],
  });
  expectWell([report]);
  expect(uidsOf(await seen.pods('a'))).toEqual(uidsOf(before));
  expectWell([await argoSync(request('a'))]);
}, 300_000);

test('with a machine down a sync still ends, and its seed Job runs', async () => {
  const placed = (await seen.pods('a')).items;
  const carries = (machine: string) => placed.filter(({ spec }) => spec.nodeName === machine);
  const machine = running.machines.machines
    .filter(({ datacenter }) => datacenter === 'a')
    .find(({ name }) => carries(name).every(({ metadata }) => /^redis-|seed/.test(metadata.name)));
  if (!machine) throw new Error('every machine of a carries a sentinel or Barn');
  const lacking = async () =>
    (await seen.sets('a')).items.filter(({ spec, status }) => (status?.readyReplicas ?? 0) < (spec.replicas ?? 1))
      .length;
  await running.machines.stopMachine(machine.name);
  try {
    await until('the StatefulSet controller saw it', async () => (await lacking()) >= 3, 60_000);
    states.keep('statefulset-missing-pods', asSet(await redisSet('a')));
    const report = await argoSync(request('a'));
    expectWell([report]);
    expect(report.resources.at(-1)).toMatchObject({ hook: 'PostSync', state: 'Succeeded' });
    expect(report.unhealthy.filter(({ kind }) => kind === 'StatefulSet')).toEqual(
      expect.arrayContaining([
        { kind: 'StatefulSet', name: 'redis-m1-6378', status: 'Healthy', message: '1 of 4 pods are missing' },
      ]),
    );
    await until('all serve', async () => (await seen.look()).progress.serving === 12, 60_000);
  } finally {
    running.machines.startMachine(machine.name);
  }
  await until('all pods are ready again', async () => (await lacking()) === 0, 90_000);
}, 300_000);

const redisSet = async (datacenter: string): Promise<KubeObject> => {
  const found = (await seen.sets(datacenter)).items.find(({ metadata }) => metadata.name === 'redis-m1-6378');
  if (!found) throw new Error('no StatefulSet redis-m1-6378');
  return found;
};

const setPath = (): string => `/apis/apps/v1/namespaces/${running.farm.namespace}/statefulsets/redis-m1-6378`;
const asSet = (object: KubeObject): KubeObject => ({ ...object, apiVersion: 'apps/v1', kind: 'StatefulSet' });

test('a changed template moves no pod; the set is healthy and says how many pods are old', async () => {
  const upgraded = join(folder, 'upgraded');
  cpSync(dist, upgraded, { recursive: true });
  const path = join(upgraded, 'a/StatefulSet.redis-m1-6378.k8s.yaml');
  const set = parse(readFileSync(path, 'utf8'));
  set.spec.template.metadata.annotations = { ...set.spec.template.metadata.annotations, 'example.org/upgrade': '1' };
  writeFileSync(path, stringify(set));
  const before = uidsOf(await seen.pods('a'));
  // The API server's answer to a dry run is the object as it would be before its controller saw it.
  const change = { spec: { template: { metadata: { annotations: { 'example.org/upgrade': '1' } } } } };
  const unseen = await running.http('a').send<KubeObject>('PATCH', `${setPath()}?dryRun=All`, change, MERGE);
  states.keep('statefulset-new', asSet(unseen));
  expectWell([await argoSync({ ...request('a', upgraded), auto: true })]);
  const { before: found, unhealthy } = await argoSync(request('a', upgraded), 'compare');
  expect(found.outOfSync).toEqual([]);
  expect(unhealthy.find(({ name }) => name === 'redis-m1-6378')).toEqual({
    kind: 'StatefulSet',
    name: 'redis-m1-6378',
    status: 'Healthy',
    message: '4 of 4 pods run an old template until they are deleted',
  });
  states.keep('statefulset-old-pods', asSet(await redisSet('a')));
  expect(uidsOf(await seen.pods('a'))).toEqual(before);
}, 300_000);

interface Conditioned extends KubeObject {
  readonly status: {
    readonly conditions: readonly {
      readonly type: string;
      readonly status: string;
      readonly lastTransitionTime: string;
    }[];
  };
}

test('a cache cluster that lacks pods is waited for at first, and after five minutes it fails the sync', async () => {
  const path = `/apis/cachefarm.dev/v1alpha1/namespaces/${running.farm.namespace}/cacheclusters/chat.room`;
  for (const name of datacenters()) await running.http(name).send('PATCH', path, { spec: { clusterSize: 5 } }, MERGE);
  let object = await running.http('a').get<Conditioned>(path);
  const is = (type: string) => object.status.conditions.find((one) => one.type === type)?.status;
  await until(
    'nothing can be done for it',
    async () => {
      object = await running.http('a').get<Conditioned>(path);
      return is('Ready') !== 'True' && is('Degraded') === 'True' && is('Progressing') === 'False';
    },
    60_000,
  );
  const health = async (file: string, judged: Conditioned) => {
    const where = join(folder, file);
    writeFileSync(where, stringify(judged));
    return (await judgeFiles([HEALTH], [where])).map(({ status }) => status);
  };
  expect(await health('now.yaml', object)).toEqual(['Progressing']);
  const conditions = object.status.conditions.map((one) => ({ ...one, lastTransitionTime: '2020-01-01T00:00:00Z' }));
  const longAgo = { ...object, status: { ...object.status, conditions } };
  expect(await health('long-ago.yaml', longAgo)).toEqual(['Degraded']);
  // Recorded with the older times: a fixture must mean the same at any time.
  states.keep('cachecluster-degraded', longAgo);
  if (process.env.CACHEFARM_RECORD) states.write(RECORDED);
}, 300_000);
