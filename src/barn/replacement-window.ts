import type { CacheCluster, Farm } from '../farm/model.js';
import type { Budget } from '../plan/planning.js';
import type { Reason } from '../plan/reasons.js';

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

/** Decisions that give a dead partition another pod: they count against budget and failures. */
export const REPLACEMENTS: ReadonlySet<Reason> = new Set<Reason>([
  'PodCrashed',
  'PodSilent',
  'PodClaimedByOther',
  'ReplicaPromoted',
]);

interface Replacement {
  readonly at: number;
  /** partition and the address that it left: whoever tells of it, it is one replacement */
  readonly what: string;
  readonly clusterName: string;
  readonly backingGroup: string | undefined;
}

/**
 * Counts replacements in a sliding window. A cold partition sends its misses to the database behind it: replacing too many at once
 * is an outage of its own (research/fleets.md 6.1). So what another Barn or Sentinel has replaced counts as well, from when it is seen on: who
 * takes over begins with what is left.
 */
export class ReplacementWindow {
  #recent: readonly Replacement[] = [];

  constructor(readonly limits: ReplacementLimits = DEFAULT_LIMITS) {}

  /** What is begun here. It counts each time that it is tried. @param from address that the partition leaves */
  record({ clusterName, backingGroup }: CacheCluster, now: number, partition = '', from = ''): void {
    this.#recent = [...this.#recent, { at: now, what: `${partition} ${from}`, clusterName, backingGroup }];
  }

  /** What was seen to be done: by another Barn or by Sentinel, else it is here already. @returns whether it is new */
  saw(cluster: CacheCluster, now: number, partition: string, from: string): boolean {
    const isKnown = this.#recent.some(
      ({ at, what }) => what === `${partition} ${from}` && now - at < this.limits.windowMs,
    );
    if (!isKnown) this.record(cluster, now, partition, from);
    return !isKnown;
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
