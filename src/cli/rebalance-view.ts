import type { Pass } from '../api/parts.js';
import type { RebalanceView } from '../api/schemas.js';
import { planMoves } from '../plan/placement/plan-moves.js';
import { reportMoves } from '../plan/placement/report-moves.js';
import type { RedisPod } from '../world/model.js';

const MOST_MOVES = 20;

const placeOf = ({ datacenter, name, machine }: RedisPod): string => `${datacenter}/${name} on ${machine}`;

/** The moves that would spread the cache clusters better, as `cachefarm rebalance` shows them; Barn makes them by itself. */
export function rebalanceView({ farm, world, facts }: Pass): RebalanceView {
  const planned = planMoves(farm, world, facts, { maxMoves: MOST_MOVES, upTo: 'machine' });
  const { before, after, keys, shareOfKeys } = reportMoves(farm, world, facts, planned);
  return {
    moves: planned.map(({ partition, from, to, cost }) => ({
      partition,
      from: placeOf(from),
      to: placeOf(to),
      shareOfCluster: cost.share,
    })),
    worstBefore: { datacenter: before.datacenter.worst, machine: before.machine.worst },
    worstAfter: { datacenter: after.datacenter.worst, machine: after.machine.worst },
    keys,
    shareOfKeys,
  };
}
