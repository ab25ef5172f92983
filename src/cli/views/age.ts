/**
 * How long ago, in the largest unit that tells it, as kubectl has it: `45s`, `12m`, `30h`, `8d`.
 * @param since RFC 3339
 * @param now ms since the epoch
 */
export function age(since: string | undefined, now: number): string {
  const at = Date.parse(since ?? '');
  if (Number.isNaN(at)) return '<unknown>';
  // Clocks differ a little: nothing happens in the future.
  const seconds = Math.max(0, Math.floor((now - at) / 1_000));
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 120 * 60) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 48 * 3_600) return `${Math.floor(seconds / 3_600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}
