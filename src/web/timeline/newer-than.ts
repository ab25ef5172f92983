/** Those that came since: both lists are newest first and share their records. */
export function newerThan<T>(live: readonly T[], held: readonly T[]): readonly T[] {
  const newest = held[0];
  if (newest === undefined || live === held) return [];
  const at = live.indexOf(newest);
  return at < 0 ? live : live.slice(0, at);
}
