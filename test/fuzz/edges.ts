/** What a run has been through: counters that tools/fuzz.mjs puts at each branch of src (as AFL does: edges, in classes of how often). */
const counters = (): Uint32Array => {
  const shared = globalThis as { __fuzzEdges?: Uint32Array };
  shared.__fuzzEdges ??= new Uint32Array(1 << 16);
  return shared.__fuzzEdges;
};

const classOf = (count: number): number => (count < 4 ? count : Math.min(31, 2 + Math.floor(Math.log2(count))));

export class Edges {
  readonly #counters = counters();
  /** by edge, a bit for each class of counts that was seen */
  readonly #seen = new Uint32Array(this.#counters.length);
  covered = 0;

  begin(): void {
    this.#counters.fill(0);
  }

  /** @returns whether the run since `begin` has been where none was before */
  take(): boolean {
    let isNew = false;
    for (let edge = 0; edge < this.#counters.length; edge++) {
      const count = this.#counters[edge] ?? 0;
      if (count === 0) continue;
      const bit = 1 << classOf(count);
      const before = this.#seen[edge] ?? 0;
      if ((before & bit) !== 0) continue;
      if (before === 0) this.covered++;
      this.#seen[edge] = before | bit;
      isNew = true;
    }
    return isNew;
  }
}
