export type Health = { readonly ok: true } | { readonly ok: false; readonly why: string };

/** ms; thirty passes long */
export const LONGEST_SILENCE_MS = 30_000;

/** Whether the loop goes round. A pass that ends in an error is none: a process that can never finish one is better started anew. */
export class PassHealth {
  #lastPass: number | undefined;
  #lastError: string | undefined;

  /** @param startedAt ms, on the clock of all that follows */
  constructor(
    readonly startedAt: number,
    readonly longestSilenceMs = LONGEST_SILENCE_MS,
  ) {}

  passed(at: number): void {
    this.#lastPass = at;
    this.#lastError = undefined;
  }

  failed(message: string): void {
    this.#lastError = message;
  }

  /** The last pass is young enough, or the first one is not due yet. */
  live(now: number): Health {
    const silence = now - (this.#lastPass ?? this.startedAt);
    if (silence < this.longestSilenceMs) return { ok: true };
    const what = this.#lastPass === undefined ? 'no pass since the start' : 'no pass';
    return { ok: false, why: `${what} for ${Math.round(silence / 1_000)} s${this.#because()}` };
  }

  /** The farm has been seen once as a whole. */
  ready(): Health {
    return this.#lastPass === undefined ? { ok: false, why: `no pass yet${this.#because()}` } : { ok: true };
  }

  #because(): string {
    return this.#lastError === undefined ? '' : `; the last error: ${this.#lastError}`;
  }
}
