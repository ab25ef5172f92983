import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import xxhash from 'xxhash-wasm';
import { xxh64 } from '../../src/keyspace/index.js';
import { md5Words } from '../../src/keyspace/md5.js';
import { utf8 } from '../../src/keyspace/utf8.js';
import { fc } from '../builders/fast-check.js';

const wasm = await xxhash();
const anyBytes = fc.oneof(fc.uint8Array({ maxLength: 80 }), fc.uint8Array({ minLength: 60, maxLength: 3_000 }));

const md5Hex = (bytes: Uint8Array): string => {
  const words = md5Words(bytes);
  const view = new DataView(new ArrayBuffer(16));
  words.forEach((value, i) => {
    view.setUint32(i * 4, value, true);
  });
  return Buffer.from(view.buffer).toString('hex');
};

describe('xxh64', () => {
  test('equals the WebAssembly build of the C library for any bytes', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        const { hi, lo } = xxh64(bytes);
        expect((BigInt(hi) << 32n) | BigInt(lo)).toBe(wasm.h64Raw(bytes, 0n));
      }),
      { numRuns: 5_000 },
    );
  });

  test('every length from 0 to 200', () => {
    for (let length = 0; length <= 200; length++) {
      const bytes = Uint8Array.from({ length }, (_, i) => (i * 251 + length) & 0xff);
      const { hi, lo } = xxh64(bytes);
      expect([length, (BigInt(hi) << 32n) | BigInt(lo)]).toEqual([length, wasm.h64Raw(bytes, 0n)]);
    }
  });
});

describe('md5Words', () => {
  test('equals the MD5 of Node for any bytes', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        expect(md5Hex(bytes)).toBe(createHash('md5').update(bytes).digest('hex'));
      }),
      { numRuns: 2_000 },
    );
  });

  // RFC 1321, A.5
  test.each([
    ['', 'd41d8cd98f00b204e9800998ecf8427e'],
    ['abc', '900150983cd24fb0d6963f7d28e17f72'],
    [
      '12345678901234567890123456789012345678901234567890123456789012345678901234567890',
      '57edf4a22be3c955ac49da2e2107b67a',
    ],
  ])('of %p', (text, digest) => {
    expect(md5Hex(utf8(text))).toBe(digest);
  });
});

describe('utf8', () => {
  test('equals TextEncoder, for short and for long text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 600 }), fc.integer({ min: 1, max: 4 }), (text, times) => {
        const repeated = text.repeat(times);
        expect(Buffer.from(utf8(repeated)).equals(Buffer.from(new TextEncoder().encode(repeated)))).toBe(true);
      }),
    );
  });
});
