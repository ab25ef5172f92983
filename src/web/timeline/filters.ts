/** What the timeline is narrowed to; it lives in the address, so that a link shows the same. */
import type { EventView } from '../../api/schemas.js';
import { type Entry, isError, KINDS } from './entries.js';

export const FILTER_KINDS = [...KINDS, 'error'] as const;
export type FilterKind = (typeof FILTER_KINDS)[number];

export interface Filters {
  /** empty: all */
  readonly kinds: readonly FilterKind[];
  /** cache cluster, with its partitions, or one subject; '': all */
  readonly about: string;
  /** every word of it must occur; '': all */
  readonly text: string;
}

export function readFilters(query: URLSearchParams): Filters {
  const wished = (query.get('kind') ?? '').split(',');
  return {
    kinds: FILTER_KINDS.filter((kind) => wished.includes(kind)),
    about: (query.get('about') ?? '').trim(),
    text: query.get('q') ?? '',
  };
}

/** For `setQuery`: undefined takes a part away. */
export const writeFilters = ({ kinds, about, text }: Filters): Readonly<Record<string, string | undefined>> => ({
  kind: kinds.length === 0 ? undefined : kinds.join(','),
  about: about === '' ? undefined : about,
  q: text === '' ? undefined : text,
});

export const isNarrowed = ({ kinds, about, text }: Filters): boolean =>
  kinds.length > 0 || about !== '' || text.trim() !== '';

const isKind = (entry: Entry, kinds: readonly FilterKind[]): boolean =>
  kinds.length === 0 || kinds.some((kind) => (kind === 'error' ? isError(entry) : entry.kind === kind));

/** As `/v1/events?subject=` has it: a cache cluster is all of its partitions. */
function isAbout({ subject, cluster, subjects = [] }: EventView, about: string): boolean {
  if (about === '' || subject === about || cluster === about) return true;
  return subjects.some((one) => one === about || one.startsWith(`${about}::`));
}

const textOf = (event: EventView): string =>
  [
    event.msg,
    event.reason,
    event.subject,
    event.detail,
    event.status,
    event.error?.name,
    event.error?.message,
    ...(event.actions ?? []),
    ...(event.subjects ?? []),
    ...(event.receipts ?? []).map(({ reason }) => reason),
  ]
    .filter((part) => part !== undefined)
    .join('\n');

/** @param sentenceOf what the reader sees of a reason, in his language */
export function filterEntries(
  entries: readonly Entry[],
  { kinds, about, text }: Filters,
  sentenceOf: (reason: string) => string | undefined = () => undefined,
): readonly Entry[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return entries.filter((entry) => {
    if (!isKind(entry, kinds) || !isAbout(entry.event, about)) return false;
    if (words.length === 0) return true;
    const { reason } = entry.event;
    const hay = `${textOf(entry.event)}\n${reason === undefined ? '' : (sentenceOf(reason) ?? '')}`.toLowerCase();
    return words.every((word) => hay.includes(word));
  });
}

/** How many there are of each kind, before kinds are narrowed. */
export function countKinds(entries: readonly Entry[]): Readonly<Record<FilterKind, number>> {
  const counts: Record<FilterKind, number> = { recovery: 0, move: 0, brake: 0, change: 0, operator: 0, error: 0 };
  for (const entry of entries) {
    counts[entry.kind]++;
    if (isError(entry)) counts.error++;
  }
  return counts;
}
