/** zod's issues in the words of whoever sent the request: the field as he wrote it, what he gave, and what is allowed. */
import type { z } from 'zod';
import { LIMITS } from '../farm/limits.js';
import { quote, show } from '../farm/quote.js';

export interface FieldFault {
  readonly field: string;
  readonly message: string;
}

const LONGEST_FIELD = 128;
/** What was given there is nobody's to read again, not even who gave it: answers get into logs. */
const SECRET = new Set(['token']);

const fieldOf = (path: readonly PropertyKey[], whole: string): string => {
  const text = path.reduce<string>(
    (so, key) => (typeof key === 'number' ? `${so}[${key}]` : so === '' ? String(key) : `${so}.${String(key)}`),
    '',
  );
  return text === '' ? whole : text.slice(0, LONGEST_FIELD);
};

const valueAt = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null && Object.hasOwn(inner, key)
        ? (inner as Record<PropertyKey, unknown>)[key]
        : undefined,
    value,
  );

const NOUNS: Readonly<Record<string, string>> = {
  int: 'a whole number',
  number: 'a number',
  string: 'text',
  object: 'an object',
  boolean: 'true or false',
  array: 'a list',
};

/** Where a field of a cache cluster ends is said in one place; the schema says where it begins. */
const limitOf = (field: string): string | undefined => {
  const limit = LIMITS[`cacheClusters.${field}`];
  return limit && `a whole number from ${limit.min} to ${limit.max}; ${limit.advice}`;
};

function bound(issue: { origin: string; inclusive?: boolean | undefined }, least: boolean, limit: unknown): string {
  const side = least ? 'at least' : 'at most';
  if (issue.origin === 'string') return `${side} ${String(limit)} characters`;
  if (issue.origin === 'array') return `${side} ${String(limit)} of them`;
  return `${issue.inclusive === false ? (least ? 'more than' : 'less than') : side} ${String(limit)}`;
}

function wanted(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return NOUNS[issue.expected] ?? issue.expected;
    case 'invalid_value':
      return `one of ${issue.values.map((one) => String(one)).join(', ')}`;
    case 'too_small':
      return bound(issue, true, issue.minimum);
    case 'too_big':
      return bound(issue, false, issue.maximum);
    default:
      return '';
  }
}

/** A key that no schema knows: for `__proto__` and its like as for a slip of the pen. */
const unknownKeys = (issue: Extract<z.core.$ZodIssue, { code: 'unrecognized_keys' }>): readonly FieldFault[] =>
  issue.keys.slice(0, 20).map((key) => ({
    field: fieldOf([...issue.path, key], ''),
    message: `${show(key)} is no field here`,
  }));

function faultOf(issue: z.core.$ZodIssue, given: unknown, whole: string): FieldFault {
  const field = fieldOf(issue.path, whole);
  const value = valueAt(given, issue.path);
  const what = limitOf(field) ?? wanted(issue);
  if (value === undefined) return { field, message: `is missing${what === '' ? '' : `: ${what}`}` };
  const must = what === '' ? issue.message : `must be ${what}`;
  return { field, message: SECRET.has(field) ? must : `${must}; it is ${quote(value)}` };
}

/** @param whole what the whole is called when nothing in it is at fault: `body` */
export const fieldFaults = (
  issues: readonly z.core.$ZodIssue[],
  given: unknown,
  whole: string,
): readonly FieldFault[] =>
  issues
    .slice(0, 50)
    .flatMap((issue) => (issue.code === 'unrecognized_keys' ? unknownKeys(issue) : [faultOf(issue, given, whole)]));

/** Numbers outside of what a farm takes, before anybody is asked: the schema knows only where they begin. */
export const limitFaults = (fields: Readonly<Record<string, unknown>>): readonly FieldFault[] =>
  Object.entries(fields).flatMap(([field, value]) => {
    const limit = LIMITS[`cacheClusters.${field}`];
    if (!limit || typeof value !== 'number' || (value >= limit.min && value <= limit.max)) return [];
    return [{ field, message: `must be ${limitOf(field) ?? ''}; it is ${value}` }];
  });
