/** What the Facts consist of, and what one pod says about itself. */
import type { Claim } from '../farm/access.js';
import type { CacheCluster, Farm, SentinelGroup } from '../farm/model.js';
import type { InstanceView, NameView, RedisPod, SentinelView } from './model.js';

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
  /** of `known`, what its first sentinel says */
  readonly first: NameView | undefined;
  /** the address that a majority of the group's declared size gives; none where that is outdated (outdated-majority.ts) */
  readonly agreed: string | undefined;
  /** the address with most voices, majority or not; higher epoch wins a tie */
  readonly leading: string | undefined;
  /** the pod at `leading`; where the World has several of that address, the only one that claims the partition */
  readonly at: RedisPod | undefined;
  readonly epoch: number;
  /** pods whose own marker says that they are of this partition */
  readonly claimedBy: readonly RedisPod[];
  /** pods that are taking it over */
  readonly incoming: readonly RedisPod[];
  /** the highest epoch that a sentinel or a claim gives it */
  readonly highestEpoch: number;
  /** every sentinel that answers knows it and all say the same: one address, `master` as only flag, one replica, the same options */
  readonly uniform: boolean;
  /** of a uniform one: the address that all list as its only replica */
  readonly standby: string | undefined;
  /** un-replicated, on a pod that answers, is bound to it, is where it may be and stays; nobody else claims it or takes it over */
  readonly settled: boolean;
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
  /** pods that hold something and are not open for just what their claim says, in the order of the World */
  readonly shut: readonly RedisPod[];
  /** pods that do not answer us, and whose machine does not either */
  readonly silent: readonly RedisPod[];
  /** pods whose claim names no declared partition, standbys among them, in the order of the World */
  readonly unplaced: readonly RedisPod[];
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

/** The same as isOpen for the application user of the claim, without making that name: it is asked about every pod in every pass. */
export function isOpenAsClaimed(auth: Farm['auth'], { sentinelAccess, openFor }: UpInstance, claim: Claim): boolean {
  const [user] = openFor;
  if (claim.kind === 'locked' || sentinelAccess !== claim.kind || user === undefined || openFor.length !== 1)
    return false;
  if (auth === 'none') return user === 'default';
  if (claim.kind === 'standby') return user === claim.clusterName;
  return claim.partition.lastIndexOf('::') === user.length && claim.partition.startsWith(user);
}

export const applicationUserOf = (auth: Farm['auth'], clusterName: string): string =>
  auth === 'none' ? 'default' : clusterName;
