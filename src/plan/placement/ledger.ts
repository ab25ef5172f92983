import type { CacheCluster, Farm } from '../../farm/model.js';
import { claimOf, clusterUsing, type Facts, isIdle, type PartitionFact } from '../../world/facts.js';
import type { RedisPod, World } from '../../world/model.js';
import { podsOf } from './bounds.js';

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

/** What a machine carries: partitions and standbys by cache cluster, shock by backing group. */
export class MachineLoad {
  readonly partitions = new Tally();
  readonly standbys = new Tally();
  readonly shock = new Tally();
  total = 0;
}

/** An idle pod and its place in the World: the last tie-break. */
export interface IdlePod {
  readonly pod: RedisPod;
  readonly order: number;
}

export interface IdleMachine {
  readonly machine: string;
  readonly load: MachineLoad;
  readonly pods: readonly IdlePod[];
}

/** Idle pods of one tier in one datacenter, by machine. */
class Shelf {
  readonly machines = new Map<string, { machine: string; load: MachineLoad; pods: IdlePod[] }>();
  count = 0;

  put(idle: IdlePod, load: MachineLoad): void {
    const { machine } = idle.pod;
    const known = this.machines.get(machine);
    if (known) known.pods.push(idle);
    else this.machines.set(machine, { machine, load, pods: [idle] });
    this.count++;
  }

  remove({ machine, address }: RedisPod): void {
    const known = this.machines.get(machine);
    const at = known?.pods.findIndex(({ pod }) => pod.address === address) ?? -1;
    if (!known || at < 0) return;
    known.pods.splice(at, 1);
    if (known.pods.length === 0) this.machines.delete(machine);
    this.count--;
  }
}

const NO_LOAD = new MachineLoad();
const pair = (left: string, right: string): string => `${left}\u0000${right}`;

/** Where a partition is going to be: where it moves to, else where it serves, unless that pod is down or being emptied. */
function homesOf(facts: Facts, partition: PartitionFact): readonly RedisPod[] {
  const stays = (pod: RedisPod): boolean => pod.instance.state === 'up' && !pod.draining;
  const [arriving] = partition.incoming.filter(stays);
  return arriving ? [arriving] : podsOf(facts, partition).filter(stays);
}

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
      if (isIdle(facts, pod) && !promised.has(pod.address)) this.#put({ pod, order });
    });
    this.#countWorld(world, facts);
  }

  #countWorld(world: World, facts: Facts): void {
    const counted = new Set<string>();
    for (const partition of facts.partitions)
      for (const pod of homesOf(facts, partition)) {
        counted.add(pod.address);
        this.#count(pod, partition.cluster.clusterName, false);
      }
    for (const pod of world.pods) {
      if (pod.instance.state !== 'up' || counted.has(pod.address)) continue;
      const clusterName = clusterUsing(facts, pod);
      if (clusterName === undefined) continue;
      if (claimOf(pod)?.kind === 'standby') this.#count(pod, clusterName, true);
      else this.#loadOf(pod.machine).total++;
    }
  }

  #loadOf(machine: string): MachineLoad {
    const known = this.#machines.get(machine) ?? new MachineLoad();
    this.#machines.set(machine, known);
    return known;
  }

  #put(idle: IdlePod): void {
    const { tier, datacenter, machine } = idle.pod;
    const shelves = this.#shelves.get(tier) ?? new Map<string, Shelf>();
    const shelf = shelves.get(datacenter) ?? new Shelf();
    this.#shelves.set(tier, shelves.set(datacenter, shelf));
    shelf.put(idle, this.#loadOf(machine));
  }

  #count(pod: RedisPod, clusterName: string, standby: boolean): void {
    const load = this.#loadOf(pod.machine);
    load.total++;
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
  /** machines with idle pods of the tier, each at least one */
  idleMachines(tier: string, datacenter: string): Iterable<IdleMachine> {
    return this.#shelves.get(tier)?.get(datacenter)?.machines.values() ?? [];
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
}
