// A farm in memory for bench:placement: pods, what is bound where, and the one sentinel that names it.
import { deriveFacts } from '../lib/src/world/facts.js';

const PODS_A_MACHINE = 6;
const TIER = 'M1';
const DATACENTERS = ['a', 'b', 'c'];
/** 30 cache clusters, 651 partitions: 60 % of 1,080 pods. */
const SIZES = [
  60, 60, 48, 48, 36, 36, 30, 30, 27, 24, 24, 21, 20, 18, 18, 16, 15, 15, 13, 12, 12, 10, 10, 9, 9, 8, 7, 6, 5, 4,
];

/** mulberry32: numbers from 0 to 1, the same for the same seed on every machine. */
export function seededRandom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const cacheCluster = (clusterSize, i) => ({
  clusterName: `Cluster.${i}`,
  clusterSize,
  partitionSize: 1,
  tier: TIER,
  standbys: 0,
  hash: 'jump',
  importance: 3,
  sentinelGroup: 'main-0',
  datacenters: DATACENTERS,
});

const OPTIONS = { quorum: 1, downAfterMs: 1_000, failoverTimeoutMs: 5_000 };

export class PlacementScene {
  /** partition name -> address of its pod */
  homes = new Map();
  down = new Set();

  /** @param machines how many each datacenter has */
  constructor(machines, random) {
    this.cacheClusters = SIZES.map(cacheCluster);
    const group = { name: 'main-0', pool: 'main', port: 26379, size: 1, quorum: 1, members: [] };
    this.farm = {
      name: 'bench',
      auth: 'password',
      datacenters: [],
      tiers: [],
      sentinelGroups: [group],
      cacheClusters: this.cacheClusters,
    };
    this.pods = machines.flatMap((count, d) =>
      Array.from({ length: count * PODS_A_MACHINE }, (_, i) => {
        const [at, slot] = [Math.floor(i / PODS_A_MACHINE), i % PODS_A_MACHINE];
        const port = 6378 + slot;
        const name = `redis-m1-${port}-${at}`;
        const place = { datacenter: DATACENTERS[d], machine: `${DATACENTERS[d]}-${at}`, tier: TIER, port };
        return {
          name,
          uid: `${d}-${i}`,
          ...place,
          address: `10.${d}.0.${at}:${port}`,
          revision: '1',
          phase: 'Running',
          draining: false,
        };
      }),
    );
    this.machines = [...new Set(this.pods.map((pod) => pod.machine))];
    this.random = random;
    this.partitions = this.cacheClusters.flatMap((cluster) =>
      Array.from({ length: cluster.clusterSize }, (_, i) => ({ name: `${cluster.clusterName}::${i}`, cluster })),
    );
    this.partitionOf = new Map(this.partitions.map((partition) => [partition.name, partition]));
  }

  bind(partition, pod) {
    this.homes.set(partition, pod.address);
  }

  /** Drawn from the machines that are up: the same for every picker. */
  nextFailure() {
    const up = this.machines.filter((name) => !this.down.has(name));
    return up[Math.floor(this.random() * up.length)];
  }

  kill(machine) {
    this.down.add(machine);
    const dead = new Set(this.pods.filter((pod) => pod.machine === machine).map((pod) => pod.address));
    const partitions = this.partitions.filter(({ name }) => dead.has(this.homes.get(name)));
    return { machine, partitions };
  }

  repair(machine) {
    this.down.delete(machine);
  }

  /** What Barn would see: dead pods are still named by the sentinel until their partition is re-pointed. */
  look() {
    const holders = new Map([...this.homes].map(([partition, address]) => [address, partition]));
    const instance = (pod) => {
      if (this.down.has(pod.machine)) return { state: 'unreachable', why: 'down', refused: false };
      const partition = holders.get(pod.address);
      const claim = partition ? { kind: 'bound', partition, epoch: 1 } : { kind: 'locked' };
      const openFor = partition ? [this.partitionOf.get(partition).cluster.clusterName] : [];
      return { state: 'up', role: 'master', keys: 0, claim, sentinelAccess: claim.kind, openFor };
    };
    const names = [...this.homes].map(([partition, address]) => ({
      partition,
      address,
      epoch: 1,
      flags: ['master'],
      ...OPTIONS,
      replicas: [],
    }));
    const sentinel = {
      pod: 'sentinel-main-0-0',
      group: 'main-0',
      datacenter: 'a',
      machine: 'a-0',
      address: '10.9.0.0:26379',
      state: 'up',
      id: 'x',
      tilt: false,
      names,
    };
    const world = {
      observedAt: 0,
      datacenters: [],
      pods: this.pods.map((pod) => ({ ...pod, instance: instance(pod) })),
      groups: [{ name: 'main-0', sentinels: [sentinel] }],
      cacheClusters: this.cacheClusters,
    };
    return { farm: this.farm, world, facts: deriveFacts(this.farm, world) };
  }
}
