import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { hashTag, jump, movedShare, partitionIndex, type U64, xxh64 } from '../../src/keyspace/index.js';
import { fc } from '../builders/fast-check.js';

interface Vectors {
  readonly keys: readonly { key: string; xxh64: string; index: Record<string, number> }[];
  readonly jumps: readonly { hash: string; n: number; index: number }[];
}

// Written by Python's xxhash (the C library) and the published loop on Python's numbers: see vectors.md beside it.
const vectors = JSON.parse(readFileSync(new URL('./vectors.json', import.meta.url), 'utf8')) as Vectors;

const word = (hash: bigint): U64 => ({ hi: Number(hash >> 32n), lo: Number(hash & 0xffffffffn) });
const hex = ({ hi, lo }: U64): string => hi.toString(16).padStart(8, '0') + lo.toString(16).padStart(8, '0');

/** The published algorithm on BigInt: the reference that the two-halves version must equal. */
function jumpByBigInt(hash: bigint, n: number): number {
  let key = hash;
  let bucket = -1n;
  let next = 0n;
  while (next < BigInt(n)) {
    bucket = next;
    key = BigInt.asUintN(64, key * 2862933555777941757n + 1n);
    next = BigInt(Math.floor(Number(bucket + 1n) * (Number(1n << 31n) / Number((key >> 33n) + 1n))));
  }
  return Number(bucket);
}

describe('vectors of an independent implementation', () => {
  test.each(vectors.keys)('$key', ({ key, xxh64: expected, index }) => {
    const bytes = new TextEncoder().encode(key);
    expect(hex(xxh64(hashTag(bytes)))).toBe(expected);
    for (const [n, partition] of Object.entries(index)) {
      expect([n, partitionIndex(key, Number(n))]).toEqual([n, partition]);
      expect([n, partitionIndex(bytes, Number(n))]).toEqual([n, partition]);
    }
  });

  test('jumps', () => {
    for (const { hash, n, index } of vectors.jumps) {
      expect([hash, n, jump(word(BigInt(`0x${hash}`)), n)]).toEqual([hash, n, index]);
    }
  });
});

describe('jump', () => {
  const hashes = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });

  test('equals the published algorithm on BigInt', () => {
    fc.assert(
      fc.property(
        hashes,
        fc.oneof(fc.integer({ min: 1, max: 1_000 }), fc.integer({ min: 1, max: 1_000_000 })),
        (hash, n) => Object.is(jump(word(hash), n), jumpByBigInt(hash, n)),
      ),
      { numRuns: 20_000 },
    );
  });

  test('rounds twice as published, where a client that divides once would say 78', () => {
    expect(jump(word(7868563529746395110n), 705)).toBe(484);
  });

  test('a resize moves keys to the new tail only, and back', () => {
    fc.assert(
      fc.property(hashes, fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 50 }), (hash, n, more) => {
        const [before, after] = [jump(word(hash), n), jump(word(hash), n + more)];
        return after === before || after >= n;
      }),
    );
  });

  test('leaves the hash as it was', () => {
    const hash = { hi: 1, lo: 2 };
    jump(hash, 60);
    expect(hash).toEqual({ hi: 1, lo: 2 });
  });

  test.each([0, -1, 1.5, 1_000_001, 1e9, Number.NaN, Number.POSITIVE_INFINITY])('refuses n = %p', (n) => {
    const refusal = `n must be a whole number from 1 to 1000000, not ${n}`;
    expect(() => partitionIndex('key', n)).toThrow(new RangeError(refusal));
    expect(() => jump({ hi: 0, lo: 0 }, n)).toThrow(new RangeError(refusal));
  });

  test('refuses an n that is no number', () => {
    expect(() => partitionIndex('key', '10' as unknown as number)).toThrow(RangeError);
    expect(() => partitionIndex('key', undefined as unknown as number)).toThrow(RangeError);
  });
});

describe('hash tags, by the rule of Redis', () => {
  test.each([
    ['no braces: the whole key', 'user:42', 'user:42'],
    ['what stands in braces', '{user:42}:name', 'user:42'],
    ['the first pair only', '{a}{b}', 'a'],
    ['an empty pair: the whole key, even if another follows', 'a{}{b}', 'a{}{b}'],
    ['an inner brace belongs to the tag', '{{a}}', '{a'],
    ['never closed: the whole key', '{user', '{user'],
    ['closed before it opens', '}{a}', 'a'],
    ['Korean', '방:{사용자}:1', '사용자'],
  ])('%s', (_sentence, key, tag) => {
    expect(hashTag(key)).toBe(tag);
    expect(new TextDecoder().decode(hashTag(new TextEncoder().encode(key)))).toBe(tag);
  });

  test('keys of one tag meet in one partition', () => {
    fc.assert(
      fc.property(fc.string(), fc.string({ minLength: 1 }), fc.integer({ min: 1, max: 1_000 }), (rest, tag, n) => {
        fc.pre(!/[{}]/.test(rest + tag));
        return partitionIndex(`${rest}{${tag}}`, n) === partitionIndex(`{${tag}}${rest}`, n);
      }),
    );
  });
});

describe('spread', () => {
  test('the fullest of 60 partitions holds at most 5 % more than the mean of 200,000 keys', () => {
    const count = new Array<number>(60).fill(0);
    for (let i = 0; i < 200_000; i++) {
      const index = partitionIndex(`user:${i}`, 60);
      count[index] = (count[index] ?? 0) + 1;
    }
    expect(Math.max(...count) / (200_000 / 60)).toBeLessThan(1.05);
    expect(Math.min(...count) / (200_000 / 60)).toBeGreaterThan(0.95);
  });
});

describe('movedShare', () => {
  test.each([
    ['nothing moves when the size stays', 10, 10, 0],
    ['one of 61 when 60 grow by one', 60, 61, 1 / 61],
    ['the same share back', 61, 60, 1 / 61],
    ['half when it doubles', 10, 20, 0.5],
  ])('%s', (_sentence, from, to, share) => {
    expect(movedShare(from, to)).toBeCloseTo(share, 12);
  });

  test('is what 50,000 keys do', () => {
    let moved = 0;
    for (let i = 0; i < 50_000; i++) if (partitionIndex(`key:${i}`, 10) !== partitionIndex(`key:${i}`, 14)) moved++;
    expect(Math.abs(moved / 50_000 - movedShare(10, 14))).toBeLessThan(0.01);
  });

  test('names the wrong size', () => {
    expect(() => movedShare(0, 5)).toThrow(new RangeError('from must be a whole number from 1 to 1000000, not 0'));
    expect(() => movedShare(5, 2e6)).toThrow(
      new RangeError('to must be a whole number from 1 to 1000000, not 2000000'),
    );
  });
});
