import { isDeepStrictEqual } from 'node:util';
import type { Farm, FarmFrame } from '../farm/model.js';
import type { Decision, Note, Plan } from '../plan/action.js';
import { plan } from '../plan/plan.js';
import { UNLIMITED } from '../plan/planning.js';
import type { Receipt } from '../plan/receipt.js';
import { deriveFacts } from '../world/facts.js';
import type { World } from '../world/model.js';
import { measureProgress, type Progress } from '../world/progress.js';

export interface SeedParts {
  readonly frame: FarmFrame;
  observe(): Promise<World>;
  act(decisions: readonly Decision[]): Promise<readonly Receipt[]>;
  /** ms on any steady clock */
  now(): number;
  /** ms since the epoch */
  wallClock(): number;
  wait(ms: number): Promise<void>;
  /** 0..1023 */
  readonly controller: number;
  /** ms until it gives up */
  readonly timeoutMs: number;
  onPass?(pass: SeedPass): void;
  stopped?(): boolean;
}

export interface SeedPass {
  readonly number: number;
  readonly progress: Progress;
  readonly plan: Plan;
  readonly receipts: readonly Receipt[];
}

export interface SeedResult {
  /** every declared partition serves and nothing is left to do */
  readonly settled: boolean;
  readonly progress: Progress;
  readonly notes: readonly Note[];
  readonly passes: number;
  readonly ms: number;
}

/** ms between two looks at a farm that cannot go on yet (pods still starting, a sentinel away). */
const PAUSE_MS = 250;

const lastDeclared = new WeakMap<FarmFrame, Farm>();

/**
 * The declared farm: its frame, and the cache clusters that the KubeClusters hold. The same object as long as they are declared alike: what
 * follows from it alone is then not derived again in every pass.
 */
export function declaredIn(frame: FarmFrame, world: World): Farm {
  const last = lastDeclared.get(frame);
  if (last && isDeepStrictEqual(last.cacheClusters, world.cacheClusters)) return last;
  const declared = { ...frame, cacheClusters: world.cacheClusters };
  lastDeclared.set(frame, declared);
  return declared;
}

/** One look and one plan; nothing is done. */
export function planOnce(frame: FarmFrame, world: World, controller: number, now: number): Plan {
  const { decisions, notes } = plan({
    declared: declaredIn(frame, world),
    world,
    inFlight: new Set(),
    budget: UNLIMITED,
    failures: new Map(),
    now,
    controller,
  });
  return { decisions, notes };
}

/**
 * Observe, plan, act until every declared partition serves and nothing is left to do. Level-triggered: all it knows is what it sees, so it
 * may be killed at any point and run again, also beside another one.
 */
export async function seed(parts: SeedParts): Promise<SeedResult> {
  const start = parts.now();
  for (let number = 1; ; number++) {
    const world = await parts.observe();
    const farm = declaredIn(parts.frame, world);
    const planned = planOnce(parts.frame, world, parts.controller, parts.wallClock());
    const progress = measureProgress(farm, deriveFacts(farm, world));
    const settled =
      planned.decisions.length === 0 && farm.cacheClusters.length > 0 && progress.serving === progress.declared;
    const over = settled || parts.stopped?.() === true || parts.now() - start >= parts.timeoutMs;
    const receipts = over ? [] : await parts.act(planned.decisions);
    parts.onPass?.({ number, progress, plan: planned, receipts });
    if (over) return { settled, progress, notes: planned.notes, passes: number, ms: parts.now() - start };
    if (!receipts.some((receipt) => receipt.status === 'Done')) await parts.wait(PAUSE_MS);
  }
}
