import { join } from 'node:path';
import { NAME } from '../farm/words.js';
import type { KubeObjects } from '../world/kube.js';
import type { ApiSource } from './api-source.js';
import { KUBELET_BACK_OFF } from './back-off.js';
import type { EmbeddedFarmOptions } from './farm-options.js';
import type { FarmState } from './farm-state.js';
import { KubeCluster, NotFound } from './kube-cluster.js';
import { KubeStore } from './kube-store.js';
import { machineView, podView, type ServedNode, type ServedPod } from './kube-view.js';
import { machinesOf } from './machine.js';
import type { KeyedText } from './manifest.js';
import type { PodSurroundings } from './pod-surroundings.js';
import { checkPrograms, ownSpecs } from './preflight.js';
import { ProcessGroups } from './process-groups.js';
import type { ProgramOptions } from './programs.js';
import { type KubeManifests, UnreadableManifests } from './read-dist.js';
import { StartQueue } from './start-queue.js';
import { type Replacement, replaceHosts } from './substitute.js';

const SECRET_KUBECONFIG = 'cachefarm-kubeconfig';

export const programOptions = (options: EmbeddedFarmOptions): ProgramOptions => ({
  searchPath: options.searchPath ?? process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin',
  cachefarm: options.cachefarm,
});

const podsOf = ({ pods, store }: KubeCluster): readonly ServedPod[] =>
  [...pods.values()].map((pod) => store.marked('pods', podView(pod)));
const nodesOf = ({ machines, store }: KubeCluster): readonly ServedNode[] =>
  machines.map((machine) => store.marked('nodes', machineView(machine)));

/** @throws Error when what was kept cannot be read */
function storeOf(manifests: KubeManifests, folder: string, log: (line: string) => void): KubeStore {
  const { name } = manifests.datacenter;
  const store = new KubeStore(join(folder, 'kube', `${name}.json`), manifests);
  for (const line of store.takeManifests(manifests)) log(`${name}: ${line}`);
  return store;
}

/** Pods and machines are compared with what they were only while somebody watches: it costs a look at each. */
function tellWatchers(cluster: KubeCluster): void {
  const { pods, nodes } = cluster.store;
  if (pods.log.watched) pods.refresh(podsOf(cluster));
  if (nodes.log.watched) nodes.refresh(nodesOf(cluster));
}

/** The KubeClusters of a farm, and what they share: processes, secrets, names of hosts, and the loop that keeps them as declared. */
export class KubeClusters {
  readonly processes: ProcessGroups;
  readonly #clusters = new Map<string, KubeCluster>();
  readonly #starts = new StartQueue();
  readonly #options: EmbeddedFarmOptions;
  readonly #held: FarmState;
  #hosts: Replacement = (text) => text;
  #hostsKey = '';
  #due = false;
  #stopped = false;

  constructor(manifests: readonly KubeManifests[], options: EmbeddedFarmOptions, held: FarmState) {
    this.#options = options;
    this.#held = held;
    // First what can be wrong: processes that guard the farm start with the next line.
    const stores = manifests.map((one) => storeOf(one, held.folder, options.log));
    this.processes = new ProcessGroups(held.journal);
    manifests.forEach((one, index) => void this.#add(one, index, stores[index] as KubeStore));
  }

  #add(manifests: KubeManifests, index: number, store: KubeStore): void {
    const { name } = manifests.datacenter;
    const machines = machinesOf(manifests, this.#held.block, index);
    const cluster = new KubeCluster(manifests, machines, this.#surroundings(name), store);
    this.#clusters.set(name, cluster);
    if (this.#options.deployments)
      for (const deployment of manifests.deployments) cluster.deployments.add(deployment.metadata.name);
  }

  #surroundings(datacenter: string): PodSurroundings {
    const own: ReadonlyMap<string, KeyedText> = new Map([
      [NAME.secret, new Map(Object.entries(this.#held.secrets))],
      [SECRET_KUBECONFIG, new Map([['config', this.#held.kubeconfigText]])],
    ]);
    const manifests = (): KubeManifests | undefined => this.#clusters.get(datacenter)?.manifests;
    return {
      datacenter,
      state: this.#held.folder,
      processes: this.processes,
      starts: this.#starts,
      programs: programOptions(this.#options),
      backOff: this.#options.backOff ?? KUBELET_BACK_OFF,
      configMap: (name) => manifests()?.configMaps.get(name),
      secret: (name) => manifests()?.secrets.get(name) ?? own.get(name),
      hosts: () => this.#hosts,
      log: this.#options.log,
      changed: () => this.changed(),
    };
  }

  /** Many things change at once: one pass over them. */
  changed(): void {
    if (this.#due || this.#stopped) return;
    this.#due = true;
    setImmediate(() => {
      this.#due = false;
      this.reconcile();
    });
  }

  /** No pass is about to change anything. */
  get settled(): boolean {
    return !this.#due;
  }

  /** Everything is placed before anything starts, so that the addresses of all sentinels are known to every pod. */
  reconcile(): void {
    if (this.#stopped) return;
    for (const cluster of this.all()) cluster.schedule();
    const hosts = new Map(this.all().flatMap((cluster) => [...cluster.hosts()]));
    const key = JSON.stringify([...hosts]);
    if (key !== this.#hostsKey) {
      this.#hostsKey = key;
      this.#hosts = replaceHosts(hosts);
      this.#refreshFiles();
    }
    for (const cluster of this.all()) {
      cluster.runPlaced();
      tellWatchers(cluster);
    }
  }

  /** As the kubelet brings mounted ConfigMaps up to date, without its minute of delay. */
  #refreshFiles(): void {
    for (const pod of this.all().flatMap((cluster) => [...cluster.pods.values()]))
      pod.refresh().catch((error: Error) => this.#options.log(`${pod.name}: ${error.message}`));
  }

  /** @throws UnreadableManifests when datacenters came or went, MissingPrograms */
  apply(manifests: readonly KubeManifests[]): void {
    const [before, after] = [[...this.#clusters.keys()], manifests.map((one) => one.datacenter.name)];
    if (before.join() !== after.join())
      throw new UnreadableManifests(
        `datacenters changed from ${before.join()} to ${after.join()}: start the farm anew`,
      );
    checkPrograms(ownSpecs(manifests, this.#options.deployments ?? false), programOptions(this.#options));
    manifests.forEach((one, index) => {
      const cluster = this.named(one.datacenter.name);
      cluster.manifests = one;
      for (const line of cluster.store.takeManifests(one)) this.#options.log(`${cluster.name}: ${line}`);
      cluster.addMachines(machinesOf(one, this.#held.block, index));
    });
    this.reconcile();
    this.#refreshFiles();
    this.changed();
  }

  all(): readonly KubeCluster[] {
    return [...this.#clusters.values()];
  }

  /** @throws NotFound */
  named(datacenter: string): KubeCluster {
    const cluster = this.#clusters.get(datacenter);
    if (!cluster) throw new NotFound(`there is no datacenter ${datacenter}`);
    return cluster;
  }

  /** @throws NotFound */
  ofMachine(name: string): KubeCluster {
    const cluster = this.all().find((one) => one.machines.some((machine) => machine.name === name));
    if (!cluster) throw new NotFound(`nodes "${name}" not found`);
    return cluster;
  }

  /** What the API shows of a datacenter; `down` when it has no power. */
  apiSource(datacenter: string): ApiSource | 'down' | undefined {
    const cluster = this.#clusters.get(datacenter);
    if (!cluster?.running) return cluster && 'down';
    return {
      store: cluster.store,
      pods: () => cluster.store.pods.refresh(podsOf(cluster)),
      nodes: () => cluster.store.nodes.refresh(nodesOf(cluster)),
      deletePod: (name, force) => {
        cluster.remove(cluster.pod(name), force).catch((error: Error) => this.#options.log(error.message));
      },
      mark: (resource, name, patch) => {
        cluster.store.addMark(resource, name, patch);
        this.changed();
      },
    };
  }

  /** Every KubeCluster that has power, as it is now. */
  read(): readonly KubeObjects[] {
    return this.all()
      .filter((cluster) => cluster.running)
      .map((cluster) => ({
        datacenter: cluster.name,
        pods: podsOf(cluster),
        nodes: nodesOf(cluster),
        cacheClusters: cluster.store.declared.list(),
      }));
  }

  /** @param graceMs at most */
  async stop(graceMs: number): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.all().map((cluster) => cluster.stop(graceMs)));
    await this.processes.close();
  }
}
