/** What is held, under its reasons. */
import type { BrakesView } from '../../api/schemas.js';
import { RANK, severityOf } from './brake-severity.js';

export type Held = BrakesView['held'][number];

export interface HeldGroup {
  readonly reason: string;
  /** in English, as the API says it */
  readonly why: string;
  readonly askable: boolean;
  readonly held: readonly Held[];
}

/** Where a person is asked comes first, then what hurts, then what holds most. */
export function heldGroups(held: readonly Held[]): readonly HeldGroup[] {
  const groups = new Map<string, Held[]>();
  for (const one of held) {
    const group = groups.get(one.reason);
    if (group) group.push(one);
    else groups.set(one.reason, [one]);
  }
  return [...groups]
    .map(([reason, of]) => ({ reason, why: of[0]?.why ?? '', askable: of.some(({ askable }) => askable), held: of }))
    .sort(
      (x, y) =>
        Number(y.askable) - Number(x.askable) ||
        RANK[severityOf(x.reason)] - RANK[severityOf(y.reason)] ||
        y.held.length - x.held.length ||
        x.reason.localeCompare(y.reason, 'en'),
    );
}
