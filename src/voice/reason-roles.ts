import type { Reason } from '../plan/reasons.js';

/**
 * - act: why something is done
 * - brake: why something is left as it is, for as long as its note is in the plan
 * - wait: a brake that every healthy move meets: told, but no warning
 * - both: done where it can be, else left as it is
 * A new reason needs a role, and a runbook where it holds something back.
 */
export type ReasonRole = 'act' | 'brake' | 'wait' | 'both';

export const REASON_ROLES: Readonly<Record<Reason, ReasonRole>> = {
  PartitionUnbound: 'act',
  PartitionNotNamed: 'act',
  SentinelBare: 'act',
  PodHalfOpen: 'act',
  PodRestartedInPlace: 'act',
  ClaimSuperseded: 'act',
  ClaimDuplicate: 'act',
  StandbyMissing: 'act',
  StandbyNotArmed: 'act',
  OptionsDiffer: 'act',
  ReplicaMissing: 'act',
  CopiesLost: 'act',
  SpreadBetter: 'act',
  ReplicaPromoted: 'act',
  ReplicaDetached: 'act',
  MinReplicasDiffer: 'act',
  InfoAllowed: 'act',
  InfoWithheld: 'act',
  GroupWithoutMajority: 'brake',
  SentinelTilted: 'brake',
  TiltEnded: 'act',
  SentinelUnreachable: 'brake',
  SentinelsDisagree: 'both',
  PodCrashed: 'act',
  PodSilent: 'act',
  FailoverAdopted: 'act',
  BudgetSpent: 'brake',
  PersonNeeded: 'brake',
  BarnIsolated: 'brake',
  NameRemoved: 'act',
  RemovalHeld: 'brake',
  PodReleased: 'act',
  StandbySurplus: 'act',
  ReplicaSurplus: 'act',
  ReplicaForgotten: 'act',
  CopiesChanged: 'act',
  Draining: 'act',
  TierDiffers: 'act',
  PlacementDiffers: 'act',
  ShelterShared: 'act',
  MoveCopying: 'wait',
  MoveUnfinished: 'act',
  MoveAbandoned: 'act',
  ReserveKept: 'brake',
  MovesLimited: 'wait',
  PodUnreachable: 'brake',
  PodClaimedByOther: 'both',
  NoIdlePod: 'brake',
  StandbyUnavailable: 'brake',
  FailoverUnderWay: 'brake',
  DatacenterUnread: 'brake',
  DeclarationsDiffer: 'brake',
  NoSentinelGroup: 'brake',
};

const withRole = (...roles: readonly ReasonRole[]): readonly Reason[] =>
  (Object.keys(REASON_ROLES) as Reason[]).filter((reason) => roles.includes(REASON_ROLES[reason]));

/** Reasons of decisions. */
export const ACTS = withRole('act', 'both');
/** Reasons of notes; docs/runbooks.md says for each what a person should do. */
export const BRAKES = withRole('brake', 'wait', 'both');
