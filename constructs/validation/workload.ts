/** The workloads among manifests, in the few words the rules need. */

import { integer, type Loose, list, record, records, strings, text } from '../../src/farm/loose.js';
import { CONTAINER, LABEL } from '../../src/farm/words.js';
import type { Manifest } from './manifest.js';

export interface ContainerPort {
  readonly containerPort: number;
  /** as written; the API server fills it in under hostNetwork */
  readonly hostPort?: number;
  readonly protocol: string;
  readonly hostIP: string;
}

export interface Container {
  readonly name: string;
  readonly init: boolean;
  readonly image: string;
  /** command and arguments in one list */
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly ports: readonly ContainerPort[];
  readonly requests: Loose;
  readonly limits: Loose;
}

export interface Workload {
  readonly manifest: Manifest;
  /** path of the pod spec inside the object, for locations */
  readonly podPath: string;
  readonly spec: Loose;
  readonly podSpec: Loose;
  readonly podLabels: Readonly<Record<string, string>>;
  readonly hostNetwork: boolean;
  /** one on every machine it fits on, for a DaemonSet */
  readonly replicas: number | 'every machine';
  readonly containers: readonly Container[];
}

function containerOf(value: Loose, init: boolean): Container {
  const env = records(value.env).flatMap((entry): [string, string][] => {
    const name = text(entry.name);
    const given = text(entry.value);
    return name === undefined || given === undefined ? [] : [[name, given]];
  });
  const resources = record(value.resources);
  return {
    name: text(value.name) ?? '',
    init,
    image: text(value.image) ?? '',
    words: [...list(value.command), ...list(value.args)].map(String),
    env: Object.fromEntries(env),
    ports: records(value.ports).flatMap(portOf),
    requests: record(resources.requests),
    limits: record(resources.limits),
  };
}

function portOf(value: Loose): ContainerPort[] {
  const containerPort = integer(value.containerPort);
  if (containerPort === undefined) return [];
  const hostPort = integer(value.hostPort);
  const base = { containerPort, protocol: text(value.protocol) ?? 'TCP', hostIP: text(value.hostIP) ?? '' };
  return [hostPort === undefined ? base : { ...base, hostPort }];
}

/** Where a kind keeps its pod template. */
const TEMPLATE: Readonly<Record<string, readonly string[]>> = {
  StatefulSet: ['spec', 'template'],
  Deployment: ['spec', 'template'],
  DaemonSet: ['spec', 'template'],
  ReplicaSet: ['spec', 'template'],
  Job: ['spec', 'template'],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template'],
  Pod: [],
};

/** undefined when the object runs no pods */
export function workloadOf(manifest: Manifest): Workload | undefined {
  const path = TEMPLATE[manifest.kind];
  if (!path) return undefined;
  const template = path.reduce<Loose>((at, key) => record(at[key]), manifest.object);
  const podSpec = record(template.spec);
  const spec = record(manifest.object.spec);
  return {
    manifest,
    podPath: [...path, 'spec'].join('.'),
    spec,
    podSpec,
    podLabels: strings(record(template.metadata).labels),
    hostNetwork: podSpec.hostNetwork === true,
    replicas: manifest.kind === 'DaemonSet' ? 'every machine' : (integer(spec.replicas) ?? 1),
    containers: [
      ...records(podSpec.initContainers).map((value) => containerOf(value, true)),
      ...records(podSpec.containers).map((value) => containerOf(value, false)),
    ],
  };
}

const imageName = (image: string): string => /(?:^|\/)([^/:@]+)(?:[:@][^/]*)*$/.exec(image)?.[1] ?? '';

const serves = (container: Container): boolean =>
  container.name === CONTAINER.redis ||
  ['redis', 'valkey'].includes(imageName(container.image)) ||
  container.words.some((word) => /(^|\/)(redis|valkey)-server$/.test(word));

/** A sentinel runs from the same image as a server: only its command or name tells. */
export const isSentinel = (container: Container): boolean =>
  container.name === CONTAINER.sentinel || container.words.some((word) => /sentinel/.test(word));

/** Ours, or anybody's: a container that runs a Redis or Valkey server. */
export const isRedis = (container: Container): boolean =>
  !container.init && serves(container) && !isSentinel(container);

/** A StatefulSet whose pods hold data that a restart loses. */
export const isPool = (workload: Workload): boolean =>
  workload.manifest.kind === 'StatefulSet' &&
  (workload.podLabels[LABEL.role] === 'redis' || workload.containers.some(isRedis));

/** `spec.template.spec.containers[redis]` */
export const containerPath = (workload: Workload, container: Container): string =>
  `${workload.podPath}.${container.init ? 'initContainers' : 'containers'}[${container.name}]`;
