import type { CacheCluster, Farm } from '../../farm/model.js';
import { claimOf, clusterUsing, type Facts, isIdle } from '../../world/facts.js';
import type { RedisPod, World } from '../../world/model.js';
import { homesOf } from './bounds.js';
import { MachineLoad, Shelf, Tally } from './idle-shelf.js';
import { isRecentFailure } from './recent-failure.js';

const NO_LOAD = new MachineLoad();
const pair = (left: string, right: string): string => `${left}\u0000${right}`;

/**
 * The working copy of one planning pass: who uses what where, and which pods are still idle. Every assignment updates it, so the
 * next pick sees it. A partition counts once in the spread of its cache cluster, where it is going to be: counting the pod that it has
 * lost or is leaving would send its own replacement to another datacenter. Standbys, and pods that are still held but about to be
 * released, count only in the total of their machine; a pod that is down counts nowhere.
 */
export class Ledger {
  readonly #inDatacenter = new Tally();
  readonly #machines = new Map<string, MachineLoad>();
  /** by tier, then by datacenter: idle pods are looked up for every pick, so they are never scanned as a whole */
  readonly #shelves = new Map<string, Map<string, Shelf>>();
  readonly #clusters: ReadonlyMap<string, CacheCluster>;

  constructor(farm: Farm, world: World, facts: Facts, promised: ReadonlySet<string> = new Set()) {
    this.#clusters = new Map(farm.cacheClusters.map((cluster) => [cluster.clusterName, cluster]));
    world.pods.forEach((pod, order) => {
      if (isRecentFailure(pod)) this.#loadOf(pod.machine).failures++;
      if (isIdle(facts, pod) && !promised.has(pod.address)) this.#put(pod, order);
    });
    this.#countWorld(world, facts);
  }

  #countWorld(world: World, facts: Facts): void {
    const counted = new Set<string>();
    // A settled one is where it is going to be, as nearly all are.
    for (const partition of facts.partitions)
      for (const pod of partition.settled && partition.at ? [partition.at] : homesOf(facts, partition)) {
        counted.add(pod.address);
        this.#count(pod, partition.cluster.clusterName, false);
      }
    for (const pod of world.pods) {
      if (pod.instance.state !== 'up' || counted.has(pod.address)) continue;
      const clusterName = clusterUsing(facts, pod);
      if (clusterName === undefined) continue;
      if (claimOf(pod)?.kind === 'standby') this.#count(pod, clusterName, true);
      else this.#loadOf(pod.machine).addToTotal();
    }
  }

  #loadOf(machine: string): MachineLoad {
    const known = this.#machines.get(machine);
    if (known) return known;
    const load = new MachineLoad();
    this.#machines.set(machine, load);
    return load;
  }

  #put(pod: RedisPod, order: number): void {
    const shelves = this.#shelves.get(pod.tier) ?? new Map<string, Shelf>();
    const shelf = shelves.get(pod.datacenter) ?? new Shelf();
    this.#shelves.set(pod.tier, shelves.set(pod.datacenter, shelf));
    shelf.put(pod, order, this.#loadOf(pod.machine));
  }

  #count(pod: RedisPod, clusterName: string, standby: boolean): void {
    const load = this.#loadOf(pod.machine);
    load.addToTotal();
    if (standby) {
      load.standbys.add(clusterName, 1);
      return;
    }
    this.#inDatacenter.add(pair(clusterName, pod.datacenter), 1);
    load.partitions.add(clusterName, 1);
    const cluster = this.#clusters.get(clusterName);
    if (cluster?.backingGroup !== undefined) load.shock.add(cluster.backingGroup, 1 / cluster.clusterSize);
  }

  /** Takes an idle pod for a partition or, as standby, for a cache cluster. */
  take(pod: RedisPod, clusterName: string, as: 'partition' | 'standby'): void {
    this.#shelves.get(pod.tier)?.get(pod.datacenter)?.remove(pod);
    this.#count(pod, clusterName, as === 'standby');
  }

  idleOf(tier: string): readonly RedisPod[] {
    const shelves = [...(this.#shelves.get(tier)?.values() ?? [])];
    const idle = shelves.flatMap((shelf) => [...shelf.machines.values()].flatMap(({ pods }) => pods));
    return idle.sort((x, y) => x.order - y.order).map(({ pod }) => pod);
  }
  idleIn(tier: string, datacenter: string): number {
    return this.#shelves.get(tier)?.get(datacenter)?.count ?? 0;
  }
  /** idle pods of the tier in the datacenter, by machine; undefined when there have never been any */
  shelfOf(tier: string, datacenter: string): Shelf | undefined {
    return this.#shelves.get(tier)?.get(datacenter);
  }
  inDatacenter(clusterName: string, datacenter: string): number {
    return this.#inDatacenter.of(pair(clusterName, datacenter));
  }
  onMachine(clusterName: string, machine: string): number {
    return (this.#machines.get(machine) ?? NO_LOAD).partitions.of(clusterName);
  }
  standbysOnMachine(clusterName: string, machine: string): number {
    return (this.#machines.get(machine) ?? NO_LOAD).standbys.of(clusterName);
  }
  /** share of the hits of a backing group that would fall on it if the machine died, summed over its cache clusters */
  shockOf(backingGroup: string | undefined, machine: string): number {
    return backingGroup === undefined ? 0 : (this.#machines.get(machine) ?? NO_LOAD).shock.of(backingGroup);
  }
  total(machine: string): number {
    return (this.#machines.get(machine) ?? NO_LOAD).total;
  }
  /** pods of the machine that are down or were started again of late */
  failuresOn(machine: string): number {
    return (this.#machines.get(machine) ?? NO_LOAD).failures;
  }
}
