import { createRequire } from 'node:module';
import { describe, expect, test } from '@jest/globals';
import { ketama } from '../../src/keyspace/index.js';
import { fc } from '../builders/fast-check.js';

// The package has no types; its ring with its defaults is libketama's: MD5, 40 digests x 4 points.
const HashRing = createRequire(import.meta.url)('hashring') as new (
  servers: readonly string[],
) => { get(key: string): string };

const names = (count: number): readonly string[] => Array.from({ length: count }, (_, i) => `10.0.0.${i}:11211`);

describe('ketama', () => {
  test.each([1, 2, 3, 10, 60])('agrees with the package hashring on a ring of %p names', (count) => {
    const ring = names(count);
    const theirs = new HashRing(ring);
    const ours = ketama(ring);
    for (let i = 0; i < 2_000; i++) expect(ring[ours(`user:${i}`)]).toBe(theirs.get(`user:${i}`));
  });

  test('agrees with hashring for any key, Korean and braces too', () => {
    const ring = names(20);
    const theirs = new HashRing(ring);
    const ours = ketama(ring);
    for (const key of ['', '사용자:1', '{user:42}:name', 'x{user:42}y']) expect(ring[ours(key)]).toBe(theirs.get(key));
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (key) => ring[ours(key)] === theirs.get(key)));
  });

  test('bytes and their text are the same key', () => {
    const ours = ketama(names(10));
    expect(ours(new TextEncoder().encode('사용자:1'))).toBe(ours('사용자:1'));
  });

  test('a key past the last point belongs to the first', () => {
    const ours = ketama(names(1));
    for (let i = 0; i < 200; i++) expect(ours(`key:${i}`)).toBe(0);
  });

  test('a name more takes keys from the others and moves none between them', () => {
    const [before, after] = [ketama(names(10)), ketama(names(11))];
    for (let i = 0; i < 2_000; i++) {
      const index = after(`key:${i}`);
      expect(index === before(`key:${i}`) || index === 10).toBe(true);
    }
  });

  test('refuses no names and twins', () => {
    expect(() => ketama([])).toThrow(new RangeError('names must hold at least 1 name, not 0'));
    expect(() => ketama(['a', 'b', 'a'])).toThrow(new RangeError('names must differ: a name appears twice'));
  });
});
