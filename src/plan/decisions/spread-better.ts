import type { CacheCluster } from '../../farm/model.js';
import { partitionOf } from '../../world/facts.js';
import type { RedisPod } from '../../world/model.js';
import { IdleReserve } from '../idle-reserve.js';
import { movesLeft, movesUnderWay } from '../moves-left.js';
import { isImproving, lessGain } from '../placement/gain.js';
import { Layout } from '../placement/layout.js';
import { planMoves } from '../placement/plan-moves.js';
import { type Decide, isTaken, type Planning, podRef } from '../planning.js';
import { standbysOf } from '../standbys.js';
import { spreadMembers, wayText } from './spread-members.js';

/**
 * One voluntary move at a time that brings a cache cluster nearer to its bound, and only when there is nothing else to do or
 * being done: a sentinel that is just being told its names would fail the move after its writes were held. Looking for it
 * costs more than all else on a quiet farm, so whoever plans says when it is worth while (`spread`); but a standby that is missing for want of
 * such a move does not wait for that.
 */
export const spreadBetter: Decide = (planning) => {
  const { input } = planning;
  if (planning.decisions.length > 0 || input.inFlight.size > 0 || (!input.spread && !takesStandbysPlace(planning)))
    return;
  if (movesUnderWay(planning) > 0 || movesLeft(planning) <= 0) return;
  if (!movePartition(planning)) spreadMembers(planning);
};

/** Partitions of a farm up to which a search in each pass takes no more than a few ms; a larger one waits for its next look. */
const EAGER_UP_TO = 1_000;

/**
 * A failover took the standby of a datacenter and no other pod is idle there, while one is idle where a partition less is: moving the partition on
 * spreads better and gives the standby back. On counts alone, for this is asked in each pass.
 */
function takesStandbysPlace(planning: Planning): boolean {
  const { farm, notes } = planning;
  const lacking = new Set(notes.flatMap(({ reason, subject }) => (reason === 'StandbyUnavailable' ? [subject] : [])));
  if (lacking.size === 0 || planning.facts.partitions.length > EAGER_UP_TO) return false;
  // Not before: counting all pods is put off until somebody needs it.
  const { ledger } = planning;
  const reserve = new IdleReserve(planning);
  return farm.cacheClusters.some(({ clusterName, datacenters, standbys, tier }) => {
    if (!lacking.has(clusterName) || datacenters.every((name) => ledger.idleIn(tier, name) === 0)) return false;
    const kept = standbysOf(planning, clusterName);
    const held = (datacenter: string): number => ledger.inDatacenter(clusterName, datacenter);
    const isDisplaced = datacenters.some(
      (here) =>
        kept.filter(({ datacenter }) => datacenter === here).length < standbys &&
        datacenters.some((there) => ledger.idleIn(tier, there) > 0 && held(here) - held(there) >= 2),
    );
    // Last, for it counts all pods.
    return isDisplaced && reserve.spare(tier) > 0;
  });
}

/** @returns whether an un-replicated partition has begun to move */
function movePartition(planning: Planning): boolean {
  const { input, farm, facts } = planning;
  // Two, because a chain of two moves is found only when two are asked for; the second is planned again when the first is done.
  const [move] = planMoves(farm, input.world, facts, { maxMoves: 2, upTo: 'machine', inFlight: input.inFlight });
  const partition = move && partitionOf(facts, move.partition);
  if (!partition || isTaken(planning, move.to.address)) return false;
  if (new IdleReserve(planning).holds(move.to.tier, move.from)) return false;
  planning.decisions.push({
    reason: 'SpreadBetter',
    subject: move.partition,
    detail: wayText(move.from, move.to),
    actions: [
      {
        kind: 'claim-pod',
        pod: podRef(move.to),
        expect: { kind: 'locked' },
        claim: { kind: 'incoming', partition: move.partition, epoch: planning.epochs.get(partition.group.name) ?? 1 },
        flush: false,
      },
    ],
  });
  return true;
}

/**
 * Whether a move that has begun still spreads better: going back would gain nothing. That is what it was begun by, seen from the other side, so none
 * is begun to be given up at once: one that makes room for another gains nothing itself. The layout counts the partition where it is going to be.
 */
export function stillSpreadsBetter(
  { farm, facts, input }: Planning,
  cluster: CacheCluster,
  from: RedisPod,
  to: RedisPod,
): boolean {
  // Half a world would show bounds that are not there.
  if (input.world.datacenters.some(({ complete }) => !complete)) return true;
  const layout = new Layout(farm, input.world, facts, input.inFlight);
  const crossing = from.datacenter !== to.datacenter;
  const back = lessGain(layout.reliefOf(cluster, to, crossing), layout.burdenOf(cluster, from, crossing));
  return !isImproving({ ...back, shock: 0, total: 0 });
}
