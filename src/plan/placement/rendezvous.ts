/**
 * A stable 32-bit score of a pair (FNV-1a, then the finalizer of MurmurHash3 so that near-equal strings do not get near-equal scores).
 * Only breaks ties: the same pair always scores the same, so plans are deterministic and diffs small.
 */
export function rendezvousScore(key: string, site: string): number {
  let hash = 0x811c9dc5;
  const text = `${key}\u0000${site}`;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
