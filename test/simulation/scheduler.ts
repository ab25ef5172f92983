/**
 * The one queue of a run: whatever happens, happens because an entry of it is due. Virtual time jumps from entry to entry, so a minute of a farm
 * takes milliseconds, and the same seed gives the same events in the same order.
 */

/** Anything whose code runs in promises: a Barn, a seed, an application. */
export interface Actor {
  /** ms that its wall clock is ahead of the virtual one */
  readonly skewMs: number;
}

/** What is due at some time. */
export class Entry {
  constructor(
    readonly at: number,
    readonly order: number,
    public run: (() => void) | undefined,
  ) {}

  cancel(): void {
    this.run = undefined;
  }
}

/** Captured before anybody replaces it: the only real timer of a run. */
const realImmediate = globalThis.setImmediate;

/**
 * Follows all promises that can go on, at once and not at the end of a turn of Node's event loop, which would be most of what a run costs. Node runs
 * this between any two timers; it does nothing when it is called by a promise itself.
 */
const followPromises = (process as unknown as { readonly _tickCallback: () => void })._tickCallback;

function checkPromises(): void {
  let followed = false;
  void Promise.resolve().then(() => {
    followed = true;
  });
  followPromises();
  if (!followed) throw new Error('promises cannot be followed from here');
}

/** Small and fast, and its whole state is one number (mulberry32). @returns 0 <= x < 1 */
export function seededRandom(seed: number): () => number {
  let state = (seed ^ 0x9e3779b9) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const isBefore = (x: Entry, y: Entry): boolean => x.at < y.at || (x.at === y.at && x.order < y.order);

export class Scheduler {
  /** ms since the start of the run */
  now = 0;
  /** entries carried out */
  events = 0;
  /** whose code runs at this moment, or has just been woken */
  current: Actor | undefined;
  /** told when code of an actor is about to run */
  entering: ((actor: Actor) => void) | undefined;
  readonly random: () => number;
  readonly #heap: Entry[] = [];
  /** name of a stream of chance -> how many there were of it */
  readonly #streams = new Map<string, number>();
  #order = 0;
  #woken = false;

  constructor(readonly seed: number) {
    this.random = seededRandom(seed);
  }

  /**
   * Chance of its own for each that is named so: what one draws changes nothing for the others, so that a story with a fault less is the same
   * story as far as the fault did not reach.
   */
  stream(name: string): () => number {
    const count = (this.#streams.get(name) ?? 0) + 1;
    this.#streams.set(name, count);
    let hash = Math.imul(this.seed ^ 0x5bd1e995, 2_654_435_761) ^ count;
    for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 16_777_619);
    return seededRandom(hash);
  }

  /** @returns what takes it back */
  after(ms: number, run: () => void): () => void {
    const entry = this.at(this.now + Math.max(0, ms), run);
    return () => entry.cancel();
  }

  /** @param ms of the run; not before now */
  at(ms: number, run: () => void): Entry {
    const entry = new Entry(ms, this.#order++, run);
    this.#push(entry);
    return entry;
  }

  /** Runs code of an actor; the promises that it settles are followed before anything else happens. */
  enter(actor: Actor, run: () => void): void {
    this.current = actor;
    this.entering?.(actor);
    this.#woken = true;
    run();
  }

  /** Carries out all that is due until then. @param stop asked after each entry */
  run(untilMs: number, stop?: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      realImmediate(() => {
        try {
          checkPromises();
          this.#carryOut(untilMs, stop);
          resolve();
        } catch (error) {
          reject(error);
        }
      });
    });
  }

  #carryOut(untilMs: number, stop?: () => boolean): void {
    for (let entry = this.#heap[0]; entry !== undefined && entry.at <= untilMs; entry = this.#heap[0]) {
      this.#pop();
      if (entry.run === undefined) continue;
      this.now = entry.at;
      this.events++;
      entry.run();
      if (this.#woken) {
        followPromises();
        this.#rest();
      }
      if (stop?.() === true) return;
    }
    if (this.now < untilMs) this.now = untilMs;
  }

  /** Until the promises of the actor that was entered have come to rest. */
  async settle(): Promise<void> {
    await new Promise((resolve) => void realImmediate(resolve));
    this.#rest();
  }

  #rest(): void {
    this.#woken = false;
    this.current = undefined;
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let at = heap.push(entry) - 1;
    while (at > 0) {
      const up = (at - 1) >> 1;
      const parent = heap[up] as Entry;
      if (!isBefore(entry, parent)) break;
      heap[at] = parent;
      at = up;
    }
    heap[at] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let down = 2 * at + 1;
      if (down >= heap.length) break;
      if (down + 1 < heap.length && isBefore(heap[down + 1] as Entry, heap[down] as Entry)) down++;
      const child = heap[down] as Entry;
      if (!isBefore(child, last)) break;
      heap[at] = child;
      at = down;
    }
    heap[at] = last;
  }
}
