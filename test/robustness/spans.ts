import { claimedCluster, parseClaim } from '../../src/farm/access.js';
import { parsePartitionName } from '../../src/farm/words.js';
import type { PodSpan } from './history.js';

export const clusterOf = (partition: string): string | undefined => parsePartitionName(partition)?.clusterName;

/** Whose a pod is, to a partition: its own (its standby too), a sibling's of its cache cluster, or a stranger's, which nobody's is too. */
export function kinship(claimText: string, partition: string): 'own' | 'sibling' | 'stranger' {
  const claim = parseClaim(claimText);
  if (!claim || claimedCluster(claim) !== clusterOf(partition)) return 'stranger';
  return claim.kind === 'standby' || (claim.kind !== 'locked' && claim.partition === partition) ? 'own' : 'sibling';
}

/** The partition that a pod serves or copies by its claim; undefined: none of its own. */
export function partitionOf(claimText: string): string | undefined {
  const claim = parseClaim(claimText);
  return claim && claim.kind !== 'locked' && claim.kind !== 'standby' ? claim.partition : undefined;
}

/** Spans of pods, by their addresses, for questions at a time. */
export class PodTimes {
  readonly #byAddress = new Map<string, PodSpan[]>();

  constructor(spans: readonly PodSpan[]) {
    for (const span of spans) {
      const known = this.#byAddress.get(span.address);
      if (known) known.push(span);
      else this.#byAddress.set(span.address, [span]);
    }
    for (const list of this.#byAddress.values()) list.sort((x, y) => x.from - y.from);
  }

  of(address: string): readonly PodSpan[] {
    return this.#byAddress.get(address) ?? [];
  }

  /** What the pod was all the time from one moment to another; undefined: in doubt. */
  during(address: string, from: number, to: number): PodSpan | undefined {
    const spans = this.of(address);
    let [low, high] = [0, spans.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((spans[middle]?.from ?? 0) <= from) low = middle;
      else high = middle - 1;
    }
    const span = spans[low];
    return span && span.from <= from && to <= span.to ? span : undefined;
  }
}
