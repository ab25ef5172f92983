/** Pods of an API server -> what src/local runs. Pure. */
import type { ObjectMeta, PodSpec, Volume } from '../../../src/local/manifest.js';
import type { PodBirth } from '../../../src/local/new-pod.js';
import type { Followed } from './kubelet-follow.js';

export interface ApiCondition {
  readonly type: string;
  readonly status: string;
  readonly lastTransitionTime?: string;
}

/** What is read of a pod. */
export interface ApiPod extends Followed {
  readonly metadata: Followed['metadata'] &
    ObjectMeta & {
      readonly deletionTimestamp?: string;
      readonly deletionGracePeriodSeconds?: number;
      readonly ownerReferences?: readonly { readonly kind: string; readonly name: string }[];
    };
  readonly spec: Omit<PodSpec, 'volumes'> & {
    readonly nodeName?: string;
    readonly serviceAccountName?: string;
    readonly priority?: number;
    readonly volumes?: readonly ApiVolume[];
  };
  readonly status: { readonly phase?: string; readonly conditions?: readonly ApiCondition[] };
}

interface FieldItem {
  readonly path: string;
  readonly fieldRef?: { readonly fieldPath: string };
}

export interface TokenSource {
  readonly path: string;
  readonly audience?: string;
  readonly expirationSeconds?: number;
}

export interface ProjectedSource {
  readonly serviceAccountToken?: TokenSource;
  readonly configMap?: NonNullable<Volume['configMap']>;
  readonly secret?: { readonly name: string; readonly optional?: boolean; readonly items?: ObjectItems };
  readonly downwardAPI?: { readonly items?: readonly FieldItem[] };
}
type ObjectItems = NonNullable<Volume['configMap']>['items'];

/** The kinds of volumes beyond those of src/local. */
export interface ApiVolume extends Volume {
  readonly projected?: { readonly sources?: readonly ProjectedSource[]; readonly defaultMode?: number };
  readonly downwardAPI?: { readonly items?: readonly FieldItem[]; readonly defaultMode?: number };
  readonly persistentVolumeClaim?: { readonly claimName: string };
}

const OWNERS = { StatefulSet: 'StatefulSet', ReplicaSet: 'Deployment', Job: 'Job' } as const;

function ownerOf({ metadata }: ApiPod): PodBirth['owner'] {
  const [owner] = metadata.ownerReferences ?? [];
  const kind = OWNERS[owner?.kind as keyof typeof OWNERS] ?? 'Pod';
  return { kind, name: owner?.name ?? metadata.name };
}

export const namespaceOf = ({ metadata }: ApiPod): string => metadata.namespace ?? 'default';
export const podPath = (pod: ApiPod): string => `/api/v1/namespaces/${namespaceOf(pod)}/pods/${pod.metadata.name}`;

export const podBirth = (pod: ApiPod): PodBirth => ({
  name: pod.metadata.name,
  namespace: namespaceOf(pod),
  uid: pod.metadata.uid,
  owner: ownerOf(pod),
  ordinal: 0,
  labels: pod.metadata.labels ?? {},
  annotations: pod.metadata.annotations ?? {},
  template: { spec: pod.spec },
  revision: '',
  serviceName: undefined,
  claims: (pod.spec.volumes ?? []).filter((volume) => volume.persistentVolumeClaim).map(({ name }) => name),
});
