import type { Draft } from './draft.js';
import { type Finding, problem, warning } from './finding.js';
import { show } from './quote.js';
import type { CacheClusterSpec, FarmSpec, TierSpec } from './schema.js';
import { elementPath } from './spec-path.js';

/** What a cache cluster takes from its tier. */
interface Demand {
  readonly clusterName: string;
  readonly path: string;
  /** partitions x copies: anywhere in `homes` */
  readonly pods: number;
  /** in each of `homes` */
  readonly standbys: number;
  readonly homes: readonly string[];
}

/** Beyond this many datacenters only the declared placements are tried, not every set of datacenters. */
const ALL_SUBSETS_UP_TO = 10;

const sum = (numbers: readonly number[]): number => numbers.reduce((total, value) => total + value, 0);
const percent = (share: number): string => `${Math.round(share * 1_000) / 10} %`;

function demandOf(spec: FarmSpec, cluster: CacheClusterSpec, index: number, podHomes: readonly string[]): Demand {
  const partitionSize = Math.max(1, cluster.partitionSize ?? 1);
  const homes = cluster.placement?.datacenters ?? podHomes;
  return {
    clusterName: show(cluster.clusterName),
    path: elementPath('cacheClusters', index, spec.cacheClusters[index]),
    pods: Math.max(0, cluster.clusterSize) * partitionSize,
    standbys: Math.max(0, cluster.standbys ?? (partitionSize > 1 ? 0 : 1)),
    homes: podHomes.filter((home) => homes.includes(home)),
  };
}

const total = ({ pods, standbys, homes }: Demand): number => pods + standbys * homes.length;

/** `User.profile 63, User.id 13, ...`: the largest first. */
function largest(demands: readonly Demand[]): string {
  const sorted = [...demands].sort((a, b) => total(b) - total(a));
  const shown = sorted.slice(0, 4).map((demand) => `${demand.clusterName} ${total(demand)}`);
  return [...shown, ...(sorted.length > 4 ? [`${sorted.length - 4} more`] : [])].join(', ');
}

/** `25 pods (22 for partitions and replicas, 3 standbys)` */
const listed = (pods: number, standbys: number): string =>
  `${pods + standbys} pods (${pods} for partitions and replicas, ${standbys} standbys)`;

function subsets(homes: readonly string[], demands: readonly Demand[]): readonly (readonly string[])[] {
  if (homes.length > ALL_SUBSETS_UP_TO) return [homes, ...demands.map((demand) => demand.homes)];
  const all = Array.from({ length: 2 ** homes.length - 1 }, (_, bits) =>
    homes.filter((_home, i) => ((bits + 1) >> i) & 1),
  );
  // The whole first: it is the plainest message.
  return all.sort((a, b) => b.length - a.length);
}

/**
 * Hall's condition: partitions fit if and only if, for every set of datacenters, those that may live only there are no more than the pods
 * there, less the standbys kept there.
 */
function overfull(homes: readonly string[], podsEach: number, demands: readonly Demand[]): string | undefined {
  for (const set of subsets(homes, demands)) {
    const kept = sum(
      demands.map(({ homes: at, standbys }) => standbys * at.filter((home) => set.includes(home)).length),
    );
    const bound = demands.filter(
      ({ homes: at, pods }) => pods > 0 && at.length > 0 && at.every((home) => set.includes(home)),
    );
    const need = sum(bound.map(({ pods }) => pods));
    if (need === 0 || need + kept <= podsEach * set.length) continue;
    const where = set.length === homes.length ? '' : ` in ${set.join(', ')}`;
    return `${listed(need, kept)}${where}, and it has ${podsEach * set.length} there`;
  }
  return undefined;
}

/** A cache cluster that would not fit even alone. */
function* tooLarge(tier: TierSpec, podsEach: number, demands: readonly Demand[]): Generator<Finding> {
  for (const demand of demands) {
    const room = podsEach * demand.homes.length;
    if (demand.homes.length === 0 || total(demand) <= room) continue;
    yield problem(
      demand.path,
      `needs ${listed(demand.pods, demand.standbys * demand.homes.length)} of tier ${show(tier.name)}, which has ${room} in ${demand.homes.join(', ')}; ` +
        'lower clusterSize, partitionSize or standbys, or raise the replicas of the tier',
    );
  }
}

/** Partitions must find a home in what is left when a datacenter is lost; the standbys are a part of that reserve. */
function* reserve(
  path: string,
  tier: TierSpec,
  homes: readonly string[],
  podsEach: number,
  demands: readonly Demand[],
): Generator<Finding> {
  if (homes.length < 2) return;
  const placed = demands.filter((demand) => demand.homes.length > 0);
  for (const demand of placed.filter((one) => one.homes.length === 1)) {
    yield warning(
      `${demand.path}.placement.datacenters`,
      `only in ${demand.homes[0]}: losing that datacenter loses the whole cache cluster; name at least two, or leave placement out`,
    );
  }
  const [pods, all, left] = [
    sum(placed.map((demand) => demand.pods)),
    podsEach * homes.length,
    podsEach * (homes.length - 1),
  ];
  if (pods <= left || pods > all) return;
  yield warning(
    path,
    `tier ${show(tier.name)} is used to ${percent(pods / all)} (${pods} of ${all} pods), above ${percent(1 - 1 / homes.length)} = 1 - 1/${homes.length}: ` +
      `when a datacenter is lost, ${left} pods remain and ${pods - left} partitions or replicas find none; raise replicas, or shrink cache clusters`,
  );
}

function* capacityOf(spec: FarmSpec, tier: TierSpec, index: number): Generator<Finding> {
  const path = elementPath('tiers', index, tier);
  const homes = [...new Set(spec.datacenters.filter(({ witness }) => !witness).map(({ name }) => name))];
  const podsEach = Math.max(0, tier.replicas) * new Set(tier.ports).size;
  const demands = spec.cacheClusters
    .map((cluster, i) => demandOf(spec, cluster, i, homes))
    .filter((_, i) => spec.cacheClusters[i]?.tier === tier.name);
  const alone = [...tooLarge(tier, podsEach, demands)];
  yield* alone;
  const why = alone.length > 0 ? undefined : overfull(homes, podsEach, demands);
  if (why !== undefined) {
    yield problem(
      path,
      `the cache clusters of tier ${show(tier.name)} need ${why} (${largest(demands)}); raise replicas, add ports, or shrink cache clusters`,
    );
  } else if (alone.length === 0) {
    yield* reserve(path, tier, homes, podsEach, demands);
  }
}

/** Room in each tier for all its cache clusters, and the reserve for losing a datacenter. */
export function* checkCapacity({ spec, whole }: Draft): Generator<Finding> {
  if (!whole.datacenters || !whole.tiers || !whole.cacheClusters) return;
  for (const [i, tier] of spec.tiers.entries()) yield* capacityOf(spec, tier, i);
}
