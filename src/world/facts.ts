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
  /** the pod at `leading` */
  readonly at: RedisPod | undefined;
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
  /** the highest that they give */
  readonly epoch: number;
}

export interface Facts {
  /** those of one CacheCluster in a row, by index */
  readonly partitions: readonly PartitionFact[];
  /** name of a declared partition -> its place in `partitions` */
  readonly order: ReadonlyMap<string, number>;
  readonly podAt: ReadonlyMap<string, RedisPod>;
  /** `ip:port` -> names under which any sentinel lists it as master or replica */
  readonly listed: ReadonlyMap<string, ReadonlySet<string>>;
  /** group name -> its sentinels that answered */
  readonly upSentinels: ReadonlyMap<string, readonly UpSentinel[]>;
  readonly strays: readonly StrayName[];
  /** pods that are kept as standby, open or not, by the name of their CacheCluster */
  readonly standbys: ReadonlyMap<string, readonly RedisPod[]>;
  /** addresses of standbys that sentinels have moved a partition to; others may be among them, but none of these is missing */
  readonly sheltering: ReadonlySet<string>;
  /** pods whose claim names no declared partition, standbys among them, in the order of the World */
  readonly unplaced: readonly RedisPod[];
}

export const partitionOf = (facts: Facts, name: string): PartitionFact | undefined =>
  facts.partitions[facts.order.get(name) ?? -1];

/** All partitions of a CacheCluster, by index. */
export function partitionsOf(facts: Facts, { clusterName, clusterSize }: CacheCluster): readonly PartitionFact[] {
  const first = facts.order.get(partitionName(clusterName, 0));
  return first === undefined ? [] : facts.partitions.slice(first, first + clusterSize);
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

/** Open as its own claim says. The same as isOpen for the user of the claim, without making that name: it is asked of every pod in every pass. */
export function isOpenAsClaimed(auth: Farm['auth'], pod: RedisPod): boolean {
  const instance = upInstance(pod);
  const claim = instance?.claim;
  const user = instance?.openFor[0];
  if (!instance || !claim || claim.kind === 'locked' || user === undefined) return false;
  if (instance.openFor.length !== 1 || instance.sentinelAccess !== claim.kind) return false;
  if (auth === 'none') return user === 'default';
  if (claim.kind === 'standby') return user === claim.clusterName;
  return claim.partition.lastIndexOf('::') === user.length && claim.partition.startsWith(user);
}

export const applicationUserOf = (auth: Farm['auth'], clusterName: string): string =>
  auth === 'none' ? 'default' : clusterName;

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
      });
  }
  return drafts;
}

/** Pods by address and by what their markers name; the drafts are told who holds them and who takes them over. */
function placePods(
  world: World,
  drafts: readonly Draft[],
  order: Facts['order'],
): Pick<Facts, 'podAt' | 'standbys' | 'unplaced'> {
  const podAt = new Map<string, RedisPod>();
  const standbys = new Map<string, RedisPod[]>();
  const unplaced: RedisPod[] = [];
  for (const pod of world.pods) {
    podAt.set(pod.address, pod);
    const claim = claimOf(pod);
    if (!claim || claim.kind === 'locked') continue;
    if (claim.kind === 'standby') {
      const known = standbys.get(claim.clusterName);
      if (known) known.push(pod);
      else standbys.set(claim.clusterName, [pod]);
    }
    const draft = claim.kind === 'standby' ? undefined : drafts[order.get(claim.partition) ?? -1];
    if (!draft) unplaced.push(pod);
    else if (claim.kind === 'incoming') draft.incoming = [...draft.incoming, pod];
    else draft.claimedBy = [...draft.claimedBy, pod];
  }
  return { podAt, standbys, unplaced };
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

/** Walks once over every name of every sentinel: by far the most of a World. */
class Sightings {
  /** by group, then by partition */
  readonly #strays = new Map<string, Map<string, StrayName & { sentinels: UpSentinel[]; epoch: number }>>();
  /** `#width` places for each draft: how the sentinels of its group that answer see it, in their order */
  readonly #views: (NameView | undefined)[];
  readonly #width: number;

  constructor(
    readonly upSentinels: Facts['upSentinels'],
    readonly drafts: readonly Draft[],
    readonly order: Facts['order'],
  ) {
    this.#width = Math.max(0, ...[...upSentinels.values()].map((sentinels) => sentinels.length));
    this.#views = new Array<NameView | undefined>(drafts.length * this.#width).fill(undefined);
    for (const [group, sentinels] of upSentinels)
      for (let place = 0; place < sentinels.length; place++) this.#read(sentinels[place] as UpSentinel, group, place);
  }

  #read(sentinel: UpSentinel, group: string, place: number): void {
    for (const view of sentinel.names) {
      const at = this.order.get(view.partition);
      if (at === undefined || this.drafts[at]?.group.name !== group) {
        this.#stray(sentinel, group, view);
        continue;
      }
      this.#views[at * this.#width + place] = view;
    }
  }

  #stray(sentinel: UpSentinel, group: string, { partition, epoch }: NameView): void {
    const here = this.#strays.get(group) ?? new Map();
    const stray = here.get(partition) ?? { group, partition, sentinels: [], epoch: 0 };
    stray.sentinels.push(sentinel);
    stray.epoch = Math.max(stray.epoch, epoch);
    this.#strays.set(group, here.set(partition, stray));
  }

  /** What sentinels know beyond what is declared for their group, in the order of the declared groups. */
  strays(): readonly StrayName[] {
    if (this.#strays.size === 0) return NOBODY;
    return [...this.upSentinels.keys()].flatMap((group) => [...(this.#strays.get(group)?.values() ?? NOBODY)]);
  }

  knownOf(position: number, sentinels: readonly UpSentinel[]): Known {
    const from = position * this.#width;
    let count = 0;
    for (let i = 0; i < sentinels.length; i++) if (this.#views[from + i]) count++;
    if (count === 0) return NOBODY;
    // All know it, as nearly always: an array of just that length, made in one go.
    if (count === sentinels.length)
      return sentinels.map((sentinel, i) => ({ sentinel, view: this.#views[from + i] as NameView }));
    return sentinels.flatMap((sentinel, i) => {
      const view = this.#views[from + i];
      return view ? [{ sentinel, view }] : [];
    });
  }
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

function hear(draft: Draft, known: Known, sentinels: readonly UpSentinel[]): void {
  draft.known = known;
  if (known.length < sentinels.length)
    draft.bare = sentinels.filter((sentinel) => !known.some((one) => one.sentinel === sentinel));
  for (const { view } of known) if (view.epoch > draft.epoch) draft.epoch = view.epoch;
  const first = rankAddresses(known);
  draft.leading = first?.address;
  draft.agreed = first && first.voices >= majorityOf(draft.group.size) ? first.address : undefined;
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
  const placed = placePods(world, partitions, order);
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
    if (!distinct || (draft.at && claimOf(draft.at)?.kind === 'standby')) sheltering.add(draft.leading);
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
