/** Hand-made manifests: the smallest objects that keep every rule, to be bent by the tests. */
import { type Manifest, manifestOf } from '../../constructs/validation/manifest.js';

type Json = Readonly<Record<string, unknown>>;

export interface SetOptions {
  readonly name?: string;
  readonly kind?: string;
  readonly kubeCluster?: string;
  readonly namespace?: string;
  readonly replicas?: number;
  readonly port?: number;
  readonly labels?: Json;
  /** merged over the container */
  readonly container?: Json;
  /** merged over the pod spec */
  readonly pod?: Json;
  /** merged over the set's spec */
  readonly spec?: Json;
}

export const antiAffinity = (labels: Json): Json => ({
  podAntiAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: [
      { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: labels } },
    ],
  },
});

export function redisObject(options: SetOptions = {}): Json {
  const port = options.port ?? 6378;
  const labels = options.labels ?? {
    'cachefarm.dev/role': 'redis',
    'cachefarm.dev/tier': 'M1',
    'cachefarm.dev/port': String(port),
  };
  return {
    apiVersion: 'apps/v1',
    kind: options.kind ?? 'StatefulSet',
    metadata: { name: options.name ?? `redis-m1-${port}`, namespace: options.namespace ?? 'cachefarm' },
    spec: {
      replicas: options.replicas ?? 3,
      updateStrategy: { type: 'OnDelete' },
      template: {
        metadata: { labels },
        spec: {
          hostNetwork: true,
          affinity: antiAffinity(labels),
          containers: [
            {
              name: 'redis',
              image: 'docker.io/library/redis:7.4.6',
              env: [{ name: 'FARM_MAXMEMORY', value: String(2 ** 30) }],
              ports: [{ containerPort: port, hostPort: port }],
              resources: { requests: { memory: '1536Mi' }, limits: { memory: '1536Mi' } },
              ...options.container,
            },
          ],
          ...options.pod,
        },
      },
      ...options.spec,
    },
  };
}

export function sentinelObject(options: SetOptions & { readonly group?: string } = {}): Json {
  const group = options.group ?? 'main-0';
  return redisObject({
    name: `sentinel-${group}`,
    replicas: 1,
    port: 26_379,
    labels: { 'cachefarm.dev/role': 'sentinel', 'cachefarm.dev/sentinel-group': group },
    ...options,
    container: {
      name: 'sentinel',
      command: ['sh', '/etc/cachefarm/scripts/sentinel-start.sh'],
      env: [],
      ...options.container,
    },
  });
}

export function manifest(object: Json, kubeCluster = 'a', file = `dist/${kubeCluster}/x.k8s.yaml`): Manifest {
  const made = manifestOf(file, kubeCluster, object);
  if (!made) throw new Error('no Kubernetes object');
  return made;
}

export const redis = (options: SetOptions = {}): Manifest => manifest(redisObject(options), options.kubeCluster);
export const sentinel = (options: SetOptions & { readonly group?: string } = {}): Manifest =>
  manifest(sentinelObject(options), options.kubeCluster);
export const farmConfig = (sentinelGroups: readonly Json[], kubeCluster = 'a'): Manifest =>
  manifest(
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'farm' },
      data: { 'farm.json': JSON.stringify({ name: 'talk', sentinelGroups }) },
    },
    kubeCluster,
  );
