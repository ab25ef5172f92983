import { movesUnderWay } from '../../plan/moves-left.js';
import type { Reason } from '../../plan/reasons.js';
import type { Pass } from '../parts.js';
import type { BrakesView, Freshness } from '../schemas.js';
import { noteView } from './decisions.js';

/** What a person may forgive (Barn.forgive): every other brake lets go by itself, or needs something mended. */
export const ASKABLE: ReadonlySet<Reason> = new Set<Reason>(['PersonNeeded']);

/** A limit that is none is null: no number says "as many as you like". */
const limited = (left: number): number | null =>
  left >= Number.MAX_SAFE_INTEGER || !Number.isFinite(left) ? null : Math.max(0, left);

const compareText = (x: string, y: string): number => (x < y ? -1 : x > y ? 1 : 0);

/** @param leads only the Barn that leads counts what it has replaced: another one's budget is whole, and says nothing */
export function brakesView(pass: Pass, leads: boolean, freshness: Freshness): BrakesView {
  const { budget, plan } = pass;
  return {
    freshness,
    leads,
    budget: {
      binds: limited(budget.binds),
      moves: budget.moves >= Number.MAX_SAFE_INTEGER ? null : limited(budget.moves - movesUnderWay(pass)),
      replacements: [...budget.replacements]
        .map(([clusterName, left]) => ({ clusterName, left }))
        .sort((x, y) => x.left - y.left || compareText(x.clusterName, y.clusterName)),
      backing: [...budget.backing]
        .map(([backingGroup, left]) => ({ backingGroup, left }))
        .sort((x, y) => x.left - y.left || compareText(x.backingGroup, y.backingGroup)),
    },
    held: plan.notes.map((note) => ({ ...noteView(note), askable: ASKABLE.has(note.reason) })),
  };
}
