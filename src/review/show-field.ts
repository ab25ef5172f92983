import type { FieldChange } from './fields.js';

const MAX_LENGTH = 100;

const cut = (text: string): string => (text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH - 1)}…` : text);

const lines = (text: string): number => text.replace(/\n$/, '').split('\n').length;

/** A word as it is; what has blanks, quotes or control characters as JSON. */
function showValue(value: unknown): string {
  if (typeof value !== 'string') return cut(JSON.stringify(value));
  if (value.includes('\n')) return `(${lines(value)} lines)`;
  return /^[^\s"'\p{Cc}]+$/u.test(value) ? cut(value) : cut(JSON.stringify(value));
}

/** `spec.containers[redis].image: redis:7 -> redis:8`, `...: added 3`, `...: removed (was 3)` */
export function showField({ path, from, to }: FieldChange): string {
  if (from === undefined) return `${path}: added ${showValue(to)}`;
  if (to === undefined) return `${path}: removed (was ${showValue(from)})`;
  if (typeof from === 'string' && typeof to === 'string' && (from.includes('\n') || to.includes('\n')))
    return `${path}: text changed (${lines(from)} -> ${lines(to)} lines)`;
  return `${path}: ${showValue(from)} -> ${showValue(to)}`;
}
