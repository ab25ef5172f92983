import type { Facts, PartitionFact, StrayName, UpSentinel } from './facts-model.js';
import type { NameView } from './model.js';

type Known = PartitionFact['known'];
type Stray = { -readonly [Key in keyof StrayName]: StrayName[Key] } & { sentinels: UpSentinel[] };

/** Walks once over every name of every sentinel: by far the most of a World. */
export class Sightings {
  /** by group, then by partition */
  readonly #strays = new Map<string, Map<string, Stray>>();
  /** `#width` places for each draft: how the sentinels of its group that answer see it, in their order */
  readonly #views: (NameView | undefined)[];
  readonly #width: number;

  constructor(
    readonly upSentinels: Facts['upSentinels'],
    readonly drafts: readonly PartitionFact[],
    readonly order: Facts['order'],
  ) {
    this.#width = Math.max(0, ...[...upSentinels.values()].map((sentinels) => sentinels.length));
    this.#views = new Array<NameView | undefined>(drafts.length * this.#width).fill(undefined);
    for (const [group, sentinels] of upSentinels)
      for (let place = 0; place < sentinels.length; place++) this.#read(sentinels[place] as UpSentinel, group, place);
  }

  #read(sentinel: UpSentinel, group: string, place: number): void {
    for (const view of sentinel.names) {
      const at = this.order.get(view.partition);
      if (at === undefined || this.drafts[at]?.group.name !== group) {
        this.#stray(sentinel, group, view);
        continue;
      }
      this.#views[at * this.#width + place] = view;
    }
  }

  #stray(sentinel: UpSentinel, group: string, { partition, epoch }: NameView): void {
    const here = this.#strays.get(group) ?? new Map<string, Stray>();
    const stray = here.get(partition) ?? { group, partition, sentinels: [], epoch: 0 };
    stray.sentinels.push(sentinel);
    stray.epoch = Math.max(stray.epoch, epoch);
    this.#strays.set(group, here.set(partition, stray));
  }

  /** What sentinels know beyond what is declared for their group, in the order of the declared groups. */
  strays(): readonly StrayName[] {
    if (this.#strays.size === 0) return [];
    return [...this.upSentinels.keys()].flatMap((group) => [...(this.#strays.get(group)?.values() ?? [])]);
  }

  knownOf(position: number, sentinels: readonly UpSentinel[]): Known {
    const from = position * this.#width;
    let count = 0;
    for (let i = 0; i < sentinels.length; i++) if (this.#views[from + i]) count++;
    if (count === 0) return [];
    // All know it, as nearly always: an array of just that length, made in one go.
    if (count === sentinels.length)
      return sentinels.map((sentinel, i) => ({ sentinel, view: this.#views[from + i] as NameView }));
    return sentinels.flatMap((sentinel, i) => {
      const view = this.#views[from + i];
      return view ? [{ sentinel, view }] : [];
    });
  }
}
