import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';

/** pods that may start at the same time: more would only make each of them slow */
const AT_ONCE = 4 * availableParallelism();
/** after this long a pod that is not ready yet no longer holds the others back, ms */
const PATIENCE_MS = 5_000;
const POLL_MS = 20;
/** Processes that want a core at the same moment, a core: with more, the next pod waits. What a pod starts in the background shows only here. */
const CROWD = 8;

/** How many processes of this machine want a core right now, for each core. 0 where that is not known. */
export function crowd(): number {
  try {
    return Number(/ (\d+)\/\d+ /.exec(readFileSync('/proc/loadavg', 'utf8'))?.[1] ?? 0) / availableParallelism();
  } catch {
    return 0;
  }
}

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

  /** @param busy how many processes want a core, for each core @param patienceMs after which a pod no longer waits or holds back others */
  constructor(
    private readonly busy: () => number = crowd,
    private readonly patienceMs = PATIENCE_MS,
  ) {}

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
      this.#settle(starter).then(
        () => this.#freed(),
        () => this.#freed(),
      );
    }
  }

  async #settle({ settled, wanted, start }: Starter): Promise<void> {
    const until = Date.now() + this.patienceMs;
    while (this.busy() > CROWD && Date.now() < until) await delay(POLL_MS, undefined, { ref: false });
    if (!wanted()) return;
    start();
    while (wanted() && !settled() && Date.now() < until) await delay(POLL_MS, undefined, { ref: false });
  }

  #freed(): void {
    this.#starting--;
    this.#next();
  }
}
