import type { PartitionFact } from '../../world/facts.js';
import type { RedisPod } from '../../world/model.js';
import { misplaced } from '../move-reason.js';
import { worstPlaced } from '../placement/member-places.js';
import type { Decide, Planning } from '../planning.js';
import { sentinelRef, writable } from '../planning.js';
import type { Reason } from '../reasons.js';
import { minReplicasOf } from './keep-min-replicas.js';
import { healthyMembers } from './release-surplus.js';

/** Why the master should make way: it is misplaced, or there is a pod more than declared and its own place is the worst of all. */
function leaveReason(
  planning: Planning,
  partition: PartitionFact,
  master: RedisPod,
  staying: readonly RedisPod[],
): Reason | undefined {
  const reason = misplaced(partition, master);
  if (reason) return reason;
  const worst = staying.length > partition.cluster.partitionSize && worstPlaced(planning.ledger, partition, staying);
  return worst === master ? 'SpreadBetter' : undefined;
}

/**
 * The master of a replicated partition that should make way: Sentinel fails it over when a replica elsewhere is in step. It chooses among all
 * replicas, so those that should make way themselves leave first.
 */
export const drainMembers: Decide = (planning) => {
  for (const partition of planning.unsettled) {
    const { agreed, cluster, claimedBy } = partition;
    const master = agreed === undefined || cluster.partitionSize === 1 ? undefined : partition.at;
    if (!master || (claimedBy.length <= cluster.partitionSize && !misplaced(partition, master))) continue;
    if (partition.known.some(({ view }) => view.flags.length > 1)) continue;
    const staying = healthyMembers(planning, partition).filter((pod) => !misplaced(partition, pod));
    const reason = leaveReason(planning, partition, master, staying);
    if (!reason || claimedBy.some((pod) => pod !== master && misplaced(partition, pod))) continue;
    const others = staying.filter((pod) => pod !== master);
    const [heir] = others;
    const [sentinel] = writable(planning, partition.group);
    // The heir must be able to write: it has as many others behind it as are declared to be needed.
    if (!heir || !sentinel || others.length <= minReplicasOf(cluster)) continue;
    planning.decisions.push({
      reason,
      subject: partition.name,
      detail: `${master.address} is to hand over to a replica, ${heir.address} is in step`,
      actions: [
        { kind: 'fail-over', partition: partition.name, sentinel: sentinelRef(sentinel), from: master.address },
      ],
    });
  }
};
