/** One run: a farm is seeded, lives with its Barns and applications, is hurt, and must be as declared again. The same seed is the same run. */

import { drawFaults } from './draw-faults.js';
import type { Fault, FaultKind } from './faults.js';
import { Run } from './run.js';
import { seededRandom } from './scheduler.js';
import type { SimFarm } from './sim-farm.js';
import { barnsOf, shapeOf } from './sim-shapes.js';
import type { Violation } from './violation.js';
import { installTime } from './virtual-time.js';

export interface RunOptions {
  readonly seed: number;
  /** faults of the story, where none are given */
  readonly steps: number;
  readonly faults?: readonly Fault[];
  /** which of SHAPES the farm has, and how many Barns; @default by the seed */
  readonly shape?: number;
  readonly barns?: number;
  /** a line for each thing that happens; @default none are kept */
  readonly tell?: boolean;
}

export interface RunResult {
  readonly seed: number;
  /** of SHAPES */
  readonly shape: number;
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
  const { seed, steps, barns = barnsOf(seed) } = options;
  const faults = options.faults ?? drawFaults(seededRandom(seed * 7_919 + 13), steps, barns);
  const run = new Run(options);
  const time = installTime(run.farm.scheduler);
  try {
    if (await run.seed()) {
      await run.live();
      await run.hurt(faults);
      const isWhole = run.invariants.violations.length === 0;
      if (isWhole) await (run.farm.barnPlaces.length > 0 ? run.heal() : goOn(run));
    }
    ended(run.farm);
    return resultOf(run, faults);
  } finally {
    time.restore();
  }
}

/** ms for which a farm without any Barn is watched when nothing new happens to it any more: longer than a fence looks whether it was right */
const WITHOUT_BARN_MS = 45_000;

/** Nobody makes it as declared again; what Sentinel and the fences do must be safe all the same. */
async function goOn({ farm, invariants }: Run): Promise<void> {
  farm.calm();
  await farm.scheduler.run(farm.scheduler.now + WITHOUT_BARN_MS, () => invariants.violations.length > 0);
}

function resultOf(run: Run, faults: readonly Fault[]): RunResult {
  return {
    seed: run.options.seed,
    shape: run.options.shape ?? shapeOf(run.options.seed),
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
