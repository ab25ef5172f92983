/**
 * zod -> structural schema of a CRD. The API server refuses some of what z.toJSONSchema writes, and wants more:
 * `additionalProperties: false` next to properties is illegal (unknown fields are pruned anyway), zod's ±(2^53-1) bounds say nothing,
 * and bounds, patterns, defaults and CEL rules live here because the farm's own check gathers its problems elsewhere.
 */

/** The part of JSON Schema that a structural schema may use. */
export interface StructuralSchema {
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'boolean';
  readonly description?: string;
  readonly format?: string;
  readonly properties?: Readonly<Record<string, StructuralSchema>>;
  readonly items?: StructuralSchema;
  readonly required?: readonly string[];
  readonly enum?: readonly string[];
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly minItems?: number;
  readonly pattern?: string;
  readonly 'x-kubernetes-validations'?: readonly CelRule[];
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map';
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
}

export interface CelRule {
  readonly rule: string;
  readonly message: string;
}

type JsonSchema = Readonly<Record<string, unknown>>;

const UNSAID = new Set([Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER]);

const isRecord = (value: unknown): value is JsonSchema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** @throws Error for what no structural schema can say (unions): a fault in our own schema, not in a farm */
export function structural(schema: JsonSchema, path = 'spec'): StructuralSchema {
  const result: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(schema)) {
    if (key === '$schema' || key === 'additionalProperties') continue;
    if (key === 'anyOf' || key === 'oneOf' || key === 'allOf')
      throw new Error(`${path}: ${key} is no structural schema; say it as one type with a CEL rule`);
    if ((key === 'minimum' || key === 'maximum') && UNSAID.has(value as number)) continue;
    if (key === 'properties' && isRecord(value))
      result[key] = Object.fromEntries(
        Object.entries(value).map(([name, child]) => [name, structural(child as JsonSchema, `${path}.${name}`)]),
      );
    else result[key] = key === 'items' && isRecord(value) ? structural(value, `${path}[]`) : value;
  }
  return result as StructuralSchema;
}

/**
 * Adds what the zod schema does not say. A name that the schema does not have is an error: a renamed field must not lose its bounds.
 * @throws Error naming the unknown field
 */
export function withBounds(
  schema: StructuralSchema,
  bounds: Readonly<Record<string, StructuralSchema>>,
): StructuralSchema {
  const properties: Record<string, StructuralSchema> = { ...schema.properties };
  for (const [name, bound] of Object.entries(bounds)) {
    const present = properties[name];
    if (!present) throw new Error(`no field ${name} to bound`);
    const nested = bound.properties ? withBounds(present, bound.properties) : present;
    properties[name] = { ...nested, ...bound, ...(nested.properties ? { properties: nested.properties } : {}) };
  }
  return { ...schema, properties };
}
