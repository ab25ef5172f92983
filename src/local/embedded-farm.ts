import { setTimeout as delay } from 'node:timers/promises';
import type { FarmFrame } from '../farm/model.js';
import { NAME } from '../farm/words.js';
import type { KubeObjects } from '../world/kube.js';
import { type ApiSource, createApi } from './api-server.js';
import { KUBELET_BACK_OFF } from './back-off.js';
import type { EmbeddedFarmOptions } from './farm-options.js';
import { type FarmState, openState } from './farm-state.js';
import { type JobResult, runJob } from './job-run.js';
import { KubeCluster, NotFound } from './kube-cluster.js';
import { machineView, podView } from './kube-view.js';
import { machinesOf } from './machine.js';
import type { Job, KeyedText } from './manifest.js';
import type { Pod } from './pod.js';
import type { PodContainer } from './pod-container.js';
import type { PodSurroundings } from './pod-surroundings.js';
import { checkPrograms } from './preflight.js';
import { ProcessGroups } from './process-groups.js';
import { type KubeManifests, readDist, UnreadableManifests } from './read-dist.js';
import type { FarmSecrets } from './secrets.js';
import { type Replacement, replaceHosts } from './substitute.js';

export interface MachineStatus {
  readonly name: string;
  readonly datacenter: string;
  readonly address: string;
  readonly running: boolean;
}

/** A pod that is not Ready, and why. */
export interface Unready {
  readonly datacenter: string;
  readonly pod: string;
  readonly phase: string;
  readonly why: string;
}

/** at most this long a container may take to end when the whole farm stops, ms */
const STOP_GRACE_MS = 3_000;
const POLL_MS = 20;
const SECRET_KUBECONFIG = 'cachefarm-kubeconfig';
const HOOK = 'argocd.argoproj.io/hook';

/**
 * A whole farm on one machine: the synthesized manifests, run as processes on loopback addresses. Stands in for scheduler,
 * StatefulSet controller and kubelet; Redis and Sentinel are real. No process outlives it, however it ends.
 */
export class EmbeddedFarm {
  readonly #clusters = new Map<string, KubeCluster>();
  readonly #processes: ProcessGroups;
  #hosts: Replacement = (text) => text;
  #hostsKey = '';
  #version = 1;
  #due = false;
  #stopped: Promise<void> | undefined;

  private constructor(
    readonly frame: FarmFrame,
    private readonly options: EmbeddedFarmOptions,
    private readonly held: FarmState,
  ) {
    this.#processes = new ProcessGroups(held.journal);
  }

  /**
   * Reads the manifests, takes the state folder and a block of addresses, starts every pod. Resolves when they are placed and being
   * started; `ready` waits for them.
   * @throws UnreadableManifests, MissingPrograms, FarmIsRunning
   */
  static async start(options: EmbeddedFarmOptions): Promise<EmbeddedFarm> {
    const manifests = await readDist(options.dist);
    const frame = (manifests[0] as KubeManifests).frame;
    let farm: EmbeddedFarm | undefined;
    const server = createApi(
      () => farm?.held.token ?? '',
      (datacenter) => farm?.apiSource(datacenter),
    );
    for (const line of checkPrograms(manifests, programOptions(options))) options.log(line);
    const held = await openState(options.state, frame, server, options.log);
    try {
      farm = new EmbeddedFarm(frame, options, held);
      manifests.forEach((one, index) => void farm?.addCluster(one, index));
      farm.reconcile();
      farm.runOwnJobs();
      return farm;
    } catch (error) {
      await (farm ? farm.stop() : held.release());
      throw error;
    }
  }

  /** Path of a kubeconfig with one context a datacenter. */
  get kubeconfig(): string {
    return this.held.kubeconfig;
  }

  /** `http://127.x.0.1:port`: its Kubernetes-shaped API, one base path a datacenter. */
  get address(): string {
    return this.held.address;
  }

  get state(): string {
    return this.held.folder;
  }

  /** Values of the Secret `cachefarm-auth`. */
  get secrets(): FarmSecrets {
    return this.held.secrets;
  }

  private addCluster(manifests: KubeManifests, index: number): void {
    const name = manifests.datacenter.name;
    const cluster = new KubeCluster(manifests, machinesOf(manifests, this.held.block, index), this.surroundings(name));
    this.#clusters.set(name, cluster);
    for (const deployment of manifests.deployments.map((one) => one.metadata.name)) {
      if (this.options.deployments) cluster.deployments.add(deployment);
      else this.options.log(`${name}: Deployment ${deployment} is not run (start it when it is wanted)`);
    }
  }

  private surroundings(datacenter: string): PodSurroundings {
    const own: ReadonlyMap<string, KeyedText> = new Map([
      [NAME.secret, new Map(Object.entries(this.held.secrets))],
      [SECRET_KUBECONFIG, new Map([['config', this.held.kubeconfigText]])],
    ]);
    const manifests = (): KubeManifests | undefined => this.#clusters.get(datacenter)?.manifests;
    return {
      datacenter,
      state: this.held.folder,
      processes: this.#processes,
      programs: programOptions(this.options),
      backOff: this.options.backOff ?? KUBELET_BACK_OFF,
      configMap: (name) => manifests()?.configMaps.get(name),
      secret: (name) => manifests()?.secrets.get(name) ?? own.get(name),
      hosts: () => this.#hosts,
      log: this.options.log,
      changed: () => this.changed(),
    };
  }

  /** Many things change at once: one pass over them. */
  private changed(): void {
    this.#version++;
    if (this.#due || this.#stopped) return;
    this.#due = true;
    setImmediate(() => {
      this.#due = false;
      if (!this.#stopped) this.reconcile();
    });
  }

  /** Everything is placed before anything starts, so that the addresses of all sentinels are known to every pod. */
  private reconcile(): void {
    const clusters = [...this.#clusters.values()];
    for (const cluster of clusters) cluster.schedule();
    const hosts = new Map(clusters.flatMap((cluster) => [...cluster.hosts()]));
    const key = JSON.stringify([...hosts]);
    if (key !== this.#hostsKey) {
      this.#hostsKey = key;
      this.#hosts = replaceHosts(hosts);
      this.refreshFiles();
    }
    for (const cluster of clusters) cluster.runPlaced();
  }

  private refreshFiles(): void {
    for (const cluster of this.#clusters.values())
      for (const pod of cluster.pods.values())
        if (pod.phase === 'Running')
          pod.refresh().catch((error: Error) => this.options.log(`${pod.name}: ${error.message}`));
  }

  /** Jobs that are no hook of Argo CD run as Kubernetes would run them: when they are created. */
  private runOwnJobs(): void {
    for (const cluster of this.#clusters.values())
      for (const job of cluster.manifests.jobs.filter((one) => one.metadata.annotations?.[HOOK] === undefined))
        runJob(cluster, job, () => undefined).catch((error: Error) => this.options.log(error.message));
  }

  private apiSource(datacenter: string): ApiSource | 'down' | undefined {
    const cluster = this.#clusters.get(datacenter);
    if (!cluster) return undefined;
    if (!cluster.running) return 'down';
    const version = (): string => String(this.#version);
    return {
      version,
      pods: () => [...cluster.pods.values()].map((pod) => podView(pod, version())),
      nodes: () => cluster.machines.map((machine) => machineView(machine, version())),
      cacheClusters: () => cluster.manifests.cacheClusters,
      deletePod: (name, force) => {
        cluster.remove(cluster.pod(name), force).catch((error: Error) => this.options.log(error.message));
      },
    };
  }

  /** Every KubeCluster as read at this moment; one without power is not among them. */
  async kube(): Promise<readonly KubeObjects[]> {
    const version = String(this.#version);
    return [...this.#clusters.values()]
      .filter((cluster) => cluster.running)
      .map((cluster) => ({
        datacenter: cluster.name,
        pods: [...cluster.pods.values()].map((pod) => podView(pod, version)),
        nodes: cluster.machines.map((machine) => machineView(machine, version)),
        cacheClusters: cluster.manifests.cacheClusters,
      }));
  }

  machines(): readonly MachineStatus[] {
    return [...this.#clusters.values()].flatMap((cluster) =>
      cluster.machines.map(({ name, datacenter, address, running }) => ({ name, datacenter, address, running })),
    );
  }

  /** Pods of sets and Deployments that are not Ready now. */
  unready(): readonly Unready[] {
    return [...this.#clusters.values()].flatMap((cluster) =>
      [...cluster.pods.values()]
        .filter((pod) => pod.birth.owner.kind !== 'Job' && !pod.ready)
        .map((pod) => ({ datacenter: cluster.name, pod: pod.name, phase: pod.phase, why: whyUnready(pod) })),
    );
  }

  /**
   * Waits until every pod is Ready.
   * @throws Error that names those which are not, after timeoutMs
   */
  async ready(timeoutMs = 60_000): Promise<void> {
    const until = Date.now() + timeoutMs;
    while (this.#due || this.unready().length > 0) {
      if (Date.now() > until) {
        const lines = this.unready().map((one) => `  ${one.datacenter}/${one.pod}: ${one.phase}, ${one.why}`);
        throw new Error(`not ready after ${timeoutMs} ms, logs are in ${this.state}/logs:\n${lines.join('\n')}`);
      }
      await delay(POLL_MS);
    }
  }

  /**
   * Takes new manifests, as `kubectl apply` would: ConfigMaps and CacheClusters at once, sets as their update strategy says.
   * @throws UnreadableManifests also when datacenters came or went: that takes a new farm
   */
  async apply(dist: string): Promise<void> {
    const manifests = await readDist(dist);
    const names = manifests.map((one) => one.datacenter.name);
    if (names.join() !== [...this.#clusters.keys()].join())
      throw new UnreadableManifests(
        `datacenters changed from ${[...this.#clusters.keys()].join()} to ${names.join()}: start the farm anew`,
      );
    checkPrograms(manifests, programOptions(this.options));
    for (const one of manifests) this.cluster(one.datacenter.name).manifests = one;
    this.reconcile();
    this.refreshFiles();
    this.changed();
  }

  private cluster(datacenter: string): KubeCluster {
    const cluster = this.#clusters.get(datacenter);
    if (!cluster) throw new NotFound(`there is no datacenter ${datacenter}`);
    return cluster;
  }

  /** The first pass after a deletion has placed the next pod when this resolves. */
  async deletePod(datacenter: string, pod: string, force = false): Promise<void> {
    const cluster = this.cluster(datacenter);
    await cluster.remove(cluster.pod(pod), force);
    this.reconcile();
  }

  private clusterOfMachine(name: string): KubeCluster {
    const cluster = [...this.#clusters.values()].find((one) => one.machines.some((machine) => machine.name === name));
    if (!cluster) throw new NotFound(`nodes "${name}" not found`);
    return cluster;
  }

  /** Its power fails: every process on it ends at once, its pods stay where they are. */
  async stopMachine(name: string): Promise<void> {
    const cluster = this.clusterOfMachine(name);
    await cluster.stopMachine(cluster.machine(name));
  }

  /** It boots: its pods come back in place, with nothing in memory. */
  async startMachine(name: string): Promise<void> {
    const cluster = this.clusterOfMachine(name);
    await cluster.startMachine(cluster.machine(name));
  }

  /** All its machines and its KubeCluster lose power. */
  async stopDatacenter(name: string): Promise<void> {
    const cluster = this.cluster(name);
    cluster.running = false;
    await Promise.all(cluster.machines.map((machine) => cluster.stopMachine(machine)));
  }

  async startDatacenter(name: string): Promise<void> {
    const cluster = this.cluster(name);
    cluster.running = true;
    await Promise.all(cluster.machines.map((machine) => cluster.startMachine(machine)));
  }

  private container(datacenter: string, pod: string, name: string): PodContainer {
    const container = this.cluster(datacenter)
      .pod(pod)
      .containers.find((one) => one.spec.name === name);
    if (!container) throw new NotFound(`container ${name} not found in pod ${pod}`);
    return container;
  }

  /** Sends a signal to a container's first process; @default SIGKILL. The kubelet's part restarts it. */
  killContainer(datacenter: string, pod: string, container: string, signal: NodeJS.Signals = 'SIGKILL'): void {
    this.container(datacenter, pod, container).run.signal(signal);
  }

  /** Its processes hang: they hold their connections and answer nobody. */
  pauseContainer(datacenter: string, pod: string, container: string): void {
    this.container(datacenter, pod, container).run.pause();
  }

  resumeContainer(datacenter: string, pod: string, container: string): void {
    this.container(datacenter, pod, container).run.resume();
  }

  /** Output of a pod's containers, or of one of them: as much as is kept, at most about 2 MB each. */
  logs(datacenter: string, pod: string, container?: string): string {
    const all = this.cluster(datacenter).pod(pod).containers;
    if (container !== undefined) return this.container(datacenter, pod, container).log.text();
    return all.map((one) => one.log.text()).join('');
  }

  /** Runs a Deployment from now on, wherever it is declared. */
  startDeployment(name: string): void {
    const holders = [...this.#clusters.values()].filter((cluster) =>
      cluster.manifests.deployments.some((deployment) => deployment.metadata.name === name),
    );
    if (holders.length === 0) throw new NotFound(`deployments "${name}" not found`);
    for (const cluster of holders) cluster.deployments.add(name);
    this.changed();
  }

  /** Ends a Deployment's pods and starts no others. */
  async stopDeployment(name: string): Promise<void> {
    for (const cluster of this.#clusters.values()) {
      cluster.deployments.delete(name);
      const pods = [...cluster.pods.values()].filter(
        ({ birth }) => birth.owner.kind === 'Deployment' && birth.owner.name === name,
      );
      await Promise.all(pods.map((pod) => cluster.remove(pod)));
    }
  }

  /**
   * Runs a Job to its end, whether it is a hook or not; what an earlier run of it left is deleted first.
   * @throws NotFound
   */
  async runJob(name: string): Promise<JobResult> {
    for (const cluster of this.#clusters.values()) {
      const job: Job | undefined = cluster.manifests.jobs.find((one) => one.metadata.name === name);
      if (job) return runJob(cluster, job, () => undefined);
    }
    throw new NotFound(`jobs "${name}" not found`);
  }

  /** Ends every process and gives folder and addresses back. Secrets, logs and volumes stay in the state folder. */
  stop(): Promise<void> {
    this.#stopped ??= this.end();
    return this.#stopped;
  }

  private async end(): Promise<void> {
    await Promise.all([...this.#clusters.values()].map((cluster) => cluster.stop(STOP_GRACE_MS)));
    await this.#processes.close();
    await this.held.release();
  }
}

const programOptions = (options: EmbeddedFarmOptions) => ({
  searchPath: options.searchPath ?? process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin',
  cachefarm: options.cachefarm,
});

function whyUnready(pod: Pod): string {
  if (pod.message !== '') return pod.message;
  const waiting = pod.containers
    .filter((container) => !container.ready)
    .map(({ spec, run }) => {
      const { state } = run;
      return state.kind === 'waiting' ? `${spec.name}: ${state.message ?? state.reason}` : `${spec.name}: not ready`;
    });
  return waiting.join(', ') || 'starting';
}
