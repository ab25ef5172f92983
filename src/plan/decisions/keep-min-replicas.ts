import type { CacheCluster } from '../../farm/model.js';
import { claimOf, partitionOf, upInstance } from '../../world/facts.js';
import type { RedisPod } from '../../world/model.js';
import { type Decide, isTaken, type Planning, podRef } from '../planning.js';

/** Replicas that a master of the cache cluster needs to take a write. */
export const minReplicasOf = ({ partitionSize, minReplicas = 0 }: CacheCluster): number =>
  partitionSize > 1 ? minReplicas : 0;

/** Members of a replicated partition all carry what is declared, since any of them may be promoted; nobody else requires anything. */
export function requiredOf(planning: Planning, pod: RedisPod): number {
  const claim = claimOf(pod);
  const partition = claim?.kind === 'member' ? partitionOf(planning.facts, claim.partition) : undefined;
  return partition ? minReplicasOf(partition.cluster) : 0;
}

/**
 * min-replicas-to-write as declared. A claim brings it along; here changes of the declaration are followed, and what a pass that was cut off,
 * or a person, left behind: a pod without replicas that requires some refuses every write.
 */
export const keepMinReplicas: Decide = (planning) => {
  if (planning.input.only) return;
  const declares = planning.farm.cacheClusters.some((cluster) => minReplicasOf(cluster) > 0);
  for (const pod of planning.input.world.pods) {
    const instance = upInstance(pod);
    if (!instance || (!declares && instance.minReplicas === undefined)) continue;
    // Declared where nothing can be read now, or without a group for now: what it has to require is not known.
    if (instance.claim?.kind === 'member' && !partitionOf(planning.facts, instance.claim.partition)) continue;
    const has = instance.minReplicas ?? 0;
    const replicas = requiredOf(planning, pod);
    if (has === replicas || !instance.claim || isTaken(planning, pod.address)) continue;
    planning.decisions.push({
      reason: 'MinReplicasDiffer',
      subject: 'partition' in instance.claim ? instance.claim.partition : pod.name,
      detail: `${pod.name} at ${pod.address}: ${has} -> ${replicas}`,
      actions: [{ kind: 'set-min-replicas', pod: podRef(pod), claim: instance.claim, replicas }],
    });
  }
};
