import { claimOf, type PartitionFact, upInstance } from '../../world/facts.js';
import type { HeldClaim } from '../action.js';
import { applicationUser, type Decide, isTaken, podRef } from '../planning.js';
import { minReplicasOf } from './keep-min-replicas.js';
import { givenElsewhere, isMovingElsewhere } from './release-superseded.js';

/** The pod of the partition would refuse writes without them until it is told otherwise. */
const needsReplicas = ({ at }: PartitionFact): boolean => at !== undefined && upInstance(at)?.minReplicas !== undefined;

/**
 * partitionSize went from 1 to several, or back: the pod that holds the partition changes its kind of claim, its data stays. Replicas
 * of a partition that has none any more are released.
 */
export const changeCopies: Decide = (planning) => {
  for (const partition of planning.unsettled) {
    const wanted = partition.cluster.partitionSize > 1 ? 'member' : 'bound';
    // Nearly always nobody: the names of other groups are looked through for the others only.
    if (partition.claimedBy.every((pod) => claimOf(pod)?.kind === wanted)) continue;
    if (isMovingElsewhere(planning, partition)) continue;
    const given = givenElsewhere(planning, partition);
    const user = applicationUser(planning, partition.cluster.clusterName);
    for (const pod of partition.claimedBy) {
      const claim = claimOf(pod) as Extract<HeldClaim, { partition: string }>;
      if (claim.kind === wanted || isTaken(planning, pod.address)) continue;
      const role = upInstance(pod)?.role;
      // Where the master was lost the sentinels are told a replica: that has the data now.
      const master = (role === 'master' && (given ?? pod) === pod) || pod === partition.at;
      if (!master && (partition.agreed === undefined || needsReplicas(partition))) continue;
      planning.decisions.push({
        reason: master ? 'CopiesChanged' : 'ReplicaSurplus',
        subject: partition.name,
        detail: `${pod.name} at ${pod.address}: ${claim.kind} -> ${master ? wanted : 'locked'}`,
        actions: master
          ? [
              ...(role === 'replica' ? [{ kind: 'follow-master', pod: podRef(pod), claim } as const] : []),
              {
                kind: 'claim-pod',
                pod: podRef(pod),
                expect: claim,
                claim: { ...claim, kind: wanted },
                applicationUser: user,
                flush: false,
                minReplicas: minReplicasOf(partition.cluster),
              },
            ]
          : [{ kind: 'release-pod', pod: podRef(pod), expect: claim, applicationUser: user }],
      });
    }
  }
};
