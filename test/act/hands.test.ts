import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { httpHand } from '../../src/act/http-hand.js';
import { KUBE_KIND, type KubeHand, KubeRefused } from '../../src/act/kube-hand.js';
import { leasePost } from '../../src/act/kube-lease.js';
import { KubeStatus } from '../../src/act/kube-status.js';
import { type Loose, record } from '../../src/farm/loose.js';
import type { EmbeddedFarm } from '../../src/local/embedded-farm.js';
import { kubeEndpoints } from '../../src/observe/kube-config.js';
import { KeptHand } from '../builders/kept-hand.js';
import { CRD, cluster } from '../local/farm-api.js';
import { TestFarms } from '../local/run-farm.js';

const farms = new TestFarms();
let farm: EmbeddedFarm;
let real: readonly KubeHand[];
beforeAll(async () => {
  farm = await farms.run({ datacenters: { a: [], b: [] }, all: [CRD, cluster()] });
  real = kubeEndpoints(farm.frame, farm.kubeconfig, undefined).map((endpoint) =>
    httpHand(endpoint, 'cachefarm', 5_000),
  );
});
afterAll(() => farms.end());

const lease = (name: string, holderIdentity: string, metadata: Loose = {}): Loose => ({
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: { name, namespace: 'cachefarm', ...metadata },
  spec: { holderIdentity },
});
const code = (error: unknown): unknown => (error instanceof KubeRefused ? error.code : error);
const first = (hands: readonly KubeHand[]): KubeHand => {
  const [hand] = hands;
  if (!hand) throw new Error('no hand');
  return hand;
};

/** What is tested on the hand in memory holds of the one that goes to an API server. */
describe.each<[string, () => KubeHand]>([
  ['the hand in memory', () => new KeptHand('a')],
  ['the hand over HTTP, on the embedded API', () => first(real)],
])('%s', (_, make) => {
  test('makes what is not there, once', async () => {
    const hand = make();
    expect(await hand.get(KUBE_KIND.lease, 'made')).toBeUndefined();
    await hand.create(KUBE_KIND.lease, lease('made', 'x'));
    expect(await hand.get(KUBE_KIND.lease, 'made')).toMatchObject({ spec: { holderIdentity: 'x' } });
    expect(await hand.create(KUBE_KIND.lease, lease('made', 'y')).catch(code)).toBe(409);
  });

  test('replaces only what is as it was seen', async () => {
    const hand = make();
    const { resourceVersion } = record((await hand.create(KUBE_KIND.lease, lease('held', 'x'))).metadata);
    await hand.replace(KUBE_KIND.lease, 'held', lease('held', 'y', { resourceVersion }));
    expect(await hand.replace(KUBE_KIND.lease, 'held', lease('held', 'z', { resourceVersion })).catch(code)).toBe(409);
    expect(await hand.get(KUBE_KIND.lease, 'held')).toMatchObject({ spec: { holderIdentity: 'y' } });
    expect(await hand.replace(KUBE_KIND.lease, 'none', lease('none', 'z')).catch(code)).toBe(404);
  });

  test('merges', async () => {
    const hand = make();
    await hand.create(KUBE_KIND.event, {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name: 'e', namespace: 'cachefarm' },
      note: 'why',
    });
    expect(await hand.merge(KUBE_KIND.event, 'e', { series: { count: 2 } })).toMatchObject({
      note: 'why',
      series: { count: 2 },
    });
    expect(await hand.merge(KUBE_KIND.event, 'f', {}).catch(code)).toBe(404);
  });

  test('is compared and set through as a Lease', async () => {
    const hand = make();
    const post = leasePost(hand, 'cachefarm', () => Date.UTC(2026, 0, 1));
    expect(await post.read()).toBeUndefined();
    const mine = await post.write('x', 7, undefined);
    expect(mine).toMatchObject({ holder: 'x', term: 7, durationMs: 4_000 });
    expect(await post.write('y', 8, undefined).catch(code)).toBe(409);
    const free = await post.write('', 7, mine);
    expect(free).toMatchObject({ holder: '', term: 7 });
    expect(await post.write('x', 8, mine).catch(code)).toBe(409);
    expect((await post.read())?.version).toBe(free.version);
  });
});

describe('the status of a CacheCluster', () => {
  test('comes to the object as it is, and a second telling is none', async () => {
    const hand = first(real);
    const object = record(await hand.get(KUBE_KIND.cacheCluster, 'user.id'));
    const { uid, generation } = record(object.metadata);
    const copy = {
      clusterName: 'User.id',
      datacenter: 'a',
      name: 'user.id',
      uid: String(uid),
      generation: Number(generation),
      clusterSize: 3,
      deleted: false,
    };
    const status = {
      observedGeneration: 1,
      conditions: [
        {
          type: 'Ready' as const,
          status: 'False' as const,
          observedGeneration: 1,
          lastTransitionTime: '2026-01-01T00:00:00Z',
          reason: 'PartitionUnbound' as const,
          message: '0 of 3 partitions serve',
        },
      ],
      serving: 0,
      standbys: 0,
      sentinelGroup: '',
      spread: '0/0',
    };
    const failures: unknown[] = [];
    const parts = { hands: real, namespace: 'cachefarm', failed: (_: string, error: unknown) => failures.push(error) };
    let clock = 0;
    const writer = new KubeStatus({ ...parts, now: () => clock });
    writer.tell([{ copy, status }]);
    await writer.settled();
    const after = record(await hand.get(KUBE_KIND.cacheCluster, 'user.id'));
    expect(failures).toEqual([]);
    expect(after.status).toEqual(status);
    expect(after.spec).toEqual(object.spec);
    expect(record(after.metadata).generation).toBe(generation);

    clock = 60_000;
    writer.tell([{ copy: { ...copy, status: record(after.status) }, status }]);
    await writer.settled();
    expect(record(record(await hand.get(KUBE_KIND.cacheCluster, 'user.id')).metadata).resourceVersion).toBe(
      record(after.metadata).resourceVersion,
    );
  });

  test('is refused for an object that is not there', async () => {
    const body = { apiVersion: 'cachefarm.dev/v1alpha1', kind: 'CacheCluster', status: { serving: 9 } };
    const none = { ...body, metadata: { name: 'none' } };
    expect(await first(real).applyStatus(KUBE_KIND.cacheCluster, 'none', none).catch(code)).toBe(404);
  });
});

describe('a KubeCluster that does not answer as it should', () => {
  let server: Server | undefined;
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
  });
  async function handOf(answer: (response: ServerResponse) => void): Promise<KubeHand> {
    server = createServer((_, response) => answer(response));
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const connect = async () => ({ server: `http://127.0.0.1:${port}`, options: {} });
    return httpHand({ datacenter: 'a', connect }, 'cachefarm', 300);
  }
  const outcome = (hand: KubeHand): Promise<unknown> =>
    hand.get(KUBE_KIND.lease, 'x').then(
      () => 'answered',
      (error: Error) => `${error.name}: ${error.message}`,
    );

  test.each<[string, (response: ServerResponse) => void, string]>([
    ['says nothing', () => undefined, 'Error: no answer within 300 ms'],
    [
      'begins an answer and stops',
      (response) => response.writeHead(200, { 'content-length': '100' }).write('{'),
      'Error: no answer within 300 ms',
    ],
    ['hangs up', (response) => response.destroy(), 'Error: socket hang up'],
    ['refuses without a word', (response) => response.writeHead(503).end(), 'KubeRefused: HTTP 503'],
    [
      'refuses with a Status',
      (response) => response.writeHead(429).end(JSON.stringify({ message: 'slow down' })),
      'KubeRefused: slow down',
    ],
  ])('that %s', async (_, answer, expected) => {
    expect(await outcome(await handOf(answer))).toBe(expected);
  });

  test('is asked with the credentials of the moment', async () => {
    const seen: (string | undefined)[] = [];
    server = createServer((request, response) => {
      seen.push(request.headers.authorization);
      response.end('{}');
    });
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    let token = 'old';
    const connect = async () => ({
      server: `http://127.0.0.1:${port}`,
      options: { headers: { authorization: `Bearer ${token}` } },
    });
    const hand = httpHand({ datacenter: 'a', connect }, 'cachefarm', 1_000);
    await hand.get(KUBE_KIND.lease, 'x');
    token = 'new';
    await hand.get(KUBE_KIND.lease, 'x');
    expect(seen).toEqual(['Bearer old', 'Bearer new']);
  });
});
