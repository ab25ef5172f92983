/** Somebody who is told what is new of one cache cluster. */
export interface Subscriber {
  /** of the state that it was last told */
  version: number;
  tell(): void;
}

/** Told in one turn of the event loop, some µs each: requests and Barn's own work come in between. */
const AT_ONCE = 256;

/**
 * Tells many subscribers one state. Who is behind gets the newest and never what came between: while it goes round, another state may come;
 * those ahead get that one at once, and a second round reaches the others.
 */
export class Channel<T extends Subscriber> {
  readonly #subscribers = new Set<T>();
  #version = 0;
  #telling = false;

  get size(): number {
    return this.#subscribers.size;
  }

  /** It knows the state as it is now. */
  join(subscriber: T): void {
    subscriber.version = this.#version;
    this.#subscribers.add(subscriber);
  }

  leave(subscriber: T): void {
    this.#subscribers.delete(subscriber);
  }

  all(): readonly T[] {
    return [...this.#subscribers];
  }

  /** There is another state: all are told, after what is running now. */
  changed(): void {
    this.#version++;
    if (this.#telling) return;
    this.#telling = true;
    setImmediate(() => this.#goRound());
  }

  #goRound(): void {
    this.#tellSome(this.#subscribers.values(), this.#version);
  }

  #tellSome(rest: IterableIterator<T>, version: number): void {
    for (let told = 0; told < AT_ONCE; ) {
      const { value, done } = rest.next();
      if (done) {
        this.#cameRound(version);
        return;
      }
      if (value.version === this.#version) continue;
      value.version = this.#version;
      value.tell();
      told++;
    }
    setImmediate(() => this.#tellSome(rest, version));
  }

  #cameRound(version: number): void {
    if (version === this.#version) this.#telling = false;
    else setImmediate(() => this.#goRound());
  }
}
