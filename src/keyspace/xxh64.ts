import { add, multiply, rotateLeft, type U64, xor, xorShiftRight } from './u64.js';

// The five primes of XXH64 (Cyan4973/xxHash, doc/xxhash_spec.md, "XXH64 algorithm description").
const PRIME_1: Readonly<U64> = { hi: 0x9e3779b1 | 0, lo: 0x85ebca87 | 0 };
const PRIME_2: Readonly<U64> = { hi: 0xc2b2ae3d | 0, lo: 0x27d4eb4f | 0 };
const PRIME_3: Readonly<U64> = { hi: 0x165667b1 | 0, lo: 0x9e3779f9 | 0 };
const PRIME_4: Readonly<U64> = { hi: 0x85ebca77 | 0, lo: 0xc2b2ae63 | 0 };
const PRIME_5: Readonly<U64> = { hi: 0x27d4eb2f | 0, lo: 0x165667c5 | 0 };

/** The four lanes at seed 0: PRIME_1 + PRIME_2, PRIME_2, 0, -PRIME_1. */
const newLanes = (): readonly [U64, U64, U64, U64] => [
  { hi: 0x60ea27ee, lo: 0xadc0b5d6 | 0 },
  { ...PRIME_2 },
  { hi: 0, lo: 0 },
  { hi: 0x61c8864e, lo: 0x7a143579 },
];

/** Reads inside `bytes` only. Plain indexing: destructuring would take several times as long. */
function read32(bytes: Uint8Array, at: number): number {
  const low = (bytes[at] as number) | ((bytes[at + 1] as number) << 8);
  return low | ((bytes[at + 2] as number) << 16) | ((bytes[at + 3] as number) << 24);
}

function readWord(bytes: Uint8Array, at: number): U64 {
  return { hi: read32(bytes, at + 4), lo: read32(bytes, at) };
}

/** lane = rotl(lane + input * PRIME_2, 31) * PRIME_1; uses up `input` */
function round(lane: U64, input: U64): void {
  multiply(input, PRIME_2);
  add(lane, input);
  rotateLeft(lane, 31);
  multiply(lane, PRIME_1);
}

function mergeLane(hash: U64, lane: U64): void {
  const merged = { hi: 0, lo: 0 };
  round(merged, lane);
  xor(hash, merged);
  multiply(hash, PRIME_1);
  add(hash, PRIME_4);
}

/** Consumes whole stripes of 32 bytes. @returns the hash so far and how many bytes were taken */
function hashStripes(bytes: Uint8Array): { readonly hash: U64; readonly taken: number } {
  const lanes = newLanes();
  let at = 0;
  for (; at + 32 <= bytes.length; at += 32) {
    round(lanes[0], readWord(bytes, at));
    round(lanes[1], readWord(bytes, at + 8));
    round(lanes[2], readWord(bytes, at + 16));
    round(lanes[3], readWord(bytes, at + 24));
  }
  const hash = { hi: 0, lo: 0 };
  lanes.forEach((lane, index) => {
    const turned = { ...lane };
    rotateLeft(turned, [1, 7, 12, 18][index] as number);
    add(hash, turned);
  });
  for (const lane of lanes) mergeLane(hash, lane);
  return { hash, taken: at };
}

/** The last 0..31 bytes: by 8, then by 4, then one at a time. */
function hashTail(hash: U64, bytes: Uint8Array, from: number): void {
  let at = from;
  for (; at + 8 <= bytes.length; at += 8) {
    const lane = { hi: 0, lo: 0 };
    round(lane, readWord(bytes, at));
    xor(hash, lane);
    rotateLeft(hash, 27);
    multiply(hash, PRIME_1);
    add(hash, PRIME_4);
  }
  if (at + 4 <= bytes.length) {
    const half = { hi: 0, lo: read32(bytes, at) };
    multiply(half, PRIME_1);
    xor(hash, half);
    rotateLeft(hash, 23);
    multiply(hash, PRIME_2);
    add(hash, PRIME_3);
    at += 4;
  }
  for (; at < bytes.length; at++) {
    const one = { hi: 0, lo: bytes[at] as number };
    multiply(one, PRIME_5);
    xor(hash, one);
    rotateLeft(hash, 11);
    multiply(hash, PRIME_1);
  }
}

/**
 * XXH64 with seed 0. Synchronous and without BigInt or WebAssembly, so that it runs on every cache access and loads everywhere;
 * the tests hold it against the C library (vectors) and against its WebAssembly build (property).
 */
export function xxh64(bytes: Uint8Array): U64 {
  const { hash, taken } = bytes.length >= 32 ? hashStripes(bytes) : { hash: { ...PRIME_5 }, taken: 0 };
  add(hash, { hi: Math.floor(bytes.length / 2 ** 32), lo: bytes.length | 0 });
  hashTail(hash, bytes, taken);
  xorShiftRight(hash, 33);
  multiply(hash, PRIME_2);
  xorShiftRight(hash, 29);
  multiply(hash, PRIME_3);
  xorShiftRight(hash, 32);
  return { hi: hash.hi >>> 0, lo: hash.lo >>> 0 };
}
