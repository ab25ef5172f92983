import type { ClusterView, LimitsView } from '../../api/schemas.js';
import type { ClusterValues } from './cluster-values.js';

/** Pods that the form would take of its tier, beside those its cache cluster has now. */
export interface NeededPods {
  readonly tier: string;
  /** all that it would use: partitions x copies, and standbys */
  readonly needed: number;
  /** of these, what it does not have yet; negative: so many are given back */
  readonly more: number;
  readonly idle: number;
  /** `more` beyond what is idle */
  readonly missing: number;
}

interface Shape {
  readonly clusterSize: number;
  readonly partitionSize: number;
  readonly standbys: number;
}

/** Replicas take over by themselves: only un-replicated partitions have standbys, in each datacenter. */
const podsOf = ({ clusterSize, partitionSize, standbys }: Shape, datacenters: number): number =>
  clusterSize * partitionSize + (partitionSize === 1 ? standbys * datacenters : 0);

const whole = (text: string, otherwise: number): number => (/^\d+$/.test(text.trim()) ? Number(text) : otherwise);

/** undefined: the tier is unknown, or the size is no number yet. */
export function neededPods(values: ClusterValues, limits: LimitsView, now?: ClusterView): NeededPods | undefined {
  const tier = limits.tiers.find(({ name }) => name === values.tier);
  const clusterSize = whole(values.clusterSize, 0);
  if (!tier || clusterSize < 1) return undefined;
  const datacenters = now ? now.datacenters.length : limits.datacenters.length;
  const shape = { clusterSize, partitionSize: whole(values.partitionSize, 1), standbys: whole(values.standbys, 1) };
  const needed = podsOf(shape, datacenters);
  const has = now?.tier === tier.name ? podsOf(now, datacenters) : 0;
  const more = needed - has;
  return { tier: tier.name, needed, more, idle: tier.idle, missing: Math.max(0, more - tier.idle) };
}
