import type { Facts } from '../world/facts.js';
import type { Plan } from './action.js';
import { adoptFailover } from './decisions/adopt-failover.js';
import { bindMissing } from './decisions/bind-missing.js';
import { changeCopies } from './decisions/change-copies.js';
import { continueMoves } from './decisions/continue-moves.js';
import { drainMembers } from './decisions/drain-members.js';
import { endTilt } from './decisions/end-tilt.js';
import { finishOpening } from './decisions/finish-opening.js';
import { followMaster } from './decisions/follow-master.js';
import { keepMembers } from './decisions/keep-members.js';
import { keepMinReplicas } from './decisions/keep-min-replicas.js';
import { keepStandbys } from './decisions/keep-standbys.js';
import { letSentinelsAsk } from './decisions/let-sentinels-ask.js';
import { namePartitions } from './decisions/name-partitions.js';
import { partShelters } from './decisions/part-shelters.js';
import { promoteMember } from './decisions/promote-member.js';
import { readmitRestarted } from './decisions/readmit-restarted.js';
import { releaseRemoved } from './decisions/release-removed.js';
import { releaseSuperseded } from './decisions/release-superseded.js';
import { releaseSurplus } from './decisions/release-surplus.js';
import { replaceDead } from './decisions/replace-dead.js';
import { spreadBetter } from './decisions/spread-better.js';
import { startMoves } from './decisions/start-moves.js';
import { isIsolated } from './isolation.js';
import { type Decide, type PlanInput, startPlanning } from './planning.js';

/** What a look at single partitions decides: whether they live, and what gives them back. */
const URGENT: readonly Decide[] = [
  /* what Sentinel did by itself is made ours */
  adoptFailover,
  /* the dead are replaced */
  replaceDead,
  /* a pod that came back at its own address serves again */
  readmitRestarted,
];

/** In this order; later decisions see the working copy that earlier ones have updated. */
const DECISIONS: readonly Decide[] = [
  /* a sentinel that would never vote again */
  endTilt,
  /* leftovers of a pass that was cut off come first: what lost is shut before what won is opened */
  releaseSuperseded,
  finishOpening,
  ...URGENT,
  /* and where Sentinel, which does it for replicated partitions, cannot */
  promoteMember,
  /* partitions take their pods before standbys do */
  bindMissing,
  /* two on one pod come apart before anything optional takes idle pods */
  partShelters,
  changeCopies,
  keepMembers,
  keepMinReplicas,
  keepStandbys,
  followMaster,
  /* what is declared no more is given back */
  releaseRemoved,
  /* names: a sentinel only ever learns of pods that are open for what it is told */
  namePartitions,
  /* and may ask those that no other name is left of */
  letSentinelsAsk,
  /* surplus goes when no name lists it any more */
  releaseSurplus,
  /* voluntary, within the budget of moves: first what has begun */
  drainMembers,
  continueMoves,
  startMoves,
  spreadBetter,
];

/** A plan, and the facts it was made from: deriving them again is most of what looking at them costs. */
export interface Planned extends Plan {
  readonly facts: Facts;
  /** sentinel group -> epoch of what is decided here: above all that was seen */
  readonly epochs: ReadonlyMap<string, number>;
}

/** The pure heart of the farm: what is to be done, and why; nothing is done here and the same input always gives the same plan. */
export function plan(input: PlanInput): Planned {
  const planning = startPlanning(input);
  const { decisions, notes, facts, epochs } = planning;
  if (isIsolated(planning)) return { decisions: [], notes, facts, epochs };
  for (const decide of input.only ? URGENT : DECISIONS) decide(planning);
  return { decisions, notes, facts, epochs };
}
