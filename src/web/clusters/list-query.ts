import type { ClusterView } from '../../api/schemas.js';
import { healthOf } from './cluster-health.js';

export const COLUMNS = [
  'clusterName',
  'condition',
  'serving',
  'clusterSize',
  'partitionSize',
  'tier',
  'memory',
  'keys',
  'opsPerSecond',
  'hitRatio',
  'spread',
  'standbys',
] as const;
export type Column = (typeof COLUMNS)[number];

/** What of the list is shown, and how: it lives in the URL, so that it can be sent to somebody. */
export interface ListQuery {
  readonly text: string;
  readonly tier: string;
  readonly trouble: boolean;
  readonly sort: Column;
  readonly descending: boolean;
}

const PLAIN: ListQuery = { text: '', tier: '', trouble: false, sort: 'clusterName', descending: false };

export function parseListQuery(said: Pick<URLSearchParams, 'get'>): ListQuery {
  const sort = COLUMNS.find((column) => column === said.get('sort')) ?? PLAIN.sort;
  return {
    text: said.get('q') ?? '',
    tier: said.get('tier') ?? '',
    trouble: said.get('state') === 'trouble',
    sort,
    descending: said.get('dir') === 'desc',
  };
}

/** Parts of the query, for setQuery; undefined takes one away. */
export const queryParts = (query: ListQuery): Readonly<Record<string, string | undefined>> => ({
  q: query.text === '' ? undefined : query.text,
  tier: query.tier === '' ? undefined : query.tier,
  state: query.trouble ? 'trouble' : undefined,
  sort: query.sort === PLAIN.sort ? undefined : query.sort,
  dir: query.descending ? 'desc' : undefined,
});

/** Partitions above the best that is possible: what a bad spread costs when a datacenter or a machine goes. */
export const excessOf = ({ spread }: ClusterView): number =>
  spread ? spread.datacenter.most - spread.datacenter.bound + spread.machine.most - spread.machine.bound : -1;

const TROUBLE = { error: 2, warning: 1, well: 0 } as const;

const KEYS: Readonly<Record<Column, (cluster: ClusterView) => string | number>> = {
  clusterName: (c) => c.clusterName.toLowerCase(),
  clusterSize: (c) => c.clusterSize,
  partitionSize: (c) => c.partitionSize,
  tier: (c) => c.tier,
  memory: (c) => (c.maxMemoryBytes > 0 ? c.usedMemoryBytes / c.maxMemoryBytes : 0),
  keys: (c) => c.keys,
  opsPerSecond: (c) => c.opsPerSecond,
  hitRatio: (c) => c.hitRatio ?? -1,
  spread: excessOf,
  serving: (c) => c.serving / Math.max(1, c.clusterSize),
  standbys: (c) => c.standbysReady - c.standbysWanted,
  condition: (c) => TROUBLE[healthOf(c).level],
};

const compare = (x: string | number, y: string | number): number => (x < y ? -1 : x > y ? 1 : 0);

export function applyListQuery(clusters: readonly ClusterView[], query: ListQuery): readonly ClusterView[] {
  const text = query.text.trim().toLowerCase();
  const key = KEYS[query.sort];
  const sign = query.descending ? -1 : 1;
  return clusters
    .filter((c) => text === '' || c.clusterName.toLowerCase().includes(text))
    .filter((c) => query.tier === '' || c.tier === query.tier)
    .filter((c) => !query.trouble || healthOf(c).level !== 'well')
    .toSorted((x, y) => sign * compare(key(x), key(y)) || compare(KEYS.clusterName(x), KEYS.clusterName(y)));
}
