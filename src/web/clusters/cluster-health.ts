import type { ClusterView } from '../../api/schemas.js';

/** How a cache cluster is, in one word: what its figures say comes before its conditions, which are written seconds later. */
export interface ClusterHealth {
  readonly level: 'well' | 'warning' | 'error';
  readonly key: 'partitionsDown' | 'standbysMissing' | 'degraded' | 'progressing' | 'notReady' | 'well';
  /** of the condition that says so */
  readonly reason?: string;
  readonly message?: string;
}

const BAD: readonly { readonly type: string; readonly status: string; readonly is: ClusterHealth }[] = [
  { type: 'Degraded', status: 'True', is: { level: 'warning', key: 'degraded' } },
  { type: 'Progressing', status: 'True', is: { level: 'warning', key: 'progressing' } },
  { type: 'Ready', status: 'False', is: { level: 'warning', key: 'notReady' } },
];

export function healthOf(cluster: ClusterView): ClusterHealth {
  const said = BAD.flatMap(({ type, status, is }) => {
    const found = cluster.conditions.find((condition) => condition.type === type && condition.status === status);
    return found ? [{ ...is, reason: found.reason, message: found.message }] : [];
  })[0];
  if (cluster.serving < cluster.clusterSize) return { ...said, level: 'error', key: 'partitionsDown' };
  if (said) return said;
  if (cluster.standbysReady < cluster.standbysWanted) return { level: 'warning', key: 'standbysMissing' };
  return { level: 'well', key: 'well' };
}
