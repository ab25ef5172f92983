import type { Draft } from './draft.js';
import { type Finding, problem } from './finding.js';
import { LIMITS } from './limits.js';
import { elementPath, type Section } from './spec-path.js';

const SECTIONS: readonly Section[] = ['datacenters', 'tiers', 'sentinelGroups', 'cacheClusters'];

function* outside(path: string, field: string, key: string, value: unknown): Generator<Finding> {
  const limit = LIMITS[key];
  if (!limit || typeof value !== 'number') return;
  if (Number.isInteger(value) && value >= limit.min && value <= limit.max) return;
  yield problem(path, `${field} ${value} is no whole number from ${limit.min} to ${limit.max}; ${limit.advice}`);
}

/** Every number of one element, two levels deep, lists included. */
function* inElement(path: string, key: string, element: object): Generator<Finding> {
  for (const [field, value] of Object.entries(element)) {
    const [fieldPath, fieldKey] = [`${path}.${field}`, `${key}.${field}`];
    if (Array.isArray(value)) {
      for (const [i, item] of value.entries()) yield* outside(`${fieldPath}[${i}]`, `port`, fieldKey, item);
    } else if (typeof value === 'object' && value !== null) {
      yield* inElement(fieldPath, fieldKey, value);
    } else {
      yield* outside(fieldPath, field, fieldKey, value);
    }
  }
}

/** Numbers inside the ranges of limits.ts. */
export function* checkLimits({ spec }: Draft): Generator<Finding> {
  for (const section of SECTIONS) {
    for (const [i, element] of (spec[section] ?? []).entries()) {
      yield* inElement(elementPath(section, i, element), section, element);
    }
  }
}
