/** What the simulation has found in the product, as the few faults that show it; `npm run sim -- --stories` tells each again. */
import type { Fault } from './faults.js';
import type { Invariant } from './violation.js';

export interface Story {
  /** what the product did wrong */
  readonly name: string;
  readonly seed: number;
  readonly breaks: Invariant;
  readonly faults: readonly Fault[];
}

export const STORIES: readonly Story[] = [
  {
    name: 'a replicated partition whose master dies twice in a row: the sentinels do not know the only replica that has the data, and Barn waits for their failover for ever',
    seed: 159,
    breaks: 'serves-again',
    faults: [
      { at: 1797, kind: 'kill-pod', x: 0.497, y: 0.664, ms: 967 },
      { at: 4268, kind: 'clock-jumps', x: 0.128, y: 0.324, ms: 100 },
      { at: 22748, kind: 'drain', x: 0.362, y: 0.774, ms: 1440 },
      { at: 24106, kind: 'kill-serving-pod', x: 0.366, y: 0.435, ms: 172 },
      { at: 43280, kind: 'kill-serving-pod', x: 0.696, y: 0.475, ms: 5816 },
    ],
  },
  {
    name: 'a replicated partition keeps a fourth pod after a drain was taken back',
    seed: 143,
    breaks: 'serves-again',
    faults: [
      { at: 496, kind: 'kill-serving-pod', x: 0.103, y: 0.814, ms: 7787 },
      { at: 4611, kind: 'reset-connections', x: 0.639, y: 0.96, ms: 9398 },
      { at: 7110, kind: 'kill-serving-pod', x: 0.152, y: 0.604, ms: 8791 },
      { at: 7118, kind: 'drain', x: 0.545, y: 0.493, ms: 1414 },
      { at: 7121, kind: 'machine-down', x: 0.321, y: 0.638, ms: 670 },
      { at: 10352, kind: 'skew-barn', x: 0.101, y: 0.835, ms: 3953 },
      { at: 10363, kind: 'cut-barn-from-pods', x: 0.107, y: 0.623, ms: 9020 },
      { at: 13260, kind: 'cut-datacenter', x: 0.652, y: 0.332, ms: 7560 },
      { at: 13263, kind: 'kill-serving-pod', x: 0.994, y: 0.701, ms: 8048 },
      { at: 16544, kind: 'drain', x: 0.949, y: 0.859, ms: 14322 },
      { at: 17283, kind: 'drain', x: 0.566, y: 0.539, ms: 956 },
      { at: 17286, kind: 'swap-pods', x: 0.613, y: 0.394, ms: 1079 },
      { at: 21015, kind: 'kill-serving-pod', x: 0.616, y: 0.738, ms: 6409 },
      { at: 25564, kind: 'machine-down', x: 0.301, y: 0.947, ms: 8334 },
    ],
  },
];
