import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { drawFaults } from './draw-faults.js';
import { FAULT_KINDS, type Fault } from './faults.js';
import { MUTATIONS } from './mutations.js';
import { OLD_LIST_MS } from './old-list.js';
import { runSeed } from './run-seed.js';
import { seededRandom } from './scheduler.js';
import { storyOf } from './story.js';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');

describe('A simulated farm', () => {
  test('is seeded, serves and stays quiet while nothing is wrong', async () => {
    const result = await runSeed({ seed: 2, steps: 0, tell: true });
    expect(result.violations).toEqual([]);
    expect(result.acknowledged).toBeGreaterThan(100);
  });

  test('of one seed is the same, command for command', async () => {
    const [first, second] = [await runSeed({ seed: 4, steps: 8 }), await runSeed({ seed: 4, steps: 8 })];
    expect(second.fingerprint).toBe(first.fingerprint);
    expect(second.events).toBe(first.events);
    expect((await runSeed({ seed: 6, steps: 8 })).fingerprint).not.toBe(first.fingerprint);
  });

  test('whose serving pods are killed serves again', async () => {
    const faults = [0, 2_500, 5_000].map((at, i) => ({ at, kind: 'kill-serving-pod' as const, x: i / 5, y: 0, ms: 0 }));
    const result = await runSeed({ seed: 2, steps: 0, faults });
    expect(result.violations).toEqual([]);
    expect(result.injected.get('kill-serving-pod')).toBe(3);
    expect([...result.covered.keys()]).toContain('PodCrashed kill-serving-pod');
  });

  test('that loses a datacenter serves again, and is spread again once it is back', async () => {
    const faults = [{ at: 0, kind: 'datacenter-down' as const, x: 0.4, y: 0, ms: 9_000 }];
    const result = await runSeed({ seed: 2, steps: 0, faults, tell: true });
    expect(result.violations).toEqual([]);
    expect(storyOf(result, 0)).toContain('datacenter b loses power');
  });

  test.each([
    ['could not be told', 'old-list-unheard', OLD_LIST_MS.unheard],
    ['was in TILT', 'old-list-tilted', OLD_LIST_MS.tilted],
  ] as const)(
    'keeps its pods from a sentinel with an old list that %s, who is to lead the failover of another partition',
    async (_, kind, ms) => {
      const result = await runSeed({ seed: 1, steps: 0, faults: [{ at: 0, kind, x: 0.35, y: 0, ms }] });
      expect(result.violations).toEqual([]);
      expect([...result.covered.keys()]).toContain(`PodCrashed ${kind}`);
    },
  );
});

test('the faults of a seed are drawn from all kinds', () => {
  const kinds = new Set(
    Array.from({ length: 200 }, (_, seed) => drawFaults(seededRandom(seed), 16).map(({ kind }) => kind)).flat(),
  );
  expect([...kinds].sort()).toEqual([...FAULT_KINDS].sort());
});

test.each(MUTATIONS)('the deliberate mistake "$name" fits its file exactly once', ({ file, find }) => {
  expect(readFileSync(join(ROOT, file), 'utf8').split(find)).toHaveLength(2);
});

/** What was in stories.ts until it was mended: name, seed, shape of the farm, faults. */
const MENDED: readonly (readonly [string, number, number, readonly Fault[]])[] = [
  [
    'a sentinel without its sentinel.conf that hangs for 3 s is out of TILT again',
    2,
    0,
    [
      { at: 0, kind: 'sentinel-forgets', x: 0.9, y: 0, ms: 0 },
      { at: 500, kind: 'stop-sentinel', x: 0.9, y: 0, ms: 3_500 },
    ],
  ],
  [
    'a cache cluster that is deleted and declared again, while a sentinel comes back with an old sentinel.conf, is on no pod of another one',
    93,
    1,
    [
      { at: 632, kind: 'remove', x: 0.212, y: 0.704, ms: 9301 },
      { at: 2097, kind: 'kill-serving-pod', x: 0.068, y: 0.364, ms: 4718 },
      { at: 3039, kind: 'stop-sentinel', x: 0.939, y: 0.402, ms: 2683 },
      { at: 7211, kind: 'stop-barn', x: 0.761, y: 0.687, ms: 3237 },
      { at: 7881, kind: 'sentinel-aged', x: 0.68, y: 0.861, ms: 4065 },
    ],
  ],
  [
    'a spread that makes room first is begun, and not abandoned',
    61,
    1,
    [
      { at: 3640, kind: 'stop-sentinel', x: 0.009, y: 0.842, ms: 2106 },
      { at: 7343, kind: 'cut-datacenter', x: 0.193, y: 0.561, ms: 4513 },
      { at: 9035, kind: 'cut-datacenter', x: 0.938, y: 0.168, ms: 3388 },
      { at: 14310, kind: 'sentinel-restarts', x: 0.155, y: 0.168, ms: 8558 },
      { at: 15171, kind: 'datacenter-down', x: 0.909, y: 0.14, ms: 984 },
    ],
  ],
  [
    'a pod with a claim that no sentinel was told is given up where the old pod came back and serves',
    8,
    0,
    [
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
  ],
  [
    'two sentinels that come back with an old sentinel.conf take no data from the pod that serves',
    135,
    2,
    [
      { at: 1500, kind: 'stop-pod', x: 0.129, y: 0.107, ms: 1858 },
      { at: 1518, kind: 'sentinel-aged', x: 0.121, y: 0.475, ms: 4802 },
      { at: 1536, kind: 'swap-pods', x: 0.552, y: 0.926, ms: 849 },
      { at: 2173, kind: 'sentinel-aged', x: 0.429, y: 0.187, ms: 4896 },
    ],
  ],
  [
    'a standby more than declared is given back to a partition that waits for an idle pod',
    25,
    1,
    [
      { at: 6642, kind: 'sentinel-aged', x: 0.088, y: 0.54, ms: 7856 },
      { at: 7338, kind: 'kill-serving-pod', x: 0.743, y: 0.581, ms: 8244 },
      { at: 27121, kind: 'resize', x: 0.38, y: 0.094, ms: 1315 },
    ],
  ],
  [
    'a cache cluster that is deleted and declared again within a second uses no epoch for two addresses',
    513,
    1,
    [
      { at: 14614, kind: 'datacenter-down', x: 0.876, y: 0.133, ms: 6256 },
      { at: 22004, kind: 'remove', x: 0.094, y: 0.336, ms: 796 },
    ],
  ],
  [
    'nor one that was declared again while a drain had moved it',
    2116,
    0,
    [
      { at: 25, kind: 'drain', x: 0.797, y: 0.367, ms: 811 },
      { at: 2296, kind: 'remove', x: 0.159, y: 0.738, ms: 199 },
    ],
  ],
  [
    'a master that restarted empty and was opened all the same is alive again for every sentinel',
    31,
    2,
    [
      { at: 9177, kind: 'datacenter-down', x: 0.396, y: 0.543, ms: 3211 },
      { at: 27828, kind: 'clock-jumps', x: 0.647, y: 0.461, ms: 100 },
      { at: 33856, kind: 'swap-pods', x: 0.721, y: 0.199, ms: 1681 },
      { at: 37253, kind: 'machine-down', x: 0.511, y: 0.435, ms: 8000 },
      { at: 42519, kind: 'swap-pods', x: 0.155, y: 0.621, ms: 6328 },
      { at: 43660, kind: 'cut-datacenter', x: 0.924, y: 0.041, ms: 5652 },
      { at: 57106, kind: 'datacenter-down', x: 0.663, y: 0.974, ms: 995 },
    ],
  ],
  [
    'a replicated partition whose master dies twice in a row is not waited for for ever, though the sentinels know no replica with its data',
    159,
    2,
    [
      { at: 1797, kind: 'kill-pod', x: 0.497, y: 0.664, ms: 967 },
      { at: 4268, kind: 'clock-jumps', x: 0.128, y: 0.324, ms: 100 },
      { at: 22748, kind: 'drain', x: 0.362, y: 0.774, ms: 1440 },
      { at: 24106, kind: 'kill-serving-pod', x: 0.366, y: 0.435, ms: 172 },
      { at: 43280, kind: 'kill-serving-pod', x: 0.696, y: 0.475, ms: 5816 },
    ],
  ],
  [
    'a replicated partition keeps no fourth pod after a drain was taken back',
    143,
    2,
    [
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
  ],
];
test.each(MENDED)('%s', async (_, seed, shape, faults) => {
  const result = await runSeed({ seed, shape, steps: 0, faults });
  expect(result.violations).toEqual([]);
});
