import type { CacheCluster } from '../farm/model.js';
import { movedShare } from '../keyspace/moved-share.js';

export interface MovedKeys {
  /** 0 to 1, expected over all keys */
  readonly share: number;
  /** `jump`: jump consistent hashing moves exactly this share; `ketama`: the mean, a ring's points decide; `rehash`: every key is hashed anew */
  readonly by: 'jump' | 'ketama' | 'rehash';
}

/**
 * Share of the keys that belong to another partition after the change; undefined when none moves.
 * Under another hash function a key stays by chance only: it meets its old index in one of max(from, to) cases.
 */
export function movedKeys(from: CacheCluster, to: CacheCluster): MovedKeys | undefined {
  const [was, is] = [from.clusterSize, to.clusterSize];
  if (was < 1 || is < 1) return undefined;
  if (from.hash !== to.hash) return { share: 1 - 1 / Math.max(was, is), by: 'rehash' };
  return was === is ? undefined : { share: movedShare(was, is), by: to.hash };
}
