/** What was broken, by the name of the promise. */
export type FindingKind =
  /** another partition's data was read, or written where it does not belong */
  | 'wrongOwner'
  /** two pods of one claim, or one pod under the names of two cache clusters */
  | 'doubleBound'
  /** what a bound pod held was lost while it lived */
  | 'flushed'
  /** a partition that was struck was away for too long */
  | 'unavailable'
  /** a partition that nobody struck was away */
  | 'bystander'
  /** sentinels gave different addresses for too long */
  | 'divided'
  /** Barn moved more than it should */
  | 'moves'
  /** the farm was not whole again in time */
  | 'whole'
  /** the scenario said so itself */
  | 'failed'
  /** too little was seen to say anything: no vacuous pass */
  | 'evidence';

export interface Finding {
  readonly kind: FindingKind;
  readonly text: string;
}
