import { createHash } from 'node:crypto';
import type { PodTemplate } from './manifest.js';

/** Kubernetes' safe alphabet: no vowels, no characters that look alike. */
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([x], [y]) => (x < y ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}

/** JSON with sorted keys: the same text for the same value, in any key order. */
export const canonicalText = (value: unknown): string => JSON.stringify(sorted(value));

/** `redis-m1-6378-7d4c9bf6d8`: the name of the ControllerRevision of a template; the same for the same template, in any key order. */
export function revisionName(owner: string, template: PodTemplate): string {
  const digest = createHash('sha256').update(canonicalText(template)).digest();
  const hash = [...digest.subarray(0, 10)].map((byte) => ALPHABET[byte % ALPHABET.length]).join('');
  return `${owner}-${hash}`;
}
