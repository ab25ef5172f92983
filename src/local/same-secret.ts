import { timingSafeEqual } from 'node:crypto';

/** In a time that tells nothing but their lengths. */
export function sameSecret(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
