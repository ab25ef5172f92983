/** Outages of single partitions as Barn saw them, from its events. */
import type { EventView } from '../../api/schemas.js';

export interface RecoveryLine {
  readonly seq: number;
  readonly at: number;
  readonly partition: string;
  readonly reason: string;
  readonly ms: number;
}

export interface Recoveries {
  /** newest first */
  readonly lines: readonly RecoveryLine[];
  readonly p50Ms: number | undefined;
  readonly maxMs: number | undefined;
}

export const HOUR_MS = 3_600_000;

/** Value that half of them do not exceed. */
export function medianOf(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((x, y) => x - y);
  return sorted[Math.ceil(sorted.length / 2) - 1];
}

/** Those that ended within `withinMs`. Only ends that say `recoveryMs` are one: the rest took up no time of a client. */
export function recoveriesOf(events: readonly EventView[], now: number, withinMs = HOUR_MS): Recoveries {
  const lines = events
    .flatMap(({ seq, at, subject, reason, recoveryMs }): readonly RecoveryLine[] =>
      recoveryMs === undefined || reason === undefined || subject === undefined || now - at > withinMs
        ? []
        : [{ seq, at, partition: subject, reason, ms: recoveryMs }],
    )
    .sort((x, y) => y.at - x.at || y.seq - x.seq);
  const times = lines.map(({ ms }) => ms);
  return { lines, p50Ms: medianOf(times), maxMs: times.length === 0 ? undefined : Math.max(...times) };
}
