import type { CacheCluster, Farm } from '../../farm/model.js';
import { claimOf, clusterUsing, type Facts, isIdle } from '../../world/facts.js';
import type { RedisPod, World } from '../../world/model.js';

/** Counts by key that default to 0. */
class Tally {
  readonly #counts = new Map<string, number>();
  of(key: string): number {
    return this.#counts.get(key) ?? 0;
  }
  add(key: string, by: number): void {
    this.#counts.set(key, this.of(key) + by);
  }
}

const pair = (left: string, right: string): string => `${left}\u0000${right}`;

/**
 * The working copy of one planning pass: who uses what where, and which pods are still idle. Every assignment updates it, so the
 * next pick sees it. Partitions of a cache cluster count in its spread; its standbys count only in the total of their machine.
 */
export class Ledger {
  readonly #inDatacenter = new Tally();
  readonly #onMachine = new Tally();
  readonly #shock = new Tally();
  readonly #standbysOnMachine = new Tally();
  readonly #total = new Tally();
  readonly #idle: Map<string, RedisPod>;
  readonly #clusters: ReadonlyMap<string, CacheCluster>;

  constructor(farm: Farm, world: World, facts: Facts, promised: ReadonlySet<string> = new Set()) {
    this.#clusters = new Map(farm.cacheClusters.map((cluster) => [cluster.clusterName, cluster]));
    this.#idle = new Map(
      world.pods.filter((pod) => isIdle(facts, pod) && !promised.has(pod.address)).map((pod) => [pod.address, pod]),
    );
    for (const pod of world.pods) {
      const clusterName = clusterUsing(facts, pod);
      if (clusterName !== undefined) this.#count(pod, clusterName, claimOf(pod)?.kind === 'standby');
    }
  }

  #count(pod: RedisPod, clusterName: string, standby: boolean): void {
    this.#total.add(pod.machine, 1);
    if (standby) {
      this.#standbysOnMachine.add(pair(clusterName, pod.machine), 1);
      return;
    }
    this.#inDatacenter.add(pair(clusterName, pod.datacenter), 1);
    this.#onMachine.add(pair(clusterName, pod.machine), 1);
    const cluster = this.#clusters.get(clusterName);
    if (cluster?.backingGroup !== undefined)
      this.#shock.add(pair(cluster.backingGroup, pod.machine), 1 / cluster.clusterSize);
  }

  /** Takes an idle pod for a partition or, as standby, for a cache cluster. */
  take(pod: RedisPod, clusterName: string, as: 'partition' | 'standby'): void {
    this.#idle.delete(pod.address);
    this.#count(pod, clusterName, as === 'standby');
  }

  idleOf(tier: string): readonly RedisPod[] {
    return [...this.#idle.values()].filter((pod) => pod.tier === tier);
  }
  idleIn(tier: string, datacenter: string): number {
    return this.idleOf(tier).filter((pod) => pod.datacenter === datacenter).length;
  }
  inDatacenter(clusterName: string, datacenter: string): number {
    return this.#inDatacenter.of(pair(clusterName, datacenter));
  }
  onMachine(clusterName: string, machine: string): number {
    return this.#onMachine.of(pair(clusterName, machine));
  }
  standbysOnMachine(clusterName: string, machine: string): number {
    return this.#standbysOnMachine.of(pair(clusterName, machine));
  }
  /** share of the hits of a backing group that would fall on it if the machine died, summed over its cache clusters */
  shockOf(backingGroup: string | undefined, machine: string): number {
    return backingGroup === undefined ? 0 : this.#shock.of(pair(backingGroup, machine));
  }
  total(machine: string): number {
    return this.#total.of(machine);
  }
}
