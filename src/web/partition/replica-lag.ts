import type { PartitionView } from '../../api/schemas.js';

export interface ReplicaLag {
  readonly address: string;
  /** bytes of the replication stream behind the replica that is furthest; null: not known */
  readonly behind: number | null;
}

/** The master's own offset is not told here: what is known is who is behind whom. */
export function replicaLags(replicas: PartitionView['replicas']): readonly ReplicaLag[] {
  const furthest = Math.max(...replicas.map(({ offset }) => offset ?? 0), 0);
  return replicas.map(({ address, offset }) => ({ address, behind: offset === null ? null : furthest - offset }));
}
