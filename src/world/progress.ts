import type { Farm } from '../farm/model.js';
import { applicationUserOf, claimOf, type Facts, isOpen, type PartitionFact } from './facts.js';

export interface Progress {
  readonly declared: number;
  /** a majority of the group gives the address of a pod that is open for the partition */
  readonly serving: number;
  /** every sentinel that answers knows it at the agreed address */
  readonly named: number;
  /** every sentinel that answers lists exactly one open standby for it; only un-replicated partitions with declared standbys count */
  readonly armed: number;
  readonly toArm: number;
}

/** Open for this very partition, or a standby of its cache cluster that a sentinel has moved it to. */
export function isServing(farm: Pick<Farm, 'auth'>, facts: Facts, partition: PartitionFact): boolean {
  const pod = partition.agreed === undefined ? undefined : facts.podAt.get(partition.agreed);
  const claim = pod && claimOf(pod);
  if (!pod || !claim || !isOpen(pod, applicationUserOf(farm.auth, partition.cluster.clusterName))) return false;
  return claim.kind === 'standby'
    ? claim.clusterName === partition.cluster.clusterName
    : claim.kind !== 'locked' && claim.partition === partition.name;
}

export function isArmed(farm: Pick<Farm, 'auth'>, facts: Facts, partition: PartitionFact): boolean {
  const user = applicationUserOf(farm.auth, partition.cluster.clusterName);
  return (
    partition.known.length > 0 &&
    partition.known.every(({ view }) => {
      const [only, ...others] = view.replicas;
      const pod = only && others.length === 0 ? facts.podAt.get(only.address) : undefined;
      return pod !== undefined && claimOf(pod)?.kind === 'standby' && isOpen(pod, user);
    })
  );
}

export function measureProgress(farm: Farm, facts: Facts): Progress {
  const { partitions } = facts;
  const toArm = partitions.filter(({ cluster }) => cluster.partitionSize === 1 && cluster.standbys > 0);
  return {
    declared: farm.cacheClusters.reduce((sum, cluster) => sum + cluster.clusterSize, 0),
    serving: partitions.filter((partition) => isServing(farm, facts, partition)).length,
    named: partitions.filter((partition) => partition.agreed !== undefined && partition.bare.length === 0).length,
    armed: toArm.filter((partition) => isArmed(farm, facts, partition)).length,
    toArm: toArm.length,
  };
}
