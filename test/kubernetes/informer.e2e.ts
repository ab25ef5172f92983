/** The eyes on a real API server: restarts of it and of etcd, a cut line, a silent one, compaction; what was deleted meanwhile is noticed. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type Loose, record } from '../../src/farm/loose.js';
import type { FarmFrame } from '../../src/farm/model.js';
import { kubeEndpoints } from '../../src/observe/kube-config.js';
import { type EyesOptions, type KubeEyes, watchEndpoints } from '../../src/observe/kube-eyes.js';
import { listKube } from '../../src/observe/kube-list.js';
import { KubeWatch } from '../../src/observe/kube-watch.js';
import type { KubeEndpoint } from '../../src/world/kube.js';
import { freeAddress } from '../builders/processes.js';
import { until } from '../local/until.js';
import { type ApiQuestion, apiRequest } from './rig/api-request.js';
import { startControlPlane } from './rig/control-plane.js';
import type { ControlPlane } from './rig/control-plane-options.js';
import { applyObject, readDistObject } from './rig/kube-objects.js';

const NODES = '/api/v1/nodes';
const CLUSTERS = '/apis/cachefarm.dev/v1alpha1/namespaces/cachefarm/cacheclusters';
const PODS = '/api/v1/namespaces/cachefarm/pods';
const MERGE = 'application/merge-patch+json';
const folder = mkdtempSync(join(tmpdir(), 'cachefarm-eyes-'));
let plane: ControlPlane;

const ask = async (question: ApiQuestion): Promise<void> => {
  const { code, body } = await apiRequest({ url: plane.url, caData: plane.caData, token: plane.adminToken }, question);
  if (code >= 300) throw new Error(`${question.method} ${question.path}: ${code} ${JSON.stringify(body)}`);
};
const create = (path: string, body: unknown) => ask({ method: 'POST', path, body });
const remove = (path: string) => ask({ method: 'DELETE', path: `${path}?gracePeriodSeconds=0` });

const node = (name: string) => ({ apiVersion: 'v1', kind: 'Node', metadata: { name } });
const pod = (name: string, farm = 'small') => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'cachefarm', labels: { 'cachefarm.dev/farm': farm } },
  spec: { containers: [{ name: 'redis', image: 'redis:7', ports: [{ containerPort: 6379 }] }] },
});
const cluster = (name: string) => ({
  apiVersion: 'cachefarm.dev/v1alpha1',
  kind: 'CacheCluster',
  metadata: { name, namespace: 'cachefarm' },
  spec: { clusterName: name, clusterSize: 3, tier: 'M1' },
});

beforeAll(async () => {
  plane = await startControlPlane({ datacenter: 'a', folder, processes: ['etcd', 'kube-apiserver'] });
  await applyObject(plane, readDistObject('a/00-Namespace.cachefarm.k8s.yaml'));
  await applyObject(plane, readDistObject('a/00-CustomResourceDefinition.cacheclusters.cachefarm.dev.k8s.yaml'));
  await until('CacheClusters are served', () =>
    ask({ path: CLUSTERS }).then(
      () => true,
      () => false,
    ),
  );
  await create('/api/v1/namespaces/cachefarm/serviceaccounts', { metadata: { name: 'default' } });
  for (const name of ['m-1', 'm-2', 'm-3']) await create(NODES, node(name));
});
afterAll(async () => {
  await plane?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** The line between the eyes and the API server: passed on byte by byte, cut, or silent. */
class Line implements KubeEndpoint {
  readonly datacenter = 'a';
  readonly #sockets = new Set<Socket>();
  readonly #at = freeAddress();
  readonly #server = createServer((near) => this.#join(near));
  #passes = true;
  #listens = false;
  /** what happens before the next request */
  before: () => Promise<void> = async () => undefined;
  requests = 0;

  #join(near: Socket): void {
    const far = connect(Number(new URL(plane.url).port), '127.0.0.1');
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(from);
      from.on('error', () => undefined);
      from.on('data', (bytes) => void (this.#passes && to.write(bytes)));
      from.on('close', () => {
        this.#sockets.delete(from);
        if (this.#passes) to.destroy();
      });
    }
  }

  async open(): Promise<this> {
    this.#passes = true;
    if (!this.#listens) await new Promise<void>((resolve) => this.#server.listen(this.#at.port, this.#at.ip, resolve));
    this.#listens = true;
    return this;
  }

  async cut(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
    this.#listens = false;
  }

  /** Connections stay, nothing passes. */
  silence(): void {
    this.#passes = false;
  }

  async connect() {
    this.requests++;
    const { before } = this;
    this.before = async () => undefined;
    await before();
    const frame = { datacenters: [{ name: 'a', context: 'a' }] } as unknown as FarmFrame;
    const found = await kubeEndpoints(frame, plane.kubeconfig, undefined)[0]?.connect();
    if (!found) throw new Error('no endpoint');
    // The certificate is for 127.0.0.1, and any name will do: who is asked for is said.
    const options = { ...found.options, servername: 'localhost', checkServerIdentity: () => undefined };
    return { server: `https://${this.#at.ip}:${this.#at.port}`, options };
  }
}

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
  await remove(`${NODES}/m-4`).catch(() => undefined);
  await create(NODES, node('m-3')).catch(() => undefined);
});

const frame = { name: 'small', namespace: 'cachefarm', datacenters: [{ name: 'a' }], tiers: [], sentinelGroups: [] };

async function open(options: Partial<EyesOptions> = {}) {
  const line = await new Line().open();
  let changes = 0;
  const eyes: KubeEyes = watchEndpoints(frame as unknown as FarmFrame, [line], {
    changed: () => {
      changes++;
    },
    graceMs: 0,
    // Not a request of a pass, of a list or of a watch, which are what is counted here.
    pulse: { everyMs: 3_600_000 },
    ...options,
  });
  ends.push(
    () => line.cut(),
    () => eyes.stop(),
  );
  const read = async () => {
    const objects = await eyes.sources[0]?.read();
    if (!objects) throw new Error('no source');
    return objects;
  };
  const machines = async (): Promise<string> => (await read()).nodes.map(({ metadata }) => metadata.name).join();
  const sight = () => eyes.sights()[0];
  await until('all watches', () => sight()?.inSync, 30_000);
  return { line, eyes, read, machines, changes: () => changes, sight };
}

/** etcd forgets all versions but the last, as Kubernetes has it do every five minutes. */
async function compact(): Promise<void> {
  const command = readFileSync(`/proc/${plane.pidOf('etcd')}/cmdline`, 'utf8').split('\0');
  const url = command.find((word) => word.startsWith('--listen-client-urls='))?.split('=')[1];
  const say = async (path: string, body: unknown): Promise<{ header: { revision: string } }> => {
    const response = await fetch(`${url}${path}`, { method: 'POST', body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`etcd ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as { header: { revision: string } };
  };
  const { header } = await say('/v3/kv/range', { key: 'AA==' });
  await say('/v3/kv/compaction', { revision: header.revision, physical: true });
}

describe('the eyes on a real API server', () => {
  test('see what there is, what changes, and of pods only those of the farm; nothing is asked meanwhile', async () => {
    const { line, read, machines, changes, sight } = await open({ times: { pageSize: 2 } });
    expect(await machines()).toBe('m-1,m-2,m-3');
    const asked = line.requests;
    await create(PODS, pod('p-1'));
    await create(PODS, pod('p-of-others', 'other'));
    await create(CLUSTERS, cluster('watched'));
    await ask({ method: 'PATCH', path: `${CLUSTERS}/watched`, body: { spec: { clusterSize: 5 } }, contentType: MERGE });
    await until('the pod and the CacheCluster', async () => {
      const { pods, cacheClusters } = await read();
      return pods.length === 1 && cacheClusters[0]?.spec.clusterSize === 5;
    });
    expect((await read()).pods[0]).toMatchObject({ metadata: { name: 'p-1' }, status: { phase: 'Pending' } });
    await remove(`${PODS}/p-1`);
    await remove(`${PODS}/p-of-others`);
    await remove(`${CLUSTERS}/watched`);
    await until('both are gone', async () => {
      const { pods, cacheClusters } = await read();
      return pods.length + cacheClusters.length === 0;
    });
    expect([line.requests - asked, sight()?.inSync]).toEqual([0, true]);
    await until('it is told', () => changes() > 1);
  });

  test('a watch that ends in time goes on, without a list', async () => {
    const { line, machines, sight } = await open({ times: { watchSeconds: 2 } });
    const asked = line.requests;
    await until('each was begun anew twice', () => line.requests >= asked + 6, 20_000);
    await create(NODES, node('m-4'));
    await until('it is seen', async () => (await machines()).endsWith('m-4'));
    await remove(`${NODES}/m-4`);
    await until('it is gone', async () => (await machines()).endsWith('m-3'));
    expect(sight()?.problem).toBeUndefined();
    expect(sight()?.staleSeconds).toBeLessThan(4);
  });

  test('a cut line: the last known is told with the problem, and then what was deleted and made meanwhile', async () => {
    const { line, read, machines } = await open();
    await line.cut();
    await until('it is out of touch', async () => (await read()).problem !== undefined);
    expect(await machines()).toBe('m-1,m-2,m-3');
    await remove(`${NODES}/m-3`);
    await create(NODES, node('m-4'));
    await compact();
    await line.open();
    await until('it is noticed', async () => (await machines()) === 'm-1,m-2,m-4', 20_000);
    await until('it is in touch', async () => (await read()).problem === undefined, 20_000);
  });

  test('a line that falls silent is noticed, and left', async () => {
    const { line, read, machines } = await open({ times: { watchSeconds: 2, slackMs: 500, answerMs: 1_000 } });
    line.silence();
    await remove(`${NODES}/m-3`);
    await until('it is out of touch', async () => /no byte for [23].5 s/.test((await read()).problem ?? ''), 20_000);
    expect(await machines()).toBe('m-1,m-2,m-3');
    await line.cut();
    await line.open();
    await until('the deletion', async () => (await machines()) === 'm-1,m-2', 20_000);
  });

  test('the API server is killed and comes back', async () => {
    const { read, machines, sight } = await open();
    await plane.kill('kube-apiserver');
    await until('it is out of touch', async () => (await read()).problem !== undefined);
    await plane.restart('kube-apiserver');
    await remove(`${NODES}/m-3`);
    await until('the deletion', async () => (await machines()) === 'm-1,m-2', 30_000);
    await until('in sync', () => sight()?.inSync, 30_000);
  });

  test('an API server that hangs is noticed, and seen again when it goes on', async () => {
    const { read, machines, sight } = await open({ times: { watchSeconds: 2, slackMs: 500, answerMs: 1_000 } });
    plane.pause('kube-apiserver');
    try {
      await until('it is out of touch', async () => (await read()).problem !== undefined, 20_000);
    } finally {
      plane.resume('kube-apiserver');
    }
    await until('in sync', () => sight()?.inSync, 30_000);
    expect(await machines()).toBe('m-1,m-2,m-3');
  });

  test('an API server that hangs is noticed by its pulse, with the times that Barn has, and is in touch as soon as it goes on', async () => {
    const { read, machines, sight } = await open({ pulse: {}, graceMs: 5_000 });
    const from = performance.now();
    plane.pause('kube-apiserver');
    try {
      await until('it is out of touch', async () => (await read()).problem !== undefined, 20_000);
    } finally {
      plane.resume('kube-apiserver');
    }
    const noticed = performance.now();
    await until('it is in touch', async () => (await read()).problem === undefined && sight()?.inSync, 20_000);
    const back = performance.now();
    process.stdout.write(
      `a hung API server: noticed after ${Math.round(noticed - from)} ms, in touch ${Math.round(back - noticed)} ms after its return\n`,
    );
    // A watch alone is silent for 55 s before it is doubted.
    expect(noticed - from).toBeLessThan(15_000);
    expect(back - noticed).toBeLessThan(10_000);
    expect(await machines()).toBe('m-1,m-2,m-3');
  });

  test('etcd is away for some seconds: the watches go on soon after its return', async () => {
    const { machines, sight } = await open({ pulse: {} });
    await plane.kill('etcd');
    await new Promise((resolve) => setTimeout(resolve, 8_000));
    await plane.restart('etcd');
    const from = performance.now();
    const removed = (): Promise<boolean> =>
      remove(`${NODES}/m-3`).then(
        () => true,
        () => false,
      );
    await until('etcd is used again', removed, 30_000);
    const used = performance.now();
    await until('the deletion', async () => (await machines()) === 'm-1,m-2' && sight()?.inSync, 30_000);
    process.stdout.write(
      `etcd is back: used after ${Math.round(used - from)} ms, seen ${Math.round(performance.now() - used)} ms later\n`,
    );
    expect(performance.now() - used).toBeLessThan(10_000);
  });

  test('etcd is killed and comes back', async () => {
    const { machines } = await open();
    await plane.kill('etcd');
    await plane.restart('etcd');
    await until(
      'etcd is used again',
      () =>
        remove(`${NODES}/m-3`).then(
          () => true,
          () => false,
        ),
      30_000,
    );
    await until('the deletion', async () => (await machines()) === 'm-1,m-2', 30_000);
  });
});

describe('410 Gone, from a real API server', () => {
  const limits = { signal: new AbortController().signal, silentMs: 10_000 };

  test('a list whose pages expire is read again in one piece', async () => {
    const line = await new Line().open();
    ends.push(() => line.cut());
    const one = { path: NODES };
    line.before = async () => {
      line.before = async () => {
        await remove(`${NODES}/m-3`);
        await compact();
        // A new API server serves pages from memory, too.
        await plane.restart('kube-apiserver');
      };
    };
    const nameOf = ({ metadata }: Loose) => record(metadata).name;
    const { objects } = await listKube(line, one, nameOf, { ...limits, pageSize: 1 });
    expect(objects).toEqual(['m-1', 'm-2']);
    // The first page, the second that is refused, and all of it.
    expect(line.requests).toBe(3);
  });

  test('a watch that goes on from a version that is forgotten lists again', async () => {
    const line = await new Line().open();
    const whys = new Set<string>();
    const watch: KubeWatch<string> = new KubeWatch<string>({
      endpoint: line,
      listing: { path: NODES },
      keep: ({ metadata }) => (metadata as { name: string }).name,
      changed: () => undefined,
      times: { watchSeconds: 1 },
    });
    ends.push(
      () => line.cut(),
      () => watch.stop(),
    );
    watch.start();
    await until('the first watch', () => line.requests === 2);
    // When it ends in time, the versions after it are forgotten, by the API server too.
    line.before = async () => {
      await remove(`${NODES}/m-3`);
      await compact();
      await plane.restart('kube-apiserver');
    };
    await until('it is refused', () => whys.add(watch.lost?.why ?? '') && watch.lost !== undefined, 40_000);
    await until('the deletion', () => watch.items.join() === 'm-1,m-2', 20_000);
    expect([...whys].join()).toMatch(/410|too old resource version/);
  });
});
