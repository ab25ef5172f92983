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
    name: 'a sentinel without its sentinel.conf that hangs for 3 s is in TILT for ever, as Sentinel ends TILT while it looks at a master only; Barn never writes to it',
    seed: 2,
    breaks: 'serves-again',
    faults: [
      { at: 0, kind: 'sentinel-forgets', x: 0.9, y: 0, ms: 0 },
      { at: 500, kind: 'stop-sentinel', x: 0.9, y: 0, ms: 3_500 },
    ],
  },
  {
    name: 'a pod whose claim is newer than what the sentinels say (the reply to the claim was lost, the old pod came back) is never released: two pods claim one partition',
    seed: 8,
    breaks: 'serves-again',
    faults: [
      { at: 296, kind: 'lose-replies', x: 0.257, y: 0.309, ms: 1798 },
      { at: 2632, kind: 'cut-barn-from-api', x: 0.561, y: 0.758, ms: 3095 },
      { at: 3136, kind: 'skew-barn', x: 0.319, y: 0.691, ms: 1405 },
      { at: 4358, kind: 'stop-sentinel', x: 0.658, y: 0.761, ms: 750 },
      { at: 5507, kind: 'cut-barn-from-api', x: 0.655, y: 0.125, ms: 1138 },
      { at: 6803, kind: 'cut-barn-from-api', x: 0.225, y: 0.979, ms: 9140 },
      { at: 6806, kind: 'swap-pods', x: 0.222, y: 0.625, ms: 341 },
      { at: 7361, kind: 'skew-barn', x: 0.398, y: 0.504, ms: 4725 },
      { at: 7368, kind: 'stop-sentinel', x: 0.226, y: 0.648, ms: 8777 },
      { at: 8339, kind: 'cut-barn-from-api', x: 0.651, y: 0.237, ms: 4821 },
      { at: 8358, kind: 'lose-replies', x: 0.583, y: 0.869, ms: 1059 },
    ],
  },
  {
    name: 'two sentinels come back with an old sentinel.conf: the pod that Barn has just told at a newer epoch than its own claim is released as superseded, with its data',
    seed: 135,
    breaks: 'no-lost-data',
    faults: [
      { at: 1500, kind: 'stop-pod', x: 0.129, y: 0.107, ms: 1858 },
      { at: 1518, kind: 'sentinel-aged', x: 0.121, y: 0.475, ms: 4802 },
      { at: 1536, kind: 'swap-pods', x: 0.552, y: 0.926, ms: 849 },
      { at: 2173, kind: 'sentinel-aged', x: 0.429, y: 0.187, ms: 4896 },
    ],
  },
  {
    name: 'a cache cluster is deleted and declared again while a sentinel comes back with an old sentinel.conf: the others are told its address, the pod there is a standby of another cache cluster, and nothing is noted',
    seed: 93,
    breaks: 'serves-again',
    faults: [
      { at: 632, kind: 'remove', x: 0.212, y: 0.704, ms: 9301 },
      { at: 2097, kind: 'kill-serving-pod', x: 0.068, y: 0.364, ms: 4718 },
      { at: 3039, kind: 'stop-sentinel', x: 0.939, y: 0.402, ms: 2683 },
      { at: 7211, kind: 'stop-barn', x: 0.761, y: 0.687, ms: 3237 },
      { at: 7881, kind: 'sentinel-aged', x: 0.68, y: 0.861, ms: 4065 },
    ],
  },
  {
    name: 'a surplus standby that a sentinel lists is kept while a declared partition waits for an idle pod',
    seed: 25,
    breaks: 'serves-again',
    faults: [
      { at: 6642, kind: 'sentinel-aged', x: 0.088, y: 0.54, ms: 7856 },
      { at: 7338, kind: 'kill-serving-pod', x: 0.743, y: 0.581, ms: 8244 },
      { at: 27121, kind: 'resize', x: 0.38, y: 0.094, ms: 1315 },
    ],
  },
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
    name: 'a spread that is begun and abandoned for ever',
    seed: 61,
    breaks: 'stays-quiet',
    faults: [
      { at: 3640, kind: 'stop-sentinel', x: 0.009, y: 0.842, ms: 2106 },
      { at: 7343, kind: 'cut-datacenter', x: 0.193, y: 0.561, ms: 4513 },
      { at: 9035, kind: 'cut-datacenter', x: 0.938, y: 0.168, ms: 3388 },
      { at: 14310, kind: 'sentinel-restarts', x: 0.155, y: 0.168, ms: 8558 },
      { at: 15171, kind: 'datacenter-down', x: 0.909, y: 0.14, ms: 984 },
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
