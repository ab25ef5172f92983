import { parsePartitionName } from '../../../src/farm/words.js';
import { until } from '../../local/until.js';

interface Strike {
  readonly partition: string;
  /** performance.now() */
  readonly at: number;
}

/**
 * Barn replaces five pods of a cache cluster a minute, and waits then (barn/replacement-window.ts): one is left for what nobody planned. The minute
 * begins when a Barn sees the replacement, seconds after the strike where nobody leads.
 */
const [MOST, WITHIN_MS] = [4, 66_000];

const clusterOf = (partition: string): string | undefined => parsePartitionName(partition)?.clusterName;

/** Which partitions failures have taken the pod of, and when. */
export class Strikes {
  #all: readonly Strike[] = [];
  #counted = Number.NEGATIVE_INFINITY;

  note(partitions: readonly string[]): void {
    const at = performance.now();
    this.#all = [...this.#all, ...partitions.map((partition) => ({ partition, at }))];
  }

  /** Partitions struck since then, of performance.now(). */
  since(since: number): readonly string[] {
    return [...new Set(this.#all.filter(({ at }) => at >= since).map(({ partition }) => partition))];
  }

  /** Every Barn starts anew: they have seen nothing replaced. Who followed before it leads keeps to what it saw. */
  barnsStartAnew(): void {
    this.#counted = performance.now();
  }

  /** The partition that was struck last. */
  get last(): string | undefined {
    return this.#all.at(-1)?.partition;
  }

  /** Of the last minute, on a cache cluster. */
  #recent(clusterName: string | undefined): number {
    const from = Math.max(this.#counted, performance.now() - WITHIN_MS);
    return this.#all.filter(({ partition, at }) => at > from && clusterOf(partition) === clusterName).length;
  }

  /** The partition whose cache cluster was struck least of late comes first, then the one that was struck least ever. */
  leastStruck<T extends { readonly name: string }>(partitions: readonly T[]): readonly T[] {
    const weight = ({ name }: T): number =>
      this.#recent(clusterOf(name)) + this.#all.filter(({ partition }) => partition === name).length / 1_000;
    return partitions
      .map((partition) => ({ partition, weighs: weight(partition) }))
      .sort((x, y) => x.weighs - y.weighs)
      .map(({ partition }) => partition);
  }

  /** Waits until so many pods may be replaced at once: the brake is Barn's own, and has tests of its own. */
  async untilRoom(pods: number, clusterNames: readonly string[]): Promise<void> {
    const room = (): number => clusterNames.reduce((sum, name) => sum + Math.max(0, MOST - this.#recent(name)), 0);
    await until(`${pods} pods may be replaced`, () => room() >= pods, 2 * WITHIN_MS);
  }
}
