/** What Barn writes, on a real API server, as the ServiceAccount that dist gives it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { httpHand } from '../../src/act/http-hand.js';
import { KubeEvents } from '../../src/act/kube-events.js';
import { type KubeHand, KubeRefused } from '../../src/act/kube-hand.js';
import { leasePost } from '../../src/act/kube-lease.js';
import { KubeStatus } from '../../src/act/kube-status.js';
import { Election } from '../../src/barn/election.js';
import { type Loose, list, record, records } from '../../src/farm/loose.js';
import { farm } from '../../src/farms/demo.js';
import { kubeEndpoints } from '../../src/observe/kube-config.js';
import type { ClusterStatus } from '../../src/plan/cluster-status.js';
import { until } from '../local/until.js';
import { apiRequest } from './rig/api-request.js';
import { startControlPlane } from './rig/control-plane.js';
import type { ControlPlane } from './rig/control-plane-options.js';
import { applyObject, readDistFolder, readDistObject } from './rig/kube-objects.js';
import { serviceAccountToken } from './rig/service-account-token.js';

const FIRST = ['Namespace', 'ServiceAccount', 'Role', 'RoleBinding', 'ClusterRole', 'ClusterRoleBinding'];
const CUSTOM = '/apis/cachefarm.dev/v1alpha1/namespaces/cachefarm/cacheclusters';
const folder = mkdtempSync(join(tmpdir(), 'cachefarm-hands-'));
let plane: ControlPlane;
let hand: KubeHand;

const read = async (path: string): Promise<Loose> => {
  const { url, caData, adminToken: token } = plane;
  return record((await apiRequest<unknown>({ url, caData, token }, { path })).body);
};
const now = (): number => performance.now();
const wallClock = (): number => Date.now();
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const failures: string[] = [];
const failed = (_: string, error: unknown): void => void failures.push(String(error));

beforeAll(async () => {
  const { context } = farm.datacenters[0] ?? { context: 'a' };
  plane = await startControlPlane({ datacenter: 'a', context, folder, processes: ['etcd', 'kube-apiserver'] });
  await applyObject(plane, readDistObject('a/00-CustomResourceDefinition.cacheclusters.cachefarm.dev.k8s.yaml'));
  const objects = readDistFolder('a').filter(({ kind }) => FIRST.includes(kind));
  for (const kind of FIRST)
    for (const object of objects.filter((one) => one.kind === kind)) await applyObject(plane, object);
  await until('CacheClusters are served', async () => Array.isArray((await read(CUSTOM)).items));
  await applyObject(plane, readDistObject('all/CacheCluster.user.id.k8s.yaml'));
  const token = await serviceAccountToken(plane, 'cachefarm-barn');
  const [only] = kubeEndpoints(farm, plane.kubeconfigForToken('barn', token), undefined).map((endpoint) =>
    httpHand(endpoint, 'cachefarm', 5_000),
  );
  if (!only) throw new Error('the kubeconfig names no datacenter of the farm');
  hand = only;
});
afterAll(async () => {
  await plane?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const status = (serving: number, generation: number): ClusterStatus => ({
  observedGeneration: generation,
  conditions: (['Ready', 'Progressing', 'Degraded'] as const).map((type) => ({
    type,
    status: type === 'Ready' && serving === 10 ? ('True' as const) : ('False' as const),
    observedGeneration: generation,
    lastTransitionTime: '2026-01-01T00:00:00Z',
    reason: 'AsDeclared' as const,
    message: `${serving} of 10`,
  })),
  serving,
  standbys: 3,
  sentinelGroup: 'main-0',
  spread: '0/0',
  lastMove: '2026-01-01T00:00:00Z',
});

describe('on a real API server', () => {
  test('the status is applied as declared by the CRD, owned by Barn, and leaves the spec alone', async () => {
    const before = await read(`${CUSTOM}/user.id`);
    const { uid, generation } = record(before.metadata);
    const copy = {
      clusterName: 'User.id',
      datacenter: 'a',
      name: 'user.id',
      uid: String(uid),
      generation: Number(generation),
      clusterSize: 10,
      deleted: false,
    };
    const writer = new KubeStatus({ hands: [hand], namespace: 'cachefarm', now, failed });
    for (const serving of [0, 10]) {
      writer.tell([{ copy, status: status(serving, Number(generation)) }]);
      await writer.settled();
    }
    expect(failures).toEqual([]);
    const after = await read(`${CUSTOM}/user.id`);
    expect(after.status).toEqual(status(10, Number(generation)));
    expect(after.spec).toEqual(before.spec);
    expect(record(after.metadata).generation).toBe(generation);
    const ours = records(record(after.metadata).managedFields).filter(({ manager }) => manager === 'cachefarm-barn');
    expect(ours.map(({ operation, subresource }) => [operation, subresource])).toEqual([['Apply', 'status']]);

    // As it is shown: nothing is written; of an object that is gone: nothing is made.
    const later = new KubeStatus({ hands: [hand], namespace: 'cachefarm', now, failed });
    later.tell([{ copy: { ...copy, status: record(after.status) }, status: status(10, Number(generation)) }]);
    await later.settled();
    expect(record((await read(`${CUSTOM}/user.id`)).metadata).resourceVersion).toBe(
      record(after.metadata).resourceVersion,
    );
    later.tell([{ copy: { ...copy, name: 'gone' }, status: status(1, 1) }]);
    await later.settled();
    expect(failures.splice(0)).toHaveLength(1);
    expect((await read(`${CUSTOM}/gone`)).reason).toBe('NotFound');
  });

  test('an Event is told at the CacheCluster, and counted as a series', async () => {
    const { uid } = record((await read(`${CUSTOM}/user.id`)).metadata);
    let clock = 0;
    const parts = { hands: [hand], namespace: 'cachefarm', instance: 'a/barn-0', wallClock, failed };
    const events = new KubeEvents({ ...parts, now: () => clock });
    const copies = [{ clusterName: 'User.id', datacenter: 'a', name: 'user.id', uid: String(uid), deleted: false }];
    const decision = { reason: 'PodCrashed' as const, subject: 'User.id::0', detail: '10.0.0.1:6378', actions: [] };
    for (const at of [0, 20_000, 40_000]) {
      clock = at;
      events.ended(decision, [], copies);
    }
    await events.settled();
    expect(failures.splice(0)).toEqual([]);
    const told = list((await read('/apis/events.k8s.io/v1/namespaces/cachefarm/events')).items).map(record);
    expect(told).toEqual([
      expect.objectContaining({
        reason: 'PodCrashed',
        type: 'Warning',
        regarding: expect.objectContaining({ kind: 'CacheCluster', name: 'user.id' }),
        series: expect.objectContaining({ count: 3 }),
      }),
    ]);
    // What `kubectl get events` and `kubectl describe` read.
    const core = list((await read('/api/v1/namespaces/cachefarm/events')).items).map(record);
    expect(core.map(({ involvedObject, message }) => [record(involvedObject).name, message])).toEqual([
      ['user.id', expect.stringContaining('User.id::0: 10.0.0.1:6378')],
    ]);
  });

  test('a Lease is made, renewed, given back and taken by another, each only as it was seen', async () => {
    const post = leasePost(hand, 'cachefarm', wallClock);
    expect(await post.read()).toBeUndefined();
    const election = (identity: string): Election =>
      new Election({ posts: [post], kubeClusters: 1, identity, now, wait, random: Math.random });
    const [first, second] = [election('x'), election('y')];
    first.start();
    await until('the first leads', async () => first.leads);
    second.start();
    const taken = await post.read();
    await until('it is renewed', async () => (await post.read())?.version !== taken?.version);
    expect([first.leads, second.leads]).toEqual([true, false]);
    const refused = await post.write('thief', 9, taken).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(KubeRefused);
    expect((refused as KubeRefused).code).toBe(409);
    await first.stop();
    await until('the second leads', async () => second.leads);
    expect(second.term).toBe(first.term + 1);
    await second.stop();
    expect(await post.read()).toMatchObject({ holder: '', term: second.term });
  });
});
