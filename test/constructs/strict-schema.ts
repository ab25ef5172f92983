/**
 * Kubernetes' own schema, offline, in two halves: kubernetes-models checks types, enums and required fields but lets unknown fields pass;
 * the models of @kubernetes/client-node (generated from the OpenAPI of 1.34) name every field there is.
 */
import * as client from '@kubernetes/client-node';
import * as apiextensions from 'kubernetes-models/apiextensions.k8s.io/v1';
import * as apps from 'kubernetes-models/apps/v1';
import * as batch from 'kubernetes-models/batch/v1';
import * as networking from 'kubernetes-models/networking.k8s.io/v1';
import * as policy from 'kubernetes-models/policy/v1';
import * as rbac from 'kubernetes-models/rbac.authorization.k8s.io/v1';
import * as scheduling from 'kubernetes-models/scheduling.k8s.io/v1';
import * as core from 'kubernetes-models/v1';
import type { Manifest } from './synthesized.js';

interface Attribute {
  readonly baseName: string;
  readonly type: string;
}
type Validated = new (object: unknown) => { validate(): void };

const MODELS: Readonly<Record<string, object>> = {
  v1: core,
  'apps/v1': apps,
  'batch/v1': batch,
  'policy/v1': policy,
  'networking.k8s.io/v1': networking,
  'rbac.authorization.k8s.io/v1': rbac,
  'scheduling.k8s.io/v1': scheduling,
  'apiextensions.k8s.io/v1': apiextensions,
};

/** `V1StatefulSet` -> its fields; undefined for scalars. */
function attributesOf(type: string): readonly Attribute[] | undefined {
  const model = (client as unknown as Record<string, { getAttributeTypeMap?: () => readonly Attribute[] } | undefined>)[
    type
  ];
  return model?.getAttributeTypeMap?.();
}

function unknownIn(value: unknown, type: string, path: string): string[] {
  const inner = /^Array<(?<item>.+)>$/.exec(type)?.groups?.item;
  if (inner) return (value as unknown[]).flatMap((item, index) => unknownIn(item, inner, `${path}[${index}]`));
  const entry = /^\{ \[key: string\]: (?<entry>.+); \}$/.exec(type)?.groups?.entry;
  if (entry) return Object.entries(value as object).flatMap(([key, item]) => unknownIn(item, entry, `${path}.${key}`));
  const attributes = attributesOf(type);
  if (!attributes || typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => {
    const attribute = attributes.find(({ baseName }) => baseName === key);
    return attribute ? unknownIn(item, attribute.type, `${path}.${key}`) : [`${path}.${key} is no field of ${type}`];
  });
}

/** Everything the Kubernetes API would refuse or drop; undefined for a kind that is not built in. */
export function kubernetesProblems(manifest: Manifest): string[] | undefined {
  const models = MODELS[manifest.apiVersion] as Readonly<Record<string, Validated | undefined>> | undefined;
  const Model = models?.[manifest.kind];
  const type = `V1${manifest.kind}`;
  if (!Model || !attributesOf(type)) return undefined;
  const unknown = unknownIn(manifest, type, manifest.kind);
  try {
    new Model(manifest).validate();
    return unknown;
  } catch (error) {
    return [...unknown, (error as Error).message];
  }
}
