import type { Action } from './action.js';

/** What came of one action. Executors never throw. */
export interface Receipt {
  readonly action: Action;
  /** Stale: the precondition no longer held, nothing was changed, or it was taken back. NotRun: an earlier action of the decision was not Done. */
  readonly status: 'Done' | 'Stale' | 'Failed' | 'NotRun';
  readonly reason: string;
  readonly ms: number;
}
