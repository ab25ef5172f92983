/**
 * Warm moves that are under way, one step a pass, each derived from what is seen:
 *  1. the source lets replicas copy   2. the new pod follows it   3. it has caught up: hand-over
 * A move whose reason or source is gone is undone, at any step: the new pod was never open, so nobody notices.
 */
import { claimOf, isOpen, majorityOf, type PartitionFact, upInstance } from '../../world/facts.js';
import type { RedisPod } from '../../world/model.js';
import type { Action, HeldClaim } from '../action.js';
import { isSharing, isShelter, moveReason, moveSource } from '../move-reason.js';
import { optionsFor } from '../name-options.js';
import { applicationUser, type Decide, isTaken, type Planning, podRef, sentinelRef, writable } from '../planning.js';
import type { Reason } from '../reasons.js';
import { stillSpreadsBetter } from './spread-better.js';

/** Bytes of the replication stream that may be missing when writes are held for the rest. */
const NEARLY_ALL = 256 * 1024;

function abandon(planning: Planning, partition: PartitionFact, pod: RedisPod, source: RedisPod | undefined): void {
  const actions: Action[] = [
    {
      kind: 'release-pod',
      pod: podRef(pod),
      expect: claimOf(pod) as HeldClaim,
      applicationUser: applicationUser(planning, partition.cluster.clusterName),
    },
  ];
  const claim = source && claimOf(source);
  if (source && claim && upInstance(source)?.copyable)
    actions.push({ kind: 'allow-copy', pod: podRef(source), claim, allowed: false });
  planning.decisions.push({
    reason: 'MoveAbandoned',
    subject: partition.name,
    detail: `${pod.name} at ${pod.address}`,
    actions,
  });
}

function handOver(planning: Planning, partition: PartitionFact, source: RedisPod, pod: RedisPod): Action {
  const held = claimOf(source) as HeldClaim;
  const expect = claimOf(pod) as Extract<HeldClaim, { kind: 'incoming' }>;
  const epoch = Math.max(expect.epoch, planning.epochs.get(partition.group.name) ?? 1);
  return {
    kind: 'hand-over',
    partition: partition.name,
    sentinels: writable(planning, partition.group).map(sentinelRef),
    needed: majorityOf(partition.group.size),
    from: podRef(source),
    fromClaim: held,
    fromGoesOn: held.kind === 'bound' && held.partition !== partition.name,
    pod: podRef(pod),
    expect,
    claim: { kind: 'bound', partition: partition.name, epoch },
    applicationUser: applicationUser(planning, partition.cluster.clusterName),
    epoch,
    options: optionsFor(partition, undefined),
  };
}

/** The next step, or undefined while the copy goes on. */
function nextStep(
  planning: Planning,
  partition: PartitionFact,
  source: RedisPod,
  pod: RedisPod,
): readonly Action[] | undefined {
  const from = upInstance(source);
  const to = upInstance(pod);
  const claim = claimOf(pod);
  if (!from || !to || !claim) return undefined;
  if (to.masterAddress !== source.address) {
    const follow: Action = { kind: 'follow-master', pod: podRef(pod), claim, master: source.address };
    return from.copyable
      ? [follow]
      : [{ kind: 'allow-copy', pod: podRef(source), claim: claimOf(source) as HeldClaim, allowed: true }, follow];
  }
  if (!from.copyable)
    return [{ kind: 'allow-copy', pod: podRef(source), claim: claimOf(source) as HeldClaim, allowed: true }];
  // The pod would be shut to those that share it, and flushed.
  const held = claimOf(source);
  if (held?.kind === 'bound' && held.partition === partition.name && isShelter(planning.facts, partition, source))
    return undefined;
  return to.masterLinkUp && from.offset - to.offset <= NEARLY_ALL
    ? [handOver(planning, partition, source, pod)]
    : undefined;
}

/** This pass tells the sentinels another address at the very epoch that a hand-over would have: they would stay split. The next pass hands over. */
const isToldAlready = (planning: Planning, { name }: PartitionFact): boolean =>
  planning.decided.hasSubject(name) &&
  planning.decisions.some(
    ({ subject, actions }) => subject === name && actions.some(({ kind }) => kind === 'switch-name'),
  );

function proceed(planning: Planning, partition: PartitionFact, pod: RedisPod): void {
  const source = moveSource(partition);
  const reason: Reason | undefined =
    source &&
    (moveReason(partition, source) ??
      (stillSpreadsBetter(planning, partition.cluster, source, pod) ? 'SpreadBetter' : undefined));
  const open = source && isOpen(source, applicationUser(planning, partition.cluster.clusterName));
  if (!source || !open || !reason || pod.draining || partition.cluster.partitionSize > 1) {
    abandon(planning, partition, pod, source);
    return;
  }
  const actions = nextStep(planning, partition, source, pod);
  const detail = `${source.address} -> ${pod.address}`;
  if (actions && isToldAlready(planning, partition) && actions.some(({ kind }) => kind === 'hand-over')) return;
  if (actions) planning.decisions.push({ reason, subject: partition.name, detail, actions });
  else planning.notes.push({ reason: 'MoveCopying', subject: partition.name, detail });
}

/** The next step of the move of a partition, or its end; of several pods that take it over only the first goes on. */
export function moveOn(planning: Planning, partition: PartitionFact): void {
  const [first, ...others] = partition.incoming;
  if (first && !isTaken(planning, first.address)) proceed(planning, partition, first);
  for (const pod of others) if (!isTaken(planning, pod.address)) abandon(planning, partition, pod, undefined);
}

/** Those that leave a shelter have been moved on (part-shelters.ts). */
export const continueMoves: Decide = (planning) => {
  for (const partition of planning.unsettled)
    if (partition.incoming.length > 0 && !isSharing(partition)) moveOn(planning, partition);
};
