/** The whole farm of one run: machines, KubeClusters, pods, sentinels and Barns, and what can be done to them. */
import type { BarnEvent } from '../../src/barn/barn-event.js';
import type { CacheCluster, Farm, FarmFrame, SentinelGroup } from '../../src/farm/model.js';
import { NAME, parsePartitionName } from '../../src/farm/words.js';
import { EPOCH_MS } from './epoch-ms.js';
import { Network } from './network.js';
import { Scheduler } from './scheduler.js';
import { CREDENTIALS, type RedisServer, startRedis, startSentinel } from './servers.js';
import type { SimBarn } from './sim-barn.js';
import { BarnPlace } from './sim-barn-place.js';
import { type MachineRecord, SimKube } from './sim-kube.js';
import { SimPod } from './sim-pod.js';
import { SimProcess } from './sim-process.js';
import type { RedisEvent } from './sim-redis.js';
import { SimSentinelPod } from './sim-sentinel-pod.js';

export interface Machine extends MachineRecord {
  readonly datacenter: string;
}

export interface FarmEars {
  told(barn: SimBarn, event: BarnEvent): void;
  /** somebody has written to a pod */
  changed(event: RedisEvent): void;
  /** a sentinel believes that what it lists as a replica is the master now: `slave <name> <ip> <port> @ <partition> ...` */
  promoted(about: string, by: string): void;
  /** a line for the story */
  happened(line: string): void;
}

/** ms until a KubeNode without power is called NotReady */
const NOT_READY_MS = 6_000;

export class SimFarm {
  readonly scheduler: Scheduler;
  readonly network: Network;
  readonly frame: FarmFrame;
  readonly kubes: readonly SimKube[];
  readonly machines: readonly Machine[];
  readonly redisPods: readonly SimPod<RedisServer>[];
  readonly sentinels: readonly SimSentinelPod[];
  readonly barnPlaces: readonly BarnPlace[];
  /** what is declared now, as far as the KubeClusters agree */
  readonly declared = new Map<string, CacheCluster>();
  /** ms: when something was last declared of it */
  readonly declaredAt = new Map<string, number>();
  /** cache cluster -> when it was last deleted */
  readonly deletedAt = new Map<string, number>();
  readonly #names = new Map<string, string>();
  #uids = 0;

  constructor(
    readonly farm: Farm,
    seed: number,
    readonly ears: FarmEars,
    /** how many Barns there are; 0: Sentinel and the fences are alone */
    barns = 2,
  ) {
    const { cacheClusters, ...frame } = farm;
    this.frame = frame;
    this.scheduler = new Scheduler(seed);
    this.network = new Network(this.scheduler);
    this.kubes = farm.datacenters.map(({ name }, d) => {
      const ip = this.#place(`10.${d + 1}.254.1`, name, `the API of ${name}`);
      return new SimKube(farm.name, name, new SimProcess(this.network, `api-${name}`, ip));
    });
    this.machines = farm.datacenters.flatMap(({ name, machines, witness }, d) =>
      Array.from({ length: witness ? 1 : machines.count }, (_, m) => this.#machine(name, d, m)),
    );
    this.sentinels = this.#makeSentinels();
    this.redisPods = this.#makePods();
    this.barnPlaces = [0, 1].slice(0, barns).map((d) => this.#makeBarn(d));
    for (const cluster of cacheClusters) this.declare(cluster);
    this.network.sending = (client, _, command) =>
      client.alive && !client.paused && (client.writing || (this.#barnOf(client)?.sending(command) ?? true));
    this.network.losing = (client, _, command) => this.#barnOf(client)?.losing(command) ?? false;
  }

  get datacenters(): readonly string[] {
    return this.farm.datacenters.map(({ name }) => name);
  }

  nameOf(ip: string): string {
    return this.#names.get(ip) ?? ip;
  }

  podAt(address: string): SimPod<RedisServer> | undefined {
    return this.redisPods.find((pod) => pod.address === address);
  }

  /** The sentinels of a partition, or of a cache cluster by its name. */
  groupOf(subject: string): SentinelGroup | undefined {
    const clusterName = parsePartitionName(subject)?.clusterName ?? subject;
    const cluster =
      this.declared.get(clusterName) ?? this.farm.cacheClusters.find((one) => one.clusterName === clusterName);
    return this.farm.sentinelGroups.find(({ name }) => name === cluster?.sentinelGroup);
  }

  applicationUser(clusterName: string): string {
    return this.farm.auth === 'none' ? 'default' : clusterName;
  }

  /** Pods that a majority of sentinels gives, in the order of the names. */
  servingPods(): readonly SimPod<RedisServer>[] {
    const agreed = [...this.agreedAddresses().values()];
    return this.redisPods.filter((pod) => agreed.includes(pod.address));
  }

  /** partition -> the address that a majority of its group gives */
  agreedAddresses(): ReadonlyMap<string, string> {
    const agreed = new Map<string, string>();
    for (const { name, size } of this.farm.sentinelGroups) {
      const votes = new Map<string, number>();
      for (const { record, server } of this.sentinels)
        if (record.group === name)
          for (const { name: partition, address } of server?.names() ?? []) {
            const vote = `${partition} ${address}`;
            const count = (votes.get(vote) ?? 0) + 1;
            votes.set(vote, count);
            if (count === Math.floor(size / 2) + 1) agreed.set(partition, address);
          }
    }
    return agreed;
  }

  #barnOf(client: SimProcess): BarnPlace | undefined {
    return client.name.startsWith('barn-') ? this.barnPlaces.find(({ process }) => process === client) : undefined;
  }

  #place(ip: string, zone: string, name: string): string {
    this.network.addMachine(ip, zone);
    this.#names.set(ip, name);
    return ip;
  }

  #machine(datacenter: string, d: number, m: number): Machine {
    const name = `${datacenter}-m${m + 1}`;
    const ip = this.#place(`10.${d + 1}.0.${m + 1}`, datacenter, `machine ${name}`);
    const machine: Machine = { name, datacenter, ip, ready: true, drain: undefined };
    this.kubes[d]?.machines.push(machine);
    return machine;
  }

  newUid(): string {
    return `uid-${++this.#uids}`;
  }

  #makeSentinels(): readonly SimSentinelPod[] {
    return this.farm.sentinelGroups.flatMap((group, g) =>
      group.members.flatMap(({ datacenter, replicas }) =>
        Array.from({ length: replicas }, (_, i) => {
          const kube = this.kubes.find((one) => one.datacenter === datacenter) as SimKube;
          const machines = this.machines.filter((one) => one.datacenter === datacenter);
          const machine = machines[(i + g) % machines.length] as Machine;
          const record = {
            name: `${NAME.sentinelSet(group.name)}-${i}`,
            uid: this.newUid(),
            role: 'sentinel' as const,
            port: group.port,
            group: group.name,
            machine: machine.name,
            restarts: 0,
          };
          kube.pods.push(record);
          const pod = new SimSentinelPod(this.network, kube, record, machine.ip, (process, conf, self) =>
            startSentinel(process, self, conf, this),
          );
          pod.start(10);
          return pod;
        }),
      ),
    );
  }

  #makePods(): readonly SimPod<RedisServer>[] {
    const withPods = this.farm.datacenters.filter(({ witness }) => !witness).map(({ name }) => name);
    return this.kubes.flatMap((kube) => {
      const machines = this.machines.filter((one) => one.datacenter === kube.datacenter);
      if (!withPods.includes(kube.datacenter)) return [];
      return this.farm.tiers.flatMap((tier) =>
        tier.ports.flatMap((port) =>
          Array.from({ length: tier.replicas }, (_, i) => {
            const machine = machines[i % machines.length] as Machine;
            const record = {
              name: `${NAME.redisSet(tier.name, port)}-${i}`,
              uid: this.newUid(),
              role: 'redis' as const,
              port,
              tier: tier.name,
              machine: machine.name,
              restarts: 0,
            };
            kube.pods.push(record);
            const pod = new SimPod<RedisServer>({
              network: this.network,
              kube,
              record,
              ip: machine.ip,
              begin: (process, self) => startRedis(this, process, self),
            });
            pod.start(20 + this.scheduler.random() * 300);
            return pod;
          }),
        ),
      );
    });
  }

  #makeBarn(d: number): BarnPlace {
    const datacenter = this.datacenters[d] ?? '';
    const name = `barn-${datacenter}`;
    const ip = this.#place(`10.${d + 1}.200.1`, datacenter, name);
    const { frame, network, kubes } = this;
    const told = (barn: SimBarn, event: BarnEvent): void => this.ears.told(barn, event);
    return new BarnPlace({ frame, credentials: CREDENTIALS, network, kubes, name, ip, told });
  }

  /** A machine that is none of the farm's: applications run there. */
  addStranger(ip: string, zone: string, name: string): SimProcess {
    return new SimProcess(this.network, name, this.#place(ip, zone, name));
  }

  /** In all KubeClusters, or some. */
  declare(cluster: CacheCluster | undefined, clusterName = cluster?.clusterName ?? '', kubes = this.kubes): void {
    this.declaredAt.set(clusterName, this.scheduler.now);
    if (!cluster) this.deletedAt.set(clusterName, this.scheduler.now);
    if (cluster) this.declared.set(clusterName, cluster);
    else this.declared.delete(clusterName);
    const spec = cluster && { ...cluster, placement: { datacenters: cluster.datacenters } };
    for (const kube of kubes) kube.declare(clusterName, spec);
  }

  machineDown(machine: Machine): void {
    this.network.powerOff(machine.ip);
    for (const pod of [...this.redisPods, ...this.sentinels]) if (pod.ip === machine.ip) pod.vanish();
    this.scheduler.after(NOT_READY_MS, () => this.#ready(machine, this.network.isUp(machine.ip)));
  }

  machineUp(machine: Machine): void {
    if (this.network.isUp(machine.ip)) return;
    this.network.powerOn(machine.ip);
    this.scheduler.after(500, () => this.#ready(machine, this.network.isUp(machine.ip)));
    for (const pod of [...this.redisPods, ...this.sentinels])
      if (pod.ip === machine.ip) {
        pod.record.restarts++;
        pod.start(300 + this.scheduler.random() * 1_500);
      }
    this.#kubeOf(machine.datacenter)?.changed();
  }

  /** Its machines, its KubeCluster and the Barn in it. @returns what ends it; undefined: it is down already */
  datacenterDown(datacenter: string): (() => void) | undefined {
    const machines = this.machines.filter((one) => one.datacenter === datacenter && this.network.isUp(one.ip));
    const others = this.network.machines.filter(
      (ip) => this.network.zoneOf(ip) === datacenter && this.network.isUp(ip) && !machines.some((one) => one.ip === ip),
    );
    if (machines.length === 0) return undefined;
    for (const machine of machines) this.machineDown(machine);
    for (const ip of others) this.network.powerOff(ip);
    const barns = this.barnPlaces.filter(({ ip }) => others.includes(ip));
    for (const barn of barns) barn.vanish();
    return () => {
      for (const ip of others) this.network.powerOn(ip);
      for (const machine of machines) this.machineUp(machine);
      for (const barn of barns) this.scheduler.after(2_000, () => barn.start());
    };
  }

  #kubeOf(datacenter: string): SimKube | undefined {
    return this.kubes.find((kube) => kube.datacenter === datacenter);
  }

  #ready(machine: Machine, ready: boolean): void {
    if (machine.ready === ready) return;
    machine.ready = ready;
    this.#kubeOf(machine.datacenter)?.changed();
  }

  drain(machine: Machine, on: boolean): void {
    machine.drain = on ? new Date(EPOCH_MS + this.scheduler.now).toISOString() : undefined;
    this.#kubeOf(machine.datacenter)?.changed();
  }

  /** Whatever is still to break does not, and what is declared is what was declared at first. */
  calm(): void {
    for (const place of this.barnPlaces) place.calm();
    for (const cluster of this.farm.cacheClusters) this.declare(cluster);
    for (const machine of this.machines) {
      this.machineUp(machine);
      this.drain(machine, false);
    }
  }
}
