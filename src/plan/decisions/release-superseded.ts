import { claimOf, isOpen, majorityOf, type PartitionFact, upInstance } from '../../world/facts.js';
import type { NameView, RedisPod } from '../../world/model.js';
import { epochGiven } from '../../world/outdated-majority.js';
import { isAnothers } from '../move-reason.js';
import { optionsFor } from '../name-options.js';
import { rendezvousScore } from '../placement/rendezvous.js';
import { applicationUser, type Decide, type Planning, podRef, sentinelRef, writable } from '../planning.js';
import type { Reason } from '../reasons.js';

const epochOf = (pod: RedisPod): number => {
  const claim = claimOf(pod);
  return claim?.kind === 'bound' ? claim.epoch : 0;
};

function release(planning: Planning, partition: PartitionFact, pod: RedisPod, reason: Reason, kept: string): void {
  const expect = claimOf(pod);
  if (!expect || planning.input.inFlight.has(pod.address)) return;
  planning.decisions.push({
    reason,
    subject: partition.name,
    detail: `${pod.name} at ${pod.address} is given up, ${kept} is kept`,
    actions: [
      {
        kind: 'release-pod',
        pod: podRef(pod),
        expect,
        applicationUser: applicationUser(planning, partition.cluster.clusterName),
      },
    ],
  });
}

const isEmpty = (pod: RedisPod): boolean => (upInstance(pod)?.keys ?? 0) === 0;

const viewsElsewhere = ({ facts }: Planning, { name }: Pick<PartitionFact, 'name'>): readonly NameView[] =>
  facts.strays
    .filter((stray) => stray.partition === name)
    .flatMap(({ sentinels }) => sentinels.flatMap(({ names }) => names.filter(({ partition }) => partition === name)));

/**
 * The sentinels of another group, which had the partition before, are at work on it or have not all heard what came of that: the pod that they are
 * about to give has the newest data.
 */
export function isMovingElsewhere(planning: Planning, partition: PartitionFact): boolean {
  const views = viewsElsewhere(planning, partition);
  return (
    views.some(({ flags }) => flags.includes('failover_in_progress')) ||
    new Set(views.map(({ address }) => address)).size > 1
  );
}

/** The claimant that the sentinels of the group give which had the partition before: of several masters after a failover it has the data. */
export function givenElsewhere(
  planning: Planning,
  partition: Pick<PartitionFact, 'name' | 'claimedBy'>,
): RedisPod | undefined {
  const address = viewsElsewhere(planning, partition)[0]?.address;
  return partition.claimedBy.find((pod) => pod.address === address && upInstance(pod)?.role === 'master');
}

/**
 * Which of several claimants of a partition that no sentinel of its group knows is kept: the one that its former group gives, a master, the highest
 * epoch, one with data, then rendezvous.
 */
export function keptClaimant(
  planning: Planning,
  partition: Pick<PartitionFact, 'name' | 'claimedBy'>,
): RedisPod | undefined {
  const given = givenElsewhere(planning, partition);
  return [...partition.claimedBy].sort(
    (x, y) =>
      Number(y === given) - Number(x === given) ||
      Number(upInstance(x)?.role === 'replica') - Number(upInstance(y)?.role === 'replica') ||
      epochOf(y) - epochOf(x) ||
      Number(isEmpty(x)) - Number(isEmpty(y)) ||
      rendezvousScore(partition.name, x.name) - rendezvousScore(partition.name, y.name),
  )[0];
}

/** Of a partition that had several copies: given back when the pod that keeps the data is told so (change-copies.ts). */
const isCopy = (pod: RedisPod): boolean => claimOf(pod)?.kind === 'member' && upInstance(pod)?.role === 'replica';

/** The pod that all sentinels give, none of them at work on it, when it serves the partition under a claim of its own. */
function servingPod(planning: Planning, { name, cluster, known, agreed, at }: PartitionFact): RedisPod | undefined {
  const claim = at && claimOf(at);
  const isOwn = claim?.kind === 'bound' && claim.partition === name && !planning.input.inFlight.has(at?.address ?? '');
  const isQuiet = known.every(({ view }) => view.address === agreed && view.flags.length === 1);
  return isOwn && isQuiet && isOpen(at as RedisPod, applicationUser(planning, cluster.clusterName)) ? at : undefined;
}

/**
 * A claim that no sentinel was told, on a pod that never opened, while the one that all of them give serves again (the reply was lost, or the
 * controller was): whoever made it may still be about to tell it. So the pod that serves gets an epoch above it first, which the late write does
 * not have; that the claim is superseded then holds whatever arrives. One that did open is gone on with (`begun` in replace-dead.ts).
 */
function outbid(planning: Planning, partition: PartitionFact, pod: RedisPod): void {
  const { group, name, cluster } = partition;
  const kept = servingPod(planning, partition);
  const claim = kept && claimOf(kept);
  const goesOn = isOpen(pod, applicationUser(planning, cluster.clusterName)) && epochOf(pod) > partition.epoch;
  if (!kept || claim?.kind !== 'bound' || goesOn || planning.input.inFlight.has(pod.address)) return;
  const epoch = planning.epochs.get(group.name) ?? 1;
  planning.decisions.push({
    reason: 'MoveUnfinished',
    subject: name,
    detail: `${pod.name} at ${pod.address} never opened and is given up: ${kept.address} serves and is kept, epoch ${epoch}`,
    actions: [
      {
        kind: 'switch-name',
        partition: name,
        sentinels: writable(planning, group).map(sentinelRef),
        needed: majorityOf(group.size),
        from: kept.address,
        pod: podRef(kept),
        claim,
        epoch,
        options: optionsFor(partition, undefined),
      },
    ],
  });
}

/** Its former group still lists it as a copy: until that has forgotten the name (release-removed.ts) it may promote it at any moment, and write there. */
const isStillListed = ({ facts }: Planning, { name }: PartitionFact, pod: RedisPod): boolean =>
  claimOf(pod)?.kind === 'member' && facts.listed.get(pod.address)?.has(name) === true;

/** By the epoch of those who agree, and no other: one that gives another address has no part in what a majority says. */
function releaseOutvoted(planning: Planning, partition: PartitionFact, agreed: string): void {
  const epoch = epochGiven(partition, agreed);
  let newest: RedisPod | undefined;
  for (const pod of partition.claimedBy) {
    if (pod === partition.at || pod.address === agreed || isStillListed(planning, partition, pod)) continue;
    if (epochOf(pod) < epoch) release(planning, partition, pod, 'ClaimSuperseded', agreed);
    else if (claimOf(pod)?.kind === 'bound' && (!newest || epochOf(pod) > epochOf(newest))) newest = pod;
  }
  if (newest) outbid(planning, partition, newest);
}

/** Two seeds that raced, or one that was cut off, leave claims that lost: only one pod may carry an un-replicated partition. */
export const releaseSuperseded: Decide = (planning) => {
  for (const partition of planning.unsettled) {
    // What names another one's pod supersedes nothing: replace-dead.ts gives the name to the pod that claims it.
    if (partition.cluster.partitionSize > 1 || isAnothers(partition)) continue;
    if (partition.agreed !== undefined) {
      releaseOutvoted(planning, partition, partition.agreed);
    } else if (
      partition.known.length === 0 &&
      partition.bare.length === partition.group.size &&
      !isMovingElsewhere(planning, partition)
    ) {
      const kept = keptClaimant(planning, partition);
      for (const pod of partition.claimedBy)
        if (kept && pod.address !== kept.address && !isCopy(pod))
          release(planning, partition, pod, 'ClaimDuplicate', kept.address);
    }
  }
};
