/** Sorts the changed fields of every object on both sides by what they mean: refused, a template, or anything else. */
import { integer, record, strings } from '../farm/loose.js';
import { LABEL } from '../farm/words.js';
import { isRecreatedHook } from './argo.js';
import { isCacheCluster } from './cache-clusters.js';
import { changedFields, type FieldChange, reordered } from './fields.js';
import { isImmutable } from './immutable-fields.js';
import type { KubeObject } from './manifests.js';
import type { Pair } from './pair-objects.js';
import { poolOf } from './pools.js';

export interface ObjectFields {
  readonly object: KubeObject;
  /** as it was */
  readonly before: KubeObject;
  readonly immutable: readonly FieldChange[];
  /** relative to the pod template */
  readonly template: readonly FieldChange[];
  readonly others: readonly FieldChange[];
}

const TEMPLATE = 'spec.template.';

/** Values of a Secret are nobody's business in a pull request. */
const hidden = (change: FieldChange): FieldChange => ({
  path: change.path,
  ...('from' in change ? { from: '(hidden)' } : {}),
  ...('to' in change ? { to: '(hidden)' } : {}),
});

const isSecretValue = (object: KubeObject, { path }: FieldChange): boolean =>
  object.kind === 'Secret' && /^(data|stringData)\b/.test(path);

/** What another section of the review says better. */
function isElsewhere(object: KubeObject, { path }: FieldChange): boolean {
  if (isCacheCluster(object)) return path === 'spec' || path.startsWith('spec.');
  return path === 'spec.replicas' && poolOf(object) !== undefined;
}

export function fieldsOf({ from, to }: Pair): ObjectFields {
  const found = changedFields(from.json, to.json).map((change) =>
    isSecretValue(to, change) ? hidden(change) : change,
  );
  const immutable = found.filter((change) => isImmutable(from, change));
  const rest = found.filter((change) => !immutable.includes(change) && !isElsewhere(to, change));
  const inTemplate = (change: FieldChange): boolean => change.path.startsWith(TEMPLATE);
  return {
    object: to,
    before: from,
    immutable,
    template: [
      ...rest.filter(inTemplate).map((change) => ({ ...change, path: change.path.slice(TEMPLATE.length) })),
      ...reordered(record(from.json.spec).template, record(to.json.spec).template),
    ],
    others: rest.filter((change) => !inTemplate(change)),
  };
}

export type Rollout = 'OnDelete' | 'RollingUpdate' | 'Recreate' | 'hook';

export interface TemplateChange {
  readonly folder: string;
  readonly kind: string;
  readonly name: string;
  /** our role label, or empty */
  readonly role: string;
  readonly rollout: Rollout;
  /** pods that run with the old template and stay in the set */
  readonly pods: number;
  readonly fields: readonly FieldChange[];
  readonly consequence: string;
}

function rolloutOf(object: KubeObject): Rollout {
  if (isRecreatedHook(object)) return 'hook';
  const spec = record(object.json.spec);
  const type = record(spec.updateStrategy).type ?? record(spec.strategy).type;
  return type === 'OnDelete' || type === 'Recreate' ? type : 'RollingUpdate';
}

const CONSEQUENCES: Readonly<Record<Rollout, (pods: string, role: string) => string>> = {
  OnDelete: (pods) => `${pods} will need a restart: under OnDelete they keep the old template until they are deleted`,
  RollingUpdate: (pods, role) =>
    `Kubernetes restarts ${pods} by itself, one after another${role === 'redis' ? ', each one empty afterwards' : ''}`,
  Recreate: (pods) => `Kubernetes stops ${pods}, then starts them anew`,
  hook: () => 'takes effect at the next sync, which makes this hook anew',
};

export const replicasOf = (object: KubeObject): number =>
  ['DaemonSet', 'Job'].includes(object.kind) ? 1 : (integer(record(object.json.spec).replicas) ?? 1);

export function templateChange({ object, before, template }: ObjectFields): TemplateChange | undefined {
  if (template.length === 0) return undefined;
  const rollout = rolloutOf(object);
  const pods = rollout === 'hook' ? 0 : Math.min(replicasOf(before), replicasOf(object));
  const role = strings(record(record(record(object.json.spec).template).metadata).labels)[LABEL.role] ?? '';
  const many = object.kind === 'DaemonSet' ? 'its pod on every machine' : `${pods} pod${pods === 1 ? '' : 's'}`;
  const consequence = CONSEQUENCES[rollout](many, role);
  return {
    folder: object.folder,
    kind: object.kind,
    name: object.name,
    role,
    rollout,
    pods,
    fields: template,
    consequence,
  };
}
