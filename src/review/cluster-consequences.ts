/** What a changed CacheCluster means for its keys, partitions and pods: one sentence for each field that changed. */
import type { CacheCluster } from '../farm/model.js';
import { partitionName } from '../farm/words.js';
import { type MovedKeys, movedKeys } from './moved-keys.js';

type Consequence = (from: CacheCluster, to: CacheCluster) => string | undefined;

export const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
const some = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;
const kept = (from: CacheCluster, to: CacheCluster): number => Math.min(from.clusterSize, to.clusterSize);

const HOW: Readonly<Record<MovedKeys['by'], (share: string) => string>> = {
  jump: (share) => `${share} of the keys move (jump, the least possible) and are misses at first`,
  ketama: (share) =>
    `about ${share} of the keys move (ketama: a mean, the points of the ring decide) and are misses at first`,
  rehash: (share) =>
    `about ${share} of the keys move, because every key is hashed anew; all clients must change at the same moment`,
};

function moved(from: CacheCluster, to: CacheCluster): string {
  const keys = movedKeys(from, to);
  return keys ? `: ${HOW[keys.by](percent(keys.share))}` : '';
}

function range(cluster: CacheCluster, first: number, last: number): string {
  const start = partitionName(cluster.clusterName, first);
  return first === last ? start : `${start} ... ::${last}`;
}

const size: Consequence = (from, to) => {
  if (from.clusterSize === to.clusterSize) return undefined;
  const changed = range(to, kept(from, to), Math.max(from.clusterSize, to.clusterSize) - 1);
  const what = to.clusterSize > from.clusterSize ? `${changed} created` : `${changed} released, their pods flushed`;
  return `size ${from.clusterSize} -> ${to.clusterSize}${from.hash === to.hash ? moved(from, to) : ''}; ${what}`;
};

const hash: Consequence = (from, to) =>
  from.hash === to.hash ? undefined : `hash ${from.hash} -> ${to.hash}${moved(from, to)}`;

const tier: Consequence = (from, to) =>
  from.tier === to.tier
    ? undefined
    : `tier ${from.tier} -> ${to.tier}: every partition moves (${some(kept(from, to) * to.partitionSize, 'pod')} of ${to.tier} taken, those of ${from.tier} released)`;

const partitionSize: Consequence = (from, to) => {
  if (from.partitionSize === to.partitionSize) return undefined;
  const change = to.partitionSize - from.partitionSize;
  const replicas = some(Math.abs(change) * kept(from, to), 'replica');
  const regime =
    from.partitionSize === 1
      ? '; from then on Sentinel fails over to a replica'
      : to.partitionSize === 1
        ? '; from then on a dead partition starts again empty, on a standby'
        : '';
  return `partitionSize ${from.partitionSize} -> ${to.partitionSize}: ${replicas} ${change > 0 ? 'attached' : 'detached and flushed'}${regime}`;
};

const minReplicas: Consequence = (from, to) => {
  const [was, is] = [from.minReplicas ?? 0, to.minReplicas ?? 0];
  if (was === is) return undefined;
  const then =
    is === 0 ? 'masters write whatever they have' : `a master with fewer replicas in step refuses writes (NOREPLICAS)`;
  return `minReplicas ${was} -> ${is}: ${then}; nothing moves`;
};

const standbys: Consequence = (from, to) => {
  if (from.standbys === to.standbys) return undefined;
  const change = to.standbys - from.standbys;
  const pods = some(Math.abs(change) * to.datacenters.length, 'pod');
  const without =
    to.standbys === 0 && to.partitionSize === 1 ? '; without a standby a dead partition waits for Barn' : '';
  return `standbys ${from.standbys} -> ${to.standbys} a datacenter: ${pods} ${change > 0 ? 'armed' : 'released'}${without}`;
};

const sentinelGroup: Consequence = (from, to) =>
  from.sentinelGroup === to.sentinelGroup
    ? undefined
    : `sentinel group ${from.sentinelGroup} -> ${to.sentinelGroup}: every partition is registered anew (${some(kept(from, to), 'partition')}); clients must ask the sentinels of ${to.sentinelGroup}; if that is not meant, declare sentinelGroup: '${from.sentinelGroup}'`;

const datacenters: Consequence = (from, to) => {
  const left = from.datacenters.filter((name) => !to.datacenters.includes(name));
  const entered = to.datacenters.filter((name) => !from.datacenters.includes(name));
  const parts = [
    left.length > 0 && `leaves ${left.join(', ')}: the partitions there move`,
    entered.length > 0 && `may use ${entered.join(', ')}: partitions move there as the spread asks`,
  ].filter(Boolean);
  return parts.length > 0 ? `placement ${parts.join('; ')}` : undefined;
};

const importance: Consequence = (from, to) =>
  from.importance === to.importance
    ? undefined
    : `importance ${from.importance} -> ${to.importance}: order of recovery only, nothing moves`;

const backingGroup: Consequence = (from, to) =>
  from.backingGroup === to.backingGroup
    ? undefined
    : `backingGroup ${from.backingGroup ?? '(none)'} -> ${to.backingGroup ?? '(none)'}: shared replacement budget only, nothing moves`;

/** What hurts first. */
const CONSEQUENCES: readonly Consequence[] = [
  hash,
  size,
  tier,
  partitionSize,
  minReplicas,
  sentinelGroup,
  datacenters,
  standbys,
  importance,
  backingGroup,
];

export const changeConsequences = (from: CacheCluster, to: CacheCluster): readonly string[] =>
  CONSEQUENCES.flatMap((consequence) => consequence(from, to) ?? []);

const podsOf = (cluster: CacheCluster): string =>
  [
    some(cluster.clusterSize, 'partition'),
    ...(cluster.partitionSize > 1 ? [some((cluster.partitionSize - 1) * cluster.clusterSize, 'replica')] : []),
    ...(cluster.standbys > 0 ? [some(cluster.standbys * cluster.datacenters.length, 'standby pod')] : []),
  ].join(', ');

export const addedConsequence = (cluster: CacheCluster): string =>
  `${podsOf(cluster)} of ${cluster.tier}, named by ${cluster.sentinelGroup}; empty at first`;
export const removedConsequence = (cluster: CacheCluster): string =>
  `every key is lost: ${podsOf(cluster)} of ${cluster.tier} flushed and idle again`;
