import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { drawFaults, FAULT_KINDS } from './faults.js';
import { MUTATIONS } from './mutations.js';
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
