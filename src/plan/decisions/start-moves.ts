import { isOpen } from '../../world/facts.js';
import { IdleReserve } from '../idle-reserve.js';
import { moveReason, moveSource } from '../move-reason.js';
import { movesLeft } from '../moves-left.js';
import { pickForPartition } from '../placement/pick-pod.js';
import { applicationUser, type Decide, isDecided, isTaken, podRef } from '../planning.js';

/** Voluntary moves come last and a few at a time: everything above has had its pods, and each move copies a whole partition. */
export const startMoves: Decide = (planning) => {
  let left = movesLeft(planning);
  const reserve = new IdleReserve(planning);
  let held = 0;
  for (const partition of planning.unsettled) {
    const { cluster, incoming } = partition;
    const source = cluster.partitionSize > 1 ? undefined : moveSource(partition);
    const reason = source && moveReason(partition, source);
    if (!source || !reason || incoming.length > 0 || isTaken(planning, source.address)) continue;
    if (planning.decided.hasSubject(partition.name) || isDecided(planning, source.address)) continue;
    if (!isOpen(source, applicationUser(planning, cluster.clusterName))) continue;
    if (left <= 0) {
      held++;
      continue;
    }
    const kept = reason === 'Draining' ? reserve.holds(cluster.tier, source) : undefined;
    if (kept) {
      planning.notes.push({ reason: 'ReserveKept', subject: partition.name, detail: `${reason}: ${kept}` });
      continue;
    }
    const pod = pickForPartition(planning.ledger, cluster, partition.name, source.draining ? [] : [source]);
    if (!pod) {
      planning.notes.push({
        reason: 'NoIdlePod',
        subject: partition.name,
        detail: `${reason}: tier ${cluster.tier} has no idle pod to move to`,
      });
      continue;
    }
    left--;
    planning.ledger.take(pod, cluster.clusterName, 'partition');
    reserve.take(cluster.tier);
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
  if (held > 0)
    planning.notes.push({ reason: 'MovesLimited', subject: 'barn', detail: `${held} partitions wait to move` });
};
