import { claimOf, isOpen, upInstance } from '../../world/facts.js';
import { applicationUser, type Decide, isDecided, podRef } from '../planning.js';
import { minReplicasOf } from './keep-min-replicas.js';

/**
 * Sentinel may move a partition to its standby when nobody else is there. The standby then serves under a claim that says standby: it becomes
 * the pod of that partition, at the epoch of the failover. Where several partitions fell back on one standby the first one keeps it. A partition
 * may have become a replicated one meanwhile.
 */
export const adoptFailover: Decide = (planning) => {
  for (const partition of planning.unsettled) {
    const { agreed, cluster } = partition;
    const pod = agreed === undefined ? undefined : partition.at;
    const claim = pod && claimOf(pod);
    if (!pod || claim?.kind !== 'standby' || claim.clusterName !== cluster.clusterName) continue;
    if (
      upInstance(pod)?.role !== 'master' ||
      isDecided(planning, pod.address) ||
      planning.input.inFlight.has(pod.address)
    )
      continue;
    const user = applicationUser(planning, cluster.clusterName);
    if (!isOpen(pod, user)) continue;
    planning.decisions.push({
      reason: 'FailoverAdopted',
      subject: partition.name,
      detail: `${pod.name} at ${pod.address}, epoch ${partition.epoch}`,
      actions: [
        {
          kind: 'claim-pod',
          pod: podRef(pod),
          expect: claim,
          claim: {
            kind: cluster.partitionSize > 1 ? 'member' : 'bound',
            partition: partition.name,
            epoch: partition.epoch,
          },
          applicationUser: user,
          flush: false,
          ...(cluster.partitionSize > 1 ? { minReplicas: minReplicasOf(cluster) } : {}),
        },
      ],
    });
  }
};
