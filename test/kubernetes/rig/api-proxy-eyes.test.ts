/** The product's own eyes behind the proxy of the rig: with its kubeconfig and its certificate, through every fault, and in sync afterwards. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { FarmFrame } from '../../../src/farm/model.js';
import { kubeEndpoints } from '../../../src/observe/kube-config.js';
import { type KubeEyes, watchEndpoints } from '../../../src/observe/kube-eyes.js';
import { until } from '../../local/until.js';
import { ApiProxy, type ProxyFault } from './api-proxy.js';
import { freePorts } from './free-ports.js';
import { kubeconfigText } from './kubeconfig.js';
import { proxyCertificate } from './proxy-certificate.js';

const base64 = (pem: string): string => Buffer.from(pem).toString('base64');
const frame = {
  ...{ name: 'small', namespace: 'cachefarm', tiers: [], sentinelGroups: [] },
  datacenters: [{ name: 'a', context: 'a' }],
} as unknown as FarmFrame;
const folder = mkdtempSync(join(tmpdir(), 'cachefarm-proxy-'));
/** Names of the pods that there are. */
let pods: string[] = [];
let version = 1;
/** What changed, for watches from an earlier version on. */
const events: { readonly version: number; readonly text: string }[] = [];
/** Open watches of pods. */
const watches = new Set<ServerResponse>();
let server: Server;
let proxy: ApiProxy;
let eyes: KubeEyes;

const pod = (name: string) => ({
  ...{ apiVersion: 'v1', kind: 'Pod', spec: { containers: [] } },
  metadata: {
    ...{ name, namespace: 'cachefarm', uid: name, resourceVersion: String(version) },
    labels: { 'cachefarm.dev/farm': 'small' },
  },
});

function answer(url: string, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  const items = url.includes('/pods') ? pods.map(pod) : [];
  const metadata = { resourceVersion: String(version) };
  if (url.includes('watch=true')) {
    response.flushHeaders();
    if (url.includes('/pods')) {
      const since = Number(new URL(url, 'https://a').searchParams.get('resourceVersion'));
      for (const event of events) if (event.version > since) response.write(event.text);
      watches.add(response);
    }
    response.once('close', () => watches.delete(response));
  } else response.end(JSON.stringify({ kind: 'List', metadata, items }));
}

function replacePod(gone: string, fresh: string): void {
  version++;
  pods = [...pods.filter((name) => name !== gone), fresh];
  const told = [
    { type: 'DELETED', object: pod(gone) },
    { type: 'ADDED', object: pod(fresh) },
  ];
  events.push({ version, text: told.map((event) => `${JSON.stringify(event)}\n`).join('') });
  for (const watch of watches) watch.write(events.at(-1)?.text);
}

beforeAll(async () => {
  const own = proxyCertificate();
  server = createServer({ cert: own.certificate, key: own.key }, (request, response) =>
    answer(request.url ?? '', response),
  );
  const [at = 0, port = 0] = await freePorts(2);
  await new Promise<void>((resolve) => server.listen(at, '127.0.0.1', resolve));
  const certificate = proxyCertificate();
  const upstream = { url: `https://127.0.0.1:${at}`, caData: base64(own.certificate) };
  proxy = await ApiProxy.start(upstream, certificate, port);
  const entry = { context: 'a', url: proxy.url, caData: base64(certificate.certificate), token: 't' };
  writeFileSync(join(folder, 'kubeconfig'), kubeconfigText([{ ...entry, namespace: 'cachefarm' }]));
});
afterAll(async () => {
  await proxy.stop();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  pods = ['redis-0', 'redis-1'];
  const endpoints = kubeEndpoints(frame, join(folder, 'kubeconfig'), undefined);
  eyes = watchEndpoints(frame, endpoints, { changed: () => undefined, graceMs: 0 });
});
afterEach(() => eyes.stop());

const inSync = (): boolean => proxy.watched.size === 3 && eyes.sights().every((sight) => sight.inSync);
async function seen(): Promise<readonly string[]> {
  const [objects] = await Promise.all(eyes.sources.map((source) => source.read()));
  return objects?.pods.map(({ metadata }) => metadata.name).sort() ?? [];
}

test.each(['gone', 'throttled', 'failing', 'slow', 'truncated'] satisfies ProxyFault[])(
  '%s: out of sync while it lasts, nothing that was known is forgotten, in sync afterwards with what changed meanwhile',
  async (fault) => {
    await until('in sync', inSync);
    expect(await seen()).toEqual(['redis-0', 'redis-1']);
    const before = proxy.spoiled;
    proxy.begin(fault);
    await until('each list has met the fault twice', () => proxy.spoiled >= before + 6);
    expect(inSync()).toBe(false);
    expect(await seen()).toEqual(['redis-0', 'redis-1']);
    replacePod('redis-1', 'redis-2');
    proxy.mend();
    await until(
      'in sync again, and it is seen',
      async () => inSync() && (await seen()).join() === 'redis-0,redis-2',
      15_000,
    );
  },
);
