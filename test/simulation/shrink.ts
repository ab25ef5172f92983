import type { Fault } from './faults.js';
import { type RunResult, runSeed } from './run-seed.js';

/** The same invariant, broken by fewer faults: what can be left out is left out, first in large pieces. */
export async function shrink(found: RunResult, mostRuns: number): Promise<RunResult> {
  const invariant = found.violations[0]?.invariant;
  let best = found;
  let runs = 0;
  const attempt = async (faults: readonly Fault[]): Promise<boolean> => {
    if (runs >= mostRuns) return false;
    runs++;
    const result = await runSeed({ seed: found.seed, shape: found.shape, steps: 0, faults });
    if (result.violations[0]?.invariant !== invariant) return false;
    best = result;
    return true;
  };
  for (let size = Math.ceil(best.faults.length / 2); size >= 1 && runs < mostRuns; ) {
    let smaller = false;
    for (let from = 0; from < best.faults.length && runs < mostRuns; ) {
      const rest = [...best.faults.slice(0, from), ...best.faults.slice(from + size)];
      if (await attempt(rest)) smaller = true;
      else from += size;
    }
    if (size === 1 && !smaller) break;
    size = size === 1 ? 1 : Math.floor(size / 2);
  }
  return runSeed({ seed: found.seed, shape: found.shape, steps: 0, faults: best.faults, tell: true });
}
