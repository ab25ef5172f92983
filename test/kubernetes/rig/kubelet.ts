import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import type { FarmFrame } from '../../../src/farm/model.js';
import { LABEL } from '../../../src/farm/words.js';
import { machineAddress, takeBlock } from '../../../src/local/address-block.js';
import type { BackOffLimits } from '../../../src/local/back-off.js';
import { killLeftovers, ProcessGroups } from '../../../src/local/process-groups.js';
import { StartQueue } from '../../../src/local/start-queue.js';
import { type Replacement, replaceHosts } from '../../../src/local/substitute.js';
import { type JoinedControlPlane, KubeletCluster, type SharedSurroundings } from './kubelet-cluster.js';
import type { KeptPod } from './kubelet-pod.js';
import type { RigMachine } from './node-of-machine.js';

/** A machine as a test asks for it. */
export interface MachineOrder {
  readonly name: string;
  /** bytes; @default 64 GiB */
  readonly memoryBytes?: number;
  /** cores; @default 16 */
  readonly cpu?: number;
  /** beside those of hostname and zone */
  readonly labels?: Readonly<Record<string, string>>;
}

export interface MachinesOptions {
  /** the KubeClusters, and which machines join each; names are unique over all of them */
  readonly kubeClusters: readonly {
    readonly controlPlane: JoinedControlPlane;
    readonly machines: readonly MachineOrder[];
  }[];
  /** folder for the pods' volumes, homes and logs; short, for sockets are in it; the caller removes it after stop() */
  readonly folder: string;
  readonly log?: (line: string) => void;
  /** the built command-line program, for containers that run `cachefarm`; @default they cannot run */
  readonly cachefarm?: string;
  /** @default the PATH of this process */
  readonly searchPath?: string;
  /** CrashLoopBackOff; @default 0, 0.5 s, 1 s ... 5 s */
  readonly backOff?: BackOffLimits;
  /** between two heartbeats of a machine; @default 1500, a quarter of the rig's grace */
  readonly heartbeatMs?: number;
}

/** Machines that run pods as processes. Names of machines and pods are enough: a pod's datacenter says which KubeCluster. */
export interface Machines {
  readonly machines: readonly RigMachine[];
  /** Its power fails: every process on it ends at once, it is heard of no more, its memory volumes are lost. */
  stopMachine(name: string): Promise<void>;
  /** It boots: pods that were deleted meanwhile are gone, the others start again in place. */
  startMachine(name: string): void;
  /** It and its API server lose each other; its processes go on, and so do their connections. */
  cutMachine(name: string): void;
  mendMachine(name: string): void;
  /** Signal to a container's first process; @default SIGKILL */
  killContainer(datacenter: string, pod: string, container: string, signal?: NodeJS.Signals): void;
  /** Its processes hang. */
  pauseContainer(datacenter: string, pod: string, container: string): void;
  resumeContainer(datacenter: string, pod: string, container: string): void;
  /** pid of a container's first process; undefined while it does not run */
  pidOf(datacenter: string, pod: string, container: string): number | undefined;
  /** Output of a container, or of all of a pod, also of one that is gone: of the newest pod of that name. */
  logs(datacenter: string, pod: string, container?: string): string;
  /** pods with processes, by datacenter */
  pods(datacenter: string): readonly KeptPod[];
  /** Ends every process; Nodes and pods stay in the API as they are. */
  stop(): Promise<void>;
}

const BACK_OFF: BackOffLimits = { baseMs: 500, maxMs: 5_000 };
const HEARTBEAT_MS = 1_500;
const STOP_GRACE_MS = 500;

/** As many machines as a datacenter of a farm declares; a witness gets what its largest sentinel group needs. */
export function machinesOfFarm(
  { datacenters, sentinelGroups }: FarmFrame,
  datacenter: string,
): readonly MachineOrder[] {
  const declared = datacenters.find(({ name }) => name === datacenter);
  if (!declared) throw new Error(`the farm declares no datacenter ${datacenter}`);
  const { count, memoryBytes } = declared.machines;
  const members = sentinelGroups.flatMap((group) => group.members.filter((member) => member.datacenter === datacenter));
  const needed = Math.max(1, ...members.map(({ replicas }) => replicas));
  return Array.from({ length: count > 0 ? count : needed }, (_, index) => ({
    name: `${datacenter}-m${index + 1}`,
    ...(count > 0 ? { memoryBytes } : {}),
  }));
}

function machineOf({ name, memoryBytes, cpu, labels }: MachineOrder, datacenter: string, address: string): RigMachine {
  return {
    ...{ name, datacenter, address, memoryBytes, running: true, connected: true },
    labels: { [LABEL.hostname]: name, [LABEL.zone]: datacenter, ...labels },
    ...(cpu === undefined ? {} : { cpu }),
  };
}

class RigMachines implements Machines {
  readonly #clusters: readonly KubeletCluster[];
  readonly #processes: ProcessGroups;
  readonly #release: () => Promise<void>;
  readonly #folder: string;
  #hosts: Replacement = (text) => text;
  #hostsKey = '';
  #due = false;
  #stopped: Promise<void> | undefined;

  constructor(options: MachinesOptions, block: number, release: () => Promise<void>) {
    const journal = join(options.folder, 'processes');
    killLeftovers(journal);
    this.#processes = new ProcessGroups(journal);
    this.#release = release;
    this.#folder = options.folder;
    const shared: SharedSurroundings = {
      state: options.folder,
      processes: this.#processes,
      starts: new StartQueue(),
      programs: { searchPath: options.searchPath ?? process.env.PATH ?? '', cachefarm: options.cachefarm },
      backOff: options.backOff ?? BACK_OFF,
      hosts: () => this.#hosts,
      log: options.log ?? (() => undefined),
    };
    this.#clusters = options.kubeClusters.map(({ controlPlane, machines }, index) => {
      const made = machines.map((order, k) =>
        machineOf(order, controlPlane.datacenter, machineAddress(block, index, k + 1)),
      );
      const heartbeatMs = options.heartbeatMs ?? HEARTBEAT_MS;
      return new KubeletCluster(controlPlane, made, shared, heartbeatMs, () => this.#namesChanged());
    });
  }

  async join(): Promise<void> {
    await Promise.all(this.#clusters.map((cluster) => cluster.join()));
  }

  get machines(): readonly RigMachine[] {
    return this.#clusters.flatMap((cluster) => cluster.machines);
  }

  /** Many names change at once: one look at all of them. */
  #namesChanged(): void {
    if (this.#due) return;
    this.#due = true;
    setImmediate(() => {
      this.#due = false;
      const names = new Map(this.#clusters.flatMap((cluster) => [...cluster.names()]));
      const key = JSON.stringify([...names].sort());
      if (key === this.#hostsKey || this.#stopped) return;
      this.#hostsKey = key;
      this.#hosts = replaceHosts(names);
      for (const cluster of this.#clusters) cluster.refreshAll();
    });
  }

  #named(datacenter: string): KubeletCluster {
    const cluster = this.#clusters.find(({ name }) => name === datacenter);
    if (!cluster) throw new Error(`there is no KubeCluster ${datacenter}`);
    return cluster;
  }

  #machine(name: string): [KubeletCluster, RigMachine] {
    for (const cluster of this.#clusters)
      for (const machine of cluster.machines) if (machine.name === name) return [cluster, machine];
    throw new Error(`there is no machine ${name}`);
  }

  async stopMachine(name: string): Promise<void> {
    const [cluster, machine] = this.#machine(name);
    await cluster.stopMachine(machine);
  }

  startMachine(name: string): void {
    const [cluster, machine] = this.#machine(name);
    cluster.startMachine(machine);
  }

  cutMachine(name: string): void {
    const [cluster, machine] = this.#machine(name);
    cluster.cutMachine(machine);
  }

  mendMachine(name: string): void {
    const [cluster, machine] = this.#machine(name);
    cluster.mendMachine(machine);
  }

  killContainer(datacenter: string, pod: string, container: string, signal: NodeJS.Signals = 'SIGKILL'): void {
    this.#named(datacenter).container(pod, container).run.signal(signal);
  }

  pauseContainer(datacenter: string, pod: string, container: string): void {
    this.#named(datacenter).container(pod, container).run.pause();
  }

  resumeContainer(datacenter: string, pod: string, container: string): void {
    this.#named(datacenter).container(pod, container).run.resume();
  }

  pidOf(datacenter: string, pod: string, container: string): number | undefined {
    return this.#named(datacenter).container(pod, container).run.pid;
  }

  logs(datacenter: string, pod: string, container?: string): string {
    const folder = join(this.#folder, 'logs', datacenter);
    const file = container === undefined ? /\.log(\.1)?$/ : new RegExp(`/${container}\\.log(\\.1)?$`);
    if (!existsSync(folder)) return '';
    const files = (readdirSync(folder, { recursive: true }) as string[]).filter((path) => path.split('/')[1] === pod);
    const asked = files.filter((path) => file.test(path)).sort((x, y) => (x < y ? 1 : -1));
    return asked.map((path) => readFileSync(join(folder, path), 'utf8')).join('');
  }

  pods(datacenter: string): readonly KeptPod[] {
    return [...this.#named(datacenter).kept.values()];
  }

  stop(): Promise<void> {
    this.#stopped ??= Promise.all(this.#clusters.map((cluster) => cluster.stop(STOP_GRACE_MS)))
      .then(() => this.#processes.close())
      .then(() => this.#release());
    return this.#stopped;
  }
}

/**
 * Starts machines that register as Nodes, run the pods that are bound to them as processes on loopback addresses of their own (127.x.y.z),
 * and report as a kubelet does. What is emulated and what is not: the table in test/kubernetes/kubelet.e2e.ts. No process outlives this one.
 * @throws Error when an API server refuses, or no block of addresses is free
 */
export async function startMachines(options: MachinesOptions): Promise<Machines> {
  mkdirSync(options.folder, { recursive: true, mode: 0o700 });
  const lock = createServer();
  const block = await takeBlock(lock, options.folder);
  const release = async (): Promise<void> => {
    await new Promise<void>((done) => lock.close(() => done()));
    rmSync(join(options.folder, 'pods'), { recursive: true, force: true });
  };
  const rig = new RigMachines(options, block, release);
  try {
    await rig.join();
  } catch (error) {
    await rig.stop();
    throw error;
  }
  return rig;
}
