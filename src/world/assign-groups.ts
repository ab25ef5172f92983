import type { CacheCluster, FarmFrame, SentinelGroup } from '../farm/model.js';
import { majorityOf } from './facts-model.js';
import type { GroupView } from './model.js';

const isReplicated = ({ partitionSize }: CacheCluster): boolean => partitionSize > 1;

/** How many partitions of the cache cluster a group names, as the sentinel that knows most of them says. */
function namedIn(view: GroupView | undefined, { clusterName }: CacheCluster): number {
  const prefix = `${clusterName}::`;
  const counts = (view?.sentinels ?? []).map((sentinel) =>
    sentinel.state === 'up' ? sentinel.names.filter(({ partition }) => partition.startsWith(prefix)).length : 0,
  );
  return Math.max(0, ...counts);
}

/** A majority of its sentinels names some of it: not one alone that came back with an old sentinel.conf. */
function isHome(group: SentinelGroup, view: GroupView | undefined, { clusterName }: CacheCluster): boolean {
  const prefix = `${clusterName}::`;
  const voices = (view?.sentinels ?? []).filter(
    (sentinel) => sentinel.state === 'up' && sentinel.names.some(({ partition }) => partition.startsWith(prefix)),
  );
  return voices.length >= majorityOf(group.size);
}

const canBeAsked = (group: SentinelGroup, view: GroupView | undefined): boolean =>
  (view?.sentinels ?? []).filter(({ state }) => state === 'up').length >= majorityOf(group.size);

/**
 * Sentinel groups for the cache clusters that name none (a CacheCluster that somebody wrote by hand; the manifests name it):
 *  1. the group that names most of its partitions already: what is bound stays where it is, whatever its group has become
 *  2. else, by name, the first group of its kind with room for all of it
 *  3. none while a group of its kind cannot be asked, as that may be the one, and none when no group has room: then it waits
 */
export function assignGroups(
  frame: FarmFrame,
  clusters: readonly CacheCluster[],
  views: readonly GroupView[],
): readonly CacheCluster[] {
  if (clusters.every(({ sentinelGroup }) => sentinelGroup !== '')) return clusters;
  const viewOf = (group: SentinelGroup): GroupView | undefined => views.find(({ name }) => name === group.name);
  const kin = (cluster: CacheCluster): readonly SentinelGroup[] =>
    frame.sentinelGroups.filter(({ replicated }) => replicated === isReplicated(cluster));
  const chosen = new Map<CacheCluster, string>();
  const used = new Map<string, number>();
  const put = (cluster: CacheCluster, group: string): void => {
    chosen.set(cluster, group);
    used.set(group, (used.get(group) ?? 0) + cluster.clusterSize);
  };
  for (const cluster of clusters) {
    if (cluster.sentinelGroup !== '') {
      put(cluster, cluster.sentinelGroup);
      continue;
    }
    // The sort is stable: of groups that name as many the first.
    const others = (own: SentinelGroup): boolean =>
      kin(cluster).every((group) => group === own || canBeAsked(group, viewOf(group)));
    const [home] = kin(cluster)
      .map((group) => ({ group, name: group.name, names: namedIn(viewOf(group), cluster) }))
      .filter(({ group, names }) => names > 0 && (isHome(group, viewOf(group), cluster) || others(group)))
      .sort((x, y) => y.names - x.names);
    if (home) put(cluster, home.name);
  }
  for (const cluster of clusters) {
    if (chosen.has(cluster) || !kin(cluster).every((group) => canBeAsked(group, viewOf(group)))) continue;
    const fits = ({ name, maxPartitions }: SentinelGroup): boolean =>
      (used.get(name) ?? 0) + cluster.clusterSize <= maxPartitions;
    const group = kin(cluster).find(fits);
    if (group) put(cluster, group.name);
  }
  return clusters.map((cluster) => ({ ...cluster, sentinelGroup: chosen.get(cluster) ?? '' }));
}
