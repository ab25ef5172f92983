import type { CacheCluster, Farm, SentinelGroup } from '../../farm/model.js';
import { NAME } from '../../farm/words.js';
import { type Facts, type PartitionFact, partitionsOf } from '../../world/facts.js';
import type { World } from '../../world/model.js';
import { isArmed, isServing } from '../../world/progress.js';
import type { Decision, Note, Plan } from '../action.js';

/** What is known of one cache cluster at one moment: all that its conditions are made of. */
export interface ClusterHealth {
  readonly cluster: CacheCluster;
  readonly serving: number;
  /** partitions that do not serve */
  readonly lost: readonly PartitionFact[];
  /** partitions that serve, should be armed, and are not */
  readonly unarmed: readonly PartitionFact[];
  /** standbys that some partition would go to */
  readonly armedStandbys: number;
  /** replicated partitions with fewer pods than declared */
  readonly thin: readonly PartitionFact[];
  /** partitions that no sentinel knows */
  readonly unnamed: readonly PartitionFact[];
  /** partitions that another pod is taking over, or that have a pod too many */
  readonly moving: readonly PartitionFact[];
  /** names that sentinels know and that it does not declare (any more) */
  readonly strays: readonly string[];
  readonly decisions: readonly Decision[];
  readonly notes: readonly Note[];
  /** datacenters of its placement whose KubeCluster could not be read */
  readonly unread: readonly string[];
}

const clusterOf = (subject: string): string => {
  const at = subject.lastIndexOf('::');
  return at < 0 ? subject : subject.slice(0, at);
};

function grouped<T extends { readonly subject: string }>(
  entries: readonly T[],
  keyOf: (entry: T) => string,
): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const entry of entries) {
    const key = keyOf(entry);
    const group = groups.get(key);
    if (group) group.push(entry);
    else groups.set(key, [entry]);
  }
  return groups;
}

const isMoving = ({ cluster, incoming, claimedBy }: PartitionFact): boolean =>
  incoming.length > 0 || (cluster.partitionSize > 1 && claimedBy.length > cluster.partitionSize);

/** Notes about the group itself, about its sentinels, and about the datacenters that hold some. */
function groupNotes(group: SentinelGroup | undefined, notes: readonly Note[]): readonly Note[] {
  if (!group) return [];
  const pods = `${NAME.sentinelSet(group.name)}-`;
  const isOfGroup = ({ reason, subject }: Note): boolean => {
    if (reason === 'SentinelUnreachable' || reason === 'SentinelTilted')
      return subject.startsWith(pods) && /^\d+$/.test(subject.slice(pods.length));
    if (reason === 'GroupWithoutMajority') return subject === group.name;
    return reason === 'DatacenterUnread' && group.members.some(({ datacenter }) => datacenter === subject);
  };
  return notes.filter(isOfGroup);
}

const COMMON: ReadonlySet<Note['reason']> = new Set<Note['reason']>([
  'SentinelUnreachable',
  'SentinelTilted',
  'GroupWithoutMajority',
  'DatacenterUnread',
  'BarnIsolated',
]);

/** Every declared cache cluster; partitions and notes of the farm are walked over once, whatever the number of cache clusters. */
export function clusterHealths(farm: Farm, world: World, facts: Facts, plan: Plan): readonly ClusterHealth[] {
  const decisions = grouped(plan.decisions, ({ subject }) => clusterOf(subject));
  const common = plan.notes.filter(({ reason }) => COMMON.has(reason));
  const own = grouped(
    plan.notes.filter(({ reason }) => !COMMON.has(reason)),
    ({ subject }) => clusterOf(subject),
  );
  const strays = grouped(
    facts.strays.map(({ partition }) => ({ subject: partition })),
    ({ subject }) => clusterOf(subject),
  );
  const groups = new Map(farm.sentinelGroups.map((group) => [group.name, group]));
  const unread = world.datacenters.filter(({ complete }) => !complete).map(({ name }) => name);
  const isolated = common.filter(({ reason }) => reason === 'BarnIsolated');
  return farm.cacheClusters.map((cluster): ClusterHealth => {
    const { clusterName, datacenters, partitionSize } = cluster;
    const partitions = partitionsOf(facts, cluster);
    const lost = partitions.filter((partition) => !isServing(farm, facts, partition));
    const away = new Set(lost);
    const armable = partitionSize === 1 && cluster.standbys > 0 ? partitions : [];
    const armed = armable.filter((partition) => isArmed(farm, facts, partition));
    const armedNames = new Set(armed);
    const shared = groupNotes(groups.get(cluster.sentinelGroup), common);
    const unreadNotes = common.filter(
      (note) => note.reason === 'DatacenterUnread' && datacenters.includes(note.subject) && !shared.includes(note),
    );
    return {
      cluster,
      serving: partitions.length - lost.length,
      lost,
      unarmed: armable.filter((partition) => !away.has(partition) && !armedNames.has(partition)),
      armedStandbys: new Set(armed.map(({ known }) => known[0]?.view.replicas[0]?.address)).size,
      thin: partitionSize > 1 ? partitions.filter(({ claimedBy }) => claimedBy.length < partitionSize) : [],
      unnamed: partitions.filter(({ known }) => known.length === 0),
      moving: partitions.filter(isMoving),
      strays: (strays.get(clusterName) ?? []).map(({ subject }) => subject),
      decisions: decisions.get(clusterName) ?? [],
      notes: [...isolated, ...shared, ...unreadNotes, ...(own.get(clusterName) ?? [])],
      unread: unread.filter((name) => datacenters.includes(name)),
    };
  });
}
