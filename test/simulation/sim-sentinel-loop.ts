import type { Surroundings } from './parts.js';

/** ms between the end of what blocked the thread and its timer */
const TURN_MS = 0.01;

/**
 * The only thread of a sentinel: while it writes its configuration it reads nothing, sends nothing and its timer is late. What comes in and
 * what goes out meanwhile keeps its order.
 */
export class SentinelLoop {
  /** virtual ms, by `now()` */
  busyUntil = 0;
  #queue: (() => void)[] = [];
  #timer: (() => void) | undefined;
  #woken = false;

  constructor(readonly surroundings: Surroundings) {}

  /** The thread is blocked for so long from now on, or from the end of what blocks it already. */
  spend(ms: number): void {
    if (ms > 0) this.busyUntil = Math.max(this.busyUntil, this.surroundings.now()) + ms;
  }

  /** Something arrives, a reply or a message; or is sent. */
  enter(run: () => void): void {
    if (this.#queue.length === 0 && !this.#isBusy()) run();
    else {
      this.#queue.push(run);
      this.#wake();
    }
  }

  /** The only timer is due: it runs after all that had come in by then, as in any event loop; that is how many writes become TILT. */
  due(run: () => void): void {
    if (this.#queue.length === 0 && !this.#isBusy()) run();
    else {
      this.#timer = run;
      this.#wake();
    }
  }

  #isBusy(): boolean {
    return this.surroundings.now() < this.busyUntil;
  }

  #wake(): void {
    if (this.#woken) return;
    this.#woken = true;
    this.surroundings.after(Math.max(0, this.busyUntil - this.surroundings.now()), () => {
      this.#woken = false;
      this.#drain();
    });
  }

  /** What runs may block the thread again, or queue more. */
  #drain(): void {
    while (this.#queue.length > 0) {
      if (this.#isBusy()) {
        this.#wake();
        return;
      }
      this.#queue.shift()?.();
    }
    if (this.#timer) this.surroundings.after(TURN_MS, () => this.#runTimer());
  }

  /** Commands that waited at the network go first: they may have blocked the thread again. */
  #runTimer(): void {
    const timer = this.#timer;
    if (!timer) return;
    if (this.#isBusy() || this.#queue.length > 0) {
      this.#wake();
      return;
    }
    this.#timer = undefined;
    timer();
  }
}
