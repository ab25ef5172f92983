import type { Farm } from '../../farm/model.js';
import { type Facts, upInstance } from '../../world/facts.js';
import type { World } from '../../world/model.js';
import { type ExcessFigures, Layout } from './layout.js';
import type { PlannedMove } from './plan-moves.js';

interface Excess {
  readonly datacenter: ExcessFigures;
  readonly machine: ExcessFigures;
}

/** What a plan of moves buys, and what it costs: for a person to decide on. */
export interface MoveReport {
  readonly before: Excess;
  readonly after: Excess;
  /** keys that are copied, and their share (0..1) of all keys of the farm */
  readonly keys: number;
  readonly shareOfKeys: number;
  /** cache clusters that are touched, in declared order; share (0..1) of each one's keys, and about of its hits, that move */
  readonly cacheClusters: readonly { readonly clusterName: string; readonly moves: number; readonly share: number }[];
}

/** @param moves a plan for this very world, in its order */
export function reportMoves(farm: Farm, world: World, facts: Facts, moves: readonly PlannedMove[]): MoveReport {
  const layout = new Layout(farm, world, facts, new Set());
  const before = layout.excess();
  const keysOf = new Map(layout.seats.map(({ partition, pod }) => [partition.name, upInstance(pod)?.keys ?? 0]));
  const seats = new Map(layout.seats.map((seat) => [seat.partition.name, seat]));
  for (const { partition, to } of moves) {
    const seat = seats.get(partition);
    if (seat) layout.move(seat, to);
  }
  const moved = new Set(moves.map(({ partition }) => partition));
  const keys = [...moved].reduce((sum, partition) => sum + (keysOf.get(partition) ?? 0), 0);
  const all = [...keysOf.values()].reduce((sum, count) => sum + count, 0);
  return {
    before,
    after: layout.excess(),
    keys,
    shareOfKeys: all === 0 ? 0 : keys / all,
    cacheClusters: farm.cacheClusters.flatMap(({ clusterName, clusterSize }) => {
      const own = moves.filter((move) => move.clusterName === clusterName).length;
      return own === 0 ? [] : [{ clusterName, moves: own, share: Math.min(1, own / clusterSize) }];
    }),
  };
}
