/** One look, for a person: what a Barn that begins now would decide, with every brake that it would brake by. */
import type { Farm, FarmFrame } from '../farm/model.js';
import type { Note, Plan } from '../plan/action.js';
import { plan } from '../plan/plan.js';
import type { Budget } from '../plan/planning.js';
import { conditionsOf } from '../world/cluster-conditions.js';
import type { World } from '../world/model.js';
import { ReplacementWindow } from './replacement-window.js';
import { declaredIn } from './seed.js';

/** A brake that is in the memory of a running Barn, and in no look at the farm. */
export interface BarnHold {
  readonly reason: (typeof REMEMBERED)[number];
  readonly clusterName: string;
  /** as that Barn wrote it */
  readonly message: string;
  /** whose KubeClusters say so */
  readonly datacenters: readonly string[];
}

export interface PlanOfBarn extends Plan {
  /** of the Barn that leads, as it wrote it to the CacheClusters last; one that begins now would not know of it */
  readonly held: readonly BarnHold[];
}

const REMEMBERED = ['PersonNeeded', 'BudgetSpent'] as const;

/** Where a condition says nothing else first, it lists whom the brake is about. */
const MOST_TELLING = ['Degraded', 'Progressing', 'Ready'];

/** What the conditions of the CacheClusters say is held back by what only the Barn that leads remembers. */
export function heldByBarn(farm: Pick<Farm, 'cacheClusters'>, world: Pick<World, 'copies'>): readonly BarnHold[] {
  return farm.cacheClusters.flatMap(({ clusterName }) => {
    const conditions = conditionsOf(world, clusterName).toSorted(
      (x, y) => MOST_TELLING.indexOf(x.type) - MOST_TELLING.indexOf(y.type),
    );
    return REMEMBERED.flatMap((reason) => {
      const said = conditions.find((condition) => condition.reason === reason);
      return said ? [{ reason, clusterName, message: said.message, datacenters: said.datacenters }] : [];
    });
  });
}

/** The limit on moves counts those that wait; who they are is what it would decide without it. */
function waitingMoves({ decisions, notes }: Plan, unlimited: Plan, moves: number): readonly Note[] {
  const told = new Set([...decisions, ...notes].map(({ subject }) => subject));
  return unlimited.decisions
    .filter(({ subject }) => !told.has(subject))
    .map(({ subject, reason }) => ({
      reason: 'MovesLimited',
      subject,
      detail: `${reason}: waits while ${moves} others move`,
    }));
}

/**
 * Its window of replacements is full, nothing has failed, and it looks for a better spread too, as it does every ten seconds. What Barn is at work
 * on at this moment is unknown here: it may be a step ahead.
 * @param now ms since the epoch
 */
export function planAsBarn(frame: FarmFrame, world: World, now: number): PlanOfBarn {
  const declared = declaredIn(frame, world);
  const budget = new ReplacementWindow().budget(declared, 0);
  const decide = (within: Budget): Plan => {
    const { decisions, notes } = plan({
      declared,
      world,
      inFlight: new Set(),
      budget: within,
      failures: new Map(),
      now,
      controller: 0,
      spread: true,
    });
    return { decisions, notes };
  };
  const planned = decide(budget);
  const waiting = planned.notes.some(({ reason }) => reason === 'MovesLimited')
    ? waitingMoves(planned, decide({ ...budget, moves: Number.MAX_SAFE_INTEGER }), budget.moves)
    : [];
  return {
    decisions: planned.decisions,
    notes: [...planned.notes, ...waiting],
    held: heldByBarn(declared, world),
  };
}
