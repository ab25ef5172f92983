/** A dist by hand, as text: three datacenters, one tier, a sentinel group, a ConfigMap, a seed hook and a cache cluster; each test bends a part. */
import { stringify } from 'yaml';
import type { ManifestFile } from '../../src/review/manifests.js';

export type Json = Readonly<Record<string, unknown>>;

export interface PoolSpec {
  readonly tier?: string;
  readonly port?: number;
  readonly name?: string;
  readonly replicas?: number;
  readonly image?: string;
  readonly args?: readonly string[];
  readonly annotations?: Json;
  /** merged over the StatefulSet's spec */
  readonly spec?: Json;
}

export const KEEP = { 'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false' };

export function pool(datacenter: string, options: PoolSpec = {}): Json {
  const { tier = 'M1', port = 6378 } = options;
  const labels = {
    'cachefarm.dev/datacenter': datacenter,
    'cachefarm.dev/role': 'redis',
    'cachefarm.dev/tier': tier,
    'cachefarm.dev/port': String(port),
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: {
      name: options.name ?? `redis-${tier.toLowerCase()}-${port}`,
      namespace: 'cachefarm',
      labels,
      annotations: options.annotations ?? {},
    },
    spec: {
      serviceName: '',
      replicas: options.replicas ?? 4,
      podManagementPolicy: 'Parallel',
      updateStrategy: { type: 'OnDelete' },
      selector: { matchLabels: { 'cachefarm.dev/port': String(port) } },
      template: {
        metadata: { labels },
        spec: {
          containers: [
            {
              name: 'redis',
              image: options.image ?? 'redis:7.4.6',
              args: options.args ?? ['--port', String(port)],
              env: [{ name: 'FARM_MAXMEMORY', value: '1073741824' }],
              volumeMounts: [{ name: 'scripts', mountPath: '/etc/cachefarm/scripts' }],
            },
          ],
          volumes: [{ name: 'scripts', configMap: { name: 'redis-scripts' } }],
        },
      },
      ...options.spec,
    },
  };
}

export const cacheCluster = (clusterName: string, spec: Json = {}): Json => ({
  apiVersion: 'cachefarm.dev/v1alpha1',
  kind: 'CacheCluster',
  metadata: { name: clusterName.toLowerCase(), namespace: 'cachefarm' },
  spec: {
    clusterName,
    clusterSize: 10,
    partitionSize: 1,
    tier: 'M1',
    standbys: 1,
    hash: 'jump',
    importance: 3,
    sentinelGroup: 'main-0',
    ...spec,
  },
});

export const configMap = (name: string, data: Json, more: Json = {}): Json => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'cachefarm' },
  data,
  ...more,
});

export const job = (image: string, annotations: Json = {}): Json => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'cachefarm-seed', namespace: 'cachefarm', annotations },
  spec: { template: { spec: { containers: [{ name: 'seed', image }] } } },
});

export const application = (automated: Json | undefined): Json => ({
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'ApplicationSet',
  metadata: { name: 'cachefarm', namespace: 'argocd' },
  spec: { template: { spec: { syncPolicy: automated === undefined ? {} : { automated } } } },
});

export type Dist = Readonly<Record<string, readonly Json[]>>;

/** folder -> objects; keys given replace the default's */
export const dist = (changes: Dist = {}): Dist => ({
  a: [pool('a'), configMap('redis-scripts', { 'redis-start.sh': 'exec redis\n' })],
  b: [pool('b'), configMap('redis-scripts', { 'redis-start.sh': 'exec redis\n' })],
  c: [pool('c'), configMap('redis-scripts', { 'redis-start.sh': 'exec redis\n' })],
  all: [cacheCluster('User.id', { clusterSize: 5 })],
  ...changes,
});

/** The pools of all three datacenters bent alike. */
export const pools = (options: PoolSpec, scripts = 'exec redis\n'): Dist =>
  Object.fromEntries(
    ['a', 'b', 'c'].map((name) => [
      name,
      [pool(name, options), configMap('redis-scripts', { 'redis-start.sh': scripts })],
    ]),
  );

export const filesOf = (folders: Dist): readonly ManifestFile[] =>
  Object.entries(folders).flatMap(([folder, objects]) =>
    objects.map((object) => {
      const { kind, metadata } = object as { kind: string; metadata: { name: string } };
      return { path: `${folder === '' ? '' : `${folder}/`}${kind}.${metadata.name}.k8s.yaml`, text: stringify(object) };
    }),
  );
