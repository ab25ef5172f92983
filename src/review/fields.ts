/** What changed inside an object, as dotted paths. */
import { type Loose, record } from '../farm/loose.js';

export interface FieldChange {
  /** `spec.containers[redis].image`; an element of a list is named by what Kubernetes merges it by */
  readonly path: string;
  /** absent: the field was not there */
  readonly from?: unknown;
  /** absent: the field is gone */
  readonly to?: unknown;
}

/** Fields that tell the elements of a list apart, the first that does so in both lists. */
const KEYS = ['name', 'clusterName', 'mountPath', 'topologyKey', 'containerPort', 'port', 'key', 'type'] as const;

const isRecord = (value: unknown): value is Loose =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const allDifferent = (list: readonly unknown[], key: string): boolean =>
  list.every((item) => ['string', 'number'].includes(typeof record(item)[key])) &&
  new Set(list.map((item) => record(item)[key])).size === list.length;

/** A list as a record by key; undefined when its elements have no names. */
function byKey(from: readonly unknown[], to: readonly unknown[]): readonly [Loose, Loose] | undefined {
  if (from.length === 0 || to.length === 0) return undefined;
  const key = KEYS.find((candidate) => allDifferent(from, candidate) && allDifferent(to, candidate));
  if (key === undefined) return undefined;
  const keyed = (list: readonly unknown[]): Loose =>
    Object.fromEntries(list.map((item) => [String(record(item)[key]), item]));
  return [keyed(from), keyed(to)];
}

const step = (path: string, key: string): string =>
  /^[A-Za-z_][\w-]*$/.test(key) ? `${path}${path === '' ? '' : '.'}${key}` : `${path}[${JSON.stringify(key)}]`;

function changedKeys(from: Loose, to: Loose, pathOf: (key: string) => string): readonly FieldChange[] {
  const keys = [...new Set([...Object.keys(from), ...Object.keys(to)])].sort();
  return keys.flatMap((key) => changedFields(from[key], to[key], pathOf(key)));
}

/** farm.json and its like: a text that is a JSON record on both sides is compared as one. */
function asJson(value: unknown): Loose | undefined {
  if (typeof value !== 'string' || !value.trimStart().startsWith('{')) return undefined;
  try {
    const parsed: unknown = JSON.parse(value);
    return isRecord(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

/** Every leaf that differs, in order of its path. The order of named list elements is no difference. */
export function changedFields(from: unknown, to: unknown, path = ''): readonly FieldChange[] {
  if (isRecord(from) && isRecord(to)) return changedKeys(from, to, (key) => step(path, key));
  if (Array.isArray(from) && Array.isArray(to)) {
    const keyed = byKey(from, to);
    if (keyed) return changedKeys(...keyed, (key) => `${path}[${key}]`);
  }
  if (JSON.stringify(from) === JSON.stringify(to)) return [];
  const [was, is] = [asJson(from), asJson(to)];
  if (was && is) return changedKeys(was, is, (key) => step(path, key));
  return [{ path, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }];
}

/**
 * Lists whose named elements only changed places. Elsewhere that is no difference; a pod template is compared by Kubernetes as it is written, and
 * another order is another revision.
 */
export function reordered(from: unknown, to: unknown, path = ''): readonly FieldChange[] {
  if (isRecord(from) && isRecord(to))
    return Object.keys(from).flatMap((key) => (key in to ? reordered(from[key], to[key], step(path, key)) : []));
  const keyed = Array.isArray(from) && Array.isArray(to) ? byKey(from, to) : undefined;
  if (!keyed) return [];
  const [was, is] = keyed;
  const [before, after] = [Object.keys(was).filter((key) => key in is), Object.keys(is).filter((key) => key in was)];
  return [
    ...(before.join('\u0000') === after.join('\u0000') ? [] : [{ path: `${path} (order)`, from: before, to: after }]),
    ...before.flatMap((key) => reordered(was[key], is[key], `${path}[${key}]`)),
  ];
}
