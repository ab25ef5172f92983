import type { PartitionFact } from '../world/facts.js';
import type { Decision } from './action.js';
import type { Planning } from './planning.js';
import type { Reason } from './reasons.js';

/** Reasons of a partition of its own to move; nothing is wrong with the pod it leaves. */
const VOLUNTARY: ReadonlySet<Reason> = new Set<Reason>(['Draining', 'TierDiffers', 'PlacementDiffers', 'SpreadBetter']);

/** A pod is taking it over, or a replicated one has a pod more than declared until another leaves. */
const isMoving = ({ cluster, incoming, claimedBy }: PartitionFact): boolean =>
  incoming.length > 0 || (cluster.partitionSize > 1 && claimedBy.length > cluster.partitionSize);

const begins = ({ reason, actions }: Decision): boolean =>
  actions.some(
    (action) =>
      action.kind === 'claim-pod' &&
      (action.claim.kind === 'incoming' || (action.claim.kind === 'member' && VOLUNTARY.has(reason))),
  );

export const movesUnderWay = ({ facts }: Pick<Planning, 'facts'>): number =>
  facts.partitions.reduce((count, partition) => count + Number(isMoving(partition)), 0);

/** Partitions that may still begin to move in this pass. */
export const movesLeft = (planning: Planning): number =>
  planning.input.budget.moves -
  movesUnderWay(planning) -
  new Set(planning.decisions.filter(begins).map(({ subject }) => subject)).size;
