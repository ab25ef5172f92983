/**
 * What no placement can beat when all cache clusters of a tier share its pods. The bound of a single cache cluster (bounds.ts) has the farm
 * to itself; where a small datacenter is full those bounds exclude each other, and what is left over is capacity, not a bad placement.
 *
 * Given levels t_c, cache cluster c may put at most t_c pods into one domain. Such a placement exists exactly when the network
 * source -(demand)-> cache cluster -(t_c)-> domain -(capacity)-> sink carries the whole demand. From that:
 *  - worst: the smallest x such that t_c = own bound of c + x is possible, by bisection on the flow. Exact.
 *  - total: by the max-flow min-cut theorem the levels are possible exactly when for every set A of domains
 *      capacity(A) + sum_c min(demand_c, t_c * |domains of c outside A|) >= sum_c demand_c.
 *    Each A alone says how many times levels must be raised by one: the largest gains first, since the gain of one more is never larger than
 *    that of the one before. The largest of these numbers is a lower bound; it is exact where all cache clusters may use all of at most
 *    four domains, because then the raises that gain most for one A do so for every A.
 */
import type { Farm } from '../../farm/model.js';
import type { Facts } from '../../world/facts.js';
import type { World } from '../../world/model.js';
import { Capacities, lowestMaximum, podsOf } from './bounds.js';
import { FlowNetwork } from './max-flow.js';

export interface Demand {
  /** pods wanted */
  readonly pods: number;
  /** domains (datacenters or machines) that may give them */
  readonly domains: readonly string[];
}

export interface JointBound {
  /** least possible excess over its own bound of the cache cluster that is worst off */
  readonly worst: number;
  /** least possible sum of the excesses of all cache clusters */
  readonly total: number;
}

/** Up to so many domains all their subsets are looked at, beyond it only the smallest together. */
const ALL_SUBSETS_UP_TO = 10;

interface Levelled extends Demand {
  /** own bound */
  readonly level: number;
}

function fits(capacities: ReadonlyMap<string, number>, demands: readonly Levelled[], raise: number): boolean {
  const domains = [...capacities.keys()];
  const place = new Map(domains.map((domain, i) => [domain, 1 + demands.length + i]));
  const sink = 1 + demands.length + domains.length;
  const network = new FlowNetwork(sink + 1);
  let wanted = 0;
  demands.forEach((demand, i) => {
    wanted += demand.pods;
    network.connect(0, 1 + i, demand.pods);
    for (const domain of demand.domains) {
      const vertex = place.get(domain);
      if (vertex !== undefined) network.connect(1 + i, vertex, demand.level + raise);
    }
  });
  for (const [domain, vertex] of place) network.connect(vertex, sink, capacities.get(domain) ?? 0);
  return network.fill(0, sink) === wanted;
}

function smallestRaise(fitsWith: (raise: number) => boolean, most: number): number | undefined {
  // The usual case first: nothing has to be raised.
  if (fitsWith(0)) return 0;
  if (!fitsWith(most)) return undefined;
  let [low, high] = [1, most];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (fitsWith(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Fewest raises by one that satisfy the inequality of one set A. */
function raisesFor(
  set: ReadonlySet<string>,
  capacities: ReadonlyMap<string, number>,
  demands: readonly Levelled[],
): number {
  let missing = 0;
  for (const domain of set) missing -= capacities.get(domain) ?? 0;
  const gains: number[] = [];
  for (const { pods, level, domains } of demands) {
    const outside = domains.filter((domain) => !set.has(domain)).length;
    missing += Math.max(0, pods - level * outside);
    for (let rest = pods - level * outside; rest > 0 && outside > 0; rest -= outside)
      gains.push(Math.min(rest, outside));
  }
  gains.sort((x, y) => y - x);
  let raises = 0;
  for (; missing > 0 && raises < gains.length; raises++) missing -= gains[raises] ?? 0;
  return raises;
}

function setsOf(capacities: ReadonlyMap<string, number>): readonly ReadonlySet<string>[] {
  const ascending = [...capacities].sort(([, x], [, y]) => x - y).map(([domain]) => domain);
  if (ascending.length > ALL_SUBSETS_UP_TO) return ascending.map((_, i) => new Set(ascending.slice(0, i)));
  return Array.from(
    { length: 2 ** ascending.length },
    (_, bits) => new Set(ascending.filter((__, i) => (bits >> i) & 1)),
  );
}

/** @returns undefined when the demand does not fit at all */
export function jointBound(
  capacities: ReadonlyMap<string, number>,
  demands: readonly Demand[],
): JointBound | undefined {
  const levelled: Levelled[] = [];
  for (const demand of demands) {
    const domains = demand.domains.filter((domain) => capacities.has(domain));
    const level = lowestMaximum(
      domains.map((domain) => capacities.get(domain) ?? 0),
      demand.pods,
    );
    if (level === undefined) return undefined;
    levelled.push({ ...demand, domains, level });
  }
  const most = Math.max(0, ...demands.map(({ pods }) => pods));
  const worst = smallestRaise((raise) => fits(capacities, levelled, raise), most);
  if (worst === undefined) return undefined;
  if (worst === 0) return { worst, total: 0 };
  return { worst, total: Math.max(...setsOf(capacities).map((set) => raisesFor(set, capacities, levelled))) };
}

/** The joint bounds of a farm: each tier for itself; the worst of them, and their sum. Tiers whose demand does not fit add nothing. */
export function farmBounds(
  farm: Farm,
  world: World,
  facts: Facts,
): { readonly datacenter: JointBound; readonly machine: JointBound } {
  const capacities = new Capacities(world);
  const placed = new Map<string, number>();
  for (const partition of facts.partitions) {
    const { clusterName } = partition.cluster;
    placed.set(clusterName, (placed.get(clusterName) ?? 0) + podsOf(facts, partition).length);
  }
  const boundOf = (domain: 'datacenter' | 'machine'): JointBound => {
    const bounds = [...new Set(farm.cacheClusters.map(({ tier }) => tier))].flatMap((tier) => {
      const offered = new Map<string, number>();
      const demands = farm.cacheClusters
        .filter((cluster) => cluster.tier === tier)
        .map((cluster) => {
          const own = capacities.of(cluster, domain);
          for (const [name, count] of own) offered.set(name, count);
          return { pods: placed.get(cluster.clusterName) ?? 0, domains: [...own.keys()] };
        });
      return jointBound(offered, demands) ?? [];
    });
    return {
      worst: Math.max(0, ...bounds.map(({ worst }) => worst)),
      total: bounds.reduce((sum, { total }) => sum + total, 0),
    };
  };
  return { datacenter: boundOf('datacenter'), machine: boundOf('machine') };
}
