/**
 * A dead partition without replicas goes to another pod:
 *  1. positive evidence only (world/evidence.ts), inside the budget, not after six failures in a row
 *  2. the standby that the sentinels list for it, else another free one of its cache cluster (heirOf): open already, so a claim and a hello are
 *     enough
 *  3. without a standby an idle pod: claimed and opened first, then the hello
 *  4. a standby that Sentinel is giving to another partition at this moment comes last: the two would share it
 *  5. where more crashed than there are standbys for, idle pods come first: each standby that is bound leaves all the names that list it without
 *     one, to be armed anew, and their sentinels ask it again and again until they are. That cost a mass loss more than the loss itself
 * Everything else (the dead address in the sentinels' replica lists, the missing standby) is left to the decisions of the next passes.
 */
import type { Claim } from '../../farm/access.js';
import type { CacheCluster } from '../../farm/model.js';
import { type Death, deathOf } from '../../world/evidence.js';
import { claimOf, isOpen, majorityOf, type PartitionFact, partitionsOf, upInstance } from '../../world/facts.js';
import type { RedisPod } from '../../world/model.js';
import type { Action } from '../action.js';
import { isAnothers, misplaced } from '../move-reason.js';
import { optionsFor } from '../name-options.js';
import { pickForPartition } from '../placement/pick-pod.js';
import {
  applicationUser,
  type Decide,
  isDecided,
  isTaken,
  type Planning,
  podRef,
  sentinelRef,
  writable,
} from '../planning.js';
import { promisedTo } from '../promised.js';
import type { Reason } from '../reasons.js';
import { standbysOf } from '../standbys.js';
import { askedAtOnce } from './let-sentinels-ask.js';
import { keptClaimant } from './release-superseded.js';

/** Overlord's rule (research/operators.md 1.5): after so many failures a person is asked. */
export const FAILURES_UNTIL_PERSON = 6;

const REASON_OF: Readonly<Record<Death, Reason>> = { crash: 'PodCrashed', silence: 'PodSilent' };

/** Replacements that this pass has already used up. */
export class Allowance {
  readonly #used = new Map<string, number>();
  constructor(readonly planning: Planning) {}

  #limits({ cluster }: PartitionFact): readonly (readonly [string, number | undefined])[] {
    const { replacements, backing } = this.planning.input.budget;
    return [
      [`cache cluster ${cluster.clusterName}`, replacements.get(cluster.clusterName)],
      [
        `backing group ${cluster.backingGroup}`,
        cluster.backingGroup === undefined ? undefined : backing.get(cluster.backingGroup),
      ],
    ];
  }

  /** @returns which limit holds the partition back */
  spent(partition: PartitionFact): string | undefined {
    const spent = this.#limits(partition).find(
      ([what, limit]) => limit !== undefined && (this.#used.get(what) ?? 0) >= limit,
    );
    return spent && `${spent[0]}: ${spent[1]} left`;
  }

  /** It is being replaced. */
  take(partition: PartitionFact): void {
    for (const [what] of this.#limits(partition)) this.#used.set(what, (this.#used.get(what) ?? 0) + 1);
  }
}

const allowances = new WeakMap<Planning, Allowance>();

/** One for all that a pass replaces, replicated or not: they may stand before one database. */
export function allowanceOf(planning: Planning): Allowance {
  const allowance = allowances.get(planning) ?? new Allowance(planning);
  allowances.set(planning, allowance);
  return allowance;
}

/** Open standbys of the cache cluster that serve nothing, as far as is known. */
function freeStandbys(planning: Planning, { cluster }: PartitionFact): readonly RedisPod[] {
  const user = applicationUser(planning, cluster.clusterName);
  const { facts } = planning;
  const serves = (pod: RedisPod): boolean =>
    facts.sheltering.has(pod.address) && partitionsOf(facts, cluster).some(({ leading }) => leading === pod.address);
  return standbysOf(planning, cluster.clusterName).filter(
    (pod) => isOpen(pod, user) && !serves(pod) && !isTaken(planning, pod.address),
  );
}

/** Sentinel is giving it to another partition: who took it now would share it. */
function isPromised(planning: Planning, partition: PartitionFact, { address }: RedisPod): boolean {
  const names = promisedTo(planning.facts).get(address);
  return names !== undefined && (names.size > 1 || !names.has(partition.name));
}

/**
 * The standby that a dead partition goes to. All of them are open, so none is faster; what counts is that it lives and stays.
 *  1. one that need not be left again at once   2. the one the sentinels list: they may be failing over to it at this very moment
 *  3. another datacenter than that of the dead pod, which may be going down as a whole: what was seen there may be over; its machine last
 *  4. where the cache cluster has least
 * It may end in another datacenter than the spread asks for: spread-better.ts brings it back, warm, when all is quiet.
 */
function heirOf(
  planning: Planning,
  partition: PartitionFact,
  dead: RedisPod | undefined,
  free: readonly RedisPod[],
): RedisPod | undefined {
  const listed = new Set(partition.known.flatMap(({ view }) => view.replicas.map(({ address }) => address)));
  const distance = (pod: RedisPod): number =>
    listed.has(pod.address) ? 0 : pod.machine === dead?.machine ? 3 : pod.datacenter === dead?.datacenter ? 2 : 1;
  const rank = (pod: RedisPod): number => distance(pod) + (misplaced(partition, pod) ? 4 : 0);
  const best = Math.min(...free.map(rank));
  const [first, ...others] = free.filter((pod) => rank(pod) === best);
  if (others.length === 0 || !first) return first;
  const { clusterName } = partition.cluster;
  const { ledger } = planning;
  return [first, ...others].sort(
    (x, y) =>
      ledger.inDatacenter(clusterName, x.datacenter) - ledger.inDatacenter(clusterName, y.datacenter) ||
      ledger.onMachine(clusterName, x.machine) - ledger.onMachine(clusterName, y.machine),
  )[0];
}

/** A pod that an earlier replacement has claimed and opened already, when it was cut off before the sentinels were told. */
export function begun(planning: Planning, partition: PartitionFact): RedisPod | undefined {
  const user = applicationUser(planning, partition.cluster.clusterName);
  return partition.claimedBy.find((pod) => {
    const claim = claimOf(pod);
    return (
      claim?.kind === 'bound' && claim.epoch > partition.epoch && pod.address !== partition.agreed && isOpen(pod, user)
    );
  });
}

export function switchTo(
  planning: Planning,
  partition: PartitionFact,
  pod: RedisPod,
  claim: Claim,
  epoch: number,
): Extract<Action, { kind: 'switch-name' }> {
  return {
    kind: 'switch-name',
    partition: partition.name,
    sentinels: writable(planning, partition.group).map(sentinelRef),
    needed: majorityOf(partition.group.size),
    from: partition.agreed ?? partition.leading ?? '',
    pod: podRef(pod),
    claim,
    epoch,
    options: optionsFor(partition, undefined),
  };
}

/** The same for a pod that is there for this partition alone: who loses the name to another Barn gives it up. */
function switchOrGiveUp(
  planning: Planning,
  partition: PartitionFact,
  pod: RedisPod,
  claim: Claim,
  epoch: number,
): Action {
  const user = applicationUser(planning, partition.cluster.clusterName);
  return { ...switchTo(planning, partition, pod, claim, epoch), applicationUser: user };
}

/**
 * The claim goes first: it takes INFO from Sentinel there, which may be failing other partitions of the cache cluster over to the same standby.
 * The application is in already, so that is three short commands.
 */
function toStandby(planning: Planning, partition: PartitionFact, pod: RedisPod, epoch: number): readonly Action[] {
  const claim = { kind: 'bound', partition: partition.name, epoch } as const;
  return [
    { kind: 'claim-pod', pod: podRef(pod), expect: claimOf(pod) as Claim, claim, flush: false },
    switchOrGiveUp(planning, partition, pod, claim, epoch),
  ];
}

function toIdle(planning: Planning, partition: PartitionFact, pod: RedisPod, epoch: number): readonly Action[] {
  const claim = { kind: 'bound', partition: partition.name, epoch } as const;
  const applicationUserName = applicationUser(planning, partition.cluster.clusterName);
  const flush = (upInstance(pod)?.keys ?? 0) > 0;
  return [
    {
      kind: 'claim-pod',
      pod: podRef(pod),
      expect: { kind: 'locked' },
      claim,
      applicationUser: applicationUserName,
      flush,
      ...askedAtOnce(planning),
    },
    switchOrGiveUp(planning, partition, pod, claim, epoch),
  ];
}

/** The claim says what was meant; only the sentinels are still to be told. */
export function finish(planning: Planning, partition: PartitionFact, pod: RedisPod): void {
  const claim = claimOf(pod) as Extract<Claim, { kind: 'bound' }>;
  planning.decisions.push({
    reason: 'MoveUnfinished',
    subject: partition.name,
    detail: `${partition.agreed} -> ${pod.address}, epoch ${claim.epoch}`,
    actions: [switchOrGiveUp(planning, partition, pod, claim, claim.epoch)],
  });
}

/** Sentinel is at work on the name, or has moved it on already and not told all: it ends elsewhere by itself. */
function isFailingOver({ known, agreed }: PartitionFact): boolean {
  const said = Math.max(...known.map(({ view }) => (view.address === agreed ? view.epoch : 0)));
  return known.some(
    ({ view }) =>
      view.flags.includes('failover_in_progress') ||
      view.flags.includes('o_down') ||
      (view.address !== agreed && view.epoch > said),
  );
}

/** An open pod of its own that no majority names: it has its data. What is only half open lost, as in finish-opening.ts. */
function ownPod(planning: Planning, { name, cluster, claimedBy }: PartitionFact): RedisPod | undefined {
  const user = applicationUser(planning, cluster.clusterName);
  const open = claimedBy.filter((pod) => claimOf(pod)?.kind === 'bound' && isOpen(pod, user));
  return keptClaimant(planning, { name, claimedBy: open });
}

function backToOwn(planning: Planning, partition: PartitionFact, pod: RedisPod, epoch: number): boolean {
  if (isTaken(planning, pod.address)) return false;
  planning.decisions.push({
    reason: 'PodClaimedByOther',
    subject: partition.name,
    detail: `${partition.agreed} -> ${pod.address} (${pod.name}, its own), epoch ${epoch}`,
    actions: [switchTo(planning, partition, pod, claimOf(pod) as Claim, epoch)],
  });
  return true;
}

/** No sentinel says more than that it has lost the connection: none is about to give the partition its standby. */
const isUnnoticed = ({ known }: PartitionFact): boolean =>
  known.every(({ view }) => view.flags.every((flag) => flag === 'master' || flag === 'disconnected'));

interface Dead {
  readonly partition: PartitionFact;
  readonly reason: Reason;
}

/** Cache clusters of which more crashed than have a free standby. Whoever is bound may be asked for INFO at once only while all sentinels are heard. */
function shortOfStandbys(planning: Planning, dead: readonly Dead[]): ReadonlySet<CacheCluster> {
  const crashed = new Map<CacheCluster, PartitionFact[]>();
  if (planning.allHeard)
    for (const { partition, reason } of dead)
      if (reason === 'PodCrashed')
        crashed.set(partition.cluster, [...(crashed.get(partition.cluster) ?? []), partition]);
  const short = [...crashed].filter(
    ([, [first, ...more]]) => first && more.length >= freeStandbys(planning, first).length,
  );
  return new Set(short.map(([cluster]) => cluster));
}

/**
 * @param spares its standbys, for which there are idle pods
 * @returns whether anything could be done: nothing else is taken from the budget
 */
function replace(planning: Planning, { partition, reason }: Dead, spares: boolean): boolean {
  const dead = partition.agreed === undefined ? undefined : partition.at;
  const epoch = planning.epochs.get(partition.group.name) ?? 1;
  const unfinished = begun(planning, partition);
  if (unfinished) {
    finish(planning, partition, unfinished);
    return true;
  }
  const claimant = reason === 'PodClaimedByOther' ? ownPod(planning, partition) : undefined;
  if (claimant) {
    return backToOwn(planning, partition, claimant, epoch);
  }
  const free = freeStandbys(planning, partition);
  const own = free.filter((pod) => !isPromised(planning, partition, pod));
  const first =
    spares && reason === 'PodCrashed' && isUnnoticed(partition) ? undefined : heirOf(planning, partition, dead, own);
  const idle = first ? undefined : pickForPartition(planning.ledger, partition.cluster, partition.name);
  const apart = first ?? (idle ? undefined : heirOf(planning, partition, dead, own));
  // Better two on one pod for a while (part-shelters.ts) than one nowhere.
  const standby = apart ?? (idle ? undefined : heirOf(planning, partition, dead, free));
  const heir = standby ?? idle;
  if (!heir) {
    planning.notes.push({
      reason: 'NoIdlePod',
      subject: partition.name,
      detail: `its pod at ${partition.agreed} is ${reason === 'PodClaimedByOther' ? "another one's" : 'dead'}; no standby is free, tier ${partition.cluster.tier} has no idle pod`,
    });
    return false;
  }
  if (idle) planning.ledger.take(idle, partition.cluster.clusterName, 'partition');
  planning.decisions.push({
    reason,
    subject: partition.name,
    detail: `${partition.agreed} -> ${heir.address} (${standby ? 'standby' : 'idle pod'} ${heir.name} on ${heir.machine}), epoch ${epoch}`,
    actions: standby ? toStandby(planning, partition, standby, epoch) : toIdle(planning, partition, heir, epoch),
  });
  return true;
}

/** The pod that serves is told anew, above a claim that never opened (release-superseded.ts): that supersedes the one that did, too. */
const isOutbid = ({ decisions }: Planning, { name }: PartitionFact): boolean =>
  decisions.some(({ subject, actions }) => subject === name && actions.some(({ kind }) => kind === 'switch-name'));

export const replaceDead: Decide = (planning) => {
  const dead: Dead[] = [];
  for (const partition of planning.unsettled) {
    if (partition.agreed === undefined || partition.cluster.partitionSize > 1) continue;
    const pod = partition.at;
    if (pod && upInstance(pod)) {
      const unfinished = begun(planning, partition);
      if (unfinished && !isDecided(planning, unfinished.address) && !isOutbid(planning, partition))
        finish(planning, partition, unfinished);
      // The look at single partitions is for the dead: what two say of one pod is compared when all of them were asked.
      if (unfinished || planning.input.only || !isAnothers(partition) || isFailingOver(partition)) continue;
    }
    const death = isAnothers(partition) ? undefined : deathOf(planning.facts, partition, partition.agreed);
    const reason = isAnothers(partition) ? 'PodClaimedByOther' : death && REASON_OF[death];
    if (!reason) {
      planning.notes.push({ reason: 'PodUnreachable', subject: partition.name, detail: partition.agreed });
      continue;
    }
    const failures = planning.input.failures.get(partition.name) ?? 0;
    if (failures >= FAILURES_UNTIL_PERSON) {
      planning.notes.push({ reason: 'PersonNeeded', subject: partition.name, detail: `${failures} failures in a row` });
      continue;
    }
    dead.push({ partition, reason });
  }
  const short = shortOfStandbys(planning, dead);
  const allowance = allowanceOf(planning);
  for (const one of dead) {
    const spent = allowance.spent(one.partition);
    if (spent) planning.notes.push({ reason: 'BudgetSpent', subject: one.partition.name, detail: spent });
    else if (replace(planning, one, short.has(one.partition.cluster))) allowance.take(one.partition);
  }
};
