import { applicationUserOf, isOpen, majorityOf, type PartitionFact, upInstance } from '../../world/facts.js';
import { isAnothers } from '../move-reason.js';
import { pickForPartition } from '../placement/pick-pod.js';
import { applicationUser, type Decide, type Planning, podRef } from '../planning.js';
import { askedAtOnce } from './let-sentinels-ask.js';

/**
 * Nobody, neither a sentinel that answers nor a pod, knows the partition; and enough sentinels answer to say so. A majority that does not know it,
 * and the pod that the others name and that says it is another cache cluster's, are as good.
 */
const isUnbound = (partition: PartitionFact): boolean =>
  partition.cluster.partitionSize === 1 &&
  partition.claimedBy.length === 0 &&
  (partition.known.length === 0 || (isAnothers(partition) && isBareOnMost(partition)));

/** They have not lost it: a majority of the group answers, and does not know it. All that do know it say the same. */
const isBareOnMost = ({ bare, group, known }: PartitionFact): boolean =>
  bare.filter(({ tilt }) => !tilt).length >= majorityOf(group.size) &&
  new Set(known.map(({ view }) => view.address)).size === 1;

/** Groups of which a sentinel majority answers and knows nothing of a partition that a pod serves: they have lost their names. */
const forgetful = ({ facts, farm }: Planning): ReadonlySet<string> =>
  new Set(
    facts.partitions.flatMap(({ known, claimedBy, cluster, group }) =>
      known.length === 0 && claimedBy.some((pod) => isOpen(pod, applicationUserOf(farm.auth, cluster.clusterName)))
        ? [group.name]
        : [],
    ),
  );

/**
 * Every declared partition gets the idle pod that spreads failures best; the claim on the pod comes first, the sentinels in the next pass.
 * Replicated partitions are keepMembers' business.
 */
export const bindMissing: Decide = (planning) => {
  let left = planning.input.budget.binds;
  const unseen = planning.input.world.datacenters.some(({ complete }) => !complete) || planning.facts.silent.length > 0;
  const held = unseen ? forgetful(planning) : new Set<string>();
  for (const partition of planning.unsettled.filter(isUnbound)) {
    const { cluster } = partition;
    if (partition.known.length === 0 && held.has(partition.group.name)) {
      const detail = 'its sentinels have lost their names, and not all pods are seen: one of them may hold it';
      planning.notes.push({ reason: 'PodUnreachable', subject: partition.name, detail });
      continue;
    }
    if (left-- <= 0) return;
    const pod = pickForPartition(planning.ledger, cluster, partition.name);
    if (!pod) {
      const detail = `tier ${cluster.tier}, ${planning.ledger.idleOf(cluster.tier).length} idle`;
      planning.notes.push({ reason: 'NoIdlePod', subject: partition.name, detail });
      continue;
    }
    planning.ledger.take(pod, cluster.clusterName, 'partition');
    const inDatacenter = planning.ledger.inDatacenter(cluster.clusterName, pod.datacenter);
    const onMachine = planning.ledger.onMachine(cluster.clusterName, pod.machine);
    planning.decisions.push({
      reason: 'PartitionUnbound',
      subject: partition.name,
      detail: `${pod.name} on ${pod.machine} (${pod.datacenter}): ${inDatacenter} of ${cluster.clusterName} in its datacenter, ${onMachine} on its machine`,
      actions: [
        {
          kind: 'claim-pod',
          pod: podRef(pod),
          expect: { kind: 'locked' },
          claim: { kind: 'bound', partition: partition.name, epoch: planning.epochs.get(partition.group.name) ?? 1 },
          applicationUser: applicationUser(planning, cluster.clusterName),
          flush: (upInstance(pod)?.keys ?? 0) > 0,
          ...askedAtOnce(planning),
        },
      ],
    });
  }
};
