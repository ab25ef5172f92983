/** Conditions as Kubernetes has them (API conventions, "Typical status properties"), and how they go on from those of before. */
import { type Loose, records, text } from '../../farm/loose.js';
import type { Reason } from '../reasons.js';

export type ConditionType = 'Ready' | 'Progressing' | 'Degraded';

/** Reasons of a condition that are no reason for doing or leaving something. */
export const STATUS_REASONS = {
  PartitionsServing: 'Every declared partition serves.',
  PartitionsNotServing: 'Some declared partition does not serve, and nothing is known of it yet.',
  AsDeclared: 'Nothing differs from what is declared.',
  Deleted: 'The cache cluster is marked as deleted: the object waits to be taken away.',
} as const;

export type ConditionReason = Reason | keyof typeof STATUS_REASONS;

/** What a condition says, without time and generation. */
export interface Finding {
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: ConditionReason;
  readonly message: string;
}

export interface Condition extends Finding {
  readonly type: ConditionType;
  readonly observedGeneration: number;
  /** RFC 3339 */
  readonly lastTransitionTime: string;
}

export type Findings = Readonly<Record<ConditionType, Finding>>;

const TYPES: readonly ConditionType[] = ['Ready', 'Progressing', 'Degraded'];

/** The CRD takes 32,768. */
const LONGEST_MESSAGE = 1_024;

const shortened = (message: string): string =>
  message.length <= LONGEST_MESSAGE ? message : `${message.slice(0, LONGEST_MESSAGE - 3)}...`;

/**
 * A condition whose status is as it was keeps its time, whatever else of it changes.
 * @param previous the status as it was last written
 * @param now RFC 3339
 */
export function conditionsFrom(
  findings: Findings,
  previous: Loose | undefined,
  { generation, now }: { readonly generation: number; readonly now: string },
): readonly Condition[] {
  const before = records(previous?.conditions);
  return TYPES.map((type) => {
    const { status, reason, message } = findings[type];
    const known = before.find((condition) => condition.type === type);
    const since = known?.status === status ? text(known.lastTransitionTime) : undefined;
    return {
      type,
      status,
      observedGeneration: generation,
      lastTransitionTime: since ?? now,
      reason,
      message: shortened(message),
    };
  });
}
