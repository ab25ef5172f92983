/**
 * A CacheCluster may be declared in several KubeClusters, and not all of them answer always. Which copy counts (docs/declared-state.md):
 *  1. the copy that was written last; of two written at one moment the one that is not deleted, then that of the earlier datacenter
 *  2. is that copy marked as deleted, the cache cluster is: unless more than half of all KubeClusters still declare it
 *  3. a KubeCluster that has no copy says nothing: what is missing was perhaps never there, and a lost cache is worse than one too many
 */
import { integer, type Loose, record } from '../farm/loose.js';
import type { CacheCluster, FarmFrame } from '../farm/model.js';
import { ANNOTATION } from '../farm/words.js';
import type { KubeCacheCluster } from './kube.js';
import type { DeclaredCopy, Dispute } from './model.js';
import { readCacheCluster } from './read-cache-cluster.js';

export interface Copy<T extends KubeCacheCluster = KubeCacheCluster> {
  readonly datacenter: string;
  readonly object: T;
  /** RFC 3339 in UTC with ms, without its `Z`: sorts as text; empty when nothing tells */
  readonly writtenAt: string;
  readonly deleted: boolean;
}

export interface Declaration<T extends KubeCacheCluster = KubeCacheCluster> {
  readonly clusterName: string;
  /** the copy written last comes first */
  readonly copies: readonly Copy<T>[];
  /** the copy that counts; undefined: the cache cluster is deleted */
  readonly counts: Copy<T> | undefined;
}

interface Holding<T extends KubeCacheCluster> {
  readonly datacenter: string;
  readonly cacheClusters: readonly T[];
}

/** API servers and this program write UTC; times of both sort as text once they have the same number of digits. */
function instant(text: string | undefined): string {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?Z$/.exec(text ?? '');
  return match ? `${match[1]}.${(match[2] ?? '').padEnd(3, '0').slice(0, 3)}` : '';
}

/** When the fields that `owns` looks for were last written, by the API server's clock. */
const ownedAt = ({ managedFields = [] }: KubeCacheCluster['metadata'], owns: (fields: Loose) => boolean): string =>
  managedFields
    .filter(({ fieldsV1 }) => owns(record(fieldsV1)))
    .map(({ time }) => instant(time))
    .sort()
    .at(-1) ?? '';

/**
 * The stamp of `cachefarm apply`, `scale` and `delete`: one clock for all KubeClusters. It is outdated, and what it says with it, when somebody
 * else wrote the spec after it; both times are of one API server then.
 */
function lastWrite({ metadata }: KubeCacheCluster): Pick<Copy, 'writtenAt' | 'deleted'> {
  const deletion = instant(metadata.annotations?.[ANNOTATION.deletedAt]);
  const key = deletion === '' ? ANNOTATION.declaredAt : ANNOTATION.deletedAt;
  const stamp = instant(metadata.annotations?.[key]);
  const specAt = ownedAt(metadata, (fields) => fields['f:spec'] !== undefined);
  const stampAt = ownedAt(metadata, (fields) => `f:${key}` in record(record(fields['f:metadata'])['f:annotations']));
  if (stamp !== '' && stampAt >= specAt) return { writtenAt: stamp, deleted: deletion !== '' };
  return { writtenAt: specAt === '' ? instant(metadata.creationTimestamp) : specAt, deleted: false };
}

const compareText = (x: string, y: string): number => (x < y ? -1 : x > y ? 1 : 0);

/** By name; the KubeClusters in declared order, those that did not answer left out. */
export function mergeDeclarations<T extends KubeCacheCluster>(
  kubeClusters: number,
  holdings: readonly Holding<T>[],
): readonly Declaration<T>[] {
  const found = new Map<string, Copy<T>[]>();
  for (const { datacenter, cacheClusters } of holdings)
    for (const object of cacheClusters) {
      const name = String(object.spec.clusterName);
      found.set(name, [...(found.get(name) ?? []), { datacenter, object, ...lastWrite(object) }]);
    }
  return [...found]
    .sort(([x], [y]) => compareText(x, y))
    .map(([clusterName, unsorted]) => {
      // The sort is stable: copies of one moment stay in the order of the datacenters.
      const copies = unsorted.sort(
        (x, y) => compareText(y.writtenAt, x.writtenAt) || Number(x.deleted) - Number(y.deleted),
      );
      const living = copies.filter(({ deleted }) => !deleted);
      const over = copies[0]?.deleted === true && living.length * 2 <= kubeClusters;
      return { clusterName, copies, counts: over ? undefined : living[0] };
    });
}

const valueText = (value: unknown): string => (value === undefined ? 'none' : String(value));

function differences(counts: CacheCluster, other: CacheCluster): string {
  const fields = [...new Set([...Object.keys(counts), ...Object.keys(other)])] as (keyof CacheCluster)[];
  return fields
    .filter((field) => valueText(counts[field]) !== valueText(other[field]))
    .map((field) => `${field} ${valueText(other[field])}, not ${valueText(counts[field])}`)
    .join(', ');
}

/** By the datacenters as the farm declares them. */
const inOrderOf = <T extends { readonly datacenter: string }>(
  order: readonly string[],
  list: readonly T[],
): readonly T[] => [...list].sort((x, y) => order.indexOf(x.datacenter) - order.indexOf(y.datacenter));

/**
 * What the copies do not say alike; undefined: all the same. Where there is none nothing is said: a cache cluster may be declared in any of the
 * KubeClusters.
 */
function dispute(frame: FarmFrame, order: readonly string[], { copies, counts }: Declaration): string | undefined {
  const counting = counts && readCacheCluster(frame, counts.object);
  const said = inOrderOf(order, copies).flatMap(({ datacenter, object, deleted }) => {
    if (!counting) return deleted ? [] : [`${datacenter}: still declared`];
    if (deleted) return [`${datacenter}: deleted`];
    const other = differences(counting, readCacheCluster(frame, object));
    return other === '' ? [] : [`${datacenter}: ${other}`];
  });
  if (said.length === 0) return undefined;
  const first = counts ?? copies[0];
  return `${first?.datacenter} counts, ${counts ? 'declared' : 'deleted'} ${first?.writtenAt}Z; ${said.join('; ')}`;
}

const copyOf = ({ clusterName, counts }: Declaration, { datacenter, object, deleted }: Copy): DeclaredCopy => ({
  clusterName,
  datacenter,
  name: object.metadata.name,
  ...(object.metadata.uid === undefined ? {} : { uid: object.metadata.uid }),
  generation: object.metadata.generation ?? 0,
  clusterSize: integer(object.spec.clusterSize) ?? 0,
  deleted: deleted || counts === undefined,
  ...(object.status === undefined ? {} : { status: object.status }),
});

/** The CacheClusters that count, what is disputed about them, and all copies, as far as the KubeClusters could be read. */
export function readDeclared(
  frame: FarmFrame,
  holdings: readonly Holding<KubeCacheCluster>[],
): {
  readonly cacheClusters: readonly CacheCluster[];
  readonly disputes: readonly Dispute[];
  readonly copies: readonly DeclaredCopy[];
} {
  const order = frame.datacenters.map(({ name }) => name);
  const declarations = mergeDeclarations(order.length, inOrderOf(order, holdings));
  return {
    cacheClusters: declarations.flatMap(({ counts }) => (counts ? [readCacheCluster(frame, counts.object)] : [])),
    disputes: declarations.flatMap((declaration) => {
      const detail = dispute(frame, order, declaration);
      return detail === undefined ? [] : [{ clusterName: declaration.clusterName, detail }];
    }),
    copies: declarations.flatMap((declaration) =>
      inOrderOf(order, declaration.copies).map((copy) => copyOf(declaration, copy)),
    ),
  };
}
