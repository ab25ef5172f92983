/** One cache cluster's addresses as they are told: the bytes are made once for each change, not for each answer. */
import type { CacheCluster } from '../../farm/model.js';
import { partitionName, splitAddress } from '../../farm/words.js';
import type { Freshness } from '../schemas.js';
import { digestOf, tagOf } from './entity-tag.js';

export type ClusterShape = Pick<CacheCluster, 'clusterName' | 'hash' | 'clusterSize' | 'sentinelGroup'>;

/** What the ETag is made of: the same content has the same one, whichever replica of Barn tells it, before and after a restart. */
export interface TopologyContent {
  readonly shape: ClusterShape;
  /** by index; null: nobody serves it */
  readonly addresses: readonly (string | null)[];
}

export interface KnownTopology extends TopologyContent {
  /** text of the entity tag, without quotes */
  readonly tag: string;
  readonly generation: number;
  /** the JSON up to its freshness, which is another one in each answer */
  readonly head: Buffer;
  /** when all of it was last seen, ms since the epoch */
  readonly observedAt: number;
  /** why some of it is as it was at `observedAt`; undefined: it was all seen by the last look */
  readonly unseen: string | undefined;
  /** by index: where it serves, or where it was last, or is to be; undefined: it has never been anywhere */
  readonly places: readonly (string | undefined)[];
}

/**
 * The generation is the time of the change in ms times this, plus bits of the tag: two replicas that start in the same ms do not give one
 * generation to different contents. 2^53 is reached in the year 2248.
 */
const PER_MS = 1_024;

const partitionView = (clusterName: string, index: number, address: string | null): object => {
  const at = address === null ? undefined : splitAddress(address);
  const name = partitionName(clusterName, index);
  return { index, name, address, ip: at?.host ?? null, port: at?.port ?? null };
};

/**
 * @param at time of the change, ms since the epoch: later than that of all changes before
 */
export function describeTopology(
  { shape, addresses }: TopologyContent,
  at: number,
): Pick<KnownTopology, 'tag' | 'generation' | 'head'> {
  const { clusterName, hash, clusterSize, sentinelGroup } = shape;
  const partitions = addresses.map((address, index) => partitionView(clusterName, index, address));
  const digest = digestOf(JSON.stringify([clusterName, hash, clusterSize, sentinelGroup, addresses]));
  const generation = at * PER_MS + (digest.readUInt16BE(0) % PER_MS);
  const text = JSON.stringify({ clusterName, hash, clusterSize, generation, partitions, sentinelGroup });
  return {
    tag: tagOf(digest),
    generation,
    head: Buffer.from(`${text.slice(0, -1)},"freshness":`),
  };
}

/** The whole body of an answer. */
export const topologyBody = ({ head }: KnownTopology, freshness: Freshness): Buffer =>
  Buffer.concat([head, Buffer.from(`${JSON.stringify(freshness)}}`)]);

export const areAlike = <T>(some: readonly T[], others: readonly T[]): boolean =>
  some.length === others.length && some.every((one, i) => one === others[i]);

export const isSameContent = (one: TopologyContent, other: TopologyContent): boolean =>
  one.shape.hash === other.shape.hash &&
  one.shape.clusterSize === other.shape.clusterSize &&
  one.shape.sentinelGroup === other.shape.sentinelGroup &&
  areAlike(one.addresses, other.addresses);
