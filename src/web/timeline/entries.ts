/** What the timeline shows: a decision and its end are one entry, everything else that was told is one each. */
import type { EventView } from '../../api/schemas.js';

export const KINDS = ['recovery', 'move', 'brake', 'change', 'operator'] as const;
export type EntryKind = (typeof KINDS)[number];

/**
 * - under-way: decided, no end was told yet
 * - cut-off: Barn was started anew before an end was told; whatever was left is finished by a decision of its own
 * - holds, over: a brake
 * - told: a line of Barn itself
 */
export type EntryState = 'done' | 'stale' | 'failed' | 'under-way' | 'cut-off' | 'holds' | 'over' | 'told' | 'error';

export interface Entry {
  /** stays the same when its end comes */
  readonly key: string;
  readonly kind: EntryKind;
  readonly state: EntryState;
  /** ms since the epoch: when it ended, or was told */
  readonly at: number;
  /** what is known of it last */
  readonly event: EventView;
}

/** A partition was not served, or is no longer backed by what it was. */
const RECOVERIES: ReadonlySet<string> = new Set([
  'PodCrashed',
  'PodSilent',
  'FailoverAdopted',
  'PodRestartedInPlace',
  'ReplicaPromoted',
  'CopiesLost',
]);

const MOVES: ReadonlySet<string> = new Set([
  'Draining',
  'TierDiffers',
  'PlacementDiffers',
  'SpreadBetter',
  'ShelterShared',
  'MoveUnfinished',
  'MoveAbandoned',
]);

function kindOf({ msg, reason }: EventView): EntryKind {
  if (reason === undefined) return 'operator';
  if (msg === 'holds' || msg === 'over') return 'brake';
  if (RECOVERIES.has(reason)) return 'recovery';
  return MOVES.has(reason) ? 'move' : 'change';
}

function stateOf({ msg, status, level }: EventView): EntryState {
  if (msg === 'holds' || msg === 'over') return msg;
  if (msg === 'ended') return status === 'Done' ? 'done' : status === 'Stale' ? 'stale' : 'failed';
  return msg === 'decided' ? 'under-way' : level === 'error' ? 'error' : 'told';
}

/** Barn counts from 1 again when it is started anew: a number alone is not one event. */
const keyOf = ({ at, seq }: EventView): string => `${seq}@${at}`;

const sameWork = ({ reason, subject }: EventView): string => `${reason} ${subject}`;

/**
 * @param events newest first, as they are kept
 * @returns newest first: an entry stands where its end was told
 */
export function entriesOf(events: readonly EventView[]): readonly Entry[] {
  const entries = new Map<string, Entry>();
  const open = new Map<string, string>();
  const put = (key: string, event: EventView): void => {
    // out and in again: the order is that of what was told last
    entries.delete(key);
    entries.set(key, { key, kind: kindOf(event), state: stateOf(event), at: event.at, event });
  };
  for (const event of [...events].reverse()) {
    const work = sameWork(event);
    if (event.msg === 'ended') {
      put(open.get(work) ?? keyOf(event), event);
      open.delete(work);
      continue;
    }
    if (event.msg === 'decided') open.set(work, keyOf(event));
    if (event.msg === 'started') {
      for (const key of open.values()) {
        const entry = entries.get(key);
        if (entry) entries.set(key, { ...entry, state: 'cut-off' });
      }
      open.clear();
    }
    put(keyOf(event), event);
  }
  return [...entries.values()].reverse();
}

/** Something did not go as it should: an error, a warning of Barn itself, an action that was not done. */
export const isError = ({ state, event }: Entry): boolean =>
  state === 'failed' ||
  state === 'stale' ||
  state === 'error' ||
  (event.reason === undefined && (event.level === 'warn' || event.level === 'error'));

/** ms to show: of a recovery the whole outage as it was seen, else how long the work took, or a brake held. */
export const durationOf = ({ event }: Entry): number | undefined => event.recoveryMs ?? event.ms;
