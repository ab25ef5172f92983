/** StatefulSets of RedisPods, and what happens to their pods when they grow, shrink, come or go. */
import { integer, record, strings } from '../farm/loose.js';
import { LABEL } from '../farm/words.js';
import type { KubeObject } from './manifests.js';
import type { Paired } from './pair-objects.js';

export interface Pool {
  readonly datacenter: string;
  readonly name: string;
  readonly tier: string;
  /** 0 when its label is missing */
  readonly port: number;
  readonly replicas: number;
  readonly object: KubeObject;
}

export interface PoolChange {
  readonly change: 'added' | 'removed' | 'grown' | 'shrunk';
  readonly datacenter: string;
  readonly name: string;
  readonly tier: string;
  readonly port: number;
  /** pods before and after */
  readonly from: number;
  readonly to: number;
  readonly consequence: string;
}

/** undefined when the object is no pool */
export function poolOf(object: KubeObject): Pool | undefined {
  const spec = record(object.json.spec);
  const labels = {
    ...strings(record(record(spec.template).metadata).labels),
    ...strings(record(object.json.metadata).labels),
  };
  if (object.kind !== 'StatefulSet' || labels[LABEL.role] !== 'redis') return undefined;
  return {
    datacenter: labels[LABEL.datacenter] ?? object.folder,
    name: object.name,
    tier: labels[LABEL.tier] ?? '',
    port: Number(labels[LABEL.port] ?? 0) || 0,
    replicas: integer(spec.replicas) ?? 1,
    object,
  };
}

export const poolsOf = (objects: readonly KubeObject[]): readonly Pool[] =>
  objects.flatMap((object) => poolOf(object) ?? []);

const describe = ({ datacenter, name, tier, port }: Pool) => ({ datacenter, name, tier, port });
const pods = (count: number): string => `${count} pod${count === 1 ? '' : 's'}`;

function resized(from: Pool, to: Pool): PoolChange | undefined {
  if (from.replicas === to.replicas) return undefined;
  const grown = to.replicas > from.replicas;
  const [first, last] = [Math.min(from.replicas, to.replicas), Math.max(from.replicas, to.replicas) - 1];
  const names = first === last ? `${to.name}-${first}` : `${to.name}-${first} ... -${last}`;
  return {
    ...describe(to),
    change: grown ? 'grown' : 'shrunk',
    from: from.replicas,
    to: to.replicas,
    consequence: grown
      ? `${pods(to.replicas - from.replicas)} created (${names}), idle until needed`
      : `${pods(from.replicas - to.replicas)} deleted at once (${names}), whatever partitions they serve: drain them first`,
  };
}

/** Changes of pools, in order of datacenter and name. */
export function comparePools({ added, removed, kept }: Paired): readonly PoolChange[] {
  const changes = [
    ...poolsOf(added).map(
      (pool): PoolChange => ({
        ...describe(pool),
        change: 'added',
        from: 0,
        to: pool.replicas,
        consequence: `${pods(pool.replicas)} created`,
      }),
    ),
    ...poolsOf(removed).map(
      (pool): PoolChange => ({
        ...describe(pool),
        change: 'removed',
        from: pool.replicas,
        to: 0,
        consequence: `${pods(pool.replicas)} gone when it is deleted, with every partition they serve`,
      }),
    ),
    ...kept.flatMap(({ from, to }) => {
      const [was, is] = [poolOf(from), poolOf(to)];
      return was && is ? (resized(was, is) ?? []) : [];
    }),
  ];
  const key = (change: PoolChange): string => `${change.datacenter} ${change.name}`;
  return changes.sort((a, b) => (key(a) < key(b) ? -1 : 1));
}
