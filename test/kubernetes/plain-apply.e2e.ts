/** The manifests without GitOps: plain server-side apply, in any order, twice; and what `cachefarm diff --live` says of them. */
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parse, stringify } from 'yaml';
import { until } from '../local/until.js';
import { applyObjects } from './rig/apply-objects.js';
import { startControlPlane } from './rig/control-plane.js';
import type { ControlPlane } from './rig/control-plane-options.js';
import { type KubeObject, readDistFolder } from './rig/kube-objects.js';
import { KubeHttp, MERGE } from './rig/kubelet-http.js';

const DIST = join(import.meta.dirname, '../../dist');
const PROGRAM = fileURLToPath(new URL('../../lib/src/cli/main.js', import.meta.url));
const DEVELOPER = 'developer';
const folder = mkdtempSync(join(tmpdir(), 'cf-pl-'));
let plane: ControlPlane;
let http: KubeHttp;

beforeAll(async () => {
  plane = await startControlPlane({
    datacenter: 'a',
    folder: join(folder, 'k'),
    processes: ['etcd', 'kube-apiserver'],
    users: [{ name: DEVELOPER, groups: [] }],
  });
  http = new KubeHttp({ url: plane.url, caData: plane.caData, token: plane.adminToken });
});
afterAll(async () => {
  http?.close();
  await plane?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** The same disorder in each run: a multiplicative generator (Lehmer, modulus 2^31 - 1). */
function shuffled<T>(items: readonly T[], seed: number): readonly T[] {
  let state = seed;
  const keyed = items.map((item) => {
    state = (state * 48_271) % 2_147_483_647;
    return { item, key: state };
  });
  return keyed.sort((x, y) => x.key - y.key).map(({ item }) => item);
}

const everything = (): readonly KubeObject[] => [...readDistFolder('a'), ...readDistFolder('all')];

async function versions(): Promise<readonly (readonly [string, string])[]> {
  const paths = ['/apis/apps/v1/statefulsets', '/apis/cachefarm.dev/v1alpha1/cacheclusters', '/api/v1/configmaps'];
  const lists = await Promise.all(paths.map((path) => http.get<{ readonly items: readonly KubeObject[] }>(path)));
  return lists
    .flatMap(({ items }) => items)
    .filter(({ metadata }) => metadata.namespace === 'cachefarm' && metadata.name !== 'kube-root-ca.crt')
    .map(({ metadata: { name, resourceVersion = '' } }) => [name, resourceVersion] as const);
}

test('in any order all is applied once namespace and CRD are there, and a second time nothing changes', async () => {
  // Refused at first are objects of a namespace, and of a kind, that come later in this order: kubectl says so and is run again.
  const rounds = await applyObjects(http, shuffled(everything(), 4_711));
  expect(rounds).toBeGreaterThan(1);
  expect(rounds).toBeLessThanOrEqual(20);
  const first = await versions();
  expect(first.length).toBeGreaterThan(30);
  expect(await applyObjects(http, shuffled(everything(), 42))).toBe(1);
  expect(await versions()).toEqual(first);
  process.stdout.write(`plain apply: ${everything().length} objects in ${rounds} rounds, in disorder\n`);
}, 120_000);

interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}
const cachefarm = (args: readonly string[], kubeconfig = plane.kubeconfig): Promise<Ended> =>
  new Promise((resolve) => {
    const env = { PATH: process.env.PATH ?? '', HOME: folder, NO_COLOR: '1' };
    execFile(process.execPath, [PROGRAM, ...args, '--kubeconfig', kubeconfig], { env }, (error, stdout, stderr) =>
      resolve({ status: typeof error?.code === 'number' ? error.code : error ? 1 : 0, stdout, stderr }),
    );
  });
const diffLive = async (dist: string) => {
  const { status, stdout, stderr } = await cachefarm(['diff', '--live', dist, '-o', 'json']);
  if (stdout === '') throw new Error(stderr);
  return { status, stderr, review: JSON.parse(stdout) };
};

/** A copy of dist with one manifest changed. */
// biome-ignore lint/suspicious/noExplicitAny: a parsed manifest, changed in one place
function changedDist(name: string, file: string, change: (manifest: any) => void): string {
  const copy = join(folder, name);
  cpSync(DIST, copy, { recursive: true });
  const manifest = parse(readFileSync(join(copy, file), 'utf8'));
  change(manifest);
  writeFileSync(join(copy, file), stringify(manifest));
  return copy;
}

test('diff --live finds no difference between dist and what was applied of it, and names the KubeClusters it did not see', async () => {
  const { status, stderr, review } = await diffLive(DIST);
  expect(review).toMatchObject({ verdict: 'same', added: [], removed: [], changed: [] });
  expect(status).toBe(0);
  expect(stderr).toContain('note: b: not compared, the kubeconfig has no context b');
});

test('diff --live shows what an apply would change in the running farm, and changes nothing', async () => {
  const before = await versions();
  const grown = changedDist('grown', 'all/CacheCluster.user.id.k8s.yaml', ({ spec }) => {
    spec.clusterSize += 2;
  });
  const { status, review } = await diffLive(grown);
  expect(status).toBe(1);
  expect(review.cacheClusters.map(({ clusterName }: { clusterName: string }) => clusterName)).toEqual(['User.id']);
  expect(await versions()).toEqual(before);
});

test('diff --live tells what the API server itself would refuse', async () => {
  const refused = changedDist('refused', 'a/StatefulSet.redis-m1-6378.k8s.yaml', ({ spec }) => {
    spec.serviceName = 'another';
  });
  const { status, stderr } = await diffLive(refused);
  expect(status).toBe(2);
  expect(stderr).toMatch(/refused by the API server: a: StatefulSet redis-m1-6378: .*Forbidden/);
});

test('diff --live shows a field that dist no longer has as taken away', async () => {
  const less = changedDist('less', 'a/StatefulSet.redis-m1-6378.k8s.yaml', ({ metadata }) => {
    delete metadata.annotations['argocd.argoproj.io/sync-options'];
  });
  const { status, review } = await diffLive(less);
  expect(status).toBe(1);
  expect(JSON.stringify(review.changed)).toContain('sync-options');
});

test('get tells the conditions and Events of a cache cluster as the API server has them', async () => {
  const [namespace, at] = ['cachefarm', '2026-01-02T03:04:05Z'];
  const data = { barn: 'x', sentinel: 'x', application: 'x' };
  await applyObjects(http, [
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'cachefarm-auth', namespace },
      stringData: data,
    } as KubeObject,
  ]);
  const path = `/apis/cachefarm.dev/v1alpha1/namespaces/${namespace}/cacheclusters/user.id`;
  const { metadata } = await http.get<KubeObject>(path);
  const ready = { type: 'Ready', status: 'False', reason: 'NoIdlePod', message: '9 of 10 partitions serve' };
  const conditions = [{ ...ready, observedGeneration: 1, lastTransitionTime: at }];
  await http.send('PATCH', `${path}/status`, { status: { conditions } }, MERGE);
  const event = (kind: string, note: string) => ({
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { generateName: 'told-', namespace },
    eventTime: '2026-01-02T03:04:05.000000Z',
    reportingController: 'cachefarm.dev/barn',
    reportingInstance: 'test',
    action: 'claim-pod',
    reason: 'PodCrashed',
    regarding: { apiVersion: 'cachefarm.dev/v1alpha1', kind, namespace, name: 'user.id', uid: metadata.uid },
    note,
    type: 'Warning',
  });
  for (const body of [event('CacheCluster', 'User.id::3: it is gone'), event('Pod', 'not of a cache cluster')])
    await http.send('POST', `/apis/events.k8s.io/v1/namespaces/${namespace}/events`, body);
  const { status, stdout } = await cachefarm(['get', 'clusters', 'User.id']);
  expect(status).toBe(0);
  expect(stdout).toMatch(/^ {2}Ready +False +\d+d +NoIdlePod +9 of 10 partitions serve$/m);
  expect(stdout).toMatch(/^ {2}\d+d +Warning +PodCrashed +1 +User\.id::3: it is gone$/m);
  expect(stdout).not.toContain('not of a cache cluster');
}, 60_000);

test('whom RBAC forbids the Secret is told so by the commands that need it, and can declare with little', async () => {
  const rules = [
    { apiGroups: [''], resources: ['configmaps'], resourceNames: ['farm'], verbs: ['get'] },
    { apiGroups: ['cachefarm.dev'], resources: ['cacheclusters'], verbs: ['get', 'list', 'patch'] },
  ];
  const metadata = { name: DEVELOPER, namespace: 'cachefarm' };
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: DEVELOPER };
  const subjects = [{ kind: 'User', name: DEVELOPER, apiGroup: 'rbac.authorization.k8s.io' }];
  const mine = plane.kubeconfigOf(DEVELOPER);
  const nothing = await cachefarm(['get', 'clusters'], mine);
  expect([nothing.status, nothing.stdout]).toEqual([1, '']);
  expect(nothing.stderr).toContain('does not let you read ConfigMap farm');
  await applyObjects(http, [
    { apiVersion, kind: 'Role', metadata, rules } as KubeObject,
    { apiVersion, kind: 'RoleBinding', metadata, roleRef, subjects } as KubeObject,
  ]);
  // The API server's authorizer hears of a new Role through a watch.
  await until('the Role counts', async () => {
    const { stderr } = await cachefarm(['get', 'clusters'], mine);
    return stderr.includes('does not let you read Secret cachefarm-auth');
  });
  const scaled = await cachefarm(['scale', 'User.id', '--size', '12', '--dry-run', '--force'], mine);
  expect(scaled.stderr).toContain('b does not answer (the kubeconfig has no context b)');
  expect([scaled.status, scaled.stdout]).toEqual([0, expect.stringContaining('User.id')]);
}, 60_000);
