/** Pods a tier has, pods its cache clusters take, and the share that may be taken while a datacenter can still be lost. */
import type { CacheCluster } from '../farm/model.js';
import { cacheClustersOf } from './cache-clusters.js';
import type { Manifests } from './manifests.js';
import { poolsOf } from './pools.js';

export interface Capacity {
  readonly pods: number;
  /** datacenters with pods of the tier */
  readonly datacenters: number;
  readonly partitions: number;
  readonly replicas: number;
  readonly standbys: number;
  readonly used: number;
  /** used / pods; null when there are no pods */
  readonly utilisation: number | null;
  /** 1 - 1/D: above it the loss of a datacenter leaves partitions without a pod (design.md 3) */
  readonly bound: number;
  readonly overBound: boolean;
}

export interface TierCapacity {
  readonly tier: string;
  readonly from: Capacity | null;
  readonly to: Capacity | null;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

function demand(clusters: readonly CacheCluster[]): {
  readonly partitions: number;
  readonly replicas: number;
  readonly standbys: number;
} {
  return {
    partitions: sum(clusters.map((c) => c.clusterSize)),
    replicas: sum(clusters.map((c) => c.clusterSize * (c.partitionSize - 1))),
    standbys: sum(clusters.map((c) => c.standbys * c.datacenters.length)),
  };
}

/** tier -> capacity, for every tier that has pods or cache clusters */
function capacities(manifests: Manifests): ReadonlyMap<string, Capacity> {
  const pools = poolsOf(manifests.objects);
  const clusters = [...cacheClustersOf(manifests).values()];
  const tiers = new Set([...pools.map(({ tier }) => tier), ...clusters.map(({ tier }) => tier)]);
  return new Map(
    [...tiers].map((tier): [string, Capacity] => [
      tier,
      capacity(
        pools.filter((pool) => pool.tier === tier),
        clusters.filter((cluster) => cluster.tier === tier),
      ),
    ]),
  );
}

function capacity(pools: ReturnType<typeof poolsOf>, clusters: readonly CacheCluster[]): Capacity {
  const pods = sum(pools.map(({ replicas }) => replicas));
  const datacenters = new Set(pools.map(({ datacenter }) => datacenter)).size;
  const needs = demand(clusters);
  const used = needs.partitions + needs.replicas + needs.standbys;
  const bound = datacenters === 0 ? 0 : 1 - 1 / datacenters;
  return {
    pods,
    datacenters,
    ...needs,
    used,
    utilisation: pods === 0 ? null : used / pods,
    bound,
    // As at synth (check-capacity.ts): the standbys are a part of that reserve.
    overBound: (needs.partitions + needs.replicas) * Math.max(datacenters, 1) > pods * Math.max(datacenters - 1, 0),
  };
}

/** In order of the tiers' names, numbers by value: M1, M4, M16. */
export function compareCapacity(from: Manifests, to: Manifests): readonly TierCapacity[] {
  const [before, after] = [capacities(from), capacities(to)];
  const tiers = [...new Set([...before.keys(), ...after.keys()])].sort((a, b) =>
    a.localeCompare(b, 'en', { numeric: true }),
  );
  return tiers.map((tier) => ({ tier, from: before.get(tier) ?? null, to: after.get(tier) ?? null }));
}
