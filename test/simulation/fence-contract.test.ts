/** The simulated fence does what the scripts do: the same scenes are played to both, beside a real and a simulated server. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SCENES } from './fence-contract-scenes.js';
import { type Outcome, playReal, playSimulated } from './fence-contract-stage.js';

/** Most of a scene is waiting: so many at once. */
const AT_ONCE = 6;
/** A shell on a busy machine is slower than the model (0.4 s at most were seen), never faster; less than the shortest rest of the fence: ms */
const FASTER_MS = 300;
const SLOWER_MS = 2_500;

/** Chance decides only how long each step takes. */
const OTHER_SEEDS = [2, 3, 4, 5, 6];

const gapsOf = ({ at }: Outcome): readonly number[] => at.map((ms, i) => ms - (at[i - 1] ?? 0));

const titles = Object.keys(SCENES);
const real = new Map<string, Promise<Outcome>>();
beforeAll(() => {
  const turns = Array.from({ length: AT_ONCE }, () => Promise.resolve<unknown>(undefined));
  for (const [i, title] of titles.entries()) {
    const scene = SCENES[title];
    if (!scene) continue;
    const outcome = (turns[i % AT_ONCE] as Promise<unknown>).then(() => playReal(scene));
    real.set(title, outcome);
    turns[i % AT_ONCE] = outcome.catch(() => undefined);
  }
});

/** Also those of tests that were left out: each ends what it has started. */
afterAll(() => Promise.allSettled(real.values()), 120_000);

describe('the simulated and the real fence, when', () => {
  test.each(titles)(
    '%s',
    async (title) => {
      const scene = SCENES[title];
      if (!scene) throw new Error('no scene');
      const expected = await (real.get(title) as Promise<Outcome>);
      const told = await playSimulated(scene);
      expect({ ...told, at: [] }).toEqual({ ...expected, at: [] });
      for (const [i, gap] of gapsOf(told).entries()) {
        const late = (gapsOf(expected)[i] ?? Number.NaN) - gap;
        expect(late).toBeGreaterThan(-FASTER_MS);
        expect(late).toBeLessThan(SLOWER_MS);
      }
      for (const seed of OTHER_SEEDS)
        expect({ ...(await playSimulated(scene, seed)), at: [] }).toEqual({ ...told, at: [] });
    },
    120_000,
  );
});
