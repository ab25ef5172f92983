/**
 * Failing a replicated partition over is Sentinel's; it cannot where no sentinel knows a replica any more. Replicas are learned from the INFO of
 * the master only, and a master that is dead, or that restarted empty and stays shut (redis-fence.sh), gives none: the partition would be down for
 * ever beside a pod with all its data. Then Barn does it:
 *  1. a majority names the master, and that is dead by the evidence of a majority, or up, locked and empty
 *  2. no sentinel lists a member that it could promote, or a majority has called the master down for longer than elections are tried again
 *  3. the member with most of the replication stream becomes its own master, then gets the name by a hello above all epochs
 * A member without keys is as good as any where every other copy answers and has none either, or elections have failed and no copy merely does
 * not answer; beside a dead master, which may come back with its data, it is not.
 */
import { deathOf } from '../../world/evidence.js';
import { claimOf, isOpen, majorityOf, type PartitionFact, upInstance } from '../../world/facts.js';
import type { RedisPod } from '../../world/model.js';
import { electionsFailed } from '../elections-failed.js';
import { applicationUser, type Decide, isTaken, type Planning, podRef } from '../planning.js';
import { listedPods, unseenCopies } from './keep-members.js';
import { allowanceOf, FAILURES_UNTIL_PERSON, switchTo } from './replace-dead.js';

type Loss = 'empty' | 'dead';

function lossOf(planning: Planning, partition: PartitionFact): Loss | undefined {
  if (partition.agreed === undefined) return undefined;
  const instance = partition.at && upInstance(partition.at);
  if (!instance) return deathOf(planning.facts, partition, partition.agreed) && 'dead';
  return instance.claim?.kind === 'locked' && instance.keys === 0 && !instance.loading ? 'empty' : undefined;
}

const epochOf = (pod: RedisPod): number => {
  const claim = claimOf(pod);
  return claim?.kind === 'member' ? claim.epoch : 0;
};
const offsetOf = (pod: RedisPod): number => upInstance(pod)?.offset ?? 0;
const keysOf = (pod: RedisPod): number => upInstance(pod)?.keys ?? 0;
/** An earlier pass may have been cut off after it: the same pod again, not a second master. */
const isMaster = (pod: RedisPod): number => Number(upInstance(pod)?.role === 'master');

const voting = ({ known }: PartitionFact): PartitionFact['known'] => known.filter(({ sentinel }) => !sentinel.tilt);

/** A majority has called the master down for longer than its elections could take. */
const isGivenUp = (partition: PartitionFact): boolean =>
  voting(partition).filter(({ view }) => electionsFailed(view)).length >= majorityOf(partition.group.size);

/** A copy that merely does not answer us. */
const mayHoldData = (planning: Planning, partition: PartitionFact): boolean =>
  unseenCopies(planning.facts, partition) > 0 ||
  listedPods(planning.facts, partition).some(
    (pod) => !upInstance(pod) && !deathOf(planning.facts, partition, pod.address),
  );

/** @returns members to choose from, the best first */
function heirs(planning: Planning, partition: PartitionFact, loss: Loss): readonly RedisPod[] {
  const { cluster, claimedBy, at } = partition;
  const user = applicationUser(planning, cluster.clusterName);
  const members = claimedBy.filter((pod) => pod !== at && claimOf(pod)?.kind === 'member' && isOpen(pod, user));
  const full = members.filter((pod) => keysOf(pod) > 0);
  const all =
    members.length >= cluster.partitionSize - 1 || (isGivenUp(partition) && !mayHoldData(planning, partition));
  const empty = loss === 'empty' && full.length === 0 && all ? members : [];
  return [...full, ...empty].sort(
    (x, y) =>
      offsetOf(y) - offsetOf(x) ||
      isMaster(y) - isMaster(x) ||
      epochOf(y) - epochOf(x) ||
      (x.address < y.address ? -1 : 1),
  );
}

/** Sentinel can do it, and has not had its time yet: also with a member that only does not answer us, or that the World has no pod of. */
function isSentinels({ facts }: Planning, partition: PartitionFact, members: readonly RedisPod[]): boolean {
  if (isGivenUp(partition)) return false;
  const isAlive = (flags: readonly string[]): boolean =>
    !['s_down', 'o_down', 'disconnected'].some((flag) => flags.includes(flag));
  const isMember = (address: string): boolean =>
    members.some((pod) => pod.address === address) || facts.podAt.get(address)?.instance.state !== 'up';
  return voting(partition).some(({ view }) =>
    view.replicas.some(({ address, flags }) => isAlive(flags) && isMember(address)),
  );
}

export const promoteMember: Decide = (planning) => {
  const allowance = allowanceOf(planning);
  for (const partition of planning.unsettled) {
    const loss = partition.cluster.partitionSize > 1 ? lossOf(planning, partition) : undefined;
    if (!loss) continue;
    const members = heirs(planning, partition, loss);
    const [pod] = members;
    const claim = pod && claimOf(pod);
    if (!pod || !claim || isTaken(planning, pod.address) || isSentinels(planning, partition, members)) continue;
    const failures = planning.input.failures.get(partition.name) ?? 0;
    if (failures >= FAILURES_UNTIL_PERSON) {
      planning.notes.push({ reason: 'PersonNeeded', subject: partition.name, detail: `${failures} failures in a row` });
      continue;
    }
    const spent = allowance.spent(partition);
    if (spent) {
      planning.notes.push({ reason: 'BudgetSpent', subject: partition.name, detail: spent });
      continue;
    }
    allowance.take(partition);
    const epoch = planning.epochs.get(partition.group.name) ?? 1;
    planning.decisions.push({
      reason: 'ReplicaPromoted',
      subject: partition.name,
      detail: `${partition.agreed} (${loss}) -> ${pod.address} (${pod.name} on ${pod.machine}), epoch ${epoch}`,
      actions: [{ kind: 'follow-master', pod: podRef(pod), claim }, switchTo(planning, partition, pod, claim, epoch)],
    });
  }
};
