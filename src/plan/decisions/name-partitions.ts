import type { CacheCluster } from '../../farm/model.js';
import { lostVoices } from '../../world/evidence.js';
import { claimOf, isOpen, majorityOf, type PartitionFact, type UpSentinel, upInstance } from '../../world/facts.js';
import type { NameView, RedisPod } from '../../world/model.js';
import type { Action, NameOptions } from '../action.js';
import { electionsFailed } from '../elections-failed.js';
import { isAnothers, isSharing } from '../move-reason.js';
import { optionsFor } from '../name-options.js';
import { applicationUser, type Decide, type Planning, podRef, sentinelRef, writable } from '../planning.js';
import type { Reason } from '../reasons.js';
import { assignStandbys, homeOf } from '../standbys.js';
import { chooseMaster } from './follow-master.js';
import { isForeign } from './keep-members.js';
import { keptClaimant } from './release-superseded.js';

/** States in which Sentinel itself is at work on the name. */
const BUSY = new Set(['failover_in_progress', 'o_down', 's_down', 'force_failover']);

function nameAt(
  planning: Planning,
  partition: PartitionFact,
  sentinel: UpSentinel,
  target: Target,
  replace: boolean,
): Action {
  const peers = writable(planning, partition.group).filter((peer) => peer !== sentinel);
  return {
    kind: 'name-partition',
    partition: partition.name,
    sentinel: sentinelRef(sentinel),
    peers: peers.map(sentinelRef),
    address: target.pod.address,
    ...(target.standby ? { standby: target.standby.address } : {}),
    epoch: target.epoch,
    options: optionsFor(partition, target.standby),
    replace,
  };
}

interface Target {
  readonly pod: RedisPod;
  readonly standby: RedisPod | undefined;
  readonly epoch: number;
}

/** That of the name; one that was given in Sentinel's own words (act/switch-name.ts) has none, and a hello without one tells nobody anything. */
const epochFor = (planning: Planning, { epoch, group }: PartitionFact): number =>
  epoch > 0 ? epoch : (planning.epochs.get(group.name) ?? 1);

/** The pod a new name is given to: the one that claims it and is open for it. */
function claimant(planning: Planning, partition: PartitionFact): RedisPod | undefined {
  const pod =
    partition.cluster.partitionSize > 1 ? chooseMaster(planning, partition) : keptClaimant(planning, partition);
  return pod && isOpen(pod, applicationUser(planning, partition.cluster.clusterName)) ? pod : undefined;
}

function decide(
  planning: Planning,
  partition: PartitionFact,
  reason: Reason,
  actions: readonly Action[],
  target: Target,
): void {
  const standby = target.standby ? `, standby ${target.standby.address}` : '';
  planning.decisions.push({
    reason,
    subject: partition.name,
    detail: `${target.pod.address}${standby}, epoch ${target.epoch}`,
    actions,
  });
}

function nameNew(planning: Planning, partition: PartitionFact, standby: RedisPod | undefined): void {
  const pod = claimant(planning, partition);
  const claim = pod && claimOf(pod);
  if (!pod || !claim || claim.kind === 'locked' || claim.kind === 'standby') return;
  // All copies carry one epoch, and Sentinel chooses the master among them: it is no one's address.
  const epoch = claim.kind === 'member' ? (planning.epochs.get(partition.group.name) ?? claim.epoch) : claim.epoch;
  const target = { pod, standby, epoch };
  const sentinels = writable(planning, partition.group);
  decide(
    planning,
    partition,
    'PartitionNotNamed',
    sentinels.map((sentinel) => nameAt(planning, partition, sentinel, target, false)),
    target,
  );
}

/** The same replica list that arming would write: nothing but the standby. */
const isArmed = (view: PartitionFact['known'][number]['view'], standby: RedisPod | undefined): boolean =>
  standby === undefined
    ? view.replicas.length === 0
    : view.replicas.length === 1 && view.replicas[0]?.address === standby.address;

const hasOptions = (view: NameView, options: NameOptions): boolean =>
  view.quorum === options.quorum &&
  view.downAfterMs === options.downAfterMs &&
  view.failoverTimeoutMs === options.failoverTimeoutMs;

/** Sentinel gave it a standby that is bound to nobody yet (adopt-failover.ts): it may have to leave it to another, and arming it would delay that. */
const awaitsAdoption = ({ cluster }: PartitionFact, pod: RedisPod): boolean =>
  cluster.partitionSize === 1 && claimOf(pod)?.kind === 'standby';

/** All sentinels say the same, and it is what would be written: looking at one of them is enough. */
function isAsWanted(partition: PartitionFact, standby: RedisPod | undefined): boolean {
  const { cluster, first: view, uniform } = partition;
  return (
    uniform &&
    view !== undefined &&
    cluster.partitionSize === 1 &&
    isArmed(view, standby) &&
    hasOptions(view, optionsFor(partition, standby))
  );
}

/** The one standby they list is in a KubeCluster that is not read, and no majority of them has lost it: as good as one that only we cannot reach. */
function listsUnseen({ facts, input }: Planning, partition: PartitionFact): boolean {
  if (input.world.datacenters.every(({ complete }) => complete)) return false;
  const listed = new Set(partition.known.flatMap(({ view }) => view.replicas.map(({ address }) => address)));
  const [only = ''] = listed;
  return listed.size === 1 && !facts.podAt.has(only) && lostVoices(partition, only) < majorityOf(partition.group.size);
}

function completeNamed(planning: Planning, partition: PartitionFact, standby: RedisPod | undefined): void {
  const pod = partition.agreed === undefined ? undefined : partition.at;
  if (!pod || !upInstance(pod) || isAsWanted(partition, standby)) return;
  const target = { pod, standby, epoch: epochFor(planning, partition) };
  const replicated = partition.cluster.partitionSize > 1;
  // Replicas are learned from the INFO of the master, which a shut one does not give: a name that is written now knows none, and its sentinel
  // would only win elections to lose them. A majority knows the name: they, or promote-member.ts, move it first.
  const tells = !replicated || isOpen(pod, applicationUser(planning, partition.cluster.clusterName));
  const bare = tells ? partition.bare.filter((sentinel) => !sentinel.tilt) : [];
  if (bare.length > 0) {
    decide(
      planning,
      partition,
      'SentinelBare',
      bare.map((sentinel) => nameAt(planning, partition, sentinel, target, false)),
      target,
    );
    return;
  }
  const working = partition.known.filter(({ view }) => view.flags.some((flag) => BUSY.has(flag)));
  const busy = working.find(({ view }) => !electionsFailed(view)) ?? working[0];
  if (busy) {
    planning.notes.push({
      reason: 'FailoverUnderWay',
      subject: partition.name,
      detail: `${busy.sentinel.pod} says ${busy.view.flags.join(',')}`,
    });
    if (!electionsFailed(busy.view)) return;
  }
  // One in TILT is not written to: it learns from what the others say of themselves, and writing to them again would change nothing.
  if (partition.known.some(({ sentinel, view }) => !sentinel.tilt && view.address !== partition.agreed)) {
    settle(planning, partition, pod);
    return;
  }
  // A sentinel writes its file anew several times for each name that is armed, and answers nobody meanwhile: the dead go first.
  if (awaitsAdoption(partition, pod) || planning.replacingIn.has(partition.group.name)) return;
  if (!replicated && listsUnseen(planning, partition)) return;
  const stale = partition.known.filter(({ sentinel }) => !sentinel.tilt);
  const wrong = stale.find(({ view }) =>
    replicated
      ? tells && view.flags.length === 1 && view.replicas.some(({ address }) => isForeign(planning, partition, address))
      : !isArmed(view, standby),
  );
  if (wrong) {
    const reason = replicated ? 'ReplicaForgotten' : 'StandbyNotArmed';
    decide(planning, partition, reason, [nameAt(planning, partition, wrong.sentinel, target, true)], target);
    return;
  }
  const options = optionsFor(partition, standby);
  const differs = stale.filter(({ view }) => !hasOptions(view, options));
  const actions = differs.map(
    ({ sentinel }): Action => ({
      kind: 'set-options',
      partition: partition.name,
      sentinel: sentinelRef(sentinel),
      options,
    }),
  );
  if (actions.length > 0) decide(planning, partition, 'OptionsDiffer', actions, target);
}

/** A cache cluster whose standbys are still being claimed in this pass is named in the next, so that each name is written once. */
const standbysPending = (planning: Planning): ReadonlySet<string> =>
  new Set(
    planning.decisions.flatMap(({ reason, subject }) =>
      reason === 'StandbyMissing' || reason === 'PodHalfOpen' ? [subject] : [],
    ),
  );

/** Makes every sentinel of the group know the partition, with its standby and its options. */
export const namePartitions: Decide = (planning) => {
  const decided = new Set(planning.decisions.map(({ subject }) => subject));
  const byCluster = new Map<CacheCluster, PartitionFact[]>();
  for (const partition of planning.partitions) {
    const known = byCluster.get(partition.cluster);
    if (known) known.push(partition);
    else byCluster.set(partition.cluster, [partition]);
  }
  const pending = standbysPending(planning);
  for (const [cluster, partitions] of byCluster) {
    if (pending.has(cluster.clusterName)) continue;
    const standbys = cluster.partitionSize > 1 ? undefined : assignStandbys(planning, cluster, partitions);
    for (const partition of partitions)
      if (!decided.has(partition.name) && !isLeavingShelter(partition))
        name(planning, partition, standbys?.get(partition.name));
  }
};

/** It will have another address in a moment: a write to its sentinels now would only keep the hand-over waiting. */
const isLeavingShelter = (partition: PartitionFact): boolean => partition.incoming.length > 0 && isSharing(partition);

function name(planning: Planning, partition: PartitionFact, standby: RedisPod | undefined): void {
  if (partition.first === undefined) nameNew(planning, partition, standby);
  else if (isAnothers(partition)) nameOwn(planning, partition);
  else if (partition.agreed !== undefined) completeNamed(planning, partition, standby);
  else completeLeading(planning, partition, standby);
}

/** The open pod whose own marker says, at the highest epoch, that it is the partition's: the second witness where sentinels differ. */
function bestClaimant(planning: Planning, partition: PartitionFact): RedisPod | undefined {
  const user = applicationUser(planning, partition.cluster.clusterName);
  const open = partition.claimedBy.filter((pod) => isOpen(pod, user) && upInstance(pod)?.role === 'master');
  return keptClaimant(planning, { name: partition.name, claimedBy: open });
}

/** Sentinels that differ are brought together by one hello above all epochs seen: gossip alone never settles equal epochs (design.md 4.6). */
function settle(planning: Planning, partition: PartitionFact, pod: RedisPod): void {
  const claim = claimOf(pod);
  if (!claim || claim.kind === 'locked') return;
  const epoch = planning.epochs.get(partition.group.name) ?? 1;
  const action: Action = {
    kind: 'switch-name',
    partition: partition.name,
    sentinels: writable(planning, partition.group).map(sentinelRef),
    needed: majorityOf(partition.group.size),
    from: partition.leading ?? '',
    pod: podRef(pod),
    claim,
    epoch,
    options: optionsFor(partition, undefined),
  };
  decide(planning, partition, 'SentinelsDisagree', [action], { pod, standby: undefined, epoch });
}

/**
 * What they name is another one's, and that is told to nobody. Where a majority knows it, replace-dead.ts moves the name; else those that do not
 * know it are told the pod that claims it by now (bind-missing.ts), at an epoch above all, and the others follow.
 */
function nameOwn(planning: Planning, partition: PartitionFact): void {
  const claimant = bestClaimant(planning, partition);
  const bare = partition.bare.filter((sentinel) => !sentinel.tilt);
  if (partition.agreed === undefined && claimant && bare.length === 0) settle(planning, partition, claimant);
  else if (partition.agreed === undefined && claimant) {
    const target = { pod: claimant, standby: undefined, epoch: planning.epochs.get(partition.group.name) ?? 1 };
    const actions = bare.map((sentinel) => nameAt(planning, partition, sentinel, target, false));
    decide(planning, partition, 'SentinelBare', actions, target);
  } else {
    const { at } = partition;
    const says = at && upInstance(at)?.claimText;
    planning.notes.push({
      reason: 'PodClaimedByOther',
      subject: partition.name,
      detail: `${at?.address} says ${says}`,
    });
  }
}

/** Fewer than a majority know it and none contradicts: an earlier pass was cut off between two sentinels. Real disagreement is left alone. */
function completeLeading(planning: Planning, partition: PartitionFact, standby: RedisPod | undefined): void {
  const addresses = new Set(partition.known.map(({ view }) => view.address));
  if (addresses.size !== 1) {
    const claimant = bestClaimant(planning, partition);
    if (claimant) {
      settle(planning, partition, claimant);
      return;
    }
  }
  const pod = homeOf(partition);
  if (addresses.size !== 1 || !pod) {
    planning.notes.push({ reason: 'SentinelsDisagree', subject: partition.name, detail: [...addresses].join(' / ') });
    return;
  }
  const target = { pod, standby, epoch: epochFor(planning, partition) };
  const actions = partition.bare
    .filter((sentinel) => !sentinel.tilt)
    .map((sentinel) => nameAt(planning, partition, sentinel, target, false));
  if (actions.length > 0) decide(planning, partition, 'SentinelBare', actions, target);
}
