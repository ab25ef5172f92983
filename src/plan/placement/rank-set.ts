const lowestBit = (bits: number): number => 31 - Math.clz32(bits & -bits);

/** The lowest bit that is set, of `from` and those after it; -1 when there is none. */
function nextBit(words: Uint32Array, from: number): number {
  let bits = (words[from >>> 5] ?? 0) & (-1 << (from & 31));
  for (let word = from >>> 5; word < words.length; bits = words[++word] ?? 0)
    if (bits !== 0) return word * 32 + lowestBit(bits);
  return -1;
}

/**
 * A set of ranks, from 0 up to its capacity, that is walked round from any of them. A bit for each, and a bit for every 32 of them that are
 * not all empty: taking one out and finding the next one do not depend on how many there are.
 */
export class RankSet {
  readonly #bits: Uint32Array;
  readonly #filled: Uint32Array;

  constructor(capacity: number) {
    this.#bits = new Uint32Array(Math.ceil(capacity / 32));
    this.#filled = new Uint32Array(Math.ceil(this.#bits.length / 32));
  }

  add(rank: number): void {
    const word = rank >>> 5;
    this.#bits[word] = (this.#bits[word] ?? 0) | (1 << (rank & 31));
    this.#filled[word >>> 5] = (this.#filled[word >>> 5] ?? 0) | (1 << (word & 31));
  }

  delete(rank: number): void {
    const word = rank >>> 5;
    const left = (this.#bits[word] ?? 0) & ~(1 << (rank & 31));
    this.#bits[word] = left;
    if (left === 0) this.#filled[word >>> 5] = (this.#filled[word >>> 5] ?? 0) & ~(1 << (word & 31));
  }

  /** The lowest that is not below `from`; -1 when there is none. */
  next(from: number): number {
    const word = from >>> 5;
    const here = (this.#bits[word] ?? 0) & (-1 << (from & 31));
    if (here !== 0) return word * 32 + lowestBit(here);
    const filled = nextBit(this.#filled, word + 1);
    return filled < 0 ? -1 : filled * 32 + lowestBit(this.#bits[filled] ?? 0);
  }

  /** Those from `start` on, then those before it, until `visit` says false. */
  walk(start: number, visit: (rank: number) => boolean): void {
    for (let rank = this.next(start); rank >= 0; rank = this.next(rank + 1)) if (!visit(rank)) return;
    for (let rank = this.next(0); rank >= 0 && rank < start; rank = this.next(rank + 1)) if (!visit(rank)) return;
  }
}
