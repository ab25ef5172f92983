/** Questions the World answers, each derived once: who names whom, what is idle, where a partition is by majority. */

import { type Claim, claimedCluster } from '../farm/access.js';
import type { CacheCluster, Farm, SentinelGroup } from '../farm/model.js';
import { partitionName } from '../farm/words.js';
import type { InstanceView, NameView, RedisPod, SentinelView, World } from './model.js';

export type UpSentinel = Extract<SentinelView, { state: 'up' }>;
export type UpInstance = Extract<InstanceView, { state: 'up' }>;

/** One declared partition as all sentinels of its group see it. */
export interface PartitionFact {
  readonly name: string;
  readonly index: number;
  readonly cluster: CacheCluster;
  readonly group: SentinelGroup;
  /** sentinels that answered and know it / do not know it */
  readonly known: readonly { readonly sentinel: UpSentinel; readonly view: NameView }[];
  readonly bare: readonly UpSentinel[];
  /** the address that a majority of the group's declared size gives */
  readonly agreed: string | undefined;
  /** the address with most voices, majority or not; higher epoch wins a tie */
  readonly leading: string | undefined;
  readonly epoch: number;
  /** pods whose own marker says that they are of this partition */
  readonly claimedBy: readonly RedisPod[];
  /** pods that are taking it over */
  readonly incoming: readonly RedisPod[];
}

/** A name that sentinels of a group know and that is not declared there. */
export interface StrayName {
  readonly group: string;
  readonly partition: string;
  readonly sentinels: readonly UpSentinel[];
}

export interface Facts {
  readonly partitions: readonly PartitionFact[];
  readonly podAt: ReadonlyMap<string, RedisPod>;
  /** `ip:port` -> names under which any sentinel lists it as master or replica */
  readonly listed: ReadonlyMap<string, ReadonlySet<string>>;
  /** group name -> its sentinels that answered */
  readonly upSentinels: ReadonlyMap<string, readonly UpSentinel[]>;
  readonly strays: readonly StrayName[];
  /** pods that are kept as standby, open or not, by the name of their CacheCluster */
  readonly standbys: ReadonlyMap<string, readonly RedisPod[]>;
}

export const majorityOf = (size: number): number => Math.floor(size / 2) + 1;

export const claimOf = (pod: RedisPod): Claim | undefined =>
  pod.instance.state === 'up' ? pod.instance.claim : undefined;

export const upInstance = (pod: RedisPod): UpInstance | undefined =>
  pod.instance.state === 'up' ? pod.instance : undefined;

/** Open: the claim, the sentinel rules and the application user agree. */
export function isOpen(pod: RedisPod, applicationUser: string): boolean {
  const instance = upInstance(pod);
  return (
    instance?.claim !== undefined &&
    instance.claim.kind !== 'locked' &&
    instance.sentinelAccess === instance.claim.kind &&
    instance.openFor.length === 1 &&
    instance.openFor[0] === applicationUser
  );
}

export const applicationUserOf = (auth: Farm['auth'], clusterName: string): string =>
  auth === 'none' ? 'default' : clusterName;

function listAddresses(world: World): ReadonlyMap<string, ReadonlySet<string>> {
  const listed = new Map<string, Set<string>>();
  const add = (address: string, partition: string): void => {
    const names = listed.get(address) ?? new Set<string>();
    listed.set(address, names.add(partition));
  };
  for (const sentinel of world.groups.flatMap((group) => group.sentinels)) {
    if (sentinel.state !== 'up') continue;
    for (const view of sentinel.names) {
      add(view.address, view.partition);
      for (const replica of view.replicas) add(replica.address, view.partition);
    }
  }
  return listed;
}

/** Addresses by voices, then by epoch, most first. */
function rankAddresses(known: PartitionFact['known']): readonly { address: string; voices: number; epoch: number }[] {
  const byAddress = new Map<string, { address: string; voices: number; epoch: number }>();
  for (const { view } of known) {
    const seen = byAddress.get(view.address);
    byAddress.set(view.address, {
      address: view.address,
      voices: (seen?.voices ?? 0) + 1,
      epoch: Math.max(seen?.epoch ?? 0, view.epoch),
    });
  }
  return [...byAddress.values()].sort(
    (x, y) => y.voices - x.voices || y.epoch - x.epoch || (x.address < y.address ? -1 : 1),
  );
}

type Claims = ReadonlyMap<string, readonly RedisPod[]>;

/** Pods by what their markers name: those that hold a partition, those that take it over, standbys of a cache cluster. */
function claimsByPartition(world: World): {
  readonly holding: Claims;
  readonly incoming: Claims;
  readonly standbys: Claims;
} {
  const holding = new Map<string, RedisPod[]>();
  const incoming = new Map<string, RedisPod[]>();
  const standbys = new Map<string, RedisPod[]>();
  for (const pod of world.pods) {
    const claim = claimOf(pod);
    if (!claim || claim.kind === 'locked') continue;
    const claims = claim.kind === 'standby' ? standbys : claim.kind === 'incoming' ? incoming : holding;
    const key = claim.kind === 'standby' ? claim.clusterName : claim.partition;
    const known = claims.get(key);
    if (known) known.push(pod);
    else claims.set(key, [pod]);
  }
  return { holding, incoming, standbys };
}

/** What sentinels know beyond what is declared for their group. */
function strayNames(upSentinels: Facts['upSentinels'], partitions: readonly PartitionFact[]): readonly StrayName[] {
  const declared = new Set(partitions.map(({ group, name }) => `${group.name} ${name}`));
  const strays = new Map<string, { group: string; partition: string; sentinels: UpSentinel[] }>();
  for (const [group, sentinels] of upSentinels)
    for (const sentinel of sentinels)
      for (const { partition } of sentinel.names) {
        const key = `${group} ${partition}`;
        if (declared.has(key)) continue;
        const stray = strays.get(key) ?? { group, partition, sentinels: [] };
        stray.sentinels.push(sentinel);
        strays.set(key, stray);
      }
  return [...strays.values()];
}

export function deriveFacts(farm: Farm, world: World): Facts {
  const upSentinels = new Map(
    farm.sentinelGroups.map((group) => [
      group.name,
      (world.groups.find((g) => g.name === group.name)?.sentinels ?? []).filter(
        (s): s is UpSentinel => s.state === 'up',
      ),
    ]),
  );
  const viewsOf = new Map<UpSentinel, ReadonlyMap<string, NameView>>();
  for (const sentinels of upSentinels.values())
    for (const sentinel of sentinels)
      viewsOf.set(sentinel, new Map(sentinel.names.map((view) => [view.partition, view])));
  const claims = claimsByPartition(world);

  const partitions = farm.cacheClusters.flatMap((cluster) => {
    const group = farm.sentinelGroups.find((g) => g.name === cluster.sentinelGroup);
    if (!group) return [];
    const sentinels = upSentinels.get(group.name) ?? [];
    return Array.from({ length: cluster.clusterSize }, (_, index): PartitionFact => {
      const name = partitionName(cluster.clusterName, index);
      const known = sentinels.flatMap((sentinel) => {
        const view = viewsOf.get(sentinel)?.get(name);
        return view ? [{ sentinel, view }] : [];
      });
      const [first] = rankAddresses(known);
      return {
        name,
        index,
        cluster,
        group,
        known,
        bare: sentinels.filter((sentinel) => !viewsOf.get(sentinel)?.has(name)),
        agreed: first && first.voices >= majorityOf(group.size) ? first.address : undefined,
        leading: first?.address,
        epoch: known.reduce((most, { view }) => Math.max(most, view.epoch), 0),
        claimedBy: claims.holding.get(name) ?? [],
        incoming: claims.incoming.get(name) ?? [],
      };
    });
  });
  return {
    partitions,
    podAt: new Map(world.pods.map((pod) => [pod.address, pod])),
    listed: listAddresses(world),
    upSentinels,
    strays: strayNames(upSentinels, partitions),
    standbys: claims.standbys,
  };
}

/**
 * Idle: up, locked, a master, not being emptied, and in no sentinel's list of masters or replicas. Sentinels that do not answer may hold a stale list, but the
 * rules of a bound pod let no sentinel convert or promote it (access.ts), so a lost datacenter does not freeze the pool.
 */
export function isIdle(facts: Facts, pod: RedisPod): boolean {
  const instance = upInstance(pod);
  return (
    instance?.claim?.kind === 'locked' &&
    instance.role === 'master' &&
    instance.openFor.length === 0 &&
    !pod.draining &&
    !facts.listed.has(pod.address)
  );
}

/** Cache cluster that a pod is used by: by its own marker, else by what the sentinels list. */
export function clusterUsing(facts: Facts, pod: RedisPod): string | undefined {
  const claim = claimOf(pod);
  const claimed = claim && claimedCluster(claim);
  if (claimed !== undefined) return claimed;
  const [name] = facts.listed.get(pod.address) ?? [];
  return name?.slice(0, name.lastIndexOf('::'));
}
