/** Throughput and hit ratio as this browser saw them: the farm keeps no history of them. */
import type { ClustersView } from '../../api/schemas.js';

export interface Load {
  readonly opsPerSecond: number;
  /** 0..1, weighted by ops/s; undefined: nothing was read */
  readonly hitRatio: number | undefined;
}
export interface LoadSample extends Load {
  /** ms since the epoch */
  readonly at: number;
}

export function loadOf({ clusters }: Pick<ClustersView, 'clusters'>): Load {
  const read = clusters.filter(({ hitRatio, opsPerSecond }) => hitRatio !== null && opsPerSecond > 0);
  const weight = read.reduce((sum, { opsPerSecond }) => sum + opsPerSecond, 0);
  const hits = read.reduce((sum, { hitRatio, opsPerSecond }) => sum + (hitRatio ?? 0) * opsPerSecond, 0);
  return {
    opsPerSecond: clusters.reduce((sum, { opsPerSecond }) => sum + opsPerSecond, 0),
    hitRatio: weight > 0 ? hits / weight : undefined,
  };
}

export const WINDOW_MS = 300_000;

/** One for each look of Barn: the same look told again is no new sample. */
export function addSample(samples: readonly LoadSample[], next: LoadSample): readonly LoadSample[] {
  const last = samples.at(-1);
  if (last && next.at <= last.at) return samples;
  return [...samples.filter(({ at }) => next.at - at <= WINDOW_MS), next];
}

/** A longer silence is a gap in the line: nothing was seen, which is not the same as what was seen last. */
const GAP_MS = 15_000;

export interface Line {
  /** `x,y x,y`, 0..100 to the right and 0..100 downwards */
  readonly segments: readonly string[];
  readonly top: number;
}

/**
 * @param top value at the upper edge; left out: the largest, and a tenth more so that a steady line is not the edge itself
 * @returns undefined when there is nothing to draw
 */
export function lineOf(
  samples: readonly LoadSample[],
  pick: (sample: LoadSample) => number | undefined,
  top?: number,
): Line | undefined {
  const points = samples.flatMap((sample) => {
    const value = pick(sample);
    return value === undefined ? [] : [{ at: sample.at, value }];
  });
  const last = points.at(-1);
  const first = points[0];
  if (!last || !first || points.length < 2) return undefined;
  const edge = top ?? Math.max(1, ...points.map(({ value }) => value)) * 1.1;
  const begin = Math.min(first.at, last.at - 1);
  const segments: string[][] = [[]];
  points.forEach(({ at, value }, i) => {
    const before = points[i - 1];
    if (before && at - before.at > GAP_MS) segments.push([]);
    const x = ((at - begin) / (last.at - begin)) * 100;
    segments.at(-1)?.push(`${x.toFixed(2)},${(100 - (value / edge) * 100).toFixed(2)}`);
  });
  return { segments: segments.map((of) => of.join(' ')), top: edge };
}
