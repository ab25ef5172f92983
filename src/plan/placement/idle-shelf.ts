import type { RedisPod } from '../../world/model.js';
import { RankSet } from './rank-set.js';
import { hashOf, hashOn, scoreOfHash } from './rendezvous.js';

/** Counts by key that default to 0. */
export class Tally {
  #counts: Map<string, number> | undefined;
  of(key: string): number {
    return this.#counts?.get(key) ?? 0;
  }
  add(key: string, by: number): void {
    this.#counts ??= new Map();
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + by);
  }
}

/** What a machine carries: partitions and standbys by cache cluster, shock by backing group; and how often it failed of late. */
export class MachineLoad {
  readonly partitions = new Tally();
  readonly standbys = new Tally();
  readonly shock = new Tally();
  readonly racks: { readonly shelf: Shelf; readonly rack: IdleMachine }[] = [];
  /** everything bound on it */
  total = 0;
  /** @see recentFailures; known before the first pick and the same from then on */
  failures = 0;

  addToTotal(): void {
    for (const { shelf, rack } of this.racks) shelf.leave(rack);
    this.total++;
    for (const { shelf, rack } of this.racks) shelf.enter(rack);
  }
}

/** What the names of a StatefulSet's pods begin with; remembers its hash for the key that is being placed. */
export class Stem {
  #key = '';
  #hash = 0;
  constructor(readonly text: string) {}

  hashFor(key: string): number {
    if (key !== this.#key) {
      this.#key = key;
      this.#hash = hashOn(hashOf(key), this.text);
    }
    return this.#hash;
  }
}

/** An idle pod, with its name cut into what it shares with others and its own number, and its place in the World. */
export interface IdlePod {
  readonly pod: RedisPod;
  readonly stem: Stem;
  readonly ordinal: string;
  readonly order: number;
}

export interface IdleMachine {
  readonly machine: string;
  readonly load: MachineLoad;
  readonly pods: IdlePod[];
  /** where it stands on the circle of 2^32 points: the same in every pass, whatever the other machines are */
  readonly point: number;
  /** its number among the machines of the shelf in the order of the circle; of no meaning before the first pick */
  rank: number;
}

/** Where a machine or a partition stands on the circle. */
export const pointOf = (text: string): number => scoreOfHash(hashOf(text));

/**
 * Idle pods of one tier in one datacenter by machine. Machines stand on a circle; those of one level, that is with as much bound on them
 * and as many recent failures, are found from any point of it without looking at the others.
 */
export class Shelf {
  readonly machines = new Map<string, IdleMachine>();
  readonly #stems = new Map<string, Stem>();
  /** by total, then by recent failures; made for the first pick, when all idle pods are known */
  #levels: RankSet[][] | undefined;
  #circle: readonly IdleMachine[] = [];
  count = 0;

  /** Before the first pick. */
  put(pod: RedisPod, order: number, load: MachineLoad): void {
    const cut = pod.name.lastIndexOf('-') + 1;
    const text = pod.name.slice(0, cut);
    const stem = this.#stems.get(text) ?? new Stem(text);
    this.#stems.set(text, stem);
    const rack = this.machines.get(pod.machine) ?? this.#open(pod.machine, load);
    rack.pods.push({ pod, stem, ordinal: pod.name.slice(cut), order });
    this.count++;
  }

  #open(machine: string, load: MachineLoad): IdleMachine {
    const rack: IdleMachine = { machine, load, pods: [], point: pointOf(machine), rank: 0 };
    this.machines.set(machine, rack);
    load.racks.push({ shelf: this, rack });
    return rack;
  }

  #level({ load }: IdleMachine): RankSet {
    const levels = this.#levels ?? [];
    while (levels.length <= load.total) levels.push([]);
    const level = levels[load.total] as RankSet[];
    while (level.length <= load.failures) level.push(new RankSet(this.#circle.length));
    return level[load.failures] as RankSet;
  }

  #rank(): RankSet[][] {
    this.#circle = [...this.machines.values()].sort(
      (x, y) => x.point - y.point || (x.machine < y.machine ? -1 : Number(x.machine > y.machine)),
    );
    const levels: RankSet[][] = [];
    this.#levels = levels;
    this.#circle.forEach((rack, rank) => {
      rack.rank = rank;
      this.#level(rack).add(rank);
    });
    return levels;
  }

  /** Before the load of the machine changes. */
  leave(rack: IdleMachine): void {
    if (this.#levels && rack.pods.length > 0) this.#level(rack).delete(rack.rank);
  }

  /** After the load of the machine has changed. */
  enter(rack: IdleMachine): void {
    if (this.#levels && rack.pods.length > 0) this.#level(rack).add(rack.rank);
  }

  remove({ machine, address }: RedisPod): void {
    const rack = this.machines.get(machine);
    const at = rack?.pods.findIndex(({ pod }) => pod.address === address) ?? -1;
    if (!rack || at < 0) return;
    if (rack.pods.length === 1) {
      this.leave(rack);
      this.machines.delete(machine);
    }
    rack.pods.splice(at, 1);
    this.count--;
  }

  /** Rank of the first machine at the point or after it, which may be one more than there are. */
  #rankAt(point: number): number {
    let low = 0;
    let high = this.#circle.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#circle[middle] as IdleMachine).point < point) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /**
   * Machines level by level, lowest total first and of those fewest failures first; of one level in the order of the circle from the point on.
   * @param visit says false when it has seen enough of the level
   * @param done asked after each level
   */
  walk(point: number, visit: (rack: IdleMachine) => boolean, done: () => boolean): void {
    const levels = this.#levels ?? this.#rank();
    const start = this.#rankAt(point);
    const circle = this.#circle;
    for (const level of levels)
      for (const ranks of level) {
        ranks.walk(start, (rank) => visit(circle[rank] as IdleMachine));
        if (done()) return;
      }
  }
}
