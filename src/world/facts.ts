/** Questions the World answers, each derived once: who names whom, what is idle, where a partition is by majority. */

import { claimedCluster } from '../farm/access.js';
import type { CacheCluster, Farm, SentinelGroup } from '../farm/model.js';
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
import { isOutdated } from './outdated-majority.js';
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

type Known = PartitionFact['known'];

const NOBODY: readonly never[] = [];

/**
 * A PartitionFact in the making. Nearly all partitions of a pass are uniform and nobody asks more of them than the first view: the list of who
 * says what is made when it is asked for.
 */
class Draft implements PartitionFact {
  first: NameView | undefined = undefined;
  /** sentinels that know it */
  voices = 0;
  bare: PartitionFact['bare'] = NOBODY;
  agreed: string | undefined = undefined;
  leading: string | undefined = undefined;
  at: RedisPod | undefined = undefined;
  epoch = 0;
  claimedBy: PartitionFact['claimedBy'] = NOBODY;
  incoming: PartitionFact['incoming'] = NOBODY;
  highestEpoch = 0;
  uniform = false;
  standby: string | undefined = undefined;
  settled = false;
  sightings: Sightings | undefined = undefined;
  heard: Known | undefined = undefined;

  constructor(
    readonly name: string,
    readonly index: number,
    readonly cluster: CacheCluster,
    readonly group: SentinelGroup,
    readonly position: number,
  ) {}

  get known(): Known {
    this.heard ??= this.sightings?.knownOf(this.position, this.group.name) ?? NOBODY;
    return this.heard;
  }
}

/** What follows from the declared farm alone. */
interface Outline {
  readonly order: ReadonlyMap<string, number>;
  /** name of a sentinel group -> places of its partitions */
  readonly byGroup: ReadonlyMap<string, readonly number[]>;
  readonly places: readonly Pick<PartitionFact, 'name' | 'index' | 'cluster' | 'group'>[];
}

/** Kept with the farm, which changes far less often than it is looked at: making names and finding them is a third of a pass. */
const outlines = new WeakMap<Farm, Outline>();

function outlineOf(farm: Farm): Outline {
  const kept = outlines.get(farm);
  if (kept) return kept;
  const groups = new Map(farm.sentinelGroups.map((group) => [group.name, group]));
  const byGroup = new Map<string, number[]>(farm.sentinelGroups.map(({ name }) => [name, []]));
  const order = new Map<string, number>();
  const places: Outline['places'][number][] = [];
  for (const cluster of farm.cacheClusters) {
    const group = groups.get(cluster.sentinelGroup);
    for (let index = 0; group && index < cluster.clusterSize; index++) {
      const name = partitionName(cluster.clusterName, index);
      order.set(name, places.length);
      byGroup.get(group.name)?.push(places.length);
      places.push({ name, index, cluster, group });
    }
  }
  const outline = { order, byGroup, places };
  outlines.set(farm, outline);
  return outline;
}

const draftPartitions = ({ places }: Outline): Draft[] =>
  places.map(({ name, index, cluster, group }, position) => new Draft(name, index, cluster, group, position));

const isWhereDeclared = ({ tier, datacenter }: RedisPod, cluster: CacheCluster): boolean =>
  tier === cluster.tier && cluster.datacenters.includes(datacenter);

interface Placed extends Pick<Facts, 'standbys' | 'shut' | 'silent' | 'unplaced'> {
  /** by place of the draft: the pod that was last seen to hold it is bound to it, is where it may be, and stays */
  readonly staying: readonly boolean[];
}

/** Pods by what their markers name; the drafts are told who holds them and who takes them over. Each pod is looked at once. */
function placePods(farm: Farm, world: World, drafts: readonly Draft[], order: Facts['order']): Placed {
  const standbys = new Map<string, RedisPod[]>();
  const shut: RedisPod[] = [];
  const silent: RedisPod[] = [];
  const unplaced: RedisPod[] = [];
  const staying = new Array<boolean>(drafts.length).fill(false);
  for (const pod of world.pods) {
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
    const place = order.get(claim.partition);
    const draft = drafts[place ?? -1];
    if (place === undefined || !draft) {
      unplaced.push(pod);
      continue;
    }
    if (claim.epoch > draft.highestEpoch) draft.highestEpoch = claim.epoch;
    if (claim.kind === 'incoming') draft.incoming = [...draft.incoming, pod];
    else {
      draft.claimedBy = draft.claimedBy.length === 0 ? [pod] : [...draft.claimedBy, pod];
      staying[place] = claim.kind === 'bound' && !pod.draining && isWhereDeclared(pod, draft.cluster);
    }
  }
  return { standbys, shut, silent, unplaced, staying };
}

function listAddresses(world: World, partitions: readonly Draft[]): ReadonlyMap<string, ReadonlySet<string>> {
  const listed = new Map<string, Set<string>>();
  const add = (address: string, partition: string): void => {
    const names = listed.get(address);
    if (names) names.add(partition);
    else listed.set(address, new Set<string>().add(partition));
  };
  const list = ({ address, partition, replicas }: NameView): void => {
    add(address, partition);
    for (const replica of replicas) add(replica.address, partition);
  };
  const answering = world.groups.flatMap(({ sentinels }) => sentinels).filter((sentinel) => sentinel.state === 'up');
  const names = answering.reduce((sum, sentinel) => sum + sentinel.names.length, 0);
  // Nearly always all names are declared where they are: then three sentinels that say the same are listed once.
  if (names === partitions.reduce((sum, { voices }) => sum + voices, 0))
    for (const partition of partitions) {
      if (partition.uniform && partition.first) list(partition.first);
      else for (const { view } of partition.known) list(view);
    }
  else for (const sentinel of answering) for (const view of sentinel.names) list(view);
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

function isUniform(views: readonly (NameView | undefined)[], from: number, to: number): boolean {
  const first = views[from];
  if (!first || first.replicas.length > 1) return false;
  for (let i = from; i < to; i++) {
    const view = views[i];
    if (view?.flags.length !== 1 || view.flags[0] !== 'master' || !saysTheSame(first, view)) return false;
  }
  return true;
}

function hear(auth: Farm['auth'], draft: Draft, sightings: Sightings, sentinels: readonly UpSentinel[]): void {
  draft.sightings = sightings;
  const { views, width } = sightings;
  const from = draft.position * width;
  const to = from + sentinels.length;
  for (let i = from; i < to; i++) {
    const view = views[i];
    if (!view) continue;
    draft.first ??= view;
    draft.voices++;
    if (view.epoch > draft.epoch) draft.epoch = view.epoch;
  }
  if (draft.epoch > draft.highestEpoch) draft.highestEpoch = draft.epoch;
  if (draft.voices < sentinels.length) draft.bare = sentinels.filter((_, i) => !views[from + i]);
  draft.uniform = isUniform(views, from, to);
  if (draft.uniform) {
    draft.standby = draft.first?.replicas[0]?.address;
    draft.leading = draft.first?.address;
  }
  const ranked = draft.uniform ? undefined : rankAddresses(draft.known);
  if (ranked) draft.leading = ranked.address;
  draft.agreed = (ranked?.voices ?? draft.voices) >= majorityOf(draft.group.size) ? draft.leading : undefined;
  // All voices for one address are against nobody.
  if (ranked && ranked.voices < draft.voices && draft.agreed !== undefined && isOutdated(auth, draft, draft.agreed))
    draft.agreed = undefined;
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
  const outline = outlineOf(farm);
  const { order, byGroup } = outline;
  const partitions = draftPartitions(outline);
  const { staying, ...placed } = placePods(farm, world, partitions, order);
  const sightings = new Sightings(upSentinels, partitions, order);
  // Asked only where something is to be placed or released, or is not where it says.
  let podAt: Map<string, RedisPod> | undefined;
  const podsByAddress = (): Map<string, RedisPod> => {
    podAt ??= new Map(world.pods.map((pod) => [pod.address, pod]));
    return podAt;
  };
  const sheltering = new Set<string>();
  const place = (draft: Draft, position: number): void => {
    if (draft.leading === undefined) return;
    const [claimant] = draft.claimedBy;
    // Comparing two texts is cheaper than finding one in a map of the whole farm.
    if (draft.claimedBy.length === 1 && claimant?.address === draft.leading) {
      draft.at = claimant;
      draft.settled =
        staying[position] === true &&
        draft.agreed !== undefined &&
        draft.incoming.length === 0 &&
        draft.cluster.partitionSize === 1;
      return;
    }
    const known = podsByAddress();
    draft.at = known.get(draft.leading);
    if (known.size < world.pods.length || (draft.at && claimOf(draft.at)?.kind === 'standby'))
      sheltering.add(draft.leading);
  };
  for (const [group, positions] of byGroup) {
    const sentinels = upSentinels.get(group) ?? NOBODY;
    sightings.read(group);
    for (const position of positions) {
      const draft = partitions[position] as Draft;
      hear(farm.auth, draft, sightings, sentinels);
      place(draft, position);
    }
  }
  let listed: Facts['listed'] | undefined;
  return {
    partitions,
    order,
    ...placed,
    get podAt() {
      return podsByAddress();
    },
    get listed() {
      listed ??= listAddresses(world, partitions);
      return listed;
    },
    upSentinels,
    strays: sightings.strays,
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
    !instance.loading &&
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
