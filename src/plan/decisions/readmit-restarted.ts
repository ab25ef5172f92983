import { type PartitionFact, upInstance } from '../../world/facts.js';
import { isAnothers, isSharing } from '../move-reason.js';
import { applicationUser, type Decide, podRef } from '../planning.js';

/** A failover is under way, or one sentinel knows of a later address: who opens the old pod now gives the partition two owners. */
const isMoving = ({ known, agreed, epoch }: PartitionFact): boolean =>
  known.some(
    ({ view }) =>
      view.flags.includes('o_down') ||
      view.flags.includes('failover_in_progress') ||
      (view.address !== agreed && view.epoch === epoch),
  );

/**
 * A pod that restarted at the address of its own un-replicated partition is locked and empty. Its own start script opens it too; the
 * compare-and-set on the pod lets only one of the two do it.
 */
export const readmitRestarted: Decide = (planning) => {
  for (const partition of planning.unsettled) {
    if (partition.agreed === undefined || partition.cluster.partitionSize > 1) continue;
    const pod = partition.at;
    const instance = pod && upInstance(pod);
    if (!pod || !instance) continue;
    // Its own, as nearly always: nothing below can apply.
    if (instance.claim?.kind === 'bound' && instance.claim.partition === partition.name) continue;
    if (isMoving(partition)) continue;
    if (instance.claim?.kind === 'locked') {
      planning.decisions.push({
        reason: 'PodRestartedInPlace',
        subject: partition.name,
        detail: `${pod.name} at ${pod.address}, up for ${instance.uptimeSeconds} s`,
        actions: [
          {
            kind: 'claim-pod',
            pod: podRef(pod),
            expect: instance.claim,
            claim: { kind: 'bound', partition: partition.name, epoch: partition.epoch },
            applicationUser: applicationUser(planning, partition.cluster.clusterName),
            flush: false,
          },
        ],
      });
    } else if (instance.claim?.kind === 'bound' && !isSharing(partition) && !isAnothers(partition)) {
      planning.notes.push({
        reason: 'PodClaimedByOther',
        subject: partition.name,
        detail: `${pod.address} says ${instance.claimText}`,
      });
    }
  }
};
