/**
 * A replicated partition keeps its declared number of pods. Counted are those that are up with its claim, and those that merely do not answer
 * us: unknown is not dead. A pod that came back empty at an address the sentinels still list rejoins before an idle one is taken.
 */
import { deathOf } from '../../world/evidence.js';
import { claimOf, type Facts, isOpen, type PartitionFact, upInstance } from '../../world/facts.js';
import type { RedisPod } from '../../world/model.js';
import type { Decision } from '../action.js';
import { electionsFailed } from '../elections-failed.js';
import { IdleReserve } from '../idle-reserve.js';
import { misplaced } from '../move-reason.js';
import { movesLeft } from '../moves-left.js';
import { pickForPartition } from '../placement/pick-pod.js';
import { applicationUser, type Decide, isTaken, type Planning, podRef } from '../planning.js';
import type { Reason } from '../reasons.js';
import { minReplicasOf } from './keep-min-replicas.js';

/** Pods at the addresses that sentinels give for the partition, as master or as replica. */
export function listedPods(facts: Facts, partition: PartitionFact): readonly RedisPod[] {
  const addresses = new Set(
    partition.known.flatMap(({ view }) => [view.address, ...view.replicas.map(({ address }) => address)]),
  );
  return [...addresses].flatMap((address) => facts.podAt.get(address) ?? []);
}

/**
 * Addresses that sentinels give for the partition, that no majority of them has lost, and of which the World has no pod: of a KubeCluster that is not
 * read, or on their way out. Only we do not see what they are.
 */
export function unseenCopies(facts: Facts, partition: PartitionFact): number {
  const addresses = new Set(
    partition.known.flatMap(({ view }) => [view.address, ...view.replicas.map(({ address }) => address)]),
  );
  return [...addresses].filter((address) => !facts.podAt.has(address) && !deathOf(facts, partition, address)).length;
}

function present(planning: Planning, partition: PartitionFact): readonly RedisPod[] {
  const silent = listedPods(planning.facts, partition).filter(
    (pod) => !upInstance(pod) && !deathOf(planning.facts, partition, pod.address),
  );
  return [...partition.claimedBy, ...silent].filter((pod) => !misplaced(partition, pod));
}

/** Members that serve until another pod has taken their place. */
const leavers = (partition: PartitionFact): readonly RedisPod[] =>
  partition.claimedBy.filter((pod) => misplaced(partition, pod));

/** Restarted empty, listed for this partition only, and not as its master: that one is Sentinel's to move away from first. */
function returning(planning: Planning, partition: PartitionFact): RedisPod | undefined {
  return listedPods(planning.facts, partition).find((pod) => {
    const instance = upInstance(pod);
    const names = planning.facts.listed.get(pod.address);
    const free =
      instance?.claim?.kind === 'locked' &&
      instance.role === 'master' &&
      !instance.loading &&
      !isTaken(planning, pod.address);
    return free && !pod.draining && pod.address !== partition.agreed && names?.size === 1 && names.has(partition.name);
  });
}

export function join(planning: Planning, partition: PartitionFact, pod: RedisPod, reason: Reason): Decision {
  const { cluster } = partition;
  const epoch = partition.epoch || (planning.epochs.get(partition.group.name) ?? 1);
  return {
    reason,
    subject: partition.name,
    detail: `${pod.name} on ${pod.machine} (${pod.datacenter})`,
    actions: [
      {
        kind: 'claim-pod',
        pod: podRef(pod),
        expect: { kind: 'locked' },
        claim: { kind: 'member', partition: partition.name, epoch },
        applicationUser: applicationUser(planning, cluster.clusterName),
        flush: (upInstance(pod)?.keys ?? 0) > 0,
        ...(minReplicasOf(cluster) > 0 ? { minReplicas: minReplicasOf(cluster) } : {}),
      },
    ],
  };
}

/** Sentinel has a master, all is quiet: only then is it known how many pods are really missing. */
function isQuiet(planning: Planning, partition: PartitionFact): boolean {
  const master = partition.agreed === undefined ? undefined : planning.facts.podAt.get(partition.agreed);
  const open = master !== undefined && isOpen(master, applicationUser(planning, partition.cluster.clusterName));
  return open && partition.known.every(({ view }) => view.flags.length === 1 || electionsFailed(view));
}

/** Nothing with its data is left, nor anything that merely does not answer: Sentinel alone would wait for ever. */
function startAgain(planning: Planning, partition: PartitionFact): void {
  const master = partition.agreed === undefined ? undefined : planning.facts.podAt.get(partition.agreed);
  if (!master || claimOf(master)?.kind !== 'locked' || upInstance(master)?.loading || isTaken(planning, master.address))
    return;
  planning.decisions.push(join(planning, partition, master, 'CopiesLost'));
}

/** @returns the pod that joins next, told why; undefined when there is none */
function attach(
  planning: Planning,
  partition: PartitionFact,
  members: readonly RedisPod[],
  reason: Reason,
): RedisPod | undefined {
  const { cluster } = partition;
  const back = returning(planning, partition);
  const pod = back ?? pickForPartition(planning.ledger, cluster, partition.name, members);
  if (!pod) {
    const detail = `tier ${cluster.tier}, ${planning.ledger.idleOf(cluster.tier).length} idle`;
    planning.notes.push({ reason: 'NoIdlePod', subject: partition.name, detail });
    return undefined;
  }
  if (!back) planning.ledger.take(pod, cluster.clusterName, 'partition');
  planning.decisions.push(join(planning, partition, pod, reason));
  return pod;
}

/** Moves of replicated partitions within the budget of this pass and the reserve, and what has to wait. */
class Moves {
  readonly reserve: IdleReserve;
  #left: number | undefined;
  readonly #held = new Map<string, number>();
  constructor(readonly planning: Planning) {
    this.reserve = new IdleReserve(planning);
  }

  /** One more partition begins to move, if it may; one that has begun goes on. */
  take(partition: PartitionFact, reason: Reason, leaver: RedisPod): boolean {
    const { cluster, claimedBy, name } = partition;
    if (claimedBy.length > cluster.partitionSize) return true;
    this.#left ??= movesLeft(this.planning);
    if (this.#left <= 0) {
      this.#held.set(cluster.clusterName, (this.#held.get(cluster.clusterName) ?? 0) + 1);
      return false;
    }
    const kept = reason === 'Draining' ? this.reserve.holds(cluster.tier, leaver) : undefined;
    if (kept) {
      this.planning.notes.push({ reason: 'ReserveKept', subject: name, detail: `${reason}: ${kept}` });
      return false;
    }
    this.#left--;
    return true;
  }

  tell(): void {
    for (const [subject, count] of this.#held)
      this.planning.notes.push({ reason: 'MovesLimited', subject, detail: `${count} partitions wait to move` });
  }
}

export const keepMembers: Decide = (planning) => {
  const moves = new Moves(planning);
  for (const partition of planning.unsettled) {
    const { cluster } = partition;
    if (cluster.partitionSize === 1) continue;
    const members = [...present(planning, partition)];
    const gone = members.length + leavers(partition).length + unseenCopies(planning.facts, partition) === 0;
    if (partition.known.length > 0 && gone) startAgain(planning, partition);
    if (partition.known.length > 0 && !isQuiet(planning, partition)) continue;
    keepNumber(planning, partition, members, moves);
  }
  moves.tell();
};

/** The lost are replaced at once; those that should leave get their successors first, as far as moves are left. */
function keepNumber(planning: Planning, partition: PartitionFact, members: RedisPod[], moves: Moves): void {
  const leaving = leavers(partition);
  const unseen = unseenCopies(planning.facts, partition);
  const lost = partition.cluster.partitionSize - leaving.length - members.length - unseen;
  const missing = partition.cluster.partitionSize - members.length - unseen;
  for (let i = 0; i < missing; i++) {
    const first = members.length === 0 && partition.known.length === 0;
    const leaver = i < lost ? undefined : leaving[0];
    const moving = leaver && misplaced(partition, leaver);
    if (leaver && moving && i === Math.max(0, lost) && !moves.take(partition, moving, leaver)) return;
    const pod = attach(planning, partition, members, moving ?? (first ? 'PartitionUnbound' : 'ReplicaMissing'));
    if (moving) moves.reserve.take(partition.cluster.tier);
    if (!pod) return;
    members.push(pod);
  }
}

/** Whether a pod at a replica's address has nothing to do with the partition any more. */
export function isForeign(planning: Planning, partition: PartitionFact, address: string): boolean {
  const pod = planning.facts.podAt.get(address);
  const claim = pod && claimOf(pod);
  if (pod && !upInstance(pod)) return false;
  if (!pod) return deathOf(planning.facts, partition, address) !== undefined;
  return claim?.kind !== 'member' || claim.partition !== partition.name;
}
