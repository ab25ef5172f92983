/** Inputs out of inputs. */
import { fc } from '../builders/fast-check.js';
import { NAMES } from './hostile.js';
import { bytes, type FuzzTarget } from './target.js';

/** Something is cut out at a place, and something put there. */
export interface Splice {
  readonly at: number;
  readonly cut: number;
  readonly put: Uint8Array;
}

export function spliced(input: Uint8Array, splices: readonly Splice[]): Uint8Array {
  return splices.reduce<Uint8Array>((before, { at, cut, put }) => {
    const from = before.length === 0 ? 0 : at % (before.length + 1);
    return Buffer.concat([before.subarray(0, from), put, before.subarray(Math.min(before.length, from + cut))]);
  }, input);
}

const worstWords: readonly Uint8Array[] = NAMES.filter(({ length }) => length < 70).map(bytes);
export const wordsOf = ({ words = [] }: Pick<FuzzTarget, 'words'>): readonly Uint8Array[] => [
  ...words.map(bytes),
  ...worstWords,
];

/** Nearly right inputs of a target, for fast-check: they shrink to the seed with the fewest, shortest splices. */
export function nearlyRight(target: FuzzTarget): fc.Arbitrary<Uint8Array> {
  const put = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...wordsOf(target)) }, fc.uint8Array({ maxLength: 6 }));
  const splice = fc.record({
    at: fc.nat(20_000),
    cut: fc.oneof({ weight: 3, arbitrary: fc.nat(12) }, fc.nat(2_000)),
    put,
  });
  return fc
    .tuple(fc.constantFrom(...target.seeds), fc.array(splice, { minLength: 1, maxLength: 6 }))
    .map(([seed, splices]) => spliced(seed, splices));
}

/** 0 ≤ x < below */
export type Draw = (below: number) => number;

function pick<T>(items: readonly T[], draw: Draw): T | undefined {
  return items[draw(items.length)];
}

function oneSplice(
  input: Uint8Array,
  corpus: readonly Uint8Array[],
  words: readonly Uint8Array[],
  draw: Draw,
): Uint8Array {
  const at = draw(input.length + 1);
  switch (draw(7)) {
    case 0:
      return spliced(input, [{ at, cut: 1, put: Uint8Array.of(draw(256)) }]);
    case 1:
      return spliced(input, [{ at, cut: 0, put: Uint8Array.from({ length: 1 + draw(8) }, () => draw(256)) }]);
    case 2:
      return spliced(input, [{ at, cut: 1 + draw(1 + Math.min(64, input.length)), put: new Uint8Array() }]);
    case 3:
    case 4:
      return spliced(input, [{ at, cut: draw(2) === 0 ? 0 : draw(16), put: pick(words, draw) ?? new Uint8Array() }]);
    case 5: {
      const from = draw(input.length + 1);
      return spliced(input, [{ at, cut: 0, put: input.subarray(from, from + 1 + draw(64)) }]);
    }
    default: {
      const other = pick(corpus, draw) ?? input;
      const from = draw(other.length + 1);
      return spliced(input, [{ at, cut: draw(32), put: other.subarray(from, from + 1 + draw(128)) }]);
    }
  }
}

const LONGEST = 1 << 16;

/** Some changes, mostly few. */
export function mutated(
  input: Uint8Array,
  corpus: readonly Uint8Array[],
  words: readonly Uint8Array[],
  draw: Draw,
): Uint8Array {
  let result = input;
  for (let times = 1 + draw(2) * draw(8); times > 0; times--) result = oneSplice(result, corpus, words, draw);
  return result.subarray(0, LONGEST);
}
