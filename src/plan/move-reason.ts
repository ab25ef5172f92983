import { claimOf, type PartitionFact } from '../world/facts.js';
import type { RedisPod } from '../world/model.js';
import type { Reason } from './reasons.js';

/** Why an un-replicated partition should leave the pod it is on; undefined when it may stay. */
export function moveReason(partition: PartitionFact, source: RedisPod): Reason | undefined {
  const claim = claimOf(source);
  if (claim?.kind === 'bound' && claim.partition !== partition.name) return 'ShelterShared';
  if (source.draining) return 'Draining';
  if (source.tier !== partition.cluster.tier) return 'TierDiffers';
  return partition.cluster.datacenters.includes(source.datacenter) ? undefined : 'PlacementDiffers';
}

/** The pod an un-replicated partition can be copied from: where a majority says it is, open for its cache cluster. */
export function moveSource(partition: PartitionFact): RedisPod | undefined {
  const pod = partition.agreed === undefined ? undefined : partition.at;
  const claim = pod && claimOf(pod);
  if (claim?.kind !== 'bound') return undefined;
  return claim.partition === partition.name || claim.partition.startsWith(`${partition.cluster.clusterName}::`)
    ? pod
    : undefined;
}
