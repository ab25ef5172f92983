/** Hand-written manifests for tests of the embedded farm: what synth writes, as small as a test needs. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';

type Manifest = Record<string, unknown>;

export interface SmallDist {
  /** datacenter -> manifests beside its ConfigMap `farm` */
  readonly datacenters: Readonly<Record<string, readonly Manifest[]>>;
  readonly machines?: number;
  readonly memoryBytes?: number;
  /** names of datacenters that declare no machines */
  readonly witnesses?: readonly string[];
  readonly all?: readonly Manifest[];
}

const NAMESPACE = 'cachefarm';
const meta = (name: string) => ({ name, namespace: NAMESPACE });

export function writeDist(folder: string, spec: SmallDist): string {
  rmSync(folder, { recursive: true, force: true });
  const datacenters = Object.keys(spec.datacenters).map((name) => {
    const witness = spec.witnesses?.includes(name) ?? false;
    const machines = { count: witness ? 0 : (spec.machines ?? 2), memoryBytes: spec.memoryBytes ?? 2 ** 31 };
    return { name, context: `ctx-${name}`, witness, machines, domain: `${name}.small.internal` };
  });
  const frame = { name: 'small', namespace: NAMESPACE, datacenters };
  const farm = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: meta('farm'),
    data: { 'farm.json': JSON.stringify(frame) },
  };
  const write = (group: string, manifests: readonly Manifest[]): void => {
    mkdirSync(join(folder, group), { recursive: true });
    manifests.forEach((manifest, i) => void writeFileSync(join(folder, group, `${i}.k8s.yaml`), stringify(manifest)));
  };
  for (const [name, manifests] of Object.entries(spec.datacenters)) write(name, [farm, ...manifests]);
  write('all', spec.all ?? []);
  return folder;
}

export const configMap = (name: string, data: Readonly<Record<string, string>>): Manifest => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: meta(name),
  data,
});

/** Prints its name and waits to be told to end. */
export const SLEEPER = ['sh', '-c', 'echo up; trap "exit 0" TERM; while :; do sleep 1; done'];

export interface SmallSet {
  readonly name: string;
  readonly replicas?: number;
  readonly command?: readonly string[];
  /** more of the container */
  readonly container?: Manifest;
  /** more of the pod's spec */
  readonly pod?: Manifest;
  /** more of the set's spec */
  readonly set?: Manifest;
}

export function statefulSet({ name, replicas = 1, command = SLEEPER, container, pod, set }: SmallSet): Manifest {
  const spec = { terminationGracePeriodSeconds: 2, hostNetwork: true, ...pod };
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: meta(name),
    spec: {
      replicas,
      serviceName: name,
      podManagementPolicy: 'Parallel',
      updateStrategy: { type: 'OnDelete' },
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { ...spec, containers: [{ name: 'main', image: 'example/main:1', command, ...container }] },
      },
      ...set,
    },
  };
}

/** Required anti-affinity of a set's pods among themselves. */
export const apart = (app: string): Manifest => ({
  affinity: {
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app } } },
      ],
    },
  },
});

export const job = (name: string, command: readonly string[], spec: Manifest = {}, hook = true): Manifest => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { ...meta(name), annotations: hook ? { 'argocd.argoproj.io/hook': 'PostSync' } : {} },
  spec: {
    template: { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'example/job:1', command }] } },
    ...spec,
  },
});

/** A folder of its own under the system's temporary folder. */
export const scratch = (): string => mkdtempSync(join(tmpdir(), 'cachefarm-local-'));
