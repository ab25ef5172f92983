import { createHash } from 'node:crypto';

export const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest();
export const tagOf = (digest: Buffer): string => digest.subarray(0, 16).toString('base64url');

/** Weak, for two bodies of one content differ in what they say of their age (RFC 9110, 8.8.1). */
export const entityTag = (tag: string): string => `W/"${tag}"`;

/** Whether the client has it already (If-None-Match; weak comparison, RFC 9110, 13.1.2). */
export function hasTag(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false;
  if (header === entityTag(tag) || header.trim() === '*') return true;
  return header.split(',').some((one) => one.trim().replace(/^W\//, '') === `"${tag}"`);
}
