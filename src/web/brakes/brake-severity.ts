/** How much it hurts that something is left as it is. */

/**
 * - down: somebody is not served, or nobody could be saved now
 * - risk: served, but the next failure hurts more than it should
 * - note: every move that goes well meets it
 */
export type Severity = 'down' | 'risk' | 'note';

const DOWN: ReadonlySet<string> = new Set([
  'PersonNeeded',
  'BarnIsolated',
  'GroupWithoutMajority',
  'NoIdlePod',
  'BudgetSpent',
  'NoSentinelGroup',
]);
const NOTE: ReadonlySet<string> = new Set(['MoveCopying', 'MovesLimited', 'ReserveKept']);

export const RANK: Readonly<Record<Severity, number>> = { down: 0, risk: 1, note: 2 };

/** A reason that this page does not know yet is no small one. */
export const severityOf = (reason: string): Severity =>
  DOWN.has(reason) ? 'down' : NOTE.has(reason) ? 'note' : 'risk';
