import { isOpen } from '../../world/facts.js';
import { isSharing, moveSource } from '../move-reason.js';
import { applicationUser, type Decide, isTaken } from '../planning.js';
import { moveOn } from './continue-moves.js';
import { beginMove, pickToMoveTo } from './start-moves.js';

/**
 * Partitions of one cache cluster that Sentinel gave the same standby: all but the one that it is bound to move to pods of their own, with what they
 * have written there. Before anything optional takes the idle pods or writes to their sentinels, and not held up by moves for other reasons.
 */
export const partShelters: Decide = (planning) => {
  const sharing = planning.unsettled.filter(isSharing);
  let left = planning.input.budget.moves - sharing.filter(({ incoming }) => incoming.length > 0).length;
  let held = 0;
  for (const partition of sharing) {
    const { cluster, incoming, name } = partition;
    const source = moveSource(partition);
    if (incoming.length > 0) {
      moveOn(planning, partition);
      continue;
    }
    if (!source || isTaken(planning, source.address) || planning.decided.hasSubject(name)) continue;
    if (!isOpen(source, applicationUser(planning, cluster.clusterName))) continue;
    if (left <= 0) {
      held++;
      continue;
    }
    const pod = pickToMoveTo(planning, partition, source);
    if (pod) {
      left--;
      beginMove(planning, partition, 'ShelterShared', source, pod);
    } else
      planning.notes.push({
        reason: 'NoIdlePod',
        subject: name,
        detail: `ShelterShared: tier ${cluster.tier} has no idle pod to move to`,
      });
  }
  if (held > 0)
    planning.notes.push({
      reason: 'MovesLimited',
      subject: 'barn',
      detail: `${held} partitions wait to leave a shelter`,
    });
};
