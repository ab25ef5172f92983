import type { Note } from '../plan/action.js';

export interface GoneNote extends Note {
  /** ms that it held */
  readonly ms: number;
}

export interface NoteChanges {
  readonly appeared: readonly Note[];
  readonly gone: readonly GoneNote[];
}

/** Sentinels of one group have the same pod name in every datacenter: only their address, the first word of the detail, tells them apart. */
const keyOf = ({ reason, subject, detail }: Note): string =>
  reason === 'SentinelTilted' || reason === 'SentinelUnreachable'
    ? `${reason} ${subject} ${detail.split(': ')[0]}`
    : `${reason} ${subject}`;

/** Which notes hold: a brake is told when it begins and when it ends, not in each pass. */
export class HeldNotes {
  #held = new Map<string, { readonly note: Note; readonly since: number }>();

  next(notes: readonly Note[], now: number): NoteChanges {
    const held = new Map(
      notes.map((note) => {
        const key = keyOf(note);
        return [key, this.#held.get(key) ?? { note, since: now }];
      }),
    );
    // An isolated Barn decides nothing and so notes nothing else: the others are unknown then, not over.
    const isolated = notes.some(({ reason }) => reason === 'BarnIsolated');
    if (isolated) for (const [key, known] of this.#held) if (!held.has(key)) held.set(key, known);
    const changes = {
      appeared: [...held].filter(([key]) => !this.#held.has(key)).map(([, { note }]) => note),
      gone: [...this.#held]
        .filter(([key]) => !held.has(key))
        .map(([, { note, since }]) => ({ ...note, ms: now - since })),
    };
    this.#held = held;
    return changes;
  }
}
