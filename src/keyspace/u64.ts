/**
 * An unsigned 64-bit word as two 32-bit halves, changed in place. BigInt does the same about six times slower and allocates
 * for every step; keys are hashed on every cache access. The halves are signed or unsigned 32-bit numbers, it makes no difference to
 * what they mean; the functions here leave them signed, because V8 keeps those unboxed.
 */
export interface U64 {
  hi: number;
  lo: number;
}

/** Upper 32 bits of the 64-bit product of two unsigned 32-bit words; every intermediate stays below 2^32. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const carry = aLow * bHigh + (middle & 0xffff);
  return aHigh * bHigh + (middle >>> 16) + (carry >>> 16);
}

/** word = word * factor mod 2^64 */
export function multiply(word: U64, factor: Readonly<U64>): void {
  const { hi, lo } = word;
  word.hi = (multiplyHigh(lo, factor.lo) + Math.imul(hi, factor.lo) + Math.imul(lo, factor.hi)) | 0;
  word.lo = Math.imul(lo, factor.lo) | 0;
}

/** word = word + addend mod 2^64 */
export function add(word: U64, addend: Readonly<U64>): void {
  const low = (word.lo + addend.lo) | 0;
  // It wrapped around if and only if it is now less, unsigned, than what was added.
  const carry = low >>> 0 < addend.lo >>> 0 ? 1 : 0;
  word.hi = (word.hi + addend.hi + carry) | 0;
  word.lo = low;
}

/** word = word XOR other */
export function xor(word: U64, other: Readonly<U64>): void {
  word.hi = (word.hi ^ other.hi) | 0;
  word.lo = (word.lo ^ other.lo) | 0;
}

/** word = word rotated left by 1..31 bits */
export function rotateLeft(word: U64, bits: number): void {
  const { hi, lo } = word;
  word.hi = (hi << bits) | (lo >>> (32 - bits)) | 0;
  word.lo = (lo << bits) | (hi >>> (32 - bits)) | 0;
}

/** word = word XOR (word >> bits), bits 1..63 */
export function xorShiftRight(word: U64, bits: number): void {
  const { hi, lo } = word;
  if (bits >= 32) {
    word.lo = (lo ^ (hi >>> (bits - 32))) | 0;
    return;
  }
  word.hi = (hi ^ (hi >>> bits)) | 0;
  word.lo = (lo ^ ((lo >>> bits) | (hi << (32 - bits)))) | 0;
}
