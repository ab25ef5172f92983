/** managedFields of a CacheCluster under create, update and server-side apply. Pure. Source: KEP-555, Kubernetes docs "Server-Side Apply". */
import { type Loose, record } from '../farm/loose.js';
import { ApiRefusal } from './api-refusal.js';
import type { StoredCacheCluster } from './cache-cluster-object.js';
import {
  conflicts,
  leafText,
  leavesOf,
  type ManagedFields,
  type Owned,
  ownedLeaves,
  reassign,
  sameValue,
} from './field-ownership.js';
import { mergePatch } from './merge-patch.js';

/** Who writes, and when. */
export interface Ownership {
  readonly manager: string;
  readonly apiVersion: string;
  readonly time: string;
}

const ownedParts = ({ metadata, spec }: StoredCacheCluster): Owned => ({
  labels: metadata.labels,
  annotations: metadata.annotations,
  spec,
});

const withManagers = (object: StoredCacheCluster, managedFields: readonly ManagedFields[]): StoredCacheCluster => ({
  ...object,
  metadata: { ...object.metadata, managedFields },
});

const entriesOf = (object: StoredCacheCluster | undefined): readonly ManagedFields[] =>
  object?.metadata.managedFields ?? [];

/** A new object belongs wholly to who made it. */
export function created(
  object: StoredCacheCluster,
  owner: Ownership,
  operation: ManagedFields['operation'],
): StoredCacheCluster {
  const leaves = new Set(leavesOf(ownedParts(object)).keys());
  return withManagers(object, reassign([], { ...owner, operation }, leaves, new Set()));
}

/** The manifests: all fields, whoever had them. */
export const replaced = (object: StoredCacheCluster, owner: Ownership): StoredCacheCluster =>
  created(object, owner, 'Apply');

/** Update and merge patch: what they changed is theirs from now on. */
export function updated(before: StoredCacheCluster, after: StoredCacheCluster, owner: Ownership): StoredCacheCluster {
  const [was, is] = [leavesOf(ownedParts(before)), leavesOf(ownedParts(after))];
  const changed = [...is.keys()].filter((leaf) => !was.has(leaf) || !sameValue(was.get(leaf), is.get(leaf)));
  const gone = [...was.keys()].filter((leaf) => !is.has(leaf));
  if (changed.length + gone.length === 0) return after;
  const mine = entriesOf(before).find((entry) => entry.manager === owner.manager && entry.operation === 'Update');
  const kept = mine ? [...ownedLeaves(mine)].filter((leaf) => is.has(leaf)) : [];
  return withManagers(
    after,
    reassign(
      entriesOf(before),
      { ...owner, operation: 'Update' },
      new Set([...kept, ...changed]),
      new Set([...changed, ...gone]),
    ),
  );
}

function without(object: Loose, path: readonly string[]): Loose {
  const [key, ...rest] = path;
  if (key === undefined || !(key in object)) return object;
  if (rest.length > 0) return { ...object, [key]: without(record(object[key]), rest) };
  const { [key]: _, ...others } = object;
  return others;
}

function refuseConflicts(found: ReturnType<typeof conflicts>): void {
  const [first] = found;
  if (!first) return;
  const causes = found.map(({ manager, leaf }) => ({
    reason: 'FieldManagerConflict',
    message: `conflict with "${manager}"`,
    field: leafText(leaf),
  }));
  const text = causes.map(({ message, field }) => `${message}: ${field}`).join(', ');
  throw new ApiRefusal(
    409,
    'Conflict',
    `Apply failed with ${found.length} conflict${found.length === 1 ? '' : 's'}: ${text}`,
    causes,
  );
}

/**
 * Server-side apply: merges what a manager says into what is there, drops what it alone said before and says no more.
 * @param draft the object with its identity; its labels, annotations and spec are replaced
 * @throws ApiRefusal 409 where others own a field with another value, unless forced
 */
export function applied(
  before: StoredCacheCluster | undefined,
  draft: StoredCacheCluster,
  said: { readonly labels: Loose; readonly annotations: Loose; readonly spec: Loose },
  { force, ...owner }: Ownership & { readonly force: boolean },
): StoredCacheCluster {
  const entries = entriesOf(before);
  const wanted = leavesOf(said);
  const found = before ? conflicts(entries, owner.manager, wanted, leavesOf(ownedParts(before))) : [];
  if (!force) refuseConflicts(found);
  const isMine = (entry: ManagedFields): boolean => entry.manager === owner.manager && entry.operation === 'Apply';
  const mine = new Set(entries.filter(isMine).flatMap((entry) => [...ownedLeaves(entry)]));
  const others = new Set(entries.filter((entry) => !isMine(entry)).flatMap((entry) => [...ownedLeaves(entry)]));
  const current = {
    metadata: { labels: before?.metadata.labels ?? {}, annotations: before?.metadata.annotations ?? {} },
    spec: before?.spec ?? {},
  };
  const dropped = [...mine].filter((leaf) => !wanted.has(leaf) && !others.has(leaf));
  const kept = dropped.reduce<Loose>((object, leaf) => without(object, JSON.parse(leaf) as string[]), current);
  const merged = record(
    mergePatch(kept, { metadata: { labels: said.labels, annotations: said.annotations }, spec: said.spec }),
  );
  const { labels, annotations } = record(merged.metadata) as {
    labels: Record<string, string>;
    annotations: Record<string, string>;
  };
  const { labels: _, annotations: __, ...metadata } = draft.metadata;
  const object: StoredCacheCluster = {
    ...draft,
    metadata: {
      ...metadata,
      ...(Object.keys(labels).length === 0 ? {} : { labels }),
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    },
    spec: record(merged.spec),
  };
  const lost = new Set(found.map(({ leaf }) => leaf));
  return withManagers(object, reassign(entries, { ...owner, operation: 'Apply' }, new Set(wanted.keys()), lost));
}
