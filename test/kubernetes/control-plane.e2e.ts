/** A real control plane does what the farm relies on, survives its own processes' deaths, and leaves nothing behind. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { processesOf } from '../local/processes-of.js';
import { until } from '../local/until.js';
import { type ApiQuestion, type ApiReply, apiRequest } from './rig/api-request.js';
import { startControlPlane } from './rig/control-plane.js';
import type { ControlPlane } from './rig/control-plane-options.js';
import { HandMadeNode } from './rig/hand-made-node.js';
import { applyObject, clientOf, readDistObject } from './rig/kube-objects.js';
import { runPlaneParent } from './rig/run-plane-parent.js';
import { serviceAccountToken } from './rig/service-account-token.js';

interface Pod {
  readonly metadata: { readonly name: string; readonly uid: string };
  readonly spec: { readonly nodeName?: string };
}

const KUBELET = { name: 'system:node:b-0', groups: ['system:nodes'] };
const PODS = '/api/v1/namespaces/cachefarm/pods';
const SETS = '/apis/apps/v1/namespaces/cachefarm/statefulsets';
const folder = mkdtempSync(join(tmpdir(), 'cachefarm-plane-'));
let plane: ControlPlane;
let nodes: readonly HandMadeNode[] = [];

beforeAll(async () => {
  plane = await startControlPlane({ datacenter: 'b', folder, users: [KUBELET] });
});
afterAll(async () => {
  for (const node of nodes) node.die();
  await plane?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const ask = <Body>(question: ApiQuestion, token: string | undefined = plane.adminToken): Promise<ApiReply<Body>> =>
  apiRequest<Body>({ url: plane.url, caData: plane.caData, ...(token === undefined ? {} : { token }) }, question);

const pods = async (): Promise<readonly Pod[]> => (await ask<{ items: readonly Pod[] }>({ path: PODS })).body.items;

/** Status of /readyz; undefined when nothing answers soon. */
const readiness = async (): Promise<number | undefined> => {
  try {
    return (await ask({ path: '/readyz', timeoutMs: 5_000 })).code;
  } catch {
    return undefined;
  }
};

const scaleTo = (replicas: number) =>
  ask({
    method: 'PATCH',
    path: `${SETS}/redis-m4-6381/scale`,
    contentType: 'application/merge-patch+json',
    body: { spec: { replicas } },
  });

/** Names of pods with the machine each is bound to. */
const bound = async (): Promise<Readonly<Record<string, string | undefined>>> =>
  Object.fromEntries((await pods()).map(({ metadata, spec }) => [metadata.name, spec.nodeName]));

describe('the API server', () => {
  test('is of the version asked', async () => {
    const { body } = await ask<{ gitVersion: string }>({ path: '/version' });
    expect(body.gitVersion).toBe(plane.version);
  });

  test('knows the users given, and lets them do what their groups may', async () => {
    const token = JSON.parse(readFileSync(plane.kubeconfigOf(KUBELET.name), 'utf8')).users[0].user.token as string;
    expect((await ask({ path: '/api/v1/nodes/b-0' }, token)).code).toBe(404);
    expect((await ask({ path: '/api/v1/namespaces/kube-system/secrets' }, token)).code).toBe(403);
    expect((await ask({ path: '/api/v1/nodes' }, 'no-such-token')).code).toBe(401);
  });

  test('issues tokens of ServiceAccounts and reviews them', async () => {
    await applyObject(plane, readDistObject('b/00-Namespace.cachefarm.k8s.yaml'));
    await applyObject(plane, readDistObject('b/ServiceAccount.cachefarm-barn.k8s.yaml'));
    const token = await serviceAccountToken(plane, 'cachefarm-barn');
    const review = await ask<{ status: { authenticated: boolean; user: { username: string } } }>({
      method: 'POST',
      path: '/apis/authentication.k8s.io/v1/tokenreviews',
      body: {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenReview',
        spec: { token },
      },
    });
    expect(review.body.status).toMatchObject({
      authenticated: true,
      user: { username: 'system:serviceaccount:cachefarm:cachefarm-barn' },
    });
  });

  test('keeps Pod Security: a pod with hostNetwork is refused where restricted is enforced', async () => {
    await applyObject(plane, {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'strict', labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
    });
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'open', namespace: 'strict' },
      spec: { hostNetwork: true, containers: [{ name: 'main', image: 'example.invalid/none:1' }] },
    };
    const account = '/api/v1/namespaces/strict/serviceaccounts/default';
    await until('the namespace has its ServiceAccount', async () => (await ask({ path: account })).code === 200);
    const { code, body } = await ask<{ message: string }>({
      method: 'POST',
      path: '/api/v1/namespaces/strict/pods',
      body: pod,
    });
    expect([code, body.message]).toEqual([403, expect.stringContaining('violates PodSecurity "restricted')]);
  });
});

describe('a StatefulSet of dist', () => {
  beforeAll(async () => {
    nodes = await Promise.all(['b-0', 'b-1', 'b-2'].map((name) => HandMadeNode.register(plane, name, '64Gi')));
    await applyObject(plane, readDistObject('b/PriorityClass.cachefarm-redis.k8s.yaml'));
    const set = readDistObject('b/StatefulSet.redis-m4-6381.k8s.yaml');
    await applyObject(plane, { ...set, spec: { ...set.spec, replicas: 3 } });
  });

  test('gets its pods from the controller, bound one to a machine', async () => {
    await until(
      'three pods are bound',
      async () => Object.values(await bound()).filter((node) => node !== undefined).length === 3,
      30_000,
    );
    const where = await bound();
    expect(Object.keys(where).sort()).toEqual(['redis-m4-6381-0', 'redis-m4-6381-1', 'redis-m4-6381-2']);
    expect(Object.values(where).sort()).toEqual(['b-0', 'b-1', 'b-2']);
  });

  test('leaves a fourth pod waiting: its port is taken on each machine', async () => {
    await scaleTo(4);
    const reason = async (): Promise<string | undefined> => {
      const path = `${PODS}/redis-m4-6381-3`;
      const { body } = await ask<{ status?: { conditions?: readonly { reason?: string }[] } }>({ path });
      return body.status?.conditions?.[0]?.reason;
    };
    await until('the scheduler says so', async () => (await reason()) === 'Unschedulable', 30_000);
  });

  test('keeps its pods when the API server is killed and comes back', async () => {
    const before = await pods();
    await plane.kill('kube-apiserver');
    await expect(ask({ path: PODS })).rejects.toThrow();
    await plane.restart('kube-apiserver');
    expect((await pods()).map(({ metadata }) => metadata.uid)).toEqual(before.map(({ metadata }) => metadata.uid));
  });

  test('keeps its pods when etcd is killed: the API server fails meanwhile and is well again', async () => {
    const before = await pods();
    await plane.kill('etcd');
    await until('the API server says that it is not ready', async () => (await readiness()) === 500, 30_000);
    await plane.restart('etcd');
    await until('the API server is ready', async () => (await readiness()) === 200, 30_000);
    expect((await pods()).map(({ metadata }) => metadata.uid)).toEqual(before.map(({ metadata }) => metadata.uid));
  });

  test('its waiting pod is bound by a scheduler that was killed, once a machine is there', async () => {
    await plane.kill('kube-scheduler');
    nodes = [...nodes, await HandMadeNode.register(plane, 'b-3', '64Gi')];
    await plane.restart('kube-scheduler');
    await until('the fourth pod is bound', async () => (await bound())['redis-m4-6381-3'] === 'b-3', 30_000);
  });

  test('a pod deleted while the controller manager was dead comes back new', async () => {
    const before = await pods();
    await plane.kill('kube-controller-manager');
    // No kubelet confirms the end of it here, so it goes at once.
    await ask({ method: 'DELETE', path: `${PODS}/redis-m4-6381-0?gracePeriodSeconds=0` });
    expect(await pods()).toHaveLength(3);
    await plane.restart('kube-controller-manager');
    await until('four pods are bound', async () => Object.values(await bound()).filter(Boolean).length === 4, 30_000);
    const uids = new Set(before.map(({ metadata }) => metadata.uid));
    expect(
      (await pods()).filter(({ metadata }) => !uids.has(metadata.uid)).map(({ metadata }) => metadata.name),
    ).toEqual(['redis-m4-6381-0']);
  });
});

test('a machine without heartbeats is not ready within seconds, and tainted', async () => {
  nodes[1]?.die();
  const read = () => clientOf(plane.kubeconfig).read({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'b-1' } });
  interface Node {
    readonly spec: { readonly taints?: readonly { readonly key: string }[] };
    readonly status: { readonly conditions: readonly { readonly type: string; readonly status: string }[] };
  }
  const node = async (): Promise<Node> => (await read()) as unknown as Node;
  const isReady = ({ status }: Node): string | undefined =>
    status.conditions.find(({ type }) => type === 'Ready')?.status;
  await until('it is Unknown', async () => isReady(await node()) === 'Unknown', 20_000);
  await until('it is tainted', async () =>
    (await node()).spec.taints?.some(({ key }) => key === 'node.kubernetes.io/unreachable'),
  );
  const others = await clientOf(plane.kubeconfig).read({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'b-0' } });
  expect(isReady(others as unknown as Node)).toBe('True');
});

test('a paused API server answers nobody until it goes on', async () => {
  plane.pause('kube-apiserver');
  await expect(ask({ path: '/readyz', timeoutMs: 500 })).rejects.toThrow('no answer');
  plane.resume('kube-apiserver');
  await until('it answers', async () => (await readiness()) === 200);
});

test('after stop nothing of it runs', async () => {
  expect(processesOf(folder).length).toBeGreaterThanOrEqual(4);
  await plane.stop();
  expect(processesOf(folder)).toEqual([]);
});

test('nothing of it outlives a parent that is killed', async () => {
  const scratch = mkdtempSync(join(tmpdir(), 'cachefarm-orphans-'));
  const own = join(scratch, 'plane');
  mkdirSync(own);
  try {
    const parent = await runPlaneParent(scratch, own);
    expect(processesOf(own).length).toBeGreaterThanOrEqual(2);
    parent.kill('SIGKILL');
    await until('all of it is gone', () => processesOf(own).length === 0);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
});
