import type { Change, NewCluster } from '../../api/schemas.js';
import { CHANGEABLE, fieldsOfSpec } from './cluster-values.js';
import type { ClusterWish } from './cluster-wish.js';

/**
 * The wish that takes a written change back. Of a deleted one only what is declared comes back: its data is gone.
 * @param sent fields that the change named; a field that it did not name may be somebody else's by now
 * @returns undefined: nothing was written, or nothing is known of before
 */
export function undoOf(change: Change, sent: readonly string[]): ClusterWish | undefined {
  const { kind, before, version, clusterName } = change;
  if (change.dryRun || kind === 'none') return undefined;
  if (kind === 'create') return version === null ? undefined : { kind: 'delete', clusterName, version };
  if (before === null) return undefined;
  if (kind === 'delete') return { kind: 'create', cluster: declaredAgain(clusterName, before) };
  const fields = CHANGEABLE.filter((field) => sent.includes(field));
  return version === null ? undefined : { kind: 'change', clusterName, version, fields: fieldsOfSpec(before, fields) };
}

function declaredAgain(clusterName: string, before: Readonly<Record<string, unknown>>): NewCluster {
  const said = CHANGEABLE.filter((field) => before[field] !== undefined && before[field] !== null);
  return { clusterName, ...fieldsOfSpec(before, said) } as NewCluster;
}
