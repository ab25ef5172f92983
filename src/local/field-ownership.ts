/**
 * Who wrote which field of a CacheCluster's metadata and spec, as managedFields tell it. A field is a leaf: maps are walked, lists and
 * values are whole.
 */
import { type Loose, record } from '../farm/loose.js';

export interface ManagedFields {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly time: string;
  readonly fieldsType: 'FieldsV1';
  readonly fieldsV1: Loose;
}

/** The parts of an object that somebody can own. */
export interface Owned {
  readonly labels?: unknown;
  readonly annotations?: unknown;
  readonly spec?: unknown;
}

/** `/spec/f:clusterSize` -> value; a key of a label may hold dots and slashes, so the parts are JSON. */
export type Leaves = ReadonlyMap<string, unknown>;

const isMap = (value: unknown): value is Loose => typeof value === 'object' && value !== null && !Array.isArray(value);

function* walk(value: unknown, path: readonly string[]): Generator<[string, unknown]> {
  if (value === undefined) return;
  if (!isMap(value)) yield [JSON.stringify(path), value];
  else for (const [key, inner] of Object.entries(value)) yield* walk(inner, [...path, key]);
}

export const leavesOf = ({ labels, annotations, spec }: Owned): Leaves =>
  new Map([
    ...walk(labels, ['metadata', 'labels']),
    ...walk(annotations, ['metadata', 'annotations']),
    ...walk(spec, ['spec']),
  ]);

/** `.spec.clusterSize` */
export const leafText = (leaf: string): string => `.${(JSON.parse(leaf) as readonly string[]).join('.')}`;

export function fieldsV1(leaves: Iterable<string>): Loose {
  const root: Record<string, unknown> = {};
  for (const leaf of leaves) {
    let at = root;
    for (const part of JSON.parse(leaf) as readonly string[]) {
      at[`f:${part}`] ??= {};
      at = at[`f:${part}`] as Record<string, unknown>;
    }
  }
  return root;
}

function* ownedPaths(fields: Loose, path: readonly string[]): Generator<string> {
  const entries = Object.entries(fields).filter(([key]) => key.startsWith('f:'));
  if (entries.length === 0 && path.length > 0) yield JSON.stringify(path);
  for (const [key, inner] of entries) yield* ownedPaths(record(inner), [...path, key.slice(2)]);
}

export const ownedLeaves = (entry: ManagedFields): ReadonlySet<string> => new Set(ownedPaths(entry.fieldsV1, []));

export const sameValue = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Others that own a field which this application would give another value. */
export function conflicts(
  entries: readonly ManagedFields[],
  manager: string,
  wanted: Leaves,
  current: Leaves,
): readonly { readonly manager: string; readonly leaf: string }[] {
  return entries
    .filter((entry) => entry.manager !== manager || entry.operation !== 'Apply')
    .flatMap((entry) =>
      [...ownedLeaves(entry)]
        .filter((leaf) => wanted.has(leaf) && current.has(leaf) && !sameValue(wanted.get(leaf), current.get(leaf)))
        .map((leaf) => ({ manager: entry.manager, leaf })),
    );
}

/** Gives `leaves` to a manager, and takes `lost` from all others; who owns nothing is not listed. */
export function reassign(
  entries: readonly ManagedFields[],
  owner: Pick<ManagedFields, 'manager' | 'operation' | 'apiVersion' | 'time'>,
  leaves: ReadonlySet<string>,
  lost: ReadonlySet<string>,
): readonly ManagedFields[] {
  const isOwner = (entry: ManagedFields): boolean =>
    entry.manager === owner.manager && entry.operation === owner.operation;
  const others = entries
    .filter((entry) => !isOwner(entry))
    .map((entry) => ({
      ...entry,
      fieldsV1: fieldsV1([...ownedLeaves(entry)].filter((leaf) => !lost.has(leaf))),
    }));
  const own = { ...owner, fieldsType: 'FieldsV1' as const, fieldsV1: fieldsV1(leaves) };
  return [...others, own].filter((entry) => Object.keys(entry.fieldsV1).length > 0);
}
