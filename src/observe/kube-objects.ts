/**
 * What is remembered of Kubernetes objects: the parts that the operator reads. A pod as told has some 10 kB, most of it fields that nobody
 * asks for; a heartbeat of a machine changes none of these.
 */
import { type Loose, list, record, records, strings, text } from '../farm/loose.js';
import type { KubeCacheCluster, KubeNode, KubePod } from '../world/kube.js';

/** A field that is added to the contract has to be added here: the compiler asks for it. */
type Every<T> = Record<keyof T, unknown>;

/** Without what is undefined: absent, as in the object. */
const given = <T extends Loose>(fields: T): T =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;

export function keepPod(object: Loose): KubePod {
  const [metadata, spec, status] = [record(object.metadata), record(object.spec), record(object.status)];
  return {
    metadata: given({
      name: metadata.name,
      uid: metadata.uid,
      labels: strings(metadata.labels),
      annotations: metadata.annotations,
      deletionTimestamp: metadata.deletionTimestamp,
    } satisfies Every<KubePod['metadata']>),
    spec: given({
      nodeName: spec.nodeName,
      containers: records(spec.containers).map(({ name, ports }) =>
        given({
          name,
          ports:
            ports === undefined
              ? undefined
              : records(ports).map((port) => given({ name: port.name, containerPort: port.containerPort })),
        } satisfies Every<KubePod['spec']['containers'][number]>),
      ),
    } satisfies Every<KubePod['spec']>),
    status: given({
      // A pod that was made in this moment has no status yet.
      phase: text(status.phase) ?? 'Pending',
      hostIP: status.hostIP,
      podIP: status.podIP,
      containerStatuses:
        status.containerStatuses === undefined
          ? undefined
          : records(status.containerStatuses).map(({ name, restartCount }) => ({ name, restartCount })),
    } satisfies Every<KubePod['status']>),
  } satisfies Every<KubePod> as unknown as KubePod;
}

export function keepNode(object: Loose): KubeNode {
  const [metadata, status] = [record(object.metadata), record(object.status)];
  return {
    metadata: given({
      name: metadata.name,
      labels: strings(metadata.labels),
      annotations: metadata.annotations,
    } satisfies Every<KubeNode['metadata']>),
    // A machine that has just registered has neither.
    status: {
      addresses: list(status.addresses),
      conditions: records(status.conditions).map(({ type, status: holds }) => ({ type, status: holds })),
    } satisfies Every<KubeNode['status']>,
  } satisfies Every<KubeNode> as unknown as KubeNode;
}

/** Whole: there are hundreds at most, and whoever writes their status compares it with all that is there. */
export const keepCacheCluster = (object: Loose): KubeCacheCluster => object as unknown as KubeCacheCluster;

/** What somebody declared: what Barn itself writes on a CacheCluster (its status) does not wake Barn. */
export function declarationOf(object: KubeCacheCluster): unknown {
  const { status: _status, metadata, ...declared } = object as unknown as Loose;
  const { managedFields: _fields, resourceVersion: _version, ...said } = record(metadata);
  return { ...declared, metadata: said };
}
