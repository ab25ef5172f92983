import type { CacheCluster, Farm } from '../farm/model.js';
import type { Budget } from '../plan/planning.js';

export interface ReplacementLimits {
  /** ms */
  readonly windowMs: number;
  /** share of the partitions of a cache cluster, or of all that share a backing group, that may be replaced within the window */
  readonly share: number;
  /** so many may be replaced whatever the share gives */
  readonly least: number;
  /** partitions that may be moving at once for reasons of their own */
  readonly moves: number;
}

/** Losing one of three datacenters must not wait; losing more than half of what a database stands behind must. */
export const DEFAULT_LIMITS: ReplacementLimits = { windowMs: 60_000, share: 0.5, least: 5, moves: 4 };

interface Replacement {
  readonly at: number;
  readonly clusterName: string;
  readonly backingGroup: string | undefined;
}

/**
 * Counts replacements in a sliding window. A cold partition sends its misses to the database behind it: replacing too many at once
 * is an outage of its own (research/fleets.md 6.1).
 */
export class ReplacementWindow {
  #recent: readonly Replacement[] = [];

  constructor(readonly limits: ReplacementLimits = DEFAULT_LIMITS) {}

  record(cluster: CacheCluster, now: number): void {
    this.#recent = [...this.#recent, { at: now, clusterName: cluster.clusterName, backingGroup: cluster.backingGroup }];
  }

  /** What is left at this moment, for every cache cluster and every backing group. */
  budget(farm: Pick<Farm, 'cacheClusters'>, now: number): Budget {
    this.#recent = this.#recent.filter(({ at }) => now - at < this.limits.windowMs);
    const backing = new Map<string, number>();
    for (const { backingGroup, clusterSize } of farm.cacheClusters)
      if (backingGroup !== undefined) backing.set(backingGroup, (backing.get(backingGroup) ?? 0) + clusterSize);
    const left = (size: number, used: number): number => Math.max(0, this.#allowed(size) - used);
    const count = (matches: (one: Replacement) => boolean): number => this.#recent.filter(matches).length;
    return {
      binds: Number.MAX_SAFE_INTEGER,
      moves: this.limits.moves,
      replacements: new Map(
        farm.cacheClusters.map(({ clusterName, clusterSize }) => [
          clusterName,
          left(
            clusterSize,
            count((one) => one.clusterName === clusterName),
          ),
        ]),
      ),
      backing: new Map(
        [...backing].map(([group, size]) => [
          group,
          left(
            size,
            count((one) => one.backingGroup === group),
          ),
        ]),
      ),
    };
  }

  #allowed(size: number): number {
    return Math.max(this.limits.least, Math.ceil(size * this.limits.share));
  }
}
