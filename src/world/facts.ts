/** Questions the World answers, each derived once: who names whom, what is idle, where a partition is by majority. */

import { claimedCluster } from '../farm/access.js';
import type { CacheCluster, Farm } from '../farm/model.js';
import { partitionName } from '../farm/words.js';
import {
  claimOf,
  type Facts,
  isOpenAsClaimed,
  majorityOf,
  type PartitionFact,
  type UpSentinel,
  upInstance,
} from './facts-model.js';
import type { NameView, RedisPod, SentinelView, World } from './model.js';
import { Sightings } from './sightings.js';

export type { Facts, PartitionFact, StrayName, UpInstance, UpSentinel } from './facts-model.js';
export { applicationUserOf, claimOf, isOpen, majorityOf, upInstance } from './facts-model.js';

export const partitionOf = (facts: Facts, name: string): PartitionFact | undefined =>
  facts.partitions[facts.order.get(name) ?? -1];

/** All partitions of a CacheCluster, by index. */
export function partitionsOf(facts: Facts, { clusterName, clusterSize }: CacheCluster): readonly PartitionFact[] {
  const first = facts.order.get(partitionName(clusterName, 0));
  return first === undefined ? [] : facts.partitions.slice(first, first + clusterSize);
}

type Draft = { -readonly [Key in keyof PartitionFact]: PartitionFact[Key] };
type Known = PartitionFact['known'];

const NOBODY: readonly never[] = [];

function draftPartitions(farm: Farm): Draft[] {
  const groups = new Map(farm.sentinelGroups.map((group) => [group.name, group]));
  const drafts: Draft[] = [];
  for (const cluster of farm.cacheClusters) {
    const group = groups.get(cluster.sentinelGroup);
    for (let index = 0; group && index < cluster.clusterSize; index++)
      drafts.push({
        name: partitionName(cluster.clusterName, index),
        index,
        cluster,
        group,
        known: NOBODY,
        bare: NOBODY,
        agreed: undefined,
        leading: undefined,
        at: undefined,
        epoch: 0,
        claimedBy: NOBODY,
        incoming: NOBODY,
        highestEpoch: 0,
        uniform: false,
        settled: false,
      });
  }
  return drafts;
}

type Placed = Pick<Facts, 'podAt' | 'standbys' | 'shut' | 'silent' | 'unplaced'>;

/** Pods by address and by what their markers name; the drafts are told who holds them and who takes them over. Each pod is looked at once. */
function placePods(farm: Farm, world: World, drafts: readonly Draft[], order: Facts['order']): Placed {
  const podAt = new Map<string, RedisPod>();
  const standbys = new Map<string, RedisPod[]>();
  const shut: RedisPod[] = [];
  const silent: RedisPod[] = [];
  const unplaced: RedisPod[] = [];
  for (const pod of world.pods) {
    podAt.set(pod.address, pod);
    const { instance } = pod;
    if (instance.state === 'unreachable') {
      if (!instance.refused) silent.push(pod);
      continue;
    }
    const { claim } = instance;
    if (!claim || claim.kind === 'locked') continue;
    if (claim.kind !== 'incoming' && !isOpenAsClaimed(farm.auth, instance, claim)) shut.push(pod);
    if (claim.kind === 'standby') {
      const known = standbys.get(claim.clusterName);
      if (known) known.push(pod);
      else standbys.set(claim.clusterName, [pod]);
      unplaced.push(pod);
      continue;
    }
    const draft = drafts[order.get(claim.partition) ?? -1];
    if (!draft) {
      unplaced.push(pod);
      continue;
    }
    if (claim.epoch > draft.highestEpoch) draft.highestEpoch = claim.epoch;
    if (claim.kind === 'incoming') draft.incoming = [...draft.incoming, pod];
    else draft.claimedBy = draft.claimedBy.length === 0 ? [pod] : [...draft.claimedBy, pod];
  }
  return { podAt, standbys, shut, silent, unplaced };
}

function listAddresses(world: World): ReadonlyMap<string, ReadonlySet<string>> {
  const listed = new Map<string, Set<string>>();
  const add = (address: string, partition: string): void => {
    const names = listed.get(address);
    if (names) names.add(partition);
    else listed.set(address, new Set<string>().add(partition));
  };
  for (const { sentinels } of world.groups)
    for (const sentinel of sentinels) {
      if (sentinel.state !== 'up') continue;
      for (const view of sentinel.names) {
        add(view.address, view.partition);
        for (const replica of view.replicas) add(replica.address, view.partition);
      }
    }
  return listed;
}

/** The address with most voices; higher epoch, then the lower text wins a tie. */
function rankAddresses(known: Known): { readonly address: string; readonly voices: number } | undefined {
  const address = known[0]?.view.address;
  if (address === undefined) return undefined;
  if (known.every(({ view }) => view.address === address)) return { address, voices: known.length };
  const byAddress = new Map<string, { address: string; voices: number; epoch: number }>();
  for (const { view } of known) {
    const seen = byAddress.get(view.address);
    byAddress.set(view.address, {
      address: view.address,
      voices: (seen?.voices ?? 0) + 1,
      epoch: Math.max(seen?.epoch ?? 0, view.epoch),
    });
  }
  const [first] = [...byAddress.values()].sort(
    (x, y) => y.voices - x.voices || y.epoch - x.epoch || (x.address < y.address ? -1 : 1),
  );
  return first;
}

const saysTheSame = (one: NameView, other: NameView): boolean =>
  one === other ||
  (one.address === other.address &&
    one.replicas.length === other.replicas.length &&
    one.replicas[0]?.address === other.replicas[0]?.address &&
    one.quorum === other.quorum &&
    one.downAfterMs === other.downAfterMs &&
    one.failoverTimeoutMs === other.failoverTimeoutMs);

function isUniform(known: Known): boolean {
  const first = known[0]?.view;
  if (!first || first.replicas.length > 1) return false;
  for (const { view } of known)
    if (view.flags.length !== 1 || view.flags[0] !== 'master' || !saysTheSame(first, view)) return false;
  return true;
}

/** @see PartitionFact.settled */
function isSettled({ cluster, agreed, at, claimedBy, incoming }: Draft): boolean {
  if (cluster.partitionSize > 1 || agreed === undefined || !at || incoming.length > 0) return false;
  if (claimedBy.length !== 1 || claimedBy[0] !== at || at.draining || at.tier !== cluster.tier) return false;
  return claimOf(at)?.kind === 'bound' && cluster.datacenters.includes(at.datacenter);
}

function hear(draft: Draft, known: Known, sentinels: readonly UpSentinel[]): void {
  draft.known = known;
  if (known.length < sentinels.length)
    draft.bare = sentinels.filter((sentinel) => !known.some((one) => one.sentinel === sentinel));
  for (const { view } of known) if (view.epoch > draft.epoch) draft.epoch = view.epoch;
  draft.highestEpoch = Math.max(draft.highestEpoch, draft.epoch);
  draft.uniform = known.length === sentinels.length && isUniform(known);
  const first = draft.uniform ? undefined : rankAddresses(known);
  draft.leading = draft.uniform ? known[0]?.view.address : first?.address;
  const voices = first?.voices ?? known.length;
  draft.agreed = voices >= majorityOf(draft.group.size) ? draft.leading : undefined;
}

function sentinelsThatAnswer(farm: Farm, world: World): Facts['upSentinels'] {
  const views = new Map<string, readonly SentinelView[]>();
  for (const { name, sentinels } of world.groups) if (!views.has(name)) views.set(name, sentinels);
  return new Map(
    farm.sentinelGroups.map(({ name }) => [
      name,
      (views.get(name) ?? []).filter((sentinel): sentinel is UpSentinel => sentinel.state === 'up'),
    ]),
  );
}

export function deriveFacts(farm: Farm, world: World): Facts {
  const upSentinels = sentinelsThatAnswer(farm, world);
  const partitions = draftPartitions(farm);
  const order = new Map<string, number>();
  for (let i = 0; i < partitions.length; i++) order.set((partitions[i] as Draft).name, i);
  const placed = placePods(farm, world, partitions, order);
  const sightings = new Sightings(upSentinels, partitions, order);
  const distinct = placed.podAt.size === world.pods.length;
  const sheltering = new Set<string>();
  for (let i = 0; i < partitions.length; i++) {
    const draft = partitions[i] as Draft;
    const sentinels = upSentinels.get(draft.group.name) ?? NOBODY;
    hear(draft, sightings.knownOf(i, sentinels), sentinels);
    if (draft.leading === undefined) continue;
    const [claimant] = draft.claimedBy;
    // Comparing two texts is cheaper than finding one in a map of the whole farm.
    draft.at = distinct && claimant?.address === draft.leading ? claimant : placed.podAt.get(draft.leading);
    draft.settled = isSettled(draft);
    if (!distinct || (!draft.settled && draft.at && claimOf(draft.at)?.kind === 'standby'))
      sheltering.add(draft.leading);
  }
  // Asked only where something is to be placed or released.
  let listed: Facts['listed'] | undefined;
  return {
    partitions,
    order,
    ...placed,
    get listed() {
      listed ??= listAddresses(world);
      return listed;
    },
    upSentinels,
    strays: sightings.strays(),
    sheltering,
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
