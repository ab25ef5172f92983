import type { Receipt } from '../plan/receipt.js';

/** What an executor says; a thrown error becomes Failed where executors are called. */
export interface Outcome {
  readonly status: Exclude<Receipt['status'], 'NotRun'>;
  readonly reason: string;
}

export const done = (reason: string): Outcome => ({ status: 'Done', reason });
export const stale = (reason: string): Outcome => ({ status: 'Stale', reason });
export const failed = (reason: string): Outcome => ({ status: 'Failed', reason });
