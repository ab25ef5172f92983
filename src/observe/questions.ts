/** Time that passes only while we listen: who is slow, is it them or is it us? ms */
const TICK_MS = 25;
/** Who owes an answer for so long is not asked again before it has given it: what is asked would only pile up there; ms */
const OWING_MS = 150;

/** Something that was asked. */
export interface Asked<T> {
  /** @returns undefined: no answer so many ms after it was asked; left out: waits for the answer, or the error */
  within(ms?: number): Promise<T | undefined>;
}

interface Waiting {
  /** attended ms */
  readonly until: number;
  readonly giveUp: () => void;
}

interface Owed {
  /** attended ms */
  readonly since: number;
  readonly settled: Promise<unknown>;
}

/**
 * Who was asked and has not answered yet. Whoever asks may stop waiting long before the answer is given up (connections.ts), so that one pod
 * that hangs keeps nobody from what all the others say.
 *
 * Waiting is measured in turns of our own event loop, each of which reads all that has come in: while we are busy ourselves (a thousand answers
 * to parse) nobody is late.
 */
export class Questions {
  readonly #owed = new Map<string, Owed>();
  readonly #waiting = new Set<Waiting>();
  #attendedMs = 0;
  #timer: NodeJS.Timeout | undefined;

  ask<T>(address: string, work: () => Promise<T>): Asked<T> {
    const from = this.#attendedMs;
    let abandoned = false;
    const owed = this.#owed.get(address);
    const answer: Promise<T | undefined> =
      owed && from - owed.since >= OWING_MS
        ? owed.settled.then(() => (abandoned ? undefined : this.#send(address, work)))
        : this.#send(address, work);
    answer.catch(() => undefined);
    return {
      within: async (ms) => {
        if (ms === undefined) return answer;
        abandoned = false;
        return this.#await(answer, from + ms, () => {
          abandoned = true;
        });
      },
    };
  }

  #send<T>(address: string, work: () => Promise<T>): Promise<T> {
    const answer = work();
    if (this.#owed.has(address)) return answer;
    const settled = answer.then(
      () => undefined,
      () => undefined,
    );
    const owed = { since: this.#attendedMs, settled };
    this.#owed.set(address, owed);
    this.#attend();
    void settled.then(() => this.#owed.delete(address));
    return answer;
  }

  #await<T>(answer: Promise<T | undefined>, until: number, late: () => void): Promise<T | undefined> {
    return new Promise((resolve, reject) => {
      const waiting = {
        until,
        giveUp: () => {
          late();
          resolve(undefined);
        },
      };
      this.#waiting.add(waiting);
      this.#attend().ref();
      answer.then(resolve, reject).finally(() => this.#waiting.delete(waiting));
    });
  }

  /** It holds the process only while somebody waits. */
  #attend(): NodeJS.Timeout {
    this.#timer ??= setInterval(() => this.#tick(), TICK_MS).unref();
    return this.#timer;
  }

  #tick(): void {
    if (this.#waiting.size === 0 && this.#owed.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
      return;
    }
    if (this.#waiting.size === 0) this.#timer?.unref();
    this.#attendedMs += TICK_MS;
    for (const waiting of this.#waiting) {
      if (waiting.until > this.#attendedMs) continue;
      this.#waiting.delete(waiting);
      // Timers come before what has arrived on the sockets: that is still heard.
      setImmediate(waiting.giveUp);
    }
  }
}
