import { isOpen, type PartitionFact } from '../../world/facts.js';
import type { RedisPod } from '../../world/model.js';
import { IdleReserve } from '../idle-reserve.js';
import { isShelter, moveReason, moveSource } from '../move-reason.js';
import { movesLeft } from '../moves-left.js';
import { pickForPartition } from '../placement/pick-pod.js';
import { applicationUser, type Decide, isDecided, isTaken, type Planning, podRef } from '../planning.js';
import type { Reason } from '../reasons.js';

/** The idle pod becomes the one that takes the partition over: it copies from the next pass on (continue-moves.ts). */
export function beginMove(
  planning: Planning,
  partition: PartitionFact,
  reason: Reason,
  source: RedisPod,
  pod: RedisPod,
): void {
  planning.ledger.take(pod, partition.cluster.clusterName, 'partition');
  planning.decisions.push({
    reason,
    subject: partition.name,
    detail: `${source.address} -> ${pod.address} (${pod.name} on ${pod.machine}, ${pod.datacenter})`,
    actions: [
      {
        kind: 'claim-pod',
        pod: podRef(pod),
        expect: { kind: 'locked' },
        claim: { kind: 'incoming', partition: partition.name, epoch: planning.epochs.get(partition.group.name) ?? 1 },
        flush: false,
      },
    ],
  });
}

/**
 * An idle pod to move to: on another machine, and best in another datacenter, while there is one, so that source and copy do not die together.
 * Else the machine of the source will do, for it is not why the partition moves; one that is being emptied has no idle pods.
 */
export function pickToMoveTo(planning: Planning, partition: PartitionFact, source: RedisPod): RedisPod | undefined {
  const { ledger } = planning;
  const { cluster, name } = partition;
  const apart = source.draining ? undefined : pickForPartition(ledger, cluster, name, [source]);
  return apart ?? pickForPartition(ledger, cluster, name);
}

/**
 * Voluntary moves come last and a few at a time: everything above has had its pods, and each move copies a whole partition. A shared shelter is
 * left before that (part-shelters.ts).
 */
export const startMoves: Decide = (planning) => {
  let left = movesLeft(planning);
  const reserve = new IdleReserve(planning);
  let held = 0;
  for (const partition of planning.unsettled) {
    const { cluster, incoming } = partition;
    const source = cluster.partitionSize > 1 ? undefined : moveSource(partition);
    const reason = source && moveReason(partition, source);
    if (!source || !reason || reason === 'ShelterShared' || incoming.length > 0 || isTaken(planning, source.address))
      continue;
    if (planning.decided.hasSubject(partition.name) || isDecided(planning, source.address)) continue;
    if (!isOpen(source, applicationUser(planning, cluster.clusterName))) continue;
    // Those that share it go first (part-shelters.ts).
    if (isShelter(planning.facts, partition, source)) continue;
    if (left <= 0) {
      held++;
      continue;
    }
    const kept = reason === 'Draining' ? reserve.holds(cluster.tier, source) : undefined;
    if (kept) {
      planning.notes.push({ reason: 'ReserveKept', subject: partition.name, detail: `${reason}: ${kept}` });
      continue;
    }
    const pod = pickToMoveTo(planning, partition, source);
    if (!pod) {
      planning.notes.push({
        reason: 'NoIdlePod',
        subject: partition.name,
        detail: `${reason}: tier ${cluster.tier} has no idle pod to move to`,
      });
      continue;
    }
    left--;
    reserve.take(cluster.tier);
    beginMove(planning, partition, reason, source, pod);
  }
  if (held > 0)
    planning.notes.push({ reason: 'MovesLimited', subject: 'barn', detail: `${held} partitions wait to move` });
};
