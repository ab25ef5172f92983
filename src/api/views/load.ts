import type { InstanceLoad, World } from '../../world/model.js';
import type { Pass } from '../parts.js';

/** What one pod had to do between the last two looks at it. */
export interface PodLoad {
  readonly opsPerSecond: number;
  /** 0..1; null: nothing was read in between, or there is no look before this one */
  readonly hitRatio: number | null;
  /** reads in between that found a key, and that found none: what ratios of several pods are added up from */
  readonly hits: number;
  readonly misses: number;
  readonly clients: number;
}

export type Loads = Pick<LoadBook, 'of'>;

interface Known {
  readonly runId: string;
  readonly counted: InstanceLoad;
  readonly load: PodLoad;
}

/** 0..1 of what was read; null: nothing was. */
export const ratioOf = (hits: number, misses: number): number | null =>
  hits + misses > 0 ? hits / (hits + misses) : null;

function between(before: Known | undefined, runId: string, counted: InstanceLoad): PodLoad {
  const { opsPerSecond, clients } = counted;
  // A process that has started again counts from 0, and so does one whose counters were reset (CONFIG RESETSTAT): what it has now is all new.
  const goesOn =
    before?.runId === runId && counted.hits >= before.counted.hits && counted.misses >= before.counted.misses;
  const from = goesOn ? before.counted : { hits: 0, misses: 0 };
  const [hits, misses] = before ? [counted.hits - from.hits, counted.misses - from.misses] : [0, 0];
  return { opsPerSecond, clients, hits, misses, hitRatio: ratioOf(hits, misses) };
}

/** Makes rates of the counters that pods have: it remembers the look before. Pods that are gone, or do not answer, are forgotten. */
export class LoadBook {
  #known: ReadonlyMap<string, Known> = new Map();
  #last: World | undefined;

  /** The next pass; the same one again changes nothing. */
  passed({ world }: Pick<Pass, 'world'>): void {
    if (world === this.#last) return;
    this.#last = world;
    const next = new Map<string, Known>();
    for (const { address, instance } of world.pods) {
      if (instance.state !== 'up' || !instance.load) continue;
      const { runId, load: counted } = instance;
      next.set(address, { runId, counted, load: between(this.#known.get(address), runId, counted) });
    }
    this.#known = next;
  }

  of(podAddress: string): PodLoad | undefined {
    return this.#known.get(podAddress)?.load;
  }
}
