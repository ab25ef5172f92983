import type { RedisPod } from '../../world/model.js';
import { hashOf, hashOn } from './rendezvous.js';

/** Counts by key that default to 0. */
export class Tally {
  readonly #counts = new Map<string, number>();
  of(key: string): number {
    return this.#counts.get(key) ?? 0;
  }
  add(key: string, by: number): void {
    this.#counts.set(key, this.of(key) + by);
  }
}

/** What a machine carries: partitions and standbys by cache cluster, shock by backing group. */
export class MachineLoad {
  readonly partitions = new Tally();
  readonly standbys = new Tally();
  readonly shock = new Tally();
  readonly racks: { readonly shelf: Shelf; readonly rack: IdleMachine }[] = [];
  total = 0;

  addToTotal(): void {
    for (const { shelf, rack } of this.racks) shelf.raise(rack);
    this.total++;
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
}

/** Idle pods of one tier in one datacenter by machine, and those machines by all that is bound on them. */
export class Shelf {
  readonly machines = new Map<string, IdleMachine>();
  readonly levels: Set<IdleMachine>[] = [];
  readonly #stems = new Map<string, Stem>();
  count = 0;

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
    const rack = { machine, load, pods: [] };
    this.machines.set(machine, rack);
    this.#level(load.total).add(rack);
    load.racks.push({ shelf: this, rack });
    return rack;
  }

  #level(total: number): Set<IdleMachine> {
    while (this.levels.length <= total) this.levels.push(new Set());
    return this.levels[total] as Set<IdleMachine>;
  }

  raise(rack: IdleMachine): void {
    const { total } = rack.load;
    if (this.#level(total).delete(rack)) this.#level(total + 1).add(rack);
  }

  remove({ machine, address }: RedisPod): void {
    const rack = this.machines.get(machine);
    const at = rack?.pods.findIndex(({ pod }) => pod.address === address) ?? -1;
    if (!rack || at < 0) return;
    rack.pods.splice(at, 1);
    this.count--;
    if (rack.pods.length > 0) return;
    this.machines.delete(machine);
    this.#level(rack.load.total).delete(rack);
  }
}
