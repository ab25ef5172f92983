import type { Facts, PartitionFact, StrayName, UpSentinel } from './facts-model.js';
import type { NameView } from './model.js';

type Known = PartitionFact['known'];
type Stray = { -readonly [Key in keyof StrayName]: StrayName[Key] } & { sentinels: UpSentinel[] };

/**
 * Every name of every sentinel, by far the most of a World, walked over once and group by group: who asks for the partitions of a group right after
 * it was read finds its views still in the cache of the processor.
 */
export class Sightings {
  readonly #strays: Stray[] = [];
  /** `width` places for each draft: how the sentinels of its group that answer see it, in their order */
  readonly views: (NameView | undefined)[];
  readonly width: number;

  constructor(
    readonly upSentinels: Facts['upSentinels'],
    readonly drafts: readonly PartitionFact[],
    readonly order: Facts['order'],
  ) {
    this.width = Math.max(0, ...[...upSentinels.values()].map((sentinels) => sentinels.length));
    this.views = new Array<NameView | undefined>(drafts.length * this.width).fill(undefined);
  }

  read(group: string): void {
    const sentinels = this.upSentinels.get(group) ?? [];
    const strays = new Map<string, Stray>();
    const views = this.views;
    const width = this.width;
    const { order, drafts } = this;
    for (let place = 0; place < sentinels.length; place++) {
      const sentinel = sentinels[place] as UpSentinel;
      for (const view of sentinel.names) {
        const at = order.get(view.partition);
        if (at === undefined || drafts[at]?.group.name !== group) addStray(strays, sentinel, group, view);
        else views[at * width + place] = view;
      }
    }
    for (const stray of strays.values()) this.#strays.push(stray);
  }

  /** What sentinels know beyond what is declared for their group, in the order in which the groups were read. */
  get strays(): readonly StrayName[] {
    return this.#strays;
  }

  knownOf(position: number, group: string): Known {
    const sentinels = this.upSentinels.get(group) ?? [];
    const { views } = this;
    const from = position * this.width;
    let count = 0;
    for (let i = 0; i < sentinels.length; i++) if (views[from + i]) count++;
    // An array of just that length, made in one go.
    const known = new Array<Known[number]>(count);
    let next = 0;
    for (let i = 0; next < count; i++) {
      const view = views[from + i];
      if (view) known[next++] = { sentinel: sentinels[i] as UpSentinel, view };
    }
    return known;
  }
}

function addStray(
  strays: Map<string, Stray>,
  sentinel: UpSentinel,
  group: string,
  { partition, epoch }: NameView,
): void {
  const stray = strays.get(partition) ?? { group, partition, sentinels: [], epoch: 0 };
  stray.sentinels.push(sentinel);
  stray.epoch = Math.max(stray.epoch, epoch);
  strays.set(partition, stray);
}
