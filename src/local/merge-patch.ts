import type { Loose } from '../farm/loose.js';

const isObject = (value: unknown): value is Loose =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** JSON merge patch (RFC 7386): objects merge, null takes a field away, everything else replaces. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const merged: Record<string, unknown> = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = mergePatch(merged[key], value);
  }
  return merged;
}

/** One patch that does what `first` and then `next` do; its nulls stay nulls. */
export function composePatches(first: unknown, next: unknown): unknown {
  if (!isObject(first) || !isObject(next)) return next;
  const composed: Record<string, unknown> = { ...first };
  for (const [key, value] of Object.entries(next))
    composed[key] = key in composed ? composePatches(composed[key], value) : value;
  return composed;
}
