import { claimedCluster } from '../farm/access.js';
import { claimOf, type Facts, type PartitionFact, partitionsOf } from '../world/facts.js';
import type { RedisPod } from '../world/model.js';
import type { Reason } from './reasons.js';

/** Where it is not as declared, or somebody wants it empty: why a pod of a partition, replicated or not, should be left. */
export function misplaced({ cluster }: PartitionFact, pod: RedisPod): Reason | undefined {
  if (pod.draining) return 'Draining';
  if (pod.tier !== cluster.tier) return 'TierDiffers';
  return cluster.datacenters.includes(pod.datacenter) ? undefined : 'PlacementDiffers';
}

/** Why an un-replicated partition should leave the pod it is on; undefined when it may stay. */
export function moveReason(partition: PartitionFact, source: RedisPod): Reason | undefined {
  const claim = claimOf(source);
  if (claim?.kind === 'bound' && claim.partition !== partition.name) return 'ShelterShared';
  return misplaced(partition, source);
}

/** It fell back on a standby that is bound to another partition of its cache cluster by now. */
export function isSharing(partition: PartitionFact): boolean {
  const source = partition.settled || partition.cluster.partitionSize > 1 ? undefined : moveSource(partition);
  return source !== undefined && moveReason(partition, source) === 'ShelterShared';
}

/** Another partition of its cache cluster fell back on its pod and has not left yet: who shuts that pod shuts the other one out, and drops its data. */
export const isShelter = (facts: Facts, { cluster, name }: PartitionFact, source: RedisPod): boolean =>
  partitionsOf(facts, cluster).some((other) => other.name !== name && other.agreed === source.address);

/** The pod an un-replicated partition can be copied from: where a majority says it is, open for its cache cluster. */
export function moveSource(partition: PartitionFact): RedisPod | undefined {
  const pod = partition.agreed === undefined ? undefined : partition.at;
  const claim = pod && claimOf(pod);
  if (claim?.kind !== 'bound') return undefined;
  return claim.partition === partition.name || claim.partition.startsWith(`${partition.cluster.clusterName}::`)
    ? pod
    : undefined;
}

/**
 * The pod where an un-replicated partition is said to be says itself that it is another cache cluster's. An address outlives its pod's claim where a
 * sentinel comes back with an old sentinel.conf, or a name was forgotten by a majority only: whatever it says, the pod serves nobody of this one.
 */
export function isAnothers({ cluster, at }: PartitionFact): boolean {
  const claim = at && claimOf(at);
  const claimed = claim && claimedCluster(claim);
  return cluster.partitionSize === 1 && claimed !== undefined && claimed !== cluster.clusterName;
}
