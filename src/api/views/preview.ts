/** What Barn would do if a cache cluster were declared otherwise: planned on the last World, so nobody is asked and nothing is done. */
import type { CacheCluster, Farm } from '../../farm/model.js';
import type { Action, Decision, Note, Plan } from '../../plan/action.js';
import { type Planned, plan } from '../../plan/plan.js';
import { UNLIMITED } from '../../plan/planning.js';
import { isIdle } from '../../world/facts.js';
import type { World } from '../../world/model.js';
import type { Pass } from '../parts.js';
import type { Change, DecisionView } from '../schemas.js';
import { decisionViews, noteView } from './decisions.js';
import { imagine } from './imagine.js';

export interface Preview {
  readonly decisions: DecisionView[];
  readonly capacity: Change['capacity'];
}

const isOf = (clusterName: string, subject: string): boolean =>
  subject === clusterName ||
  (subject.startsWith(`${clusterName}::`) && !subject.slice(clusterName.length + 2).includes(':'));

/** Who failed too often is held by a count that only the leader has; that it is held is in its notes. */
const failuresOf = ({ plan: { notes } }: Pass): ReadonlyMap<string, number> =>
  new Map(
    notes
      .filter(({ reason }) => reason === 'PersonNeeded')
      .map(({ subject, detail }) => [subject, Number.parseInt(detail, 10) || 6]),
  );

/** Nothing is in flight and no budget is spent: all that the change asks for shows, whatever goes on at this moment. */
const planFor = (pass: Pass, declared: Farm, world: World): Planned =>
  plan({
    declared,
    world,
    inFlight: new Set(),
    budget: UNLIMITED,
    failures: failuresOf(pass),
    now: world.observedAt,
    controller: 0,
  });

/** Barn as a whole does nothing, or takes nothing away. */
const GENERAL: ReadonlySet<Note['reason']> = new Set<Note['reason']>(['BarnIsolated', 'RemovalHeld']);

/** It says why something of the cache cluster is left alone, its sentinel group (before or after) and Barn included. */
const stops = ({ farm }: Pass, changed: Farm, clusterName: string, { reason, subject }: Note): boolean =>
  GENERAL.has(reason) ||
  isOf(clusterName, subject) ||
  (reason === 'GroupWithoutMajority' &&
    [...farm.cacheClusters, ...changed.cacheClusters].some(
      (cluster) => cluster.clusterName === clusterName && cluster.sentinelGroup === subject,
    ));

/** Enough for all that follows from one declaration: a replicated partition that changes its group takes seven. */
const MOST_ROUNDS = 12;

/** What happens to pods that a person would ask about: taken, given back, handed over. The many small steps between are Barn's. */
const isTold = ({ kind }: Action): boolean => kind === 'claim-pod' || kind === 'release-pod' || kind === 'hand-over';

/** `claim-pod 10.0.0.1:6378` of each action that is told */
const stepsOf = ({ actions }: Decision): readonly string[] =>
  actions.flatMap((action) => (isTold(action) && 'pod' in action ? [`${action.kind} ${action.pod.address}`] : []));

/**
 * All that the cache cluster would go through: the plan of the World as it is, then of the World as that would make it, and so on until
 * nothing more is to be done for it. Of later rounds only what happens to more pods is kept.
 */
function foresee(pass: Pass, changed: Farm, clusterName: string): Plan {
  const found: Decision[] = [];
  const told = new Set<string>();
  let now: World = { ...pass.world, cacheClusters: changed.cacheClusters };
  for (let round = 0; ; round++) {
    const { decisions, notes } = planFor(pass, changed, now);
    const own = decisions.filter(({ subject }) => isOf(clusterName, subject));
    // What is held back at the end is; what only waited for its turn was decided by then.
    if (own.length === 0 || round === MOST_ROUNDS)
      return { decisions: found, notes: notes.filter((note) => stops(pass, changed, clusterName, note)) };
    for (const decision of own) {
      const steps = stepsOf(decision);
      if (round === 0 || steps.some((step) => !told.has(step))) found.push(decision);
      for (const step of steps) told.add(step);
    }
    // Those of others too: they take pods, and give some back.
    now = imagine(now, decisions);
  }
}

/** Pods that a cache cluster is declared to have. */
const needOf = ({ clusterSize, partitionSize, standbys, datacenters }: CacheCluster): number =>
  partitionSize > 1 ? clusterSize * partitionSize : clusterSize + standbys * datacenters.length;

function needs({ cacheClusters }: Pick<Farm, 'cacheClusters'>): ReadonlyMap<string, number> {
  const byTier = new Map<string, number>();
  for (const cluster of cacheClusters) byTier.set(cluster.tier, (byTier.get(cluster.tier) ?? 0) + needOf(cluster));
  return byTier;
}

/** Counted by what is declared, before and after: what is still on its way because of an earlier change is not this one's. */
function capacityOf({ farm, world, facts }: Pass, changed: Farm): Change['capacity'] {
  const [before, after] = [needs(farm), needs(changed)];
  return changed.tiers.map(({ name: tier }) => {
    const idle = world.pods.filter((pod) => pod.tier === tier && isIdle(facts, pod)).length;
    return { tier, idle, idleAfter: idle + (before.get(tier) ?? 0) - (after.get(tier) ?? 0) };
  });
}

/** What would be left alone and why: a decision without actions. */
const heldBack = (notes: readonly Note[]): DecisionView[] =>
  notes.map((note) => ({ ...noteView(note), actions: [], pods: [] }));

/**
 * @param changed the farm as it would be declared
 * @param clusterName the cache cluster that changes: what is to be done for others is not told
 * @returns what is to be done, in order, then what finds no pod or no group (without actions)
 */
export function previewChange(pass: Pass, changed: Farm, clusterName: string): Preview {
  const { decisions, notes } = foresee(pass, changed, clusterName);
  return { decisions: [...decisionViews(decisions), ...heldBack(notes)], capacity: capacityOf(pass, changed) };
}
