const OPEN = 0x7b; // {
const CLOSE = 0x7d; // }

/**
 * The part of a key that decides its partition, by the rule of Redis Cluster: what stands between the first `{` and the first `}`
 * after it, or the whole key when there is no such pair or nothing in it. Keys with the same tag meet in one partition.
 */
export function hashTag(key: string): string;
export function hashTag(key: Uint8Array): Uint8Array;
export function hashTag(key: string | Uint8Array): string | Uint8Array {
  const bytes = typeof key !== 'string';
  const open = bytes ? key.indexOf(OPEN) : key.indexOf('{');
  if (open < 0) return key;
  const close = bytes ? key.indexOf(CLOSE, open + 1) : key.indexOf('}', open + 1);
  if (close <= open + 1) return key;
  return bytes ? key.subarray(open + 1, close) : key.slice(open + 1, close);
}
