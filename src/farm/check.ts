import type { Farm, Problem } from './model.js';
import { resolveFarm } from './resolve.js';
import type { FarmSpec } from './schema.js';

export interface Checked {
  /** undefined when there are problems */
  readonly farm?: Farm;
  readonly problems: readonly Problem[];
  /** the farm works, but with a consequence its owner should know */
  readonly warnings: readonly Problem[];
}

/** Gathers every problem of a declared farm; never throws. */
export function checkFarm(spec: FarmSpec): Checked {
  return { farm: resolveFarm(spec), problems: [], warnings: [] };
}
