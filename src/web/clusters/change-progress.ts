import type { Change, ClusterView, EventView } from '../../api/schemas.js';
import { CHANGEABLE } from './cluster-values.js';

export interface Progress {
  readonly serving: number;
  readonly wanted: number;
  readonly standbysReady: number;
  readonly standbysWanted: number;
  /** it is as it was asked for, and Barn has nothing more to do that is known */
  readonly settled: boolean;
}

const sizeOf = (spec: Readonly<Record<string, unknown>> | null, otherwise: number): number =>
  typeof spec?.clusterSize === 'number' ? spec.clusterSize : otherwise;

/** Barn sees a change one pass after it was written: until then what is shown is the cache cluster of before. */
function isSeen(cluster: ClusterView, after: Readonly<Record<string, unknown>>): boolean {
  return CHANGEABLE.every((field) => {
    const wanted = after[field];
    return wanted === undefined || wanted === null || String(wanted) === String(cluster[field] ?? '');
  });
}

/** @param cluster as it is seen now; undefined: it is not in the list */
export function progressOf(change: Change, cluster: ClusterView | undefined): Progress {
  const [serving, standbysReady, standbysWanted] = cluster
    ? [cluster.serving, cluster.standbysReady, cluster.standbysWanted]
    : [0, 0, 0];
  const counts = { serving, standbysReady, standbysWanted };
  if (change.kind === 'delete') return { ...counts, wanted: 0, settled: cluster === undefined };
  const wanted = sizeOf(change.after, cluster?.clusterSize ?? 0);
  if (!cluster || !isSeen(cluster, change.after ?? {})) return { ...counts, wanted, settled: false };
  const moving = cluster.conditions.some(({ type, status }) => type === 'Progressing' && status === 'True');
  const settled = !moving && serving >= wanted && standbysReady >= standbysWanted;
  return { ...counts, wanted, settled };
}

/** Whether an event is of this cache cluster or of one of its partitions. */
export const concerns = (event: EventView, clusterName: string): boolean =>
  event.cluster === clusterName ||
  [event.subject, event.partition, ...(event.subjects ?? [])].some(
    (name) => name === clusterName || name?.startsWith(`${clusterName}::`),
  );
