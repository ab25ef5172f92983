import type { Sight } from '../parts.js';
import type { Freshness } from '../schemas.js';

/** A Barn that follows looks every 5 s, and one pass of a large farm may be late: three of those. */
export const STALE_AFTER_MS = 15_000;

/** How old the last look is; undefined: the farm was not seen yet. Clocks differ a little: nothing is younger than 0 ms. */
export function freshnessOf(sight: Pick<Sight, 'last' | 'trouble'>, now: number): Freshness | undefined {
  const pass = sight.last();
  if (!pass) return undefined;
  const { observedAt } = pass.world;
  const ageMs = Math.max(0, now - observedAt);
  const trouble = sight.trouble();
  if (trouble !== undefined) return { observedAt, ageMs, stale: true, why: trouble };
  if (ageMs <= STALE_AFTER_MS) return { observedAt, ageMs, stale: false };
  return { observedAt, ageMs, stale: true, why: `the farm was last seen ${Math.round(ageMs / 1_000)} s ago` };
}
