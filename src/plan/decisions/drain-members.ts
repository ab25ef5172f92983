import type { Decide } from '../planning.js';
import { sentinelRef, writable } from '../planning.js';
import { healthyMembers } from './release-surplus.js';

/** The master of a replicated partition on a machine that is being emptied: Sentinel fails it over when a replica elsewhere is in step. */
export const drainMembers: Decide = (planning) => {
  for (const partition of planning.unsettled) {
    const { agreed, cluster } = partition;
    const master = agreed === undefined || cluster.partitionSize === 1 ? undefined : planning.facts.podAt.get(agreed);
    if (!master?.draining || partition.known.some(({ view }) => view.flags.length > 1)) continue;
    const heir = healthyMembers(planning, partition).find((pod) => !pod.draining);
    const [sentinel] = writable(planning, partition.group);
    if (!heir || !sentinel) continue;
    planning.decisions.push({
      reason: 'Draining',
      subject: partition.name,
      detail: `${master.address} is to hand over to a replica, ${heir.address} is in step`,
      actions: [
        { kind: 'fail-over', partition: partition.name, sentinel: sentinelRef(sentinel), from: master.address },
      ],
    });
  }
};
