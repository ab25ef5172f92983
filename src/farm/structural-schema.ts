/**
 * Values against the structural schema of a CRD, as an API server answers: types, required, bounds, patterns, enums and defaults by zod,
 * unknown fields found by walking the schema. Not evaluated: CEL rules (`x-kubernetes-validations`), list types, and `format`s beyond zod's.
 */
import { z } from 'zod';
import { type Loose, record } from './loose.js';

export interface SchemaFault {
  /** `spec.clusterSize` */
  readonly field: string;
  /** as in the causes of a Status */
  readonly reason: 'FieldValueInvalid' | 'FieldValueRequired' | 'FieldValueNotSupported' | 'FieldValueTypeInvalid';
  readonly message: string;
}

export interface SchemaResult {
  /** defaults filled in, unknown fields taken out */
  readonly value: unknown;
  readonly faults: readonly SchemaFault[];
  /** paths of fields that the schema does not know */
  readonly unknown: readonly string[];
}

export type StructuralSchema = (value: unknown, root: string) => SchemaResult;

const openEnded = (schema: Loose): boolean =>
  schema['x-kubernetes-preserve-unknown-fields'] === true || schema.properties === undefined;

/** Drops what the schema does not name, and tells its path. */
function prune(schema: Loose, value: unknown, path: string, unknown: string[]): unknown {
  if (Array.isArray(value)) return value.map((item, i) => prune(record(schema.items), item, `${path}[${i}]`, unknown));
  if (typeof value !== 'object' || value === null || openEnded(schema)) return value;
  const known = record(schema.properties);
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => {
      if (Object.hasOwn(known, key)) return [[key, prune(record(known[key]), inner, `${path}.${key}`, unknown)]];
      unknown.push(`${path}.${key}`);
      return [];
    }),
  );
}

const pathText = (root: string, path: readonly PropertyKey[]): string =>
  path.reduce<string>((text, key) => (typeof key === 'number' ? `${text}[${key}]` : `${text}.${String(key)}`), root);

const valueAt = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown> | undefined)?.[key], value);

const bound = (noun: string, length: string, least: boolean, limit: unknown): string =>
  noun === 'number'
    ? `should be ${least ? 'greater' : 'less'} than or equal to ${String(limit)}`
    : `should be at ${least ? 'least' : 'most'} ${String(limit)} ${length} long`;

/** zod's issue in the words of an API server. */
function faultOf(value: unknown, root: string, issue: z.core.$ZodIssue): SchemaFault {
  const field = pathText(root, issue.path);
  const given = valueAt(value, issue.path);
  const shown = JSON.stringify(given);
  const invalid = (why: string): SchemaFault => ({
    field,
    reason: 'FieldValueInvalid',
    message: `Invalid value: ${shown}: ${field} in body ${why}`,
  });
  if (given === undefined) return { field, reason: 'FieldValueRequired', message: 'Required value' };
  switch (issue.code) {
    case 'invalid_type':
      return {
        field,
        reason: 'FieldValueTypeInvalid',
        message: `Invalid value: ${shown}: ${field} in body must be of type ${issue.expected === 'int' ? 'integer' : issue.expected}`,
      };
    case 'invalid_value':
      return {
        field,
        reason: 'FieldValueNotSupported',
        message: `Unsupported value: ${shown}: supported values: ${issue.values.map((one) => JSON.stringify(one)).join(', ')}`,
      };
    case 'too_big':
      return invalid(bound(issue.origin, issue.origin === 'array' ? 'items' : 'chars', false, issue.maximum));
    case 'too_small':
      return invalid(bound(issue.origin, issue.origin === 'array' ? 'items' : 'chars', true, issue.minimum));
    case 'invalid_format':
      return invalid(
        issue.pattern === undefined
          ? `must be ${issue.format}`
          : `should match '${issue.pattern.replace(/^\/|\/$/g, '')}'`,
      );
    default:
      return invalid(issue.message);
  }
}

/** @param schema an openAPIV3Schema, or the part of one that `root` names */
export function structuralSchema(schema: unknown): StructuralSchema {
  const checked = z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0], { defaultTarget: 'openapi-3.0' });
  return (value, root) => {
    const unknown: string[] = [];
    const pruned = prune(record(schema), value, root, unknown);
    const parsed = checked.safeParse(pruned);
    return {
      value: parsed.success ? parsed.data : pruned,
      faults: parsed.success ? [] : parsed.error.issues.map((issue) => faultOf(pruned, root, issue)),
      unknown,
    };
  };
}
