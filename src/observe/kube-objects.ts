/**
 * What is remembered of Kubernetes objects: the parts that the operator reads. A pod as told has some 10 kB, most of it fields that nobody
 * asks for; a heartbeat of a machine changes none of these.
 */
import { isIP } from 'node:net';
import { integer, type Loose, record, records, strings, text } from '../farm/loose.js';
import type { KubeCacheCluster, KubeNode, KubePod } from '../world/kube.js';

/** A field that is added to the contract has to be added here: the compiler asks for it. */
type Every<T> = Record<keyof T, unknown>;

/** It is written into commands and configuration files: what is no address there is none. */
const addressOf = (value: unknown): string | undefined => (isIP(text(value) ?? '') === 0 ? undefined : text(value));

const portOf = (value: unknown): number | undefined => {
  const port = integer(value) ?? 0;
  return port >= 1 && port <= 65_535 ? port : undefined;
};

/** Without what is undefined: absent, as in the object. */
const given = <T extends Loose>(fields: T): T =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;

export function keepPod(object: Loose): KubePod {
  const [metadata, spec, status] = [record(object.metadata), record(object.spec), record(object.status)];
  return {
    metadata: given({
      name: text(metadata.name) ?? '',
      uid: text(metadata.uid) ?? '',
      labels: strings(metadata.labels),
      annotations: metadata.annotations === undefined ? undefined : strings(metadata.annotations),
      deletionTimestamp: text(metadata.deletionTimestamp),
    } satisfies Every<KubePod['metadata']>),
    spec: given({
      nodeName: text(spec.nodeName),
      containers: records(spec.containers).map(({ name, ports }) =>
        given({
          name: text(name),
          ports:
            ports === undefined
              ? undefined
              : records(ports).map((port) =>
                  given({ name: text(port.name), containerPort: portOf(port.containerPort) }),
                ),
        } satisfies Every<KubePod['spec']['containers'][number]>),
      ),
    } satisfies Every<KubePod['spec']>),
    status: given({
      // A pod that was made in this moment has no status yet.
      phase: text(status.phase) ?? 'Pending',
      hostIP: addressOf(status.hostIP),
      podIP: addressOf(status.podIP),
      containerStatuses:
        status.containerStatuses === undefined
          ? undefined
          : records(status.containerStatuses).map(({ name, restartCount }) => ({
              name: text(name),
              restartCount: integer(restartCount) ?? 0,
            })),
    } satisfies Every<KubePod['status']>),
  } satisfies Every<KubePod> as unknown as KubePod;
}

export function keepNode(object: Loose): KubeNode {
  const [metadata, status] = [record(object.metadata), record(object.status)];
  return {
    metadata: given({
      name: text(metadata.name) ?? '',
      labels: strings(metadata.labels),
      annotations: metadata.annotations === undefined ? undefined : strings(metadata.annotations),
    } satisfies Every<KubeNode['metadata']>),
    // A machine that has just registered has neither.
    status: {
      addresses: records(status.addresses).map(({ type, address }) => ({ type, address: addressOf(address) ?? '' })),
      conditions: records(status.conditions).map(({ type, status: holds }) => ({ type, status: holds })),
    } satisfies Every<KubeNode['status']>,
  } satisfies Every<KubeNode> as unknown as KubeNode;
}

/**
 * Whole: there are hundreds at most, and whoever writes their status compares it with all that is there. What of its metadata decides is of the
 * type that it should be, or absent; the spec is checked where it is read (world/read-kube.ts).
 */
export function keepCacheCluster(object: Loose): KubeCacheCluster {
  const metadata = record(object.metadata);
  const managedFields = metadata.managedFields === undefined ? undefined : records(metadata.managedFields);
  return {
    ...object,
    metadata: given({
      ...metadata,
      name: text(metadata.name) ?? '',
      uid: text(metadata.uid),
      generation: integer(metadata.generation),
      annotations: metadata.annotations === undefined ? undefined : strings(metadata.annotations),
      creationTimestamp: text(metadata.creationTimestamp),
      managedFields: managedFields?.map((one) => given({ ...one, time: text(one.time) })),
    } satisfies Every<KubeCacheCluster['metadata']>),
    spec: record(object.spec),
    ...(object.status === undefined ? {} : { status: record(object.status) }),
  } as unknown as KubeCacheCluster;
}

/** What somebody declared: what Barn itself writes on a CacheCluster (its status) does not wake Barn. */
export function declarationOf(object: KubeCacheCluster): unknown {
  const { status: _status, metadata, ...declared } = object as unknown as Loose;
  const { managedFields: _fields, resourceVersion: _version, ...said } = record(metadata);
  return { ...declared, metadata: said };
}
