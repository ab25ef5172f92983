import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { FarmFrame } from '../farm/model.js';
import { LABEL } from '../farm/words.js';
import type { KubeObjects } from '../world/kube.js';
import { createApi } from './api-server.js';
import type { EmbeddedFarmOptions } from './farm-options.js';
import { type FarmState, openState } from './farm-state.js';
import { type JobResult, runJob } from './job-run.js';
import { NotFound } from './kube-cluster.js';
import { KubeClusters, programOptions } from './kube-clusters.js';
import { type EmbeddedPerson, OWNER, People } from './people.js';
import type { PodContainer } from './pod-container.js';
import { checkPrograms, ownSpecs } from './preflight.js';
import { type KubeManifests, readDist } from './read-dist.js';
import type { FarmSecrets } from './secrets.js';
import { type Unready, unreadyPods } from './unready.js';

export interface MachineStatus {
  readonly name: string;
  readonly datacenter: string;
  readonly address: string;
  readonly running: boolean;
}

/** at most this long a container may take to end when the whole farm stops, ms */
const STOP_GRACE_MS = 3_000;
const POLL_MS = 20;
const HOOK = 'argocd.argoproj.io/hook';
/** file of the state folder, its owner's only: who opens the page later finds the token there */
const PAGE_TOKEN = 'page-token';

/**
 * A whole farm on one machine: the synthesized manifests, run as processes on loopback addresses. Stands in for scheduler,
 * StatefulSet controller and kubelet; Redis and Sentinel are real. No process outlives it, however it ends.
 */
export class EmbeddedFarm {
  readonly frame: FarmFrame;
  readonly #held: FarmState;
  readonly #clusters: KubeClusters;
  readonly #people: People;
  #stopped: Promise<void> | undefined;

  private constructor(
    frame: FarmFrame,
    held: FarmState,
    clusters: KubeClusters,
    people: People,
    /** bearer token for the page, made at this start; its owner may do everything there */
    readonly pageToken: string,
  ) {
    this.frame = frame;
    this.#held = held;
    this.#clusters = clusters;
    this.#people = people;
  }

  /**
   * Reads the manifests, takes the state folder and a block of addresses, starts every pod. Resolves when they are placed and being
   * started; `ready` waits for them.
   * @throws UnreadableManifests, MissingPrograms, FarmIsRunning
   */
  static async start(options: EmbeddedFarmOptions): Promise<EmbeddedFarm> {
    const manifests = await readDist(options.dist);
    const { frame } = manifests[0] as KubeManifests;
    for (const line of checkPrograms(ownSpecs(manifests, options.deployments ?? false), programOptions(options)))
      options.log(line);
    const people = new People();
    let held: FarmState | undefined;
    let clusters: KubeClusters | undefined;
    const server = createApi(
      () => held?.token,
      (datacenter) => clusters?.apiSource(datacenter),
      people,
    );
    held = await openState(options.state, frame, server, options.log, options.unlock);
    const pageToken = people.add(OWNER);
    try {
      writeFileSync(join(held.folder, PAGE_TOKEN), pageToken, { mode: 0o600 });
      clusters = new KubeClusters(manifests, options, held);
      clusters.reconcile();
      runOwnJobs(clusters, options.log);
    } catch (error) {
      await clusters?.stop(0);
      await held.release();
      throw error;
    }
    for (const name of skippedDeployments(clusters))
      options.log(`Deployment ${name} is not run; start it when it is wanted`);
    return new EmbeddedFarm(frame, held, clusters, people, pageToken);
  }

  /** Path of a kubeconfig with one context a datacenter. */
  get kubeconfig(): string {
    return this.#held.kubeconfig;
  }

  /** `http://127.x.0.1:port`: its Kubernetes-shaped API, one base path a datacenter. */
  get address(): string {
    return this.#held.address;
  }

  /** Its state folder, absolute. */
  get state(): string {
    return this.#held.folder;
  }

  /** Values of the Secret `cachefarm-auth`. */
  get secrets(): FarmSecrets {
    return this.#held.secrets;
  }

  /** `stop` was asked for: nothing of it will be ready or answer any more. */
  get stopped(): boolean {
    return this.#stopped !== undefined;
  }

  /** Somebody else who may use the page. @returns his bearer token */
  addPerson(person: EmbeddedPerson): string {
    return this.#people.add(person);
  }

  /** `http://127.x.y.z:9190` of every Barn that is Ready and serves the page. */
  pages(): readonly string[] {
    const { web } = this.frame;
    const pods = this.#clusters.all().flatMap((cluster) => [...cluster.pods.values()]);
    return pods
      .filter(({ birth, ready }) => web !== undefined && ready && birth.labels[LABEL.role] === 'barn')
      .flatMap(({ machine }) => (machine ? [`http://${machine.address}:${web?.port}`] : []));
  }

  /** Every KubeCluster as read at this moment; one without power is not among them. */
  async kube(): Promise<readonly KubeObjects[]> {
    return this.#clusters.read();
  }

  machines(): readonly MachineStatus[] {
    return this.#clusters
      .all()
      .flatMap((cluster) =>
        cluster.machines.map(({ name, datacenter, address, running }) => ({ name, datacenter, address, running })),
      );
  }

  /** Pods of sets and Deployments that are not Ready now. */
  unready(): readonly Unready[] {
    return this.#clusters.all().flatMap((cluster) => unreadyPods(cluster.name, cluster.pods.values()));
  }

  /**
   * Waits until every pod is Ready.
   * @throws Error that names those which are not, after timeoutMs
   */
  async ready(timeoutMs = 60_000): Promise<void> {
    const until = Date.now() + timeoutMs;
    while (!this.#clusters.settled || this.unready().length > 0) {
      if (this.#stopped) throw new Error('the farm was stopped');
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
    this.#clusters.apply(await readDist(dist));
  }

  /**
   * Deletes a pod, with its grace. Resolves when it is gone and its successor is placed.
   * @param force at once, also from a machine that is down
   * @throws NotFound
   */
  async deletePod(datacenter: string, pod: string, force = false): Promise<void> {
    const cluster = this.#clusters.named(datacenter);
    await cluster.remove(cluster.pod(pod), force);
    this.#clusters.reconcile();
  }

  /** Its power fails: every process on it ends at once, its pods stay where they are. @throws NotFound */
  async stopMachine(name: string): Promise<void> {
    const cluster = this.#clusters.ofMachine(name);
    await cluster.stopMachine(cluster.machine(name));
  }

  /** It boots: its pods come back in place, with nothing in memory. @throws NotFound */
  async startMachine(name: string): Promise<void> {
    const cluster = this.#clusters.ofMachine(name);
    await cluster.startMachine(cluster.machine(name));
  }

  /** All its machines and its KubeCluster lose power. @throws NotFound */
  async stopDatacenter(name: string): Promise<void> {
    const cluster = this.#clusters.named(name);
    cluster.running = false;
    cluster.store.cut();
    await Promise.all(cluster.machines.map((machine) => cluster.stopMachine(machine)));
  }

  /** @throws NotFound */
  async startDatacenter(name: string): Promise<void> {
    const cluster = this.#clusters.named(name);
    cluster.running = true;
    await Promise.all(cluster.machines.map((machine) => cluster.startMachine(machine)));
  }

  #container(datacenter: string, pod: string, name: string): PodContainer {
    const { containers } = this.#clusters.named(datacenter).pod(pod);
    const container = containers.find((one) => one.spec.name === name);
    if (!container) throw new NotFound(`container ${name} not found in pod ${pod}`);
    return container;
  }

  /** Sends a signal to a container's first process; @default SIGKILL. It is restarted as the kubelet would. @throws NotFound */
  killContainer(datacenter: string, pod: string, container: string, signal: NodeJS.Signals = 'SIGKILL'): void {
    this.#container(datacenter, pod, container).run.signal(signal);
  }

  /** Its processes hang: they hold their connections and answer nobody. @throws NotFound */
  pauseContainer(datacenter: string, pod: string, container: string): void {
    this.#container(datacenter, pod, container).run.pause();
  }

  /** @throws NotFound */
  resumeContainer(datacenter: string, pod: string, container: string): void {
    this.#container(datacenter, pod, container).run.resume();
  }

  /** Output of a pod's containers, or of one of them: as much as is kept, at most about 2 MB each. @throws NotFound */
  logs(datacenter: string, pod: string, container?: string): string {
    if (container !== undefined) return this.#container(datacenter, pod, container).log.text();
    const { containers } = this.#clusters.named(datacenter).pod(pod);
    return containers.map((one) => one.log.text()).join('');
  }

  /** Runs a Deployment from now on, wherever it is declared. @throws NotFound, MissingPrograms */
  startDeployment(name: string): void {
    const holders = this.#clusters.all().filter((cluster) => declares(cluster.manifests, name));
    if (holders.length === 0) throw new NotFound(`deployments "${name}" not found`);
    for (const cluster of holders) {
      const specs = cluster.manifests.deployments
        .filter((one) => one.metadata.name === name)
        .map((one) => one.spec.template.spec);
      checkPrograms(specs, cluster.around.programs);
      cluster.deployments.add(name);
    }
    this.#clusters.changed();
  }

  /** Ends a Deployment's pods and starts no others. */
  async stopDeployment(name: string): Promise<void> {
    await Promise.all(this.#clusters.all().map((cluster) => cluster.stopDeployment(name)));
  }

  /**
   * Runs a Job to its end, in the first datacenter that declares it; what an earlier run of it left is deleted first.
   * @throws NotFound, MissingPrograms
   */
  async runJob(name: string): Promise<JobResult> {
    for (const cluster of this.#clusters.all()) {
      const job = cluster.manifests.jobs.find((one) => one.metadata.name === name);
      if (!job) continue;
      checkPrograms([job.spec.template.spec], cluster.around.programs);
      return runJob(cluster, job);
    }
    throw new NotFound(`jobs "${name}" not found`);
  }

  /** Ends every process and gives folder and addresses back. Secrets, logs and volumes stay in the state folder. */
  stop(): Promise<void> {
    this.#stopped ??= this.#clusters.stop(STOP_GRACE_MS).then(() => this.#held.release());
    return this.#stopped;
  }
}

const declares = (manifests: KubeManifests, deployment: string): boolean =>
  manifests.deployments.some((one) => one.metadata.name === deployment);

function skippedDeployments(clusters: KubeClusters): ReadonlySet<string> {
  const names = clusters
    .all()
    .flatMap(({ manifests, deployments }) =>
      manifests.deployments.map((one) => one.metadata.name).filter((name) => !deployments.has(name)),
    );
  return new Set(names);
}

/** Jobs that are no hook of Argo CD run as Kubernetes would run them: when they are created. */
function runOwnJobs(clusters: KubeClusters, log: (line: string) => void): void {
  for (const cluster of clusters.all())
    for (const job of cluster.manifests.jobs.filter((one) => one.metadata.annotations?.[HOOK] === undefined))
      runJob(cluster, job).catch((error: Error) => log(`Job ${job.metadata.name}: ${error.message}`));
}
