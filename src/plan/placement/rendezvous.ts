/** FNV-1a, to be gone on with: the hash of a text is that of its beginning, gone on with its rest. */
export function hashOn(hash: number, text: string): number {
  let on = hash;
  for (let i = 0; i < text.length; i++) on = Math.imul(on ^ text.charCodeAt(i), 0x01000193);
  return on;
}

export const hashOf = (key: string): number => hashOn(0x811c9dc5, `${key}\u0000`);

/** The finalizer of MurmurHash3, so that near-equal strings do not get near-equal scores. */
export function scoreOfHash(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/**
 * A stable 32-bit score of a pair. Only breaks ties: the same pair always scores the same, so plans are deterministic and diffs small.
 */
export const rendezvousScore = (key: string, site: string): number => scoreOfHash(hashOn(hashOf(key), site));
