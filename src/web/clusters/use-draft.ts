import { useCallback, useState } from 'react';
import type { Change, ClusterDetail } from '../../api/schemas.js';
import { useEvents } from '../live.js';
import { getJson, ProblemError } from '../request.js';
import {
  type ChangeableField,
  type ClusterValues,
  changedFields,
  clusterChange,
  emptyValues,
  type Field,
  newCluster,
  valuesOf,
} from './cluster-values.js';
import { type ClusterWish, fieldsSent, pathOf } from './cluster-wish.js';
import { rebase } from './compare-edits.js';
import { problemFrom, useWish } from './use-wish.js';

/** What was written, and what its progress and its undo have to know. */
export interface Applied {
  readonly change: Change;
  readonly sent: readonly string[];
  /** `at` of the newest event before it, by the clock of Barn */
  readonly since: number;
  /** when it was asked for, by this clock, ms */
  readonly startedAt: number;
}

export interface Draft {
  /** as it was when the form began, or as it was taken over after a conflict */
  readonly now: ClusterDetail | undefined;
  readonly base: ClusterValues;
  readonly values: ClusterValues;
  readonly changed: readonly ChangeableField[];
  readonly touched: ReadonlySet<Field>;
  readonly busy: 'preview' | 'apply' | undefined;
  /** the last preview */
  readonly shown: Change | undefined;
  /** the form is another than the one of the preview */
  readonly stale: boolean;
  readonly refused: ProblemError | undefined;
  /** what is there instead of what the form began with */
  readonly conflict: ClusterDetail | 'gone' | undefined;
  readonly applied: Applied | undefined;
  readonly set: (field: Field, value: string) => void;
  readonly preview: () => Promise<void>;
  readonly apply: () => Promise<void>;
  /** the last thing that was tried */
  readonly retry: () => Promise<void>;
  readonly setApplied: (applied: Applied) => void;
  /** after a conflict: what is there, or mine on top of it */
  readonly takeOver: (theirs: ClusterDetail, keepMine: boolean) => void;
}

interface Begun {
  readonly now: ClusterDetail | undefined;
  readonly base: ClusterValues;
}
interface Outcome {
  readonly shown?: Change;
  readonly previewed?: string;
  readonly refused?: ProblemError;
  readonly conflict?: ClusterDetail | 'gone';
  readonly applied?: Applied;
  readonly last?: 'preview' | 'apply';
}

const begin = (now: ClusterDetail | undefined): Begun => ({ now, base: now ? valuesOf(now) : emptyValues() });

/** The form's memory: what it began with, what stands in it, and what came of the last thing tried. */
export function useDraft(opened: ClusterDetail | undefined): Draft {
  const newest = useEvents()[0]?.at ?? 0;
  const [begun, setBegun] = useState<Begun>(() => begin(opened));
  const [values, setValues] = useState<ClusterValues>(begun.base);
  const [touched, setTouched] = useState<ReadonlySet<Field>>(new Set());
  const [outcome, setOutcome] = useState<Outcome>({});
  const { busy, preview, apply } = useWish();
  const { now, base } = begun;
  const wish: ClusterWish = now
    ? { kind: 'change', clusterName: now.clusterName, version: now.version ?? '', fields: clusterChange(base, values) }
    : { kind: 'create', cluster: newCluster(values) };
  const said = JSON.stringify(wish);

  /** What was applied stays so, whatever an earlier question is answered with. */
  const settle = (next: Outcome): void => setOutcome((last) => (last.applied ? last : next));
  const refusedBy = async (problem: ProblemError, last: 'preview' | 'apply'): Promise<void> => {
    const theirs = now && [404, 412].includes(problem.problem.status) ? await newestOf(now.clusterName) : undefined;
    settle(theirs === undefined ? { refused: problem, last } : { conflict: theirs, last });
  };
  const onPreview = async (): Promise<void> => {
    const answer = await preview(wish);
    if (answer instanceof ProblemError) await refusedBy(answer, 'preview');
    else settle({ shown: answer, previewed: said, last: 'preview' });
  };
  const onApply = async (): Promise<void> => {
    const began = { since: newest, startedAt: Date.now() };
    const answer = await apply(wish);
    if (answer instanceof ProblemError) await refusedBy(answer, 'apply');
    else setOutcome({ applied: { change: answer, sent: fieldsSent(wish), ...began } });
  };
  const set = useCallback((field: Field, value: string): void => {
    setValues((all) => ({ ...all, [field]: value }));
    setTouched((all) => (all.has(field) ? all : new Set([...all, field])));
    setOutcome(({ refused: _gone, ...rest }) => rest);
  }, []);
  const start = (theirs: ClusterDetail, mine?: ClusterValues): void => {
    const next = begin(theirs);
    setBegun(next);
    setValues(mine ? rebase(base, mine, next.base) : next.base);
    setTouched(new Set());
    setOutcome({});
  };
  return {
    now,
    base,
    values,
    changed: changedFields(base, values),
    touched,
    busy,
    shown: outcome.shown,
    stale: outcome.previewed !== said,
    refused: outcome.refused,
    conflict: outcome.conflict,
    applied: outcome.applied,
    set,
    preview: onPreview,
    apply: onApply,
    retry: outcome.last === 'apply' ? onApply : onPreview,
    setApplied: (applied) => setOutcome({ applied }),
    takeOver: (theirs, keepMine) => start(theirs, keepMine ? values : undefined),
  };
}

async function newestOf(clusterName: string): Promise<ClusterDetail | 'gone' | undefined> {
  try {
    return await getJson<ClusterDetail>(pathOf(clusterName));
  } catch (error) {
    return problemFrom(error).problem.status === 404 ? 'gone' : undefined;
  }
}
