/** Longest rest of a target between two writes, ms. */
const MAX_REST_MS = 200;

/** How one waits for a target, and what it does to it. */
export interface Manner {
  /** before all who are not, and without waiting for the target to have rested */
  readonly urgent: boolean;
  /** the target is left alone afterwards for as long as the work took, but by who is urgent */
  readonly rests: boolean;
}

interface Line {
  readonly urgent: (() => void)[];
  readonly others: (() => void)[];
  working: boolean;
  resting: boolean;
}

/** One piece of work at a time on a target, in the order of arrival; the urgent goes first. */
export class Turns {
  readonly #lines = new Map<string, Line>();

  /** @returns what `work` returns, once it was its turn @throws what it throws */
  take<T>(target: string, { urgent, rests }: Manner, work: () => Promise<T>): Promise<T> {
    const line = this.#lines.get(target) ?? { urgent: [], others: [], working: false, resting: false };
    this.#lines.set(target, line);
    return new Promise((resolve, reject) => {
      (urgent ? line.urgent : line.others).push(() => {
        const began = performance.now();
        const ended = (): void => this.#ended(target, line, rests ? performance.now() - began : 0);
        void Promise.resolve().then(work).then(resolve, reject).then(ended);
      });
      this.#next(target, line);
    });
  }

  #next(target: string, line: Line): void {
    if (line.working) return;
    const begin = line.urgent.shift() ?? (line.resting ? undefined : line.others.shift());
    if (begin) {
      line.working = true;
      begin();
    } else if (!line.resting) this.#lines.delete(target);
  }

  #ended(target: string, line: Line, restMs: number): void {
    line.working = false;
    if (restMs > 0) {
      line.resting = true;
      setTimeout(
        () => {
          line.resting = false;
          this.#next(target, line);
        },
        Math.min(restMs, MAX_REST_MS),
      );
    }
    this.#next(target, line);
  }
}
