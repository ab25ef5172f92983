import type { Plan } from './action.js';
import { adoptFailover } from './decisions/adopt-failover.js';
import { bindMissing } from './decisions/bind-missing.js';
import { finishOpening } from './decisions/finish-opening.js';
import { followMaster } from './decisions/follow-master.js';
import { keepStandbys } from './decisions/keep-standbys.js';
import { namePartitions } from './decisions/name-partitions.js';
import { readmitRestarted } from './decisions/readmit-restarted.js';
import { releaseSuperseded } from './decisions/release-superseded.js';
import { replaceDead } from './decisions/replace-dead.js';
import { isIsolated } from './isolation.js';
import { type Decide, type PlanInput, startPlanning } from './planning.js';

/** In this order; later decisions see the working copy that earlier ones have updated. */
const DECISIONS: readonly Decide[] = [
  /* leftovers of a pass that was cut off come first: what lost is shut before what won is opened */
  releaseSuperseded,
  finishOpening,
  /* what Sentinel did by itself is made ours, then the dead are replaced, before anything new is bound */
  adoptFailover,
  replaceDead,
  /* a pod that came back at its own address serves again */
  readmitRestarted,
  /* partitions take their pods before standbys do */
  bindMissing,
  keepStandbys,
  followMaster,
  /* names last: a sentinel only ever learns of pods that are open for what it is told */
  namePartitions,
];

/** The pure heart of the farm: what is to be done, and why; nothing is done here and the same input always gives the same plan. */
export function plan(input: PlanInput): Plan {
  const planning = startPlanning(input);
  if (isIsolated(planning)) return { decisions: [], notes: planning.notes };
  for (const decide of DECISIONS) decide(planning);
  return { decisions: planning.decisions, notes: planning.notes };
}
