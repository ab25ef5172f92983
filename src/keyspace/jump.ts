import { assertPartitionCount } from './partition-count.js';
import { add, multiply, type U64 } from './u64.js';

const MULTIPLIER: Readonly<U64> = { hi: 0x27bb2ee6, lo: 0x87b0b0fd | 0 }; // 2862933555777941757
const ONE: Readonly<U64> = { hi: 0, lo: 1 };

/**
 * Jump consistent hash, exactly as published (Lamping and Veach, "A Fast, Minimal Memory, Consistent Hash Algorithm", 2014):
 *
 *   b = -1, j = 0
 *   while j < n:  b = j;  key = key * 2862933555777941757 + 1;  j = (b + 1) * (2^31 / ((key >> 33) + 1))
 *
 * The quotient is rounded before it is multiplied: two roundings. Guava divides once and differs for one key in 200 million
 * (key 7868563529746395110, n 705: 484 here, 78 there), so other clients must use the published form too.
 *
 * @param hash left as it is
 * @param n number of partitions, 1..1000000
 * @returns 0..n-1
 * @throws RangeError for any other n
 */
export function jump(hash: Readonly<U64>, n: number): number {
  assertPartitionCount(n);
  const key = { hi: hash.hi | 0, lo: hash.lo | 0 };
  let bucket = -1;
  let next = 0;
  while (next < n) {
    bucket = next;
    multiply(key, MULTIPLIER);
    add(key, ONE);
    next = Math.floor((bucket + 1) * (2 ** 31 / ((key.hi >>> 1) + 1)));
  }
  return bucket;
}
