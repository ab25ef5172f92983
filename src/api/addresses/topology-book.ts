/**
 * Where every partition is, by cache cluster, as of the last pass of this process's Barn: what clients are answered from, whoever leads and
 * whoever is away. What a pass could not see stays as it was, and is told as stale:
 *  - a partition whose sentinels do not answer keeps its address (where-served.ts)
 *  - a cache cluster that is missing is forgotten only once every KubeCluster could be read
 * Generations rise with each change of content. In one process they are in strict order, over a restart too as long as its clock does not go
 * back by more than it was away; two replicas see one change at different moments, so between replicas the tag tells whether two contents are
 * the same, and generations tell only roughly which is newer.
 */
import type { CacheCluster } from '../../farm/model.js';
import { partitionsOf } from '../../world/facts.js';
import type { Pass, Sight } from '../parts.js';
import type { Freshness } from '../schemas.js';
import { STALE_AFTER_MS } from '../views/freshness.js';
import { areAlike, describeTopology, isSameContent, type KnownTopology } from './known-topology.js';
import { unreadDatacenters, whereServed } from './where-served.js';

/** @param topology undefined: the cache cluster is gone */
export type TopologyListener = (clusterName: string, topology: KnownTopology | undefined) => void;

/** What of a topology is as the last pass saw it. */
type Seen = Omit<KnownTopology, 'tag' | 'generation' | 'head'>;

export class TopologyBook {
  readonly #known = new Map<string, KnownTopology>();
  readonly #listeners = new Set<TopologyListener>();
  #names: readonly string[] = [];
  /** of the last change; never goes back */
  #changedAt = 0;
  #hasSeen = false;
  /** of the last pass */
  #look: Pick<KnownTopology, 'observedAt' | 'unseen'> = { observedAt: 0, unseen: undefined };

  constructor(
    readonly sight: Pick<Sight, 'trouble'>,
    /** ms since the epoch */
    readonly now: () => number,
  ) {}

  /** false: most KubeClusters have never been read, and what is not known here may well be declared there. */
  get hasSeen(): boolean {
    return this.#hasSeen;
  }

  /** of the farm as a whole */
  get freshness(): Freshness {
    return this.freshnessOf(this.#look);
  }

  /** of all cache clusters, sorted */
  get names(): readonly string[] {
    return this.#names;
  }

  of(clusterName: string): KnownTopology | undefined {
    return this.#known.get(clusterName);
  }

  /** @returns ends it */
  onChange(listener: TopologyListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  passed(pass: Pass): void {
    const at = Math.max(Math.floor(this.now()), this.#changedAt + 1);
    const unread = unreadDatacenters(pass);
    const changed: string[] = [];
    for (const cluster of pass.farm.cacheClusters)
      if (this.#see(pass, cluster, unread, at)) changed.push(cluster.clusterName);
    const declared = new Set(pass.farm.cacheClusters.map(({ clusterName }) => clusterName));
    for (const [name, topology] of this.#known) {
      if (declared.has(name)) continue;
      if (unread !== undefined) this.#known.set(name, { ...topology, unseen: unread });
      else if (this.#known.delete(name)) changed.push(name);
    }
    const { datacenters, observedAt } = pass.world;
    this.#look = { observedAt, unseen: unread };
    this.#hasSeen ||= datacenters.filter(({ complete }) => complete).length * 2 > datacenters.length;
    if (changed.length === 0) return;
    this.#changedAt = at;
    this.#names = [...this.#known.keys()].sort();
    for (const name of changed) for (const listener of this.#listeners) listener(name, this.#known.get(name));
  }

  /** @returns whether its content is another one */
  #see(pass: Pass, cluster: CacheCluster, unread: string | undefined, at: number): boolean {
    const before = this.#known.get(cluster.clusterName);
    const seen = see(pass, cluster, unread, before);
    const kept = before !== undefined && isSameContent(before, seen);
    const { tag, generation, head } = kept ? before : describeTopology(seen, at);
    const places = before !== undefined && areAlike(before.places, seen.places) ? before.places : seen.places;
    this.#known.set(cluster.clusterName, { ...seen, places, tag, generation, head });
    return !kept;
  }

  freshnessOf({ observedAt, unseen }: Pick<KnownTopology, 'observedAt' | 'unseen'>): Freshness {
    const ageMs = Math.max(0, this.now() - observedAt);
    const late = ageMs > STALE_AFTER_MS ? `it was last seen ${Math.round(ageMs / 1_000)} s ago` : undefined;
    const why = this.sight.trouble() ?? unseen ?? late;
    return { observedAt, ageMs, stale: why !== undefined, ...(why === undefined ? {} : { why }) };
  }
}

function see(pass: Pass, cluster: CacheCluster, unread: string | undefined, before: KnownTopology | undefined): Seen {
  const { clusterName, hash, clusterSize, sentinelGroup } = cluster;
  const addresses: (string | null)[] = new Array(clusterSize).fill(null);
  const places: (string | undefined)[] = new Array(clusterSize).fill(undefined);
  let unseen: string | undefined;
  for (const partition of partitionsOf(pass.facts, cluster)) {
    const { index, agreed, leading } = partition;
    const served = whereServed(pass, partition, unread);
    if (served.kind === 'unseen') unseen ??= served.why;
    const kept = served.kind === 'unseen' ? before?.addresses[index] : undefined;
    const address = served.kind === 'nobody' ? null : (served.address ?? kept ?? null);
    addresses[index] = address;
    places[index] = address ?? before?.places[index] ?? agreed ?? leading;
  }
  const { observedAt } = pass.world;
  return {
    shape: { clusterName, hash, clusterSize, sentinelGroup },
    addresses,
    places,
    observedAt: unseen === undefined ? observedAt : (before?.observedAt ?? observedAt),
    unseen,
  };
}
