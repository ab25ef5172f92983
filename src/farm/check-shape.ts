import { z } from 'zod';
import { type Finding, problem } from './finding.js';
import { LIMITS } from './limits.js';
import { nearest, suggest } from './nearest.js';
import { quote, show } from './quote.js';
import { farmSchema } from './schema.js';
import { pathText, valueAt } from './spec-path.js';

type Path = readonly PropertyKey[];

/** The schema at a path of the farm's schema; undefined where it has none. */
function schemaAt(schema: unknown, path: Path): unknown {
  const inner = schema instanceof z.ZodOptional ? schema.unwrap() : schema;
  const [key, ...rest] = path;
  if (key === undefined) return inner;
  if (inner instanceof z.ZodArray) return schemaAt(inner.element, rest);
  return inner instanceof z.ZodObject ? schemaAt(inner.shape[String(key)], rest) : undefined;
}

/** What a value of this schema looks like, in words. */
function wanted(schema: unknown, key: string): string {
  const limit = LIMITS[key];
  if (schema instanceof z.ZodUnion) return schema.options.map((option) => wanted(option, '')).join(' or ');
  if (schema instanceof z.ZodEnum) return `one of ${schema.options.join(', ')}`;
  if (schema instanceof z.ZodLiteral) return [...schema.values].map((value) => `'${String(value)}'`).join(' or ');
  if (schema instanceof z.ZodNumber) {
    if (limit) return `a whole number from ${limit.min} to ${limit.max}`;
    return schema.format === 'safeint' ? 'a whole number' : 'a number';
  }
  if (schema instanceof z.ZodString) return 'text';
  if (schema instanceof z.ZodBoolean) return 'true or false';
  if (schema instanceof z.ZodArray) return `a list, each ${wanted(schema.element, key)}`;
  return schema instanceof z.ZodObject ? `an object with ${Object.keys(schema.shape).join(', ')}` : 'something else';
}

/** The words that a value of this schema may be. */
function words(schema: unknown): readonly string[] {
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(words);
  return schema instanceof z.ZodEnum ? schema.options.map(String) : [];
}

/** What to write instead, where it can be guessed. */
function wayOut(schema: unknown, value: unknown): string {
  const number = schema instanceof z.ZodNumber;
  if (number && typeof value === 'string' && /^\d+$/.test(value)) return `; write ${value} without quotes`;
  if (number && typeof value === 'number' && Number.isFinite(value) && Math.abs(value) < 1e9) {
    return `; write ${Math.floor(value)} or ${Math.ceil(value)}`;
  }
  const near = typeof value === 'string' ? nearest(value, words(schema)) : undefined;
  return near === undefined ? '' : `; write ${near}`;
}

/** Memory is the one value that people write in two notations: say both. */
const isMemory = (field: string): boolean => ['memory', 'maxMemory', 'volume'].includes(field);

function wrongValue(input: unknown, path: Path): Finding {
  const value = valueAt(input, path);
  const schema = schemaAt(farmSchema, path);
  const key = path.filter((part) => typeof part !== 'number').join('.');
  const named = String(path.filter((part) => typeof part !== 'number').at(-1) ?? 'a farm');
  const field = typeof path.at(-1) === 'number' ? `an entry of ${named}` : named;
  const want = isMemory(named) ? "memory such as '4gb', '6Gi' or a number of bytes" : wanted(schema, key);
  if (value === undefined) return problem(pathText(input, path), `${field} is missing; it must be ${want}`);
  return problem(pathText(input, path), `${field} must be ${want}, not ${quote(value)}${wayOut(schema, value)}`);
}

function unknownKey(input: unknown, path: Path, key: string): Finding {
  const schema = schemaAt(farmSchema, path);
  const known = schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
  return problem(pathText(input, path), `${show(key)} is no key that is known here; ${suggest(key, known)}`);
}

/** The schema's complaints in our words: path, value, what is allowed, a way out. */
export function shapeFindings(input: unknown, issues: readonly z.core.$ZodIssue[]): readonly Finding[] {
  return issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => unknownKey(input, issue.path, key))
      : [wrongValue(input, issue.path)],
  );
}
