import { hostNames } from './host-names.js';
import type { KubeStore } from './kube-store.js';
import type { Machine } from './machine.js';
import type { Deployment, StatefulSet } from './manifest.js';
import { deploymentPod, type PodBirth, setPod } from './new-pod.js';
import { Pod } from './pod.js';
import type { PodSurroundings } from './pod-surroundings.js';
import type { KubeManifests } from './read-dist.js';
import { revisionName } from './revision.js';
import { type MachineLoad, pickMachine } from './schedule.js';
import { type SetSteps, setSteps } from './set-steps.js';

/** There is no such pod, machine, container or Job. */
export class NotFound extends Error {
  override readonly name = 'NotFound';
}

/** One datacenter: its machines, its pods, and stand-ins for the controllers that make and place them. */
export class KubeCluster {
  readonly pods = new Map<string, Pod>();
  /** false: the datacenter has no power; its API answers nobody */
  running = true;
  /** Deployments that may run here */
  readonly deployments = new Set<string>();
  readonly #toRun: Pod[] = [];
  readonly #stop = new AbortController();

  constructor(
    public manifests: KubeManifests,
    readonly machines: Machine[],
    readonly around: PodSurroundings,
    readonly store: KubeStore,
  ) {}

  get name(): string {
    return this.around.datacenter;
  }

  /** Aborted when the farm stops. */
  get stopped(): AbortSignal {
    return this.#stop.signal;
  }

  /** New machines join; one that is no longer declared stays, for pods may be on it. */
  addMachines(declared: readonly Machine[]): void {
    this.machines.push(...declared.slice(this.machines.length));
  }

  pod(name: string): Pod {
    const pod = this.pods.get(name);
    if (!pod) throw new NotFound(`pods "${name}" not found in datacenter ${this.name}`);
    return pod;
  }

  hosts(): ReadonlyMap<string, string> {
    return hostNames(this.manifests.services, this.pods.values());
  }

  /** Makes, deletes and places pods as the manifests ask for; starts none. */
  schedule(): void {
    if (!this.running || this.stopped.aborted) return;
    for (const set of this.manifests.sets) this.#stepSet(set);
    for (const deployment of this.manifests.deployments) this.#stepDeployment(deployment);
    this.#stepOrphans();
    const unplaced = [...this.pods.values()].filter((pod) => !pod.machine && pod.deletedAt === undefined);
    for (const pod of unplaced.sort((x, y) => this.#priority(y) - this.#priority(x))) this.#bind(pod);
  }

  #priority(pod: Pod): number {
    return this.manifests.priorities.get(pod.birth.template.spec.priorityClassName ?? '') ?? 0;
  }

  /** Starts what was placed since the last time. */
  runPlaced(): void {
    for (const pod of this.#toRun.splice(0)) this.#run(pod);
  }

  #run(pod: Pod): void {
    const { machine } = pod;
    const wanted = (): boolean => pod.deletedAt === undefined && machine?.running === true && !this.stopped.aborted;
    const start = (): void => {
      pod.run().catch((error: Error) => {
        pod.message = error.message;
        this.around.log(`${this.name}/${pod.name}: ${error.message}`);
      });
    };
    this.around.starts.add({
      priority: this.#priority(pod),
      wanted,
      start,
      settled: () => pod.ready || !isUnfinished(pod),
    });
  }

  #podsOf(kind: PodBirth['owner']['kind'], name: string): readonly Pod[] {
    return [...this.pods.values()].filter(({ birth }) => birth.owner.kind === kind && birth.owner.name === name);
  }

  #stepSet(set: StatefulSet): void {
    const { replicas = 1, podManagementPolicy, updateStrategy, template } = set.spec;
    const rules = {
      replicas,
      ordered: podManagementPolicy !== 'Parallel',
      rolling: updateStrategy?.type !== 'OnDelete',
      revision: revisionName(set.metadata.name, template),
    };
    const pods = this.#podsOf('StatefulSet', set.metadata.name);
    this.#carryOut(setSteps(rules, pods.map(setPodView)), pods, (ordinal) => setPod(set, ordinal));
  }

  #stepDeployment(deployment: Deployment): void {
    if (!this.deployments.has(deployment.metadata.name)) return;
    const revision = revisionName(deployment.metadata.name, deployment.spec.template);
    const pods = this.#podsOf('Deployment', deployment.metadata.name);
    for (const old of pods.filter((pod) => pod.birth.revision !== revision)) this.#remove(old);
    const current = pods.filter((pod) => pod.birth.revision === revision);
    const rules = { replicas: deployment.spec.replicas ?? 1, ordered: false, rolling: false, revision };
    this.#carryOut(setSteps(rules, current.map(setPodView)), current, (n) => deploymentPod(deployment, n));
  }

  /** Pods of sets and deployments that are no longer declared. */
  #stepOrphans(): void {
    const declared = new Set([
      ...this.manifests.sets.map((set) => `StatefulSet/${set.metadata.name}`),
      ...this.manifests.deployments.map((deployment) => `Deployment/${deployment.metadata.name}`),
    ]);
    for (const pod of this.pods.values()) {
      const { kind, name } = pod.birth.owner;
      if (kind !== 'Job' && !declared.has(`${kind}/${name}`)) this.#remove(pod);
    }
  }

  #carryOut(steps: SetSteps, pods: readonly Pod[], birth: (ordinal: number) => PodBirth): void {
    for (const pod of pods) if (steps.remove.includes(pod.birth.ordinal)) this.#remove(pod);
    for (const ordinal of steps.create) this.add(birth(ordinal));
  }

  /**
   * Creates a pod; it is placed and started by the next passes.
   * @throws Error after stop
   */
  add(birth: PodBirth): Pod {
    if (this.stopped.aborted) throw new Error('the farm is stopped');
    const pod = new Pod(birth, this.around);
    this.pods.set(birth.name, pod);
    this.around.changed();
    return pod;
  }

  #loads(): readonly MachineLoad[] {
    const pods = [...this.pods.values()].filter((pod) => pod.phase === 'Running' || pod.phase === 'Pending');
    return this.machines.map((machine) => {
      const { labels, unschedulable } = this.store.markedMachine(machine);
      return {
        name: machine.name,
        ready: machine.running,
        unschedulable,
        labels,
        memoryBytes: machine.memoryBytes,
        pods: pods.filter((pod) => pod.machine === machine).map((pod) => pod.demand),
      };
    });
  }

  #bind(pod: Pod): void {
    const placement = pickMachine(pod.demand, this.#loads());
    if ('pending' in placement) {
      pod.message = placement.pending;
      return;
    }
    pod.message = '';
    pod.machine = this.machines.find((machine) => machine.name === placement.machine);
    this.#toRun.push(pod);
    this.around.changed();
  }

  #remove(pod: Pod): void {
    this.remove(pod).catch((error: Error) => this.around.log(`${this.name}/${pod.name}: ${error.message}`));
  }

  /**
   * Deletes a pod: its grace, then it is gone and its controller makes the next. On a dead machine it stays terminating, as in
   * Kubernetes, until the machine is back or it is deleted by force.
   */
  async remove(pod: Pod, force = false): Promise<void> {
    if (pod.deletedAt !== undefined && !force) return;
    pod.deletedAt ??= Date.now();
    this.around.changed();
    if (pod.machine && !pod.machine.running && !force) return;
    await pod.terminate(force ? 0 : pod.graceMs);
    await this.#gone(pod);
  }

  async #gone(pod: Pod): Promise<void> {
    await pod.forget();
    if (this.pods.get(pod.name) === pod) {
      this.pods.delete(pod.name);
      this.store.dropMark('pods', pod.name);
    }
    this.around.changed();
  }

  /** Ends a Deployment's pods; none is made again. */
  async stopDeployment(name: string): Promise<void> {
    this.deployments.delete(name);
    await Promise.all(this.#podsOf('Deployment', name).map((pod) => this.remove(pod)));
  }

  machine(name: string): Machine {
    const machine = this.machines.find((candidate) => candidate.name === name);
    if (!machine) throw new NotFound(`nodes "${name}" not found`);
    return machine;
  }

  #podsOn = (machine: Machine): readonly Pod[] => [...this.pods.values()].filter((pod) => pod.machine === machine);

  async stopMachine(machine: Machine): Promise<void> {
    machine.running = false;
    await Promise.all(this.#podsOn(machine).map((pod) => pod.crash()));
    this.around.changed();
  }

  async startMachine(machine: Machine): Promise<void> {
    machine.running = true;
    const pods = this.#podsOn(machine);
    await Promise.all(pods.filter((pod) => pod.deletedAt !== undefined).map((pod) => this.#gone(pod)));
    for (const pod of pods) if (pod.deletedAt === undefined && isUnfinished(pod)) this.#run(pod);
    this.around.changed();
  }

  /** @param graceMs at most; a pod with a shorter grace of its own gets that */
  async stop(graceMs: number): Promise<void> {
    this.#stop.abort();
    await Promise.all([...this.pods.values()].map((pod) => pod.terminate(Math.min(graceMs, pod.graceMs))));
  }
}

const isUnfinished = (pod: Pod): boolean => pod.phase === 'Pending' || pod.phase === 'Running';
const setPodView = (pod: Pod) => ({
  ordinal: pod.birth.ordinal,
  ready: pod.ready,
  terminating: pod.deletedAt !== undefined,
  revision: pod.birth.revision,
});
