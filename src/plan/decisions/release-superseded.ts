import { claimOf, type PartitionFact, upInstance } from '../../world/facts.js';
import type { RedisPod } from '../../world/model.js';
import { rendezvousScore } from '../placement/rendezvous.js';
import { applicationUser, type Decide, type Planning, podRef } from '../planning.js';
import type { Reason } from '../reasons.js';

const epochOf = (pod: RedisPod): number => {
  const claim = claimOf(pod);
  return claim?.kind === 'bound' ? claim.epoch : 0;
};

function release(planning: Planning, partition: PartitionFact, pod: RedisPod, reason: Reason, kept: string): void {
  const expect = claimOf(pod);
  if (!expect || planning.input.inFlight.has(pod.address)) return;
  planning.decisions.push({
    reason,
    subject: partition.name,
    detail: `${pod.name} at ${pod.address} is given up, ${kept} is kept`,
    actions: [
      {
        kind: 'release-pod',
        pod: podRef(pod),
        expect,
        applicationUser: applicationUser(planning, partition.cluster.clusterName),
      },
    ],
  });
}

/** Which of several claimants of a partition that no sentinel knows is kept: a master, the highest epoch, then rendezvous. */
export const keptClaimant = (partition: Pick<PartitionFact, 'name' | 'claimedBy'>): RedisPod | undefined =>
  [...partition.claimedBy].sort(
    (x, y) =>
      Number(upInstance(x)?.role === 'replica') - Number(upInstance(y)?.role === 'replica') ||
      epochOf(y) - epochOf(x) ||
      rendezvousScore(partition.name, x.name) - rendezvousScore(partition.name, y.name),
  )[0];

/** Of a partition that had several copies: given back when the pod that keeps the data is told so (change-copies.ts). */
const isCopy = (pod: RedisPod): boolean => claimOf(pod)?.kind === 'member' && upInstance(pod)?.role === 'replica';

/** Two seeds that raced, or one that was cut off, leave claims that lost: only one pod may carry an un-replicated partition. */
export const releaseSuperseded: Decide = (planning) => {
  for (const partition of planning.unsettled) {
    if (partition.cluster.partitionSize > 1) continue;
    if (partition.agreed !== undefined) {
      for (const pod of partition.claimedBy)
        if (pod !== partition.at && pod.address !== partition.agreed && epochOf(pod) < partition.epoch)
          release(planning, partition, pod, 'ClaimSuperseded', partition.agreed);
    } else if (partition.known.length === 0 && partition.bare.length === partition.group.size) {
      const kept = keptClaimant(partition);
      for (const pod of partition.claimedBy)
        if (kept && pod !== kept && !isCopy(pod)) release(planning, partition, pod, 'ClaimDuplicate', kept.address);
    }
  }
};
