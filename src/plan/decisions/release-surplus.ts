import { claimOf, isOpen, type PartitionFact, upInstance } from '../../world/facts.js';
import type { RedisPod } from '../../world/model.js';
import type { HeldClaim } from '../action.js';
import { misplaced } from '../move-reason.js';
import { worstPlaced } from '../placement/member-places.js';
import { applicationUser, type Decide, isTaken, type Planning, podRef } from '../planning.js';
import type { Reason } from '../reasons.js';
import { keptStandbys, readyStandbys, standbysOf } from '../standbys.js';

function release(planning: Planning, pod: RedisPod, reason: Reason, subject: string, clusterName: string): void {
  planning.decisions.push({
    reason,
    subject,
    detail: `${pod.name} at ${pod.address}`,
    actions: [
      {
        kind: 'release-pod',
        pod: podRef(pod),
        expect: claimOf(pod) as HeldClaim,
        applicationUser: applicationUser(planning, clusterName),
      },
    ],
  });
}

/** More standbys than declared, or one that is being emptied: given back when no sentinel lists it any more. */
function releaseStandbys(planning: Planning): void {
  for (const cluster of planning.farm.cacheClusters) {
    const standbys = standbysOf(planning, cluster.clusterName);
    let kept: ReadonlySet<RedisPod> | undefined;
    for (const datacenter of new Set(standbys.map((pod) => pod.datacenter))) {
      const here = standbys.filter((pod) => pod.datacenter === datacenter);
      const wanted = cluster.datacenters.includes(datacenter) ? cluster.standbys : 0;
      const fits = (pod: RedisPod): boolean => !pod.draining && pod.tier === cluster.tier;
      const surplus = Math.max(0, here.filter(fits).length - wanted);
      if (surplus === 0 && here.every(fits)) continue;
      const unused = here.filter((pod) => !planning.facts.listed.has(pod.address) && !isTaken(planning, pod.address));
      // Those that stay may be armed in this very pass; one that is not open yet, or gone again, is none of them.
      kept ??= new Set(keptStandbys(planning, cluster, readyStandbys(planning, cluster)));
      const stays = kept;
      const spare = unused.filter((pod) => fits(pod) && !stays.has(pod));
      const go = [...unused.filter((pod) => !fits(pod)), ...spare.slice(0, surplus)];
      for (const pod of go) release(planning, pod, 'StandbySurplus', cluster.clusterName, cluster.clusterName);
    }
  }
}

/** Members that do their work: up, open, and master or in step with it. */
export function healthyMembers(planning: Planning, partition: PartitionFact): readonly RedisPod[] {
  const user = applicationUser(planning, partition.cluster.clusterName);
  return partition.claimedBy.filter((pod) => {
    const instance = upInstance(pod);
    return (
      isOpen(pod, user) &&
      (pod.address === partition.agreed ||
        (instance?.masterAddress === partition.agreed && instance?.masterLinkUp === true))
    );
  });
}

/**
 * One replica too many, or one that should make way, when enough others are in step; never the master. Of too many the one goes whose leaving
 * spreads best; when that is the master, it is failed over first (drain-members.ts).
 */
function releaseReplica(planning: Planning, partition: PartitionFact): void {
  const { cluster, agreed, claimedBy } = partition;
  if (claimedBy.length <= cluster.partitionSize) return;
  const staying = healthyMembers(planning, partition).filter((pod) => !misplaced(partition, pod));
  const mayGo = (pod: RedisPod): boolean => pod.address !== agreed && !isTaken(planning, pod.address);
  const surplus = staying.length > cluster.partitionSize ? worstPlaced(planning.ledger, partition, staying) : undefined;
  const leaving = claimedBy.find((pod) => misplaced(partition, pod) && mayGo(pod)) ?? surplus;
  if (!leaving || !mayGo(leaving)) return;
  // The master may still require more than the declaration that has just changed.
  const needed = Math.max(cluster.partitionSize, 1 + ((partition.at && upInstance(partition.at)?.minReplicas) ?? 0));
  if (staying.filter((pod) => pod !== leaving).length >= needed)
    release(planning, leaving, 'ReplicaSurplus', partition.name, cluster.clusterName);
}

export const releaseSurplus: Decide = (planning) => {
  if (planning.input.only) return;
  releaseStandbys(planning);
  for (const partition of planning.unsettled) {
    if (partition.agreed === undefined || partition.cluster.partitionSize === 1) continue;
    if (partition.known.every(({ view }) => view.flags.length === 1)) releaseReplica(planning, partition);
  }
};
