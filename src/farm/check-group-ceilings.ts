import type { Draft } from './draft.js';
import { type Finding, problem, warning } from './finding.js';
import type { CacheCluster, Farm, SentinelGroup } from './model.js';
import { suggest } from './nearest.js';
import { show } from './quote.js';
import { resolveFarm, sentinelPools } from './resolve.js';
import type { CacheClusterSpec, FarmSpec } from './schema.js';
import { elementPath } from './spec-path.js';

const isReplicated = ({ partitionSize = 1 }: CacheClusterSpec): boolean => partitionSize > 1;
const kind = (replicated: boolean): string => (replicated ? 'replicated' : 'unreplicated');

/** A cache cluster that names its group itself. */
function* pinned(path: string, cluster: CacheClusterSpec, groups: readonly SentinelGroup[]): Generator<Finding> {
  const name = cluster.sentinelGroup ?? '';
  const group = groups.find((candidate) => candidate.name === name);
  const field = `${path}.sentinelGroup`;
  if (!group) {
    yield problem(
      field,
      `sentinelGroup ${show(name)} is unknown; ${suggest(
        name,
        groups.map((g) => g.name),
      )}; leave it out for the first with room`,
    );
  } else if (group.replicated !== isReplicated(cluster)) {
    yield problem(
      field,
      `sentinelGroup ${name} serves ${kind(group.replicated)} cache clusters and this one is ${kind(isReplicated(cluster))} ` +
        `(partitionSize ${cluster.partitionSize ?? 1}); leave it out, or name a group whose pool has replicated: ${isReplicated(cluster)}`,
    );
  }
}

/** A cache cluster that takes the first group with room. */
function* unpinned(path: string, cluster: CacheClusterSpec, spec: FarmSpec, assigned: string): Generator<Finding> {
  const replicated = isReplicated(cluster);
  const pools = sentinelPools(spec).filter((pool) => (pool.replicated ?? false) === replicated);
  const ceiling = Math.max(0, ...pools.map((pool) => pool.maxPartitions ?? 100));
  if (pools.length === 0) {
    const example = replicated ? "{name: 'replicated', replicated: true}" : "{name: 'main'}";
    yield problem(
      path,
      `no sentinel group serves ${kind(replicated)} cache clusters (partitionSize ${cluster.partitionSize ?? 1}); declare ${example}`,
    );
  } else if (cluster.clusterSize > ceiling) {
    yield problem(
      `${path}.clusterSize`,
      `clusterSize ${cluster.clusterSize} is over maxPartitions ${ceiling}, and a cache cluster lives in one sentinel group; raise maxPartitions (at most 250) or split the cache cluster`,
    );
  } else if (assigned === '') {
    const full = pools
      .map((pool) => `${show(pool.name)}: count ${pool.count ?? 'auto'} x ${pool.maxPartitions ?? 100}`)
      .join(', ');
    yield problem(
      path,
      `no sentinel group has room for ${cluster.clusterSize} more partitions (${full}); raise count, or write count: 'auto'`,
    );
  }
}

/** First fit never overfills a group; pins can. */
function* overfull(spec: FarmSpec, groups: readonly SentinelGroup[], assigned: readonly string[]): Generator<Finding> {
  for (const { name, pool, maxPartitions } of groups) {
    const clusters = spec.cacheClusters.filter((_, i) => assigned[i] === name);
    const partitions = clusters.reduce((total, { clusterSize }) => total + Math.max(0, clusterSize), 0);
    if (partitions <= maxPartitions || !clusters.some(({ sentinelGroup }) => sentinelGroup !== undefined)) continue;
    const largest = clusters
      .slice(0, 5)
      .map(({ clusterName, clusterSize }) => `${show(clusterName)} ${clusterSize}`)
      .join(', ');
    yield problem(
      `sentinelGroups.${pool}`,
      `group ${name} would name ${partitions} partitions, over maxPartitions ${maxPartitions} (${largest}${clusters.length > 5 ? ', ...' : ''}); pin fewer cache clusters to it, or raise maxPartitions (at most 250)`,
    );
  }
}

/** `sentinelGroup: main-0 for A, B; main-1 for C`, of those that name none */
function pins(clusters: readonly CacheCluster[]): string {
  const groups = [...new Set(clusters.map(({ sentinelGroup }) => sentinelGroup))].sort();
  const named = (group: string): string =>
    clusters
      .filter(({ sentinelGroup }) => sentinelGroup === group)
      .map(({ clusterName }) => clusterName)
      .join(', ');
  return groups.map((group) => `'${group}' for ${named(group)}`).join('; ');
}

/** First fit moves its later choices when an earlier cache cluster is resized or removed, and another group means other sentinels to ask. */
function* unsteady(spec: FarmSpec, farm: Farm): Generator<Finding> {
  for (const pool of new Set(farm.sentinelGroups.map((group) => group.pool))) {
    const groups = farm.sentinelGroups.filter((group) => group.pool === pool).map(({ name }) => name);
    const loose = farm.cacheClusters.filter(
      ({ sentinelGroup }, i) => groups.includes(sentinelGroup) && spec.cacheClusters[i]?.sentinelGroup === undefined,
    );
    if (groups.length < 2 || loose.length === 0) continue;
    yield warning(
      `sentinelGroups.${pool}`,
      `${loose.length} cache cluster${loose.length === 1 ? ' takes' : 's take'} the first of ${groups.length} groups with room: resizing or removing one can move others to a group ` +
        `that their clients do not ask; once the farm runs, give each its sentinelGroup: ${pins(loose)}`,
    );
  }
}

/** `auto` makes all groups up to the highest that is named: a typing error there costs sentinels in every datacenter. */
function* unused(spec: FarmSpec, groups: readonly SentinelGroup[], assigned: readonly string[]): Generator<Finding> {
  for (const { name: pool, count = 'auto' } of sentinelPools(spec)) {
    const own = groups.filter((group) => group.pool === pool);
    const empty = own.filter(({ name }) => !assigned.includes(name));
    const last = own.at(-1);
    if (count !== 'auto' || own.length < 2 || empty.length === 0 || last === undefined) continue;
    const by = spec.cacheClusters.find(({ sentinelGroup }) => sentinelGroup === last.name);
    yield warning(
      `sentinelGroups.${pool}`,
      `${empty.length} of ${own.length} groups name no partition (${empty
        .slice(0, 3)
        .map(({ name }) => name)
        .join(', ')}${empty.length > 3 ? ', ...' : ''}), and are made because ${
        by ? `${show(by.clusterName)} names ${last.name}` : `${last.name} is used`
      }; name a lower one, unless cache clusters are to come`,
    );
  }
}

/** Every cache cluster has a sentinel group of its kind with room for it. */
export function* checkGroupCeilings({ spec, whole, broken }: Draft): Generator<Finding> {
  if (!whole.sentinelGroups) return;
  const farm = resolveFarm(spec);
  const { sentinelGroups, cacheClusters } = farm;
  const assigned = cacheClusters.map(({ sentinelGroup }) => sentinelGroup);
  for (const [i, cluster] of spec.cacheClusters.entries()) {
    const path = elementPath('cacheClusters', i, cluster);
    if (broken.has(`${path}.partitionSize`)) continue;
    if (cluster.sentinelGroup !== undefined) yield* pinned(path, cluster, sentinelGroups);
    else yield* unpinned(path, cluster, spec, assigned[i] ?? '');
  }
  yield* overfull(spec, sentinelGroups, assigned);
  if (!whole.cacheClusters) return;
  yield* unsteady(spec, farm);
  yield* unused(spec, sentinelGroups, assigned);
}
