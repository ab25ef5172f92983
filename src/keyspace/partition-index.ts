import { hashTag } from './hash-tag.js';
import { jump } from './jump.js';
import { utf8 } from './utf8.js';
import { xxh64 } from './xxh64.js';

/**
 * The partition of a key: jump(xxh64(tag(key), seed 0), n). A contract between all clients of a farm, in any language:
 * test/keyspace/vectors.json holds it.
 *
 * @param key text (its UTF-8 bytes count) or bytes
 * @param n number of partitions, 1..1000000
 * @returns 0..n-1
 * @throws RangeError for any other n
 */
export function partitionIndex(key: string | Uint8Array, n: number): number {
  return jump(xxh64(typeof key === 'string' ? utf8(hashTag(key)) : hashTag(key)), n);
}
