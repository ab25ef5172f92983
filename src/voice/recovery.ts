import type { Reason } from '../plan/reasons.js';
import type { EndedEvent } from './barn-events.js';

export const CAUSES = ['crash', 'silence', 'adopted', 'restart'] as const;
export type Cause = (typeof CAUSES)[number];

const CAUSE_OF: Partial<Readonly<Record<Reason, Cause>>> = {
  PodCrashed: 'crash',
  PodSilent: 'silence',
  FailoverAdopted: 'adopted',
  PodRestartedInPlace: 'restart',
};

export interface Recovery {
  readonly cause: Cause;
  readonly ms: number;
}

/**
 * The recovery that an ended decision was, or undefined. A partition serves again when its name points to an open pod: after `switch-name` where
 * there is one, and what follows it (the claim of a former standby) is tidying up, which neither counts nor takes the recovery back.
 */
export function recoveryOf({ decision, receipts, ms, downMs }: EndedEvent): Recovery | undefined {
  const cause = CAUSE_OF[decision.reason];
  if (!cause) return undefined;
  const switched = receipts.findIndex(({ action }) => action.kind === 'switch-name');
  const last = switched >= 0 ? switched : receipts.length - 1;
  if (last < 0 || receipts.slice(0, last + 1).some(({ status }) => status !== 'Done')) return undefined;
  const after = receipts.slice(last + 1).reduce((sum, receipt) => sum + receipt.ms, 0);
  return { cause, ms: Math.max(0, (downMs ?? ms) - after) };
}
