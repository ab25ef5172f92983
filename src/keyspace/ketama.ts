import { md5Words } from './md5.js';
import { utf8 } from './utf8.js';

const DIGESTS_PER_NAME = 40; // x 4 words a digest = the 160 points of libketama

interface Point {
  readonly value: number;
  readonly index: number;
}

function pointsOf(name: string, index: number): Point[] {
  const digests = Array.from({ length: DIGESTS_PER_NAME }, (_, i) => md5Words(utf8(`${name}-${i}`)));
  return digests.flatMap((words) => Array.from(words, (value) => ({ value, index })));
}

/**
 * The ketama ring: MD5, 160 points a name labelled `<name>-<0..39>`, every name of weight 1; for those who come from memcached clients
 * that use it (libraries differ in the label: some write `host:port-k`, so give the names as your old client wrote them).
 * The whole key is hashed, braces included, as those clients do. Prefer partitionIndex: it spreads better and needs no memory.
 *
 * @returns key -> index into names
 * @throws RangeError when there are no names, or one appears twice
 */
export function ketama(names: readonly string[]): (key: string | Uint8Array) => number {
  if (names.length === 0) throw new RangeError('names must hold at least 1 name, not 0');
  if (new Set(names).size < names.length) throw new RangeError('names must differ: a name appears twice');
  const points = names.flatMap(pointsOf).sort((a, b) => a.value - b.value);
  const values = Uint32Array.from(points, (point) => point.value);
  const owners = Uint32Array.from(points, (point) => point.index);
  return (key) => {
    const hash = md5Words(typeof key === 'string' ? utf8(key) : key)[0] ?? 0;
    const at = firstAtLeast(values, hash);
    return owners[at === values.length ? 0 : at] ?? 0;
  };
}

/** Position of the first value >= hash, or the length when all are below. */
function firstAtLeast(values: Uint32Array, hash: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((values[middle] ?? 0) < hash) low = middle + 1;
    else high = middle;
  }
  return low;
}
