/** Entries on an axis of time: which stand under one heading, and how many there were when. */
import { type Entry, type EntryKind, isError } from './entries.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

export type Scale = 'minute' | 'ten-minutes' | 'hour' | 'day';

/** Of some minutes every one is told apart, of some days every hour. */
export function scaleOf(entries: readonly Entry[]): Scale {
  const span = (entries[0]?.at ?? 0) - (entries.at(-1)?.at ?? 0);
  if (span <= 15 * MINUTE) return 'minute';
  return span <= 3 * HOUR ? 'ten-minutes' : span <= 72 * HOUR ? 'hour' : 'day';
}

/** In the reader's time zone: some are half an hour off. */
function startOf(at: number, scale: Scale): number {
  const date = new Date(at);
  date.setSeconds(0, 0);
  if (scale === 'ten-minutes') date.setMinutes(date.getMinutes() - (date.getMinutes() % 10));
  if (scale === 'hour' || scale === 'day') date.setMinutes(0);
  if (scale === 'day') date.setHours(0);
  return date.getTime();
}

export interface TimeGroup {
  /** ms since the epoch */
  readonly start: number;
  readonly entries: readonly Entry[];
}

/** @param entries newest first; so are the groups */
export function groupByTime(entries: readonly Entry[], scale: Scale): readonly TimeGroup[] {
  const groups = new Map<number, Entry[]>();
  for (const entry of entries) {
    const start = startOf(entry.at, scale);
    const group = groups.get(start);
    if (group) group.push(entry);
    else groups.set(start, [entry]);
  }
  return [...groups].sort(([x], [y]) => y - x).map(([start, of]) => ({ start, entries: of }));
}

export interface Slot {
  readonly start: number;
  readonly counts: Readonly<Record<EntryKind, number>>;
  readonly errors: number;
  readonly total: number;
}

/** Oldest first; `count` slots of one length that end with `now`, from the oldest entry on or, when that is younger than they are long, from before it. */
export function slotsOf(entries: readonly Entry[], now: number, count = 60): readonly Slot[] {
  const oldest = entries.at(-1)?.at;
  if (oldest === undefined) return [];
  // Never finer than a second, or a handful of entries would stand for an hour.
  const end = Math.max(now, entries[0]?.at ?? now) + 1;
  const length = Math.max(1_000, Math.ceil((end - oldest) / count));
  const from = Math.min(oldest, end - count * length);
  const slots = Array.from({ length: count }, (_, i) => ({
    start: from + i * length,
    counts: { recovery: 0, move: 0, brake: 0, change: 0, operator: 0 },
    errors: 0,
    total: 0,
  }));
  for (const entry of entries) {
    const slot = slots[Math.min(count - 1, Math.max(0, Math.floor((entry.at - from) / length)))];
    if (!slot) continue;
    slot.counts[entry.kind]++;
    slot.total++;
    if (isError(entry)) slot.errors++;
  }
  return slots;
}
