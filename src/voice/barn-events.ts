import type { BarnEvent } from '../barn/barn.js';
import type { Budget } from '../plan/planning.js';
import type { Facts } from '../world/facts.js';

type Of<K extends BarnEvent['kind']> = Extract<BarnEvent, { kind: K }>;

/** What Barn tells, with what it may add: without a field its metric has less to say, and nothing breaks. */
export type PassEvent = Of<'pass'> & {
  /** what was left when the pass was planned */
  readonly budget?: Budget;
  /** those of this world, where they are at hand: deriving them again is most of what a scrape costs */
  readonly facts?: Facts;
};
export type DecidedEvent = Of<'decided'>;
export type EndedEvent = Of<'ended'> & {
  /** ms from the moment the partition was first seen not to serve to the end of this decision */
  readonly downMs?: number;
};
export type FailedEvent = Of<'failed'>;
export type ColdEvent = Of<'cold'>;
