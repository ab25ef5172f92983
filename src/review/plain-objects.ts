/** Objects that came, went or changed without being a cluster, a pool or a template. */
import { record } from '../farm/loose.js';
import { type PruneFate, pruneFate } from './argo.js';
import { isCacheCluster } from './cache-clusters.js';
import type { FieldChange } from './fields.js';
import type { KubeObject, Manifests } from './manifests.js';
import { type ObjectFields, replicasOf } from './object-changes.js';
import { readsConfig } from './reads-config.js';

export interface ObjectName {
  readonly folder: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

export interface RemovedObject extends ObjectName, PruneFate {}

export interface ChangedObject extends ObjectName {
  readonly fields: readonly FieldChange[];
  /** empty when there is nothing to say */
  readonly consequence: string;
}

const nameOf = ({ folder, kind, namespace, name }: KubeObject): ObjectName => ({ folder, kind, namespace, name });

/** What goes with an object that nobody would think of. */
const TAKEN_ALONG: Readonly<Record<string, string>> = {
  CustomResourceDefinition: 'and every object of that kind with it',
  Namespace: 'and everything in it',
  PersistentVolumeClaim: 'and its data, where the storage class says so',
};

export const addedObjects = (added: readonly KubeObject[]): readonly ObjectName[] => added.map(nameOf);

export const removedObjects = (
  removed: readonly KubeObject[],
  applications: readonly Manifests[],
): readonly RemovedObject[] =>
  removed.map((object) => {
    const { prune, sentence } = pruneFate(object, applications);
    const along = TAKEN_ALONG[object.kind];
    return {
      ...nameOf(object),
      prune,
      sentence: along === undefined || prune === 'kept' ? sentence : `${sentence}, ${along}`,
    };
  });

function readersOf(object: KubeObject, { objects }: Manifests): string {
  const { kind } = object;
  if (kind !== 'ConfigMap' && kind !== 'Secret') return '';
  const readers = objects.filter(
    (other) =>
      other.folder === object.folder &&
      other.namespace === object.namespace &&
      readsConfig(record(record(other.json.spec).template).spec, kind, object.name),
  );
  const pods = readers.reduce((sum, reader) => sum + replicasOf(reader), 0);
  return readers.length === 0
    ? ''
    : `read by ${pods} pod${pods === 1 ? '' : 's'} of ${readers.length} workload${readers.length === 1 ? '' : 's'}: the files change in place, what has read them already does not`;
}

export const changedObjects = (changed: readonly ObjectFields[], to: Manifests): readonly ChangedObject[] =>
  changed
    .filter(({ others }) => others.length > 0)
    .map(({ object, others }) => ({
      ...nameOf(object),
      fields: others,
      consequence: isCacheCluster(object) ? '' : readersOf(object, to),
    }));
