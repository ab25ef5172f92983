/**
 * What a move improves, most important first (research/fleets.md 5.1). At each level: how far the place it leaves was over its bound, less
 * how far the place it takes is then; 0 where neither is over. So the worst place of a cache cluster is left first.
 */
export interface Gain {
  /** partitions of the cache cluster in the datacenter */
  readonly datacenter: number;
  /** partitions of the cache cluster on the machine */
  readonly machine: number;
  /** shares of the backing group's hits on the machine, squared */
  readonly shock: number;
  /** pods in use on the machine */
  readonly total: number;
}

export const LEVELS = ['datacenter', 'machine', 'shock', 'total'] as const;
export type Level = (typeof LEVELS)[number];

export const NO_GAIN: Gain = { datacenter: 0, machine: 0, shock: 0, total: 0 };

/** Shares are sums of fractions: what differs by less is equal. */
const NEARLY = 1e-9;

export function compareGains(left: Gain, right: Gain): number {
  for (const level of LEVELS) {
    const difference = left[level] - right[level];
    if (Math.abs(difference) > NEARLY) return difference;
  }
  return 0;
}

export const isImproving = (gain: Gain): boolean => compareGains(gain, NO_GAIN) > 0;

export const addGains = (left: Gain, right: Gain): Gain => ({
  datacenter: left.datacenter + right.datacenter,
  machine: left.machine + right.machine,
  shock: left.shock + right.shock,
  total: left.total + right.total,
});

export const lessGain = (left: Gain, right: Gain): Gain => ({
  datacenter: left.datacenter - right.datacenter,
  machine: left.machine - right.machine,
  shock: left.shock - right.shock,
  total: left.total - right.total,
});
