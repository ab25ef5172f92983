/** Idle pods of each tier, counted from the map so that they move as it does. */
import type { FarmMap } from '../../api/schemas.js';

export interface TierCapacity {
  readonly tier: string;
  readonly idle: number;
  readonly all: number;
  readonly maxMemoryBytes: number;
}

/** In the order of the tiers; a pod that is idle but drained is no capacity. */
export function capacityOf({ tiers, pods }: Pick<FarmMap, 'tiers' | 'pods'>): readonly TierCapacity[] {
  return tiers.map(({ name, maxMemoryBytes }) => {
    const of = pods.filter(({ tier }) => tier === name);
    const idle = of.filter(({ state, draining }) => state === 'idle' && !draining).length;
    return { tier: name, idle, all: of.length, maxMemoryBytes };
  });
}
