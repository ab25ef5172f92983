import { availableParallelism } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';

/** pods that may start at the same time: more would only make each of them slow */
const AT_ONCE = 4 * availableParallelism();
/** after this long a pod that is not ready yet no longer holds the others back, ms */
const PATIENCE_MS = 5_000;
const POLL_MS = 20;

export interface Starter {
  /** of its PriorityClass: higher starts first */
  readonly priority: number;
  /** false when it is no longer wanted */
  readonly wanted: () => boolean;
  readonly start: () => void;
  readonly settled: () => boolean;
}

/** Starts pods a few at a time, by priority and then in order, so that a large farm does not smother the machine it runs on. */
export class StartQueue {
  readonly #waiting: Starter[] = [];
  #starting = 0;

  add(starter: Starter): void {
    this.#waiting.push(starter);
    this.#waiting.sort((x, y) => y.priority - x.priority);
    setImmediate(() => this.#next());
  }

  #next(): void {
    while (this.#starting < AT_ONCE) {
      const starter = this.#waiting.shift();
      if (!starter) return;
      if (!starter.wanted()) continue;
      this.#starting++;
      starter.start();
      this.#settle(starter).then(
        () => this.#freed(),
        () => this.#freed(),
      );
    }
  }

  async #settle({ settled, wanted }: Starter): Promise<void> {
    const until = Date.now() + PATIENCE_MS;
    while (wanted() && !settled() && Date.now() < until) await delay(POLL_MS, undefined, { ref: false });
  }

  #freed(): void {
    this.#starting--;
    this.#next();
  }
}
