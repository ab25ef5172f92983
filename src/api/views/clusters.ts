import type { CacheCluster } from '../../farm/model.js';
import { measureSpread, type Spread } from '../../plan/placement/bounds.js';
import { conditionsOf } from '../../world/cluster-conditions.js';
import { type Facts, type PartitionFact, partitionsOf } from '../../world/facts.js';
import type { DeclaredCopy, RedisPod, World } from '../../world/model.js';
import { partitionState } from '../../world/partition-state.js';
import { isServing } from '../../world/progress.js';
import type { Declared, Pass } from '../parts.js';
import type { ClusterDetail, ClustersView, ClusterView, Freshness } from '../schemas.js';
import { type Loads, ratioOf } from './load.js';
import { whole, wholeOrNull } from './whole.js';

/** What all cache clusters of a pass share, worked out once: a large farm has hundreds of them. */
interface Shared {
  readonly pass: Pass;
  readonly load: Loads;
  readonly spreads: ReadonlyMap<string, Spread>;
  readonly copies: ReadonlyMap<string, readonly DeclaredCopy[]>;
  readonly memory: ReadonlyMap<string, number>;
  readonly shut: ReadonlySet<RedisPod>;
}

function copiesOf({ copies = [] }: World): Shared['copies'] {
  const byName = new Map<string, DeclaredCopy[]>();
  for (const copy of copies) {
    const known = byName.get(copy.clusterName);
    if (known) known.push(copy);
    else byName.set(copy.clusterName, [copy]);
  }
  return byName;
}

function share(pass: Pass, load: Loads, clusters: readonly CacheCluster[]): Shared {
  const { farm, world, facts } = pass;
  const spreads = measureSpread({ ...farm, cacheClusters: clusters }, world, facts);
  return {
    pass,
    load,
    spreads: new Map(spreads.map((spread) => [spread.clusterName, spread])),
    copies: copiesOf(world),
    memory: new Map(farm.tiers.map(({ name, maxMemoryBytes }) => [name, maxMemoryBytes])),
    shut: new Set(facts.shut),
  };
}

const conditions = ({ copies }: Shared, clusterName: string): ClusterView['conditions'] =>
  conditionsOf({ copies: copies.get(clusterName) ?? [] }, clusterName).map(
    ({ type, status, reason, message, since }) => ({
      type,
      status,
      reason,
      message,
      ...(since === '' ? {} : { since }),
    }),
  );

/** The pod where a partition is: as agreed, else as most say, else as a pod says itself. */
export function podOf(facts: Facts, { agreed, leading, claimedBy }: PartitionFact): RedisPod | undefined {
  const address = agreed ?? leading;
  return address === undefined ? claimedBy[0] : facts.podAt.get(address);
}

/** Sums over the pods that have its data, each once: a standby may shelter several partitions. */
function burden({ load }: Shared, pods: ReadonlySet<RedisPod>) {
  const sums = { keys: 0, usedMemoryBytes: 0, opsPerSecond: 0, hits: 0, misses: 0 };
  for (const { address, instance } of pods) {
    if (instance.state !== 'up') continue;
    const carried = load.of(address);
    sums.keys += whole(instance.keys);
    sums.usedMemoryBytes += whole(instance.usedMemoryBytes);
    sums.opsPerSecond += carried?.opsPerSecond ?? 0;
    sums.hits += carried?.hits ?? 0;
    sums.misses += carried?.misses ?? 0;
  }
  return sums;
}

function spreadOf({ spreads }: Shared, clusterName: string): ClusterView['spread'] {
  const spread = spreads.get(clusterName);
  return spread && spread.datacenter.most > 0
    ? { datacenter: { ...spread.datacenter }, machine: { ...spread.machine } }
    : null;
}

/** Kept, open, and nobody has fallen back on it yet. */
const standbysReady = ({ pass: { facts }, shut }: Shared, clusterName: string): number =>
  (facts.standbys.get(clusterName) ?? []).filter((pod) => !shut.has(pod) && !facts.sheltering.has(pod.address)).length;

function clusterView(shared: Shared, cluster: CacheCluster): ClusterView {
  const { farm, facts } = shared.pass;
  const { clusterName, clusterSize, tier } = cluster;
  const partitions = partitionsOf(facts, cluster);
  const pods = new Set(partitions.flatMap((partition) => podOf(facts, partition) ?? []));
  const { keys, usedMemoryBytes, opsPerSecond, hits, misses } = burden(shared, pods);
  return {
    clusterName,
    clusterSize,
    partitionSize: cluster.partitionSize,
    minReplicas: cluster.minReplicas ?? 0,
    tier,
    standbys: cluster.standbys,
    hash: cluster.hash,
    importance: cluster.importance,
    backingGroup: cluster.backingGroup ?? null,
    sentinelGroup: cluster.sentinelGroup,
    datacenters: [...cluster.datacenters],
    serving: partitions.filter((partition) => isServing(farm, facts, partition)).length,
    standbysReady: standbysReady(shared, clusterName),
    standbysWanted: cluster.standbys * cluster.datacenters.length,
    keys: whole(keys),
    usedMemoryBytes: whole(usedMemoryBytes),
    maxMemoryBytes: whole((shared.memory.get(tier) ?? 0) * clusterSize),
    opsPerSecond: whole(opsPerSecond),
    hitRatio: ratioOf(hits, misses),
    spread: spreadOf(shared, clusterName),
    conditions: conditions(shared, clusterName),
  };
}

export function clustersView(pass: Pass, load: Loads, freshness: Freshness): ClustersView {
  const shared = share(pass, load, pass.farm.cacheClusters);
  return { freshness, clusters: pass.farm.cacheClusters.map((cluster) => clusterView(shared, cluster)) };
}

/** Addresses that sentinels list behind it: its standby, or its replicas. */
export function behind({ uniform, standby, known }: PartitionFact): string[] {
  if (uniform) return standby === undefined ? [] : [standby];
  return [...new Set(known.flatMap(({ view }) => view.replicas.map(({ address }) => address)))];
}

function partitionRow({ pass, load }: Shared, partition: PartitionFact): ClusterDetail['partitions'][number] {
  const { farm, facts } = pass;
  const pod = podOf(facts, partition);
  const instance = pod?.instance.state === 'up' ? pod.instance : undefined;
  const carried = pod && instance && load.of(pod.address);
  return {
    name: partition.name,
    index: partition.index,
    state: partitionState(farm, facts, partition),
    address: partition.agreed ?? null,
    pod: pod?.name ?? null,
    machine: pod?.machine ?? null,
    datacenter: pod?.datacenter ?? null,
    behind: behind(partition),
    keys: wholeOrNull(instance?.keys),
    usedMemoryBytes: wholeOrNull(instance?.usedMemoryBytes),
    opsPerSecond: wholeOrNull(carried?.opsPerSecond),
    hitRatio: carried?.hitRatio ?? null,
  };
}

/** @param declared as the KubeClusters have it; undefined: they could not be asked. @returns undefined when none is called so */
export function clusterDetail(
  pass: Pass,
  load: Loads,
  freshness: Freshness,
  clusterName: string,
  declared: Declared | undefined,
): ClusterDetail | undefined {
  const cluster = pass.farm.cacheClusters.find((one) => one.clusterName === clusterName);
  if (!cluster) return undefined;
  const shared = share(pass, load, [cluster]);
  return {
    ...clusterView(shared, cluster),
    freshness,
    version: declared?.version ?? null,
    owner: declared?.owner ?? null,
    partitions: partitionsOf(pass.facts, cluster).map((partition) => partitionRow(shared, partition)),
  };
}
