import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CoreV1Api, PatchStrategy, setHeaderOptions } from '@kubernetes/client-node';
import type { EmbeddedFarm } from '../../src/local/embedded-farm.js';
import { call, configOf, MERGE } from './farm-api.js';
import { podOf, TestFarms, unschedulable } from './run-farm.js';
import { statefulSet } from './small-dist.js';
import { until } from './until.js';

const farms = new TestFarms();
let farm: EmbeddedFarm;
const node = '/a/api/v1/nodes/a-m1';
const pod = '/a/api/v1/namespaces/cachefarm/pods/s-0';
const patch = (path: string, body: unknown) => call(farm, 'PATCH', path, body, MERGE);

beforeAll(async () => {
  farm = await farms.run({ machines: 1, datacenters: { a: [statefulSet({ name: 's' })] } });
});
afterAll(() => farms.end());

describe('labels and annotations of machines and pods', () => {
  test('are merged, null takes one away, and the version rises', async () => {
    const first = (await patch(node, { metadata: { annotations: { a: '1', b: '2' }, labels: { rack: 'r1' } } })).body;
    expect(first.metadata).toMatchObject({
      annotations: { a: '1', b: '2' },
      labels: { rack: 'r1', 'kubernetes.io/hostname': 'a-m1' },
    });
    const second = (await patch(node, { metadata: { annotations: { a: null } } })).body;
    expect(second.metadata.annotations).toEqual({ b: '2' });
    expect(Number(second.metadata.resourceVersion)).toBeGreaterThan(Number(first.metadata.resourceVersion));
    expect((await farm.kube())[0]?.nodes[0]?.metadata.annotations).toEqual({ b: '2' });
  });

  test('client-node writes them', async () => {
    const api = configOf(farm).makeApiClient(CoreV1Api);
    const body = { metadata: { annotations: { drained: 'yes' } } };
    const options = setHeaderOptions('Content-Type', PatchStrategy.MergePatch);
    const written = await api.patchNamespacedPod({ namespace: 'cachefarm', name: 's-0', body }, options);
    expect(written.metadata?.annotations).toEqual({ drained: 'yes' });
    expect((await podOf(farm, 'a', 's-0')).metadata.annotations).toEqual({ drained: 'yes' });
  });

  test('a version stands as long as nothing changes', async () => {
    const version = async () => (await call(farm, 'GET', node)).body.metadata.resourceVersion;
    const before = await version();
    await patch(pod, { metadata: { labels: { x: String(Date.now()) } } });
    expect(await version()).toBe(before);
  });

  test('go with the pod they were written on', async () => {
    await patch(pod, { metadata: { annotations: { mine: 'yes' } } });
    await farm.deletePod('a', 's-0');
    await until('another pod is ready', () => farm.unready().length === 0);
    expect((await podOf(farm, 'a', 's-0')).metadata.annotations).toEqual({});
  });

  test('a cordoned machine takes no new pod until it is taken back', async () => {
    await patch(node, { spec: { unschedulable: true } });
    await farm.deletePod('a', 's-0');
    await until('it waits', async () => unschedulable(await podOf(farm, 'a', 's-0')) !== undefined);
    expect(unschedulable(await podOf(farm, 'a', 's-0'))).toBe('0/1 nodes are available: 1 node(s) were unschedulable.');
    await patch(node, { spec: { unschedulable: null } });
    await farm.ready();
  });

  test.each<[string, string, unknown, number, string]>([
    ['a stale version', node, { metadata: { resourceVersion: '1' } }, 409, 'Conflict'],
    ['another uid', pod, { metadata: { uid: 'x' } }, 409, 'Conflict'],
    ['an annotation that is no text', node, { metadata: { annotations: { a: 1 } } }, 400, 'BadRequest'],
    ['a field that is not offered', node, { spec: { taints: [] } }, 422, 'Invalid'],
    ['cordoning a pod', pod, { spec: { unschedulable: true } }, 422, 'Invalid'],
    ['its status', pod, { status: {} }, 422, 'Invalid'],
    ['a machine that is not there', `${node}0`, {}, 404, 'NotFound'],
    ['all machines', '/a/api/v1/nodes', {}, 405, 'MethodNotAllowed'],
  ])('%s is refused', async (_, path, body, code, reason) => {
    expect((await patch(path, body)).body).toMatchObject({ kind: 'Status', code, reason });
  });
});
