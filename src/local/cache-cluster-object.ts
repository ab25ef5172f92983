/** A CacheCluster as a request brings it and as the API keeps it: identity, admission by the CRD's schema. */
import { type Loose, record, strings, text } from '../farm/loose.js';
import { type SchemaResult, type StructuralSchema, structuralSchema } from '../farm/structural-schema.js';
import type { KubeCacheCluster } from '../world/kube.js';
import { ApiRefusal, badRequest, invalid, stale } from './api-refusal.js';
import type { ManagedFields } from './field-ownership.js';

export const API_VERSION = 'cachefarm.dev/v1alpha1';
export const KIND = 'CacheCluster';
const FULL_KIND = 'CacheCluster.cachefarm.dev';
export const PLURAL = 'cacheclusters.cachefarm.dev';

export interface StoredCacheCluster extends KubeCacheCluster {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly generation: number;
    readonly resourceVersion: string;
    readonly creationTimestamp: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly managedFields?: readonly ManagedFields[];
  };
  readonly status?: Loose;
}

/** What a writer says about an object. */
export interface Wish {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly spec: Loose;
  readonly status: Loose | undefined;
}

export type FieldValidation = 'Strict' | 'Warn' | 'Ignore';

/** Schemas of spec and status; without a CRD everything is taken as it is. */
export interface CacheClusterSchemas {
  readonly spec: StructuralSchema;
  readonly status: StructuralSchema;
}

const anything: StructuralSchema = (value) => ({ value, faults: [], unknown: [] });

/** @param schema openAPIV3Schema of the CRD; undefined where the manifests bring none */
export function cacheClusterSchemas(schema: unknown): CacheClusterSchemas {
  const { spec, status } = record(record(schema).properties);
  return {
    spec: spec === undefined ? anything : structuralSchema(spec),
    status: status === undefined ? anything : structuralSchema(status),
  };
}

export const missing = (name: string): ApiRefusal => new ApiRefusal(404, 'NotFound', `${PLURAL} "${name}" not found`);
export const staleObject = (name: string): ApiRefusal => stale(`${PLURAL} "${name}"`);

const OBJECT_NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;

function stringMap(metadata: Loose, key: 'labels' | 'annotations'): Readonly<Record<string, string>> {
  const value = metadata[key] ?? {};
  const map = strings(value);
  if (typeof value !== 'object' || Object.keys(map).length !== Object.keys(record(value)).length)
    throw badRequest(`metadata.${key} must be a map of strings`);
  return map;
}

/** Checks that a body is a CacheCluster of this name and namespace. @param name of the URL; undefined for a creation */
export function readWish(body: Loose, namespace: string, name: string | undefined): Wish {
  const metadata = record(body.metadata);
  if (body.kind !== KIND || body.apiVersion !== API_VERSION)
    throw badRequest(
      `the body is ${JSON.stringify(body.apiVersion)} ${JSON.stringify(body.kind)}, and ${API_VERSION} ${KIND} is wanted here`,
    );
  if (metadata.namespace !== undefined && metadata.namespace !== namespace)
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  const own = text(metadata.name) ?? name ?? '';
  if (name !== undefined && own !== name)
    throw badRequest(`the name of the object (${own}) does not match the name on the URL (${name})`);
  if (!OBJECT_NAME.test(own))
    throw invalid(FULL_KIND, own, [
      {
        field: 'metadata.name',
        reason: own === '' ? 'FieldValueRequired' : 'FieldValueInvalid',
        message:
          own === ''
            ? 'Required value: name or generateName is required'
            : `Invalid value: ${JSON.stringify(own)}: a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.'`,
      },
    ]);
  if (body.spec === undefined)
    throw invalid(FULL_KIND, own, [{ field: 'spec', reason: 'FieldValueRequired', message: 'Required value' }]);
  return {
    name: own,
    labels: stringMap(metadata, 'labels'),
    annotations: stringMap(metadata, 'annotations'),
    spec: body.spec as Loose,
    status: body.status === undefined ? undefined : record(body.status),
  };
}

/** 409 when the writer saw another version of it, or another object of the same name. */
export function checkPreconditions(body: Loose, current: StoredCacheCluster): void {
  const { resourceVersion, uid } = record(body.metadata);
  const { metadata } = current;
  if (resourceVersion !== undefined && resourceVersion !== '' && resourceVersion !== metadata.resourceVersion)
    throw staleObject(metadata.name);
  if (uid !== undefined && uid !== metadata.uid) throw staleObject(metadata.name);
}

export interface Admitted {
  readonly value: Loose;
  readonly warnings: readonly string[];
}

/** Schema, then unknown fields: refused, or dropped with or without a word, as `fieldValidation` asks. */
export function admit(
  schema: StructuralSchema,
  value: Loose,
  at: { readonly root: 'spec' | 'status'; readonly name: string; readonly validation: FieldValidation },
): Admitted {
  const result: SchemaResult = schema(value, at.root);
  if (at.validation === 'Strict' && result.unknown.length > 0)
    throw badRequest(`strict decoding error: ${result.unknown.map((field) => `unknown field "${field}"`).join(', ')}`);
  if (result.faults.length > 0) throw invalid(FULL_KIND, at.name, result.faults);
  const warnings = at.validation === 'Warn' ? result.unknown.map((field) => `unknown field "${field}"`) : [];
  return { value: record(result.value), warnings };
}
