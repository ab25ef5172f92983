import type { CacheCluster, Farm } from '../../farm/model.js';
import { clusterUsing, type Facts, isIdle, type PartitionFact } from '../../world/facts.js';
import type { RedisPod, World } from '../../world/model.js';
import { Capacities, homesOf, isOffered, lowestMaximum } from './bounds.js';
import type { Gain } from './gain.js';
import { Tally } from './idle-shelf.js';

/** An un-replicated partition where it is now, in the working copy. */
export interface Seat {
  readonly partition: PartitionFact;
  pod: RedisPod;
}

interface Limits {
  readonly datacenter: number;
  readonly machine: number;
}

const pair = (left: string, right: string): string => `${left}\u0000${right}`;
const over = (count: number, bound: number): number => Math.max(0, count - bound);

/**
 * Least possible largest sum when items are laid on `sites`: the average, and of the largest k*sites+1 items some site holds k+1, which are
 * no less than the smallest k+1 of them.
 */
export function lowestLargestSum(items: readonly number[], sites: number): number {
  if (sites === 0 || items.length === 0) return 0;
  const descending = [...items].sort((x, y) => y - x);
  let bound = descending.reduce((sum, item) => sum + item, 0) / sites;
  for (let k = 0; k * sites < descending.length; k++) {
    const last = k * sites;
    const least = descending.slice(Math.max(0, last - k), last + 1).reduce((sum, item) => sum + item, 0);
    bound = Math.max(bound, least);
  }
  return bound;
}

/** Counts by two keys. */
class Table {
  readonly #rows = new Map<string, Tally>();
  of(row: string, column: string): number {
    return this.#rows.get(row)?.of(column) ?? 0;
  }
  add(row: string, column: string, by: number): void {
    const tally = this.#rows.get(row) ?? new Tally();
    this.#rows.set(row, tally);
    tally.add(column, by);
  }
}

/** The farm as it would be after some moves: what is over its bound where. Nothing is added or lost, only moved to idle pods. */
export class Layout {
  readonly seats: Seat[] = [];
  readonly #inDatacenter = new Table();
  readonly #onMachine = new Table();
  readonly #shock = new Table();
  readonly #total = new Tally();
  readonly #idle = new Map<string, Map<string, RedisPod>>();
  readonly #limits = new Map<string, Limits>();
  readonly #shockLimits = new Map<string, number>();
  readonly #totalLimit: number;

  constructor(
    readonly farm: Farm,
    readonly world: World,
    readonly facts: Facts,
    kept: ReadonlySet<string>,
  ) {
    const counted = new Set<string>();
    const placed = new Tally();
    for (const partition of facts.partitions)
      for (const pod of homesOf(facts, partition)) {
        counted.add(pod.address);
        placed.add(partition.cluster.clusterName, 1);
        this.#count(partition.cluster, pod, 1);
        if (partition.cluster.partitionSize === 1) this.seats.push({ partition, pod });
      }
    let inUse = counted.size;
    for (const pod of world.pods) {
      if (isIdle(facts, pod) && !kept.has(pod.address)) this.#put(pod);
      if (!isOffered(pod) || counted.has(pod.address) || clusterUsing(facts, pod) === undefined) continue;
      this.#total.add(pod.machine, 1);
      inUse++;
    }
    this.#totalLimit = this.#boundAll(placed, inUse);
  }

  /** Bounds of every cache cluster and backing group; @returns that of all pods in use on a machine */
  #boundAll(placed: Tally, inUse: number): number {
    const capacities = new Capacities(this.world);
    const machines = new Tally();
    const names = new Set<string>();
    for (const pod of this.world.pods.filter(isOffered)) {
      machines.add(pod.machine, 1);
      names.add(pod.machine);
    }
    const shares = new Map<string, number[]>();
    for (const cluster of this.farm.cacheClusters) {
      const count = placed.of(cluster.clusterName);
      const boundOf = (domain: 'datacenter' | 'machine'): number =>
        lowestMaximum([...capacities.of(cluster, domain).values()], count) ?? count;
      this.#limits.set(cluster.clusterName, { datacenter: boundOf('datacenter'), machine: boundOf('machine') });
      if (cluster.backingGroup === undefined) continue;
      const known = shares.get(cluster.backingGroup) ?? [];
      shares.set(cluster.backingGroup, known);
      for (let i = 0; i < count; i++) known.push(1 / cluster.clusterSize);
    }
    for (const [group, items] of shares) this.#shockLimits.set(group, lowestLargestSum(items, names.size));
    return (
      lowestMaximum(
        [...names].map((name) => machines.of(name)),
        inUse,
      ) ?? inUse
    );
  }

  #count(cluster: CacheCluster, pod: RedisPod, by: number): void {
    this.#inDatacenter.add(cluster.clusterName, pod.datacenter, by);
    this.#onMachine.add(cluster.clusterName, pod.machine, by);
    this.#total.add(pod.machine, by);
    if (cluster.backingGroup !== undefined)
      this.#shock.add(cluster.backingGroup, pod.machine, by / cluster.clusterSize);
  }

  #put(pod: RedisPod): void {
    const key = pair(pod.tier, pod.datacenter);
    const idle = this.#idle.get(key) ?? new Map<string, RedisPod>();
    this.#idle.set(key, idle.set(pod.address, pod));
  }

  idle(tier: string, datacenter: string): readonly RedisPod[] {
    return [...(this.#idle.get(pair(tier, datacenter))?.values() ?? [])];
  }

  idleCount(tier: string, datacenter: string): number {
    return this.#idle.get(pair(tier, datacenter))?.size ?? 0;
  }

  /** Moves the partition of the seat; the pod it leaves is idle from then on. */
  move(seat: Seat, to: RedisPod): void {
    const { cluster } = seat.partition;
    this.#idle.get(pair(to.tier, to.datacenter))?.delete(to.address);
    this.#count(cluster, seat.pod, -1);
    this.#put(seat.pod);
    this.#count(cluster, to, 1);
    seat.pod = to;
  }

  inDatacenter({ clusterName }: CacheCluster, datacenter: string): number {
    return this.#inDatacenter.of(clusterName, datacenter);
  }

  #limitsOf({ clusterName }: CacheCluster): Limits {
    return this.#limits.get(clusterName) ?? { datacenter: 0, machine: 0 };
  }

  /** What would be over its bound no longer when a partition of the cache cluster left the pod; `crossing`: to another datacenter */
  reliefOf(cluster: CacheCluster, pod: RedisPod, crossing: boolean): Gain {
    return this.#weigh(cluster, pod, crossing, 0);
  }

  /** What would be over its bound if a partition of the cache cluster came to the pod. */
  burdenOf(cluster: CacheCluster, pod: RedisPod, crossing: boolean): Gain {
    return this.#weigh(cluster, pod, crossing, 1);
  }

  #weigh(cluster: CacheCluster, { datacenter, machine }: RedisPod, crossing: boolean, more: 0 | 1): Gain {
    const { clusterName, backingGroup } = cluster;
    const limits = this.#limitsOf(cluster);
    return {
      datacenter: crossing ? over(this.inDatacenter(cluster, datacenter) + more, limits.datacenter) : 0,
      machine: over(this.#onMachine.of(clusterName, machine) + more, limits.machine),
      shock: backingGroup === undefined ? 0 : this.#shockOf(backingGroup, machine, 1 / cluster.clusterSize, more),
      total: over(this.#total.of(machine) + more, this.#totalLimit),
    };
  }

  #shockOf(group: string, machine: string, share: number, more: 0 | 1): number {
    const bound = this.#shockLimits.get(group) ?? 0;
    const before = this.#shock.of(group, machine) - (more === 1 ? 0 : share);
    return over(before + share, bound) ** 2 - over(before, bound) ** 2;
  }

  /** Sum and worst of what is over at datacenter and machine level. */
  excess(): { readonly datacenter: ExcessFigures; readonly machine: ExcessFigures } {
    const figures = (domain: 'datacenter' | 'machine', table: Table): ExcessFigures => {
      const domains = [...new Set(this.world.pods.map((pod) => pod[domain]))];
      const excess = this.farm.cacheClusters.map((cluster) => {
        const most = Math.max(0, ...domains.map((name) => table.of(cluster.clusterName, name)));
        return over(most, this.#limitsOf(cluster)[domain]);
      });
      return { worst: Math.max(0, ...excess), total: excess.reduce((sum, one) => sum + one, 0) };
    };
    return { datacenter: figures('datacenter', this.#inDatacenter), machine: figures('machine', this.#onMachine) };
  }
}

export interface ExcessFigures {
  /** of the cache cluster that is worst off, in partitions */
  readonly worst: number;
  /** of all cache clusters together */
  readonly total: number;
}
