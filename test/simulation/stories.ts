/** What the simulation has found in the product, as the few faults that show it; `npm run sim -- --stories` tells each again. */
import type { Fault } from './faults.js';
import type { Invariant } from './violation.js';

export interface Story {
  /** what the product did wrong */
  readonly name: string;
  readonly seed: number;
  /** of SHAPES */
  readonly shape: number;
  readonly breaks: Invariant;
  readonly faults: readonly Fault[];
}

/** none is known now; the first that is comes here, with a sentence of its own */
export const STORIES: readonly Story[] = [];
