import { type PartitionFact, upInstance } from '../../world/facts.js';
import type { RedisPod } from '../../world/model.js';
import { pickForPartition } from '../placement/pick-pod.js';
import { applicationUser, type Decide, type Planning, podRef } from '../planning.js';

/** Nobody, neither a sentinel that answers nor a pod, knows the partition; and enough sentinels answer to say so. */
const isUnbound = (partition: PartitionFact): boolean =>
  partition.known.length === 0 && partition.claimedBy.length === 0;

function missingPods(planning: Planning, partition: PartitionFact): { wanted: number; present: readonly RedisPod[] } {
  const { partitionSize } = partition.cluster;
  if (partitionSize === 1) return { wanted: isUnbound(partition) ? 1 : 0, present: [] };
  const addresses = new Set([
    ...partition.claimedBy.map((pod) => pod.address),
    ...(partition.leading === undefined ? [] : [partition.leading]),
  ]);
  const present = [...addresses].flatMap((address) => planning.facts.podAt.get(address) ?? []);
  return { wanted: Math.max(0, partitionSize - present.length), present };
}

/** Every declared partition gets the idle pods that spread failures best; the claim on the pod comes first, the sentinels in the next pass. */
export const bindMissing: Decide = (planning) => {
  let left = planning.input.budget.binds;
  for (const partition of planning.partitions) {
    const { cluster } = partition;
    const { wanted, present } = missingPods(planning, partition);
    const members = [...present];
    for (let i = 0; i < wanted && left > 0; i++) {
      const pod = pickForPartition(planning.ledger, cluster, partition.name, members);
      if (!pod) {
        planning.notes.push({
          reason: 'NoIdlePod',
          subject: partition.name,
          detail: `tier ${cluster.tier}, ${planning.ledger.idleOf(cluster.tier).length} idle`,
        });
        break;
      }
      left--;
      planning.ledger.take(pod, cluster.clusterName, 'partition');
      const first = members.length === 0;
      members.push(pod);
      planning.decisions.push({
        reason: first ? 'PartitionUnbound' : 'ReplicaMissing',
        subject: partition.name,
        detail: `${pod.name} on ${pod.machine} (${pod.datacenter}): ${planning.ledger.inDatacenter(cluster.clusterName, pod.datacenter)} of ${cluster.clusterName} in its datacenter, ${planning.ledger.onMachine(cluster.clusterName, pod.machine)} on its machine`,
        actions: [
          {
            kind: 'claim-pod',
            pod: podRef(pod),
            expect: { kind: 'locked' },
            claim: {
              kind: cluster.partitionSize > 1 ? 'member' : 'bound',
              partition: partition.name,
              epoch: planning.epochs.get(partition.group.name) ?? 1,
            },
            applicationUser: applicationUser(planning, cluster.clusterName),
            flush: (upInstance(pod)?.keys ?? 0) > 0,
          },
        ],
      });
    }
  }
};
