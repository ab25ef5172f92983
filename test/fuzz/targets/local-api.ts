import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApi } from '../../../src/local/api-server.js';
import type { ApiSource } from '../../../src/local/api-source.js';
import { NotFound } from '../../../src/local/kube-cluster.js';
import { KubeStore } from '../../../src/local/kube-store.js';
import type { KubeManifests } from '../../../src/local/read-dist.js';
import { CRD } from '../../local/farm-api.js';
import { Broken, bytes, type FuzzTarget, textOf } from '../target.js';
import { FARM, FRAME, tellFarm } from '../told-farm.js';

const folder = mkdtempSync(join(tmpdir(), 'cachefarm-fuzz-'));
const told = tellFarm();

const schema = (CRD as { spec: { versions: { schema: { openAPIV3Schema: unknown } }[] } }).spec.versions[0]?.schema
  .openAPIV3Schema;
const sourceOf = (): ApiSource => {
  const [first] = FARM.datacenters;
  if (!first) throw new Error('no datacenter');
  const manifests = {
    datacenter: first,
    frame: FRAME,
    cacheClusters: told.kube[0]?.cacheClusters,
    cacheClusterSchema: schema,
  } as unknown as KubeManifests;
  const store = new KubeStore(join(folder, 'store.json'), manifests);
  store.takeManifests(manifests);
  return {
    store,
    pods: () => (told.kube[0]?.pods ?? []) as ReturnType<ApiSource['pods']>,
    nodes: () => (told.kube[0]?.nodes ?? []) as ReturnType<ApiSource['nodes']>,
    deletePod: (name) => {
      throw new NotFound(`pods "${name}" not found`);
    },
    mark: (resource, name, patch) => store.addMark(resource, name, patch),
  };
};

const source = sourceOf();
const api = createApi(
  () => 'token',
  (datacenter) => (datacenter === 'a' ? source : undefined),
);
let listening: Promise<number> | undefined;
const port = (): Promise<number> => {
  listening ??= new Promise((resolve) =>
    api.listen(0, '127.0.0.1', () => resolve((api.address() as AddressInfo).port)),
  );
  return listening;
};

interface Answer {
  readonly code: number;
  readonly text: string;
}

async function ask(method: string, path: string, type: string, body: string): Promise<Answer> {
  const options = {
    host: '127.0.0.1',
    port: await port(),
    method,
    path,
    agent: false as const,
    headers: { authorization: 'Bearer token', ...(type === '' ? {} : { 'content-type': type }) },
  };
  return new Promise((resolve, reject) => {
    const asked = request(options, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece) => {
        text += piece;
        // A watch goes on.
        if (path.includes('watch=')) response.destroy();
      });
      response.on('close', () => resolve({ code: response.statusCode ?? 0, text }));
      response.on('error', () => undefined);
      if (path.includes('watch=')) setTimeout(() => response.destroy(), 20);
    });
    asked.setTimeout(2_000, () => asked.destroy(new Broken(`no answer to ${method} ${path}`)));
    asked.on('error', reject);
    asked.end(body);
  });
}

const PLAIN = /^[\x21-\x7e]+$/;

/** Four lines: method, path, media type, body. */
export async function askApi(text: string): Promise<void> {
  const [method = 'GET', path = '/', type = '', ...rest] = text.split('\n');
  if (
    !/^(GET|PUT|POST|PATCH|DELETE|HEAD|OPTIONS)$/.test(method) ||
    !PLAIN.test(path) ||
    !path.startsWith('/') ||
    (type !== '' && !PLAIN.test(type))
  )
    return;
  const { code, text: answer } = await ask(method, path, type, rest.join('\n'));
  if (code >= 500 || code < 200) throw new Broken(`${code} to ${method} ${path}: ${answer.slice(0, 300)}`);
  // Node itself answers what is no HTTP, without a body.
  if (code >= 400 && method !== 'HEAD' && !(code === 400 && answer === '')) {
    const { kind, message } = JSON.parse(answer) as { kind?: unknown; message?: unknown };
    if (kind !== 'Status' || typeof message !== 'string' || message === '')
      throw new Broken(`${code} without a message: ${answer.slice(0, 200)}`);
  }
}

const CLUSTERS = '/a/apis/cachefarm.dev/v1alpha1/namespaces/cachefarm/cacheclusters';
const WISH =
  '{"apiVersion":"cachefarm.dev/v1alpha1","kind":"CacheCluster","metadata":{"name":"user.id","namespace":"cachefarm"},"spec":{"clusterName":"User.id","clusterSize":3,"tier":"M1"}}';

export const localApi: FuzzTarget = {
  name: 'local-api',
  what: 'requests to the API of the embedded farm: method, path, media type, body; answered, or refused with a Status, never 500',
  seeds: [
    `GET\n${CLUSTERS}?labelSelector=a%3Db,!c\n\n`,
    `GET\n${CLUSTERS}?watch=true&resourceVersion=1\n\n`,
    `PUT\n${CLUSTERS}/user.id\napplication/json\n${WISH}`,
    `PATCH\n${CLUSTERS}/user.id?fieldManager=x&force=true\napplication/apply-patch+yaml\n${WISH}`,
    `PATCH\n${CLUSTERS}/user.id/status?fieldManager=x\napplication/merge-patch+json\n{"status":{"conditions":[]}}`,
    `POST\n${CLUSTERS}\napplication/yaml\nkind: CacheCluster\nmetadata: {name: a}\n`,
    `DELETE\n${CLUSTERS}/user.id\n\n{"preconditions":{"uid":"x"}}`,
    'PATCH\n/a/api/v1/nodes/a-m1\napplication/merge-patch+json\n{"metadata":{"annotations":{"cachefarm.dev/drain":"2026-11-22T00:00:00Z"}}}',
    'POST\n/a/apis/coordination.k8s.io/v1/namespaces/cachefarm/leases\napplication/json\n{"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"l"},"spec":{}}',
    'PATCH\n/a/apis/events.k8s.io/v1/namespaces/cachefarm/events/x\napplication/merge-patch+json\n{}',
  ].map(bytes),
  words: [
    'GET',
    'PUT',
    'POST',
    'PATCH',
    'DELETE',
    CLUSTERS,
    '/user.id',
    '/status',
    '?',
    '&',
    'watch=true',
    'resourceVersion=',
    'fieldManager=x',
    'force=true',
    'dryRun=All',
    'fieldValidation=Strict',
    'limit=1',
    'continue=x',
    'labelSelector=',
    'application/json',
    'application/merge-patch+json',
    'application/apply-patch+yaml',
    'application/yaml',
    '"metadata":',
    '"spec":',
    '"status":',
    '"labels":',
    '"annotations":',
    '"managedFields":[{}]',
    '"finalizers":',
    '"ownerReferences":',
    '"__proto__":{}',
    'null',
    '[]',
    '{}',
    '%00',
    '%ff',
    '%2f',
    '1e999',
  ],
  run: (input) => askApi(textOf(input)),
  close: async () => {
    api.closeAllConnections();
    if (listening) await new Promise((resolve) => api.close(resolve));
    rmSync(folder, { recursive: true, force: true });
  },
};
