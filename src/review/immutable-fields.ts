/** Fields that the API server refuses to change: whoever wants them changed has to delete the object and make a new one. */
import { isRecreatedHook } from './argo.js';
import type { FieldChange } from './fields.js';
import type { KubeObject } from './manifests.js';

/** Of a StatefulSet's spec only these may change (apps/v1 validation); all others are immutable. */
const STATEFUL_SET_MUTABLE = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
  'revisionHistoryLimit',
];

const under = (path: string, field: string): boolean =>
  path === field || path.startsWith(`${field}.`) || path.startsWith(`${field}[`);

const fields =
  (...immutable: readonly string[]) =>
  (path: string): boolean =>
    immutable.some((field) => under(path, field));

type Rule = (path: string, object: KubeObject, change: FieldChange) => boolean;

const RULES: Readonly<Record<string, Rule>> = {
  // CEL rules of its CRD; an object without a hash has the default.
  CacheCluster: (path, _, { from = 'jump', to = 'jump' }) =>
    path === 'spec.clusterName' || (path === 'spec.hash' && from !== to),
  StatefulSet: (path) => under(path, 'spec') && !STATEFUL_SET_MUTABLE.some((field) => under(path, `spec.${field}`)),
  Deployment: fields('spec.selector'),
  DaemonSet: fields('spec.selector'),
  ReplicaSet: fields('spec.selector'),
  Job: (path, object) =>
    !isRecreatedHook(object) &&
    fields('spec.template', 'spec.selector', 'spec.completionMode', 'spec.podFailurePolicy')(path),
  ConfigMap: (path, object) => object.json.immutable === true && fields('data', 'binaryData', 'immutable')(path),
  Secret: (path, object) =>
    under(path, 'type') || (object.json.immutable === true && fields('data', 'stringData', 'immutable')(path)),
  Service: fields('spec.clusterIP'),
  PersistentVolumeClaim: (path) => under(path, 'spec') && !under(path, 'spec.resources'),
  RoleBinding: fields('roleRef'),
  ClusterRoleBinding: fields('roleRef'),
  PriorityClass: fields('value', 'preemptionPolicy'),
  StorageClass: fields('provisioner', 'parameters', 'reclaimPolicy', 'volumeBindingMode'),
  CustomResourceDefinition: fields('spec.group', 'spec.scope'),
};

/** @param object as it was before */
export const isImmutable = (object: KubeObject, change: FieldChange): boolean =>
  RULES[object.kind]?.(change.path, object, change) ?? false;
