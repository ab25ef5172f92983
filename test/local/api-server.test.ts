import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ApiException, CoreV1Api, CustomObjectsApi, KubeConfig } from '@kubernetes/client-node';
import type { EmbeddedFarm } from '../../src/local/embedded-farm.js';
import { TestFarms } from './run-farm.js';
import { statefulSet } from './small-dist.js';
import { until } from './until.js';

const farms = new TestFarms();
let farm: EmbeddedFarm;

const cacheCluster = {
  apiVersion: 'cachefarm.dev/v1alpha1',
  kind: 'CacheCluster',
  metadata: { name: 'user.id', namespace: 'cachefarm' },
  spec: { clusterName: 'User.id', clusterSize: 3 },
};
const custom = { group: 'cachefarm.dev', version: 'v1alpha1', plural: 'cacheclusters' };

beforeAll(async () => {
  farm = await farms.run({
    datacenters: {
      a: [
        statefulSet({ name: 's', replicas: 2, container: { ports: [{ name: 'redis', containerPort: 7001 }] } }),
        statefulSet({ name: 't' }),
      ],
      b: [],
    },
    all: [cacheCluster],
  });
});
afterAll(() => farms.end());

const config = (context: string): KubeConfig => {
  const loaded = new KubeConfig();
  loaded.loadFromFile(farm.kubeconfig);
  loaded.setCurrentContext(context);
  return loaded;
};
const core = (context = 'ctx-a') => config(context).makeApiClient(CoreV1Api);
const failure = async (
  request: Promise<unknown>,
): Promise<{ code: number; body: { kind: string; reason: string } }> => {
  const error = await request.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ApiException)) throw new Error(`expected an API error, got ${String(error)}`);
  return { code: error.code, body: JSON.parse(error.body) };
};
const get = (path: string, init: RequestInit = {}) => fetch(`${farm.address}${path}`, init);
const bearer = () => ({ authorization: `Bearer ${config('ctx-a').getCurrentUser()?.token}` });

describe('client-node reads', () => {
  test('pods in Kubernetes form', async () => {
    const { items, metadata } = await core().listPodForAllNamespaces();
    expect(items.map((pod) => pod.metadata?.name)).toEqual(['s-0', 's-1', 't-0']);
    expect(metadata?.resourceVersion).toMatch(/^\d+$/);
    const [pod] = items;
    expect(pod?.metadata?.namespace).toBe('cachefarm');
    expect(pod?.spec?.nodeName).toBe('a-m1');
    expect(pod?.spec?.containers[0]?.ports).toEqual([{ name: 'redis', containerPort: 7001 }]);
    expect(pod?.status).toMatchObject({ phase: 'Running', hostIP: farm.machines()[0]?.address });
    expect(pod?.status?.conditions?.find((one) => one.type === 'Ready')?.status).toBe('True');
    expect(pod?.status?.containerStatuses?.[0]).toMatchObject({ name: 'main', ready: true, restartCount: 0 });
    expect(pod?.status?.containerStatuses?.[0]?.state?.running?.startedAt).toBeInstanceOf(Date);
  });

  test('pods by label, and one by name', async () => {
    const { items } = await core().listNamespacedPod({ namespace: 'cachefarm', labelSelector: 'app=t' });
    expect(items.map((pod) => pod.metadata?.name)).toEqual(['t-0']);
    expect((await core().listNamespacedPod({ namespace: 'other' })).items).toEqual([]);
    expect((await core().readNamespacedPod({ namespace: 'cachefarm', name: 's-1' })).metadata?.name).toBe('s-1');
  });

  test('machines, by context', async () => {
    const { items } = await core('ctx-b').listNode();
    expect(items.map((node) => node.metadata?.name)).toEqual(['b-m1', 'b-m2']);
    expect(items[0]?.status?.conditions).toEqual([{ type: 'Ready', status: 'True' }]);
    expect(items[0]?.status?.addresses?.[0]).toMatchObject({
      type: 'InternalIP',
      address: farm.machines()[2]?.address,
    });
  });

  test('CacheClusters', async () => {
    const api = config('ctx-b').makeApiClient(CustomObjectsApi);
    const list = (await api.listCustomObjectForAllNamespaces(custom)) as {
      items: unknown[];
    };
    expect(list.items).toEqual([expect.objectContaining({ kind: 'CacheCluster', spec: cacheCluster.spec })]);
    const one = await api.getNamespacedCustomObject({ ...custom, namespace: 'cachefarm', name: 'user.id' });
    expect(one).toMatchObject(cacheCluster);
  });
});

describe('client-node changes', () => {
  test('a deleted pod is made anew', async () => {
    const before = await core().readNamespacedPod({ namespace: 'cachefarm', name: 't-0' });
    await core().deleteNamespacedPod({ namespace: 'cachefarm', name: 't-0' });
    await until('another pod', async () => {
      const pods = (await core().listPodForAllNamespaces({ labelSelector: 'app=t' })).items;
      return pods.some((pod) => pod.metadata?.uid !== before.metadata?.uid && pod.status?.phase === 'Running');
    });
  });
});

describe('a request is refused as Kubernetes refuses it', () => {
  test('pod that is not there: 404', async () => {
    const refused = await failure(core().readNamespacedPod({ namespace: 'cachefarm', name: 's-9' }));
    expect(refused).toMatchObject({
      code: 404,
      body: { kind: 'Status', reason: 'NotFound', message: 'pods "s-9" not found' },
    });
  });

  test.each([
    ['no token', '/a/api/v1/pods', {}, 401],
    ['another token', '/a/api/v1/pods', { headers: { authorization: 'Bearer x' } }, 401],
  ])('%s', async (_, path, init, code) => {
    const response = await get(path, init);
    expect(response.status).toBe(code);
    expect(await response.json()).toMatchObject({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code });
  });

  test.each([
    ['unknown datacenter', 'GET', '/z/api/v1/pods', 404],
    ['unknown resource', 'GET', '/a/api/v1/secrets', 404],
    ['a name of an object that every record has', 'GET', '/a/api/v1/constructor', 404],
    ['resource in the wrong group', 'GET', '/a/api/v1/cacheclusters', 404],
    ['watch of one pod', 'GET', '/a/api/v1/namespaces/cachefarm/pods/s-9?watch=true', 404],
    ['field selector', 'GET', '/a/api/v1/pods?fieldSelector=a%3Db', 400],
    ['selector that is not equality-based', 'GET', '/a/api/v1/pods?labelSelector=a%20in%20(b)', 400],
    ['deletion of a machine', 'DELETE', '/a/api/v1/nodes/a-m1', 405],
    ['creation', 'POST', '/a/api/v1/namespaces/cachefarm/pods', 405],
    ['body that is no JSON', 'DELETE', '/a/api/v1/namespaces/cachefarm/pods/s-0', 400],
  ])('%s', async (_, method, path, code) => {
    const body = method === 'DELETE' ? { body: '{' } : {};
    const response = await get(path, { method, headers: bearer(), ...body });
    expect([response.status, ((await response.json()) as { kind: string }).kind]).toEqual([code, 'Status']);
  });

  test('a datacenter without power answers nobody', async () => {
    await farm.stopDatacenter('b');
    await expect(get('/b/api/v1/pods', { headers: bearer() })).rejects.toThrow('fetch failed');
    await farm.startDatacenter('b');
    expect((await get('/b/api/v1/pods', { headers: bearer() })).status).toBe(200);
  });
});
