import type { Farm } from '../../src/farm/model.js';
import { partitionName } from '../../src/farm/words.js';
import {
  claimOf,
  type Facts,
  majorityOf,
  type PartitionFact,
  type StrayName,
  type UpSentinel,
} from '../../src/world/facts.js';
import type { NameView, RedisPod, World } from '../../src/world/model.js';

type SlowPartition = Omit<PartitionFact, 'first' | 'at' | 'highestEpoch' | 'uniform' | 'standby' | 'settled'>;
type SlowStray = Omit<StrayName, 'epoch'>;
export interface SlowFacts extends Pick<Facts, 'podAt' | 'listed' | 'upSentinels' | 'standbys'> {
  readonly partitions: readonly SlowPartition[];
  readonly strays: readonly SlowStray[];
}

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
function strayNames(upSentinels: Facts['upSentinels'], partitions: readonly SlowPartition[]): readonly SlowStray[] {
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

/** The facts as they were first derived: map by map, plainly. What deriveFacts gives must be the same. */
export function slowFacts(farm: Farm, world: World): SlowFacts {
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
    return Array.from({ length: cluster.clusterSize }, (_, index): SlowPartition => {
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
