/** Answers that count for a while: those who ask meanwhile share one question. A question that fails is forgotten at once. */
export class ShortMemory<T> {
  readonly #kept = new Map<string, { readonly answer: Promise<T>; readonly until: number }>();

  /**
   * @param most so many at a time; the oldest give way
   * @param keptMs from the moment it is asked
   */
  constructor(
    readonly most: number,
    readonly keptMs: number,
    readonly now: () => number,
  ) {}

  of(key: string, ask: () => Promise<T>): Promise<T> {
    const known = this.#kept.get(key);
    if (known && known.until > this.now()) return known.answer;
    this.#kept.delete(key);
    const kept = { answer: ask(), until: this.now() + this.keptMs };
    this.#kept.set(key, kept);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= this.most) break;
      this.#kept.delete(oldest);
    }
    kept.answer.catch(() => {
      if (this.#kept.get(key) === kept) this.#kept.delete(key);
    });
    return kept.answer;
  }

  /** Who asks from now on is told anew. */
  forget(): void {
    this.#kept.clear();
  }
}
