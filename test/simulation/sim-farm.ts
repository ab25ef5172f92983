/** The whole farm of one run: machines, KubeClusters, pods, sentinels and Barns, and what can be done to them. */
import type { BarnEvent } from '../../src/barn/barn-event.js';
import type { CacheCluster, Farm, FarmFrame } from '../../src/farm/model.js';
import { NAME } from '../../src/farm/words.js';
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
  readonly #names = new Map<string, string>();
  #uids = 0;

  constructor(
    readonly farm: Farm,
    seed: number,
    readonly ears: FarmEars,
  ) {
    const { cacheClusters, ...frame } = farm;
    this.frame = frame;
    this.scheduler = new Scheduler(seed);
    this.network = new Network(this.scheduler);
    this.kubes = farm.datacenters.map(({ name }, d) => {
      const ip = this.#place(`10.${d + 1}.254.1`, name, `the API of ${name}`);
      return new SimKube(farm.name, name, new SimProcess(this.network, `api-${name}`, ip));
    });
    this.machines = farm.datacenters.flatMap(({ name, machines }, d) =>
      Array.from({ length: machines.count }, (_, m) => this.#machine(name, d, m)),
    );
    this.sentinels = this.#makeSentinels();
    this.redisPods = this.#makePods();
    this.barnPlaces = [0, 1].map((d) => this.#makeBarn(d));
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
    return this.barnPlaces.find(({ process }) => process === client);
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

  #uid(): string {
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
            uid: this.#uid(),
            role: 'sentinel' as const,
            port: group.port,
            group: group.name,
            machine: machine.name,
            restarts: 0,
          };
          kube.pods.push(record);
          const pod = new SimSentinelPod(this.network, kube, record, machine.ip, (process, conf, self) =>
            startSentinel(process, self, conf),
          );
          pod.start(10);
          return pod;
        }),
      ),
    );
  }

  #makePods(): readonly SimPod<RedisServer>[] {
    return this.kubes.flatMap((kube) => {
      const machines = this.machines.filter((one) => one.datacenter === kube.datacenter);
      return this.farm.tiers.flatMap((tier) =>
        tier.ports.flatMap((port) =>
          Array.from({ length: machines.length === 0 ? 0 : tier.replicas }, (_, i) => {
            const machine = machines[i % machines.length] as Machine;
            const record = {
              name: `${NAME.redisSet(tier.name, port)}-${i}`,
              uid: this.#uid(),
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
    if (cluster) this.declared.set(clusterName, cluster);
    else this.declared.delete(clusterName);
    for (const kube of kubes) kube.declare(clusterName, cluster && { ...cluster });
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

  /** Two pods of a set are deleted at once and come back on each other's machine: two addresses under other names. */
  swapPods(x: number, y: number): string | undefined {
    const one = this.redisPods[Math.floor(x * this.redisPods.length)];
    const others = this.redisPods.filter(
      (pod) => pod !== one && pod.datacenter === one?.datacenter && pod.record.port === one.record.port,
    );
    const other = others[Math.floor(y * others.length)];
    if (!one || !other || !this.network.isUp(one.ip) || !this.network.isUp(other.ip)) return undefined;
    const [first, second] = [
      { machine: one.record.machine, ip: one.ip },
      { machine: other.record.machine, ip: other.ip },
    ];
    const after = 300 + this.scheduler.random() * 2_000;
    one.replace(this.#uid(), second.machine, second.ip, after);
    other.replace(this.#uid(), first.machine, first.ip, after * (0.5 + this.scheduler.random()));
    return `${one.record.name} and ${other.record.name} of ${one.datacenter} are deleted and come back at each other's address`;
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
