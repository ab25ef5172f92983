/** One run: a farm is seeded, lives with its Barns and applications, is hurt, and must be as declared again. The same seed is the same run. */

import { drawFaults, type Fault, type FaultKind } from './faults.js';
import { Run } from './run.js';
import { seededRandom } from './scheduler.js';
import type { SimFarm } from './sim-farm.js';
import type { Violation } from './violation.js';
import { installTime } from './virtual-time.js';

export interface RunOptions {
  readonly seed: number;
  /** faults of the story, where none are given */
  readonly steps: number;
  readonly faults?: readonly Fault[];
  /** a line for each thing that happens; @default none are kept */
  readonly tell?: boolean;
}

export interface RunResult {
  readonly seed: number;
  readonly faults: readonly Fault[];
  readonly violations: readonly Violation[];
  /** kind -> how often it did something */
  readonly injected: ReadonlyMap<FaultKind, number>;
  /** `reason kind`: decisions made while such a fault was there, or had just been */
  readonly covered: ReadonlyMap<string, number>;
  readonly lines: readonly string[];
  readonly events: number;
  readonly virtualMs: number;
  readonly acknowledged: number;
  /** of all commands that servers carried out: the same for the same run */
  readonly fingerprint: number;
}

/**
 * Stops at the first violation.
 * @param ended told at the end, for a person who looks into it
 */
export async function runSeed(
  options: RunOptions,
  ended: (farm: SimFarm) => void = () => undefined,
): Promise<RunResult> {
  const faults = options.faults ?? drawFaults(seededRandom(options.seed * 7_919 + 13), options.steps);
  const run = new Run(options);
  const time = installTime(run.farm.scheduler);
  try {
    if (await run.seed()) {
      await run.live();
      await run.hurt(faults);
      if (run.invariants.violations.length === 0) await run.heal();
    }
    ended(run.farm);
  } finally {
    time.restore();
  }
  return {
    seed: options.seed,
    faults,
    violations: run.invariants.violations,
    injected: run.injected,
    covered: run.covered,
    lines: run.lines,
    events: run.farm.scheduler.events,
    virtualMs: run.farm.scheduler.now,
    acknowledged: run.clients.reduce((sum, { acknowledged }) => sum + acknowledged, 0),
    fingerprint: run.fingerprint,
  };
}
