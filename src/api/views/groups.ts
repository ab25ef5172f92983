import type { SentinelGroup } from '../../farm/model.js';
import type { PartitionFact } from '../../world/facts.js';
import type { SentinelView } from '../../world/model.js';
import type { Pass } from '../parts.js';
import type { Freshness, GroupsView } from '../schemas.js';
import { rewriteBytes } from './rewrite-bytes.js';

type Group = GroupsView['groups'][number];

/** Partitions of one group, and what its sentinels say of them. */
interface Tally {
  partitions: number;
  agreed: number;
  readonly clusters: Map<string, number>;
  /** address of a sentinel -> names that it gives another address than the majority */
  readonly differs: Map<string, number>;
}

const add = (counts: Map<string, number>, key: string): unknown => counts.set(key, (counts.get(key) ?? 0) + 1);

function count(tally: Tally, partition: PartitionFact): void {
  tally.partitions++;
  add(tally.clusters, partition.cluster.clusterName);
  if (partition.agreed === undefined) return;
  tally.agreed++;
  // Nearly all are uniform: then nobody differs, and the list of who says what is not made.
  if (partition.uniform) return;
  for (const { sentinel, view } of partition.known)
    if (view.address !== partition.agreed) add(tally.differs, sentinel.address);
}

function tallies({ farm, facts }: Pass): ReadonlyMap<string, Tally> {
  const groups = new Map(
    farm.sentinelGroups.map(({ name }): [string, Tally] => [
      name,
      { partitions: 0, agreed: 0, clusters: new Map(), differs: new Map() },
    ]),
  );
  for (const partition of facts.partitions) {
    const tally = groups.get(partition.group.name);
    if (tally) count(tally, partition);
  }
  return groups;
}

const sentinelRow = (sentinel: SentinelView, tally: Tally | undefined): Group['sentinels'][number] => ({
  pod: sentinel.pod,
  datacenter: sentinel.datacenter,
  machine: sentinel.machine,
  address: sentinel.address,
  up: sentinel.state === 'up',
  ...(sentinel.state === 'up' ? {} : { why: sentinel.why }),
  tilt: sentinel.state === 'up' && sentinel.tilt,
  names: sentinel.state === 'up' ? sentinel.names.length : 0,
  differs: tally?.differs.get(sentinel.address) ?? 0,
});

function groupView(group: SentinelGroup, sentinels: readonly SentinelView[], tally: Tally | undefined): Group {
  const up = sentinels.filter((sentinel) => sentinel.state === 'up');
  return {
    name: group.name,
    replicated: group.replicated,
    quorum: group.quorum,
    size: group.size,
    up: up.length,
    tilted: up.filter((sentinel) => sentinel.tilt).length,
    partitions: tally?.partitions ?? 0,
    maxPartitions: group.maxPartitions,
    agreed: tally?.agreed ?? 0,
    downAfterMs: group.downAfterMs,
    failoverTimeoutMs: group.failoverTimeoutMs,
    rewriteBytes: rewriteBytes(group, sentinels),
    clusters: [...(tally?.clusters ?? [])].map(([clusterName, partitions]) => ({ clusterName, partitions })),
    sentinels: sentinels.map((sentinel) => sentinelRow(sentinel, tally)),
  };
}

export function groupsView(pass: Pass, freshness: Freshness): GroupsView {
  const views = new Map(pass.world.groups.map(({ name, sentinels }) => [name, sentinels]));
  const counted = tallies(pass);
  return {
    freshness,
    groups: pass.farm.sentinelGroups.map((group) =>
      groupView(group, views.get(group.name) ?? [], counted.get(group.name)),
    ),
  };
}
