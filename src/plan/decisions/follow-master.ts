import { claimOf, isOpen, type PartitionFact, upInstance } from '../../world/facts.js';
import type { RedisPod } from '../../world/model.js';
import { electionsFailed } from '../elections-failed.js';
import { rendezvousScore } from '../placement/rendezvous.js';
import { applicationUser, type Decide, type Planning, podRef } from '../planning.js';

/**
 * Master of a replicated partition: what the sentinels agree on; before they know it, the pod that others already follow, else the one
 * that has held the partition longest (its data must not be copied over), else the first by rendezvous. Never chosen against the sentinels: a failover is theirs.
 */
export function chooseMaster(planning: Planning, partition: PartitionFact): RedisPod | undefined {
  if (partition.known.length > 0)
    return partition.agreed === undefined ? undefined : planning.facts.podAt.get(partition.agreed);
  const followed = new Set(partition.claimedBy.map((pod) => upInstance(pod)?.masterAddress));
  const masters = partition.claimedBy.filter((pod) => upInstance(pod)?.role === 'master');
  const epochOf = (pod: RedisPod): number => {
    const claim = claimOf(pod);
    return claim?.kind === 'member' || claim?.kind === 'bound' ? claim.epoch : Number.MAX_SAFE_INTEGER;
  };
  const score = (pod: RedisPod): number => rendezvousScore(partition.name, pod.name);
  // Masters of neighbouring partitions begin in different datacenters: losing one must not cost a whole cache cluster its writes.
  const { datacenters } = partition.cluster;
  const turn = (pod: RedisPod): number =>
    (datacenters.indexOf(pod.datacenter) - partition.index + datacenters.length * partition.index) % datacenters.length;
  const [eldest] = [...masters].sort((x, y) => epochOf(x) - epochOf(y) || turn(x) - turn(y) || score(x) - score(y));
  return masters.find((pod) => followed.has(pod.address)) ?? eldest;
}

/** Members of a replicated partition follow its master; nobody is told anything while the sentinels fail it over. */
export const followMaster: Decide = (planning) => {
  for (const partition of planning.unsettled) {
    if (partition.cluster.partitionSize === 1) continue;
    if (partition.known.some(({ view }) => view.flags.some((flag) => flag !== 'master') && !electionsFailed(view)))
      continue;
    const master = chooseMaster(planning, partition);
    const user = applicationUser(planning, partition.cluster.clusterName);
    if (!master || !isOpen(master, user)) continue;
    for (const pod of partition.claimedBy) {
      const instance = upInstance(pod);
      const claim = claimOf(pod);
      if (pod === master || !instance || !claim || !isOpen(pod, user) || instance.masterAddress === master.address)
        continue;
      // A former master is Sentinel's to convert, as long as a sentinel knows of it at all.
      if (instance.role === 'master' && instance.keys > 0 && planning.facts.listed.has(pod.address)) continue;
      planning.decisions.push({
        reason: 'ReplicaDetached',
        subject: partition.name,
        detail: `${pod.name} at ${pod.address} is to follow ${master.address}`,
        actions: [{ kind: 'follow-master', pod: podRef(pod), claim, master: master.address }],
      });
    }
  }
};
