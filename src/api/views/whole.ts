/** A count as the schemas take it: what a pod says of itself may be anything, and one odd number must not cost the whole answer. */
export const whole = (value: number): number =>
  Number.isFinite(value) ? Math.min(Number.MAX_SAFE_INTEGER, Math.max(0, Math.trunc(value))) : 0;

/** The same of what may be unknown. */
export const wholeOrNull = (value: number | undefined): number | null => (value === undefined ? null : whole(value));
