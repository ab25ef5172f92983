import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { LaunchPlace } from './container-launch.js';
import type { RestartPolicy } from './container-run.js';
import type { Machine } from './machine.js';
import type { Container } from './manifest.js';
import type { PodBirth } from './new-pod.js';
import { PodContainer } from './pod-container.js';
import { isSidecar, podDemand } from './pod-demand.js';
import type { PodSurroundings } from './pod-surroundings.js';
import { findContainerProgram } from './programs.js';
import { clearMemoryVolumes, projectVolumes } from './project-volumes.js';
import type { Placeable } from './schedule.js';

export type PodPhase = 'Pending' | 'Running' | 'Succeeded' | 'Failed';

/** how often a missing ConfigMap or Secret is looked for again, ms */
const MISSING_RETRY_MS = 500;

/** A pod from its creation to its removal; the kubelet's part of it. */
export class Pod {
  readonly uid: string;
  readonly createdAt = Date.now();
  readonly demand: Placeable;
  machine: Machine | undefined;
  phase: PodPhase = 'Pending';
  /** why it is Pending, or what stands in its way */
  message = '';
  /** ms since the epoch, when it was deleted and is about to end */
  deletedAt: number | undefined;
  readonly containers: PodContainer[] = [];
  /** init containers that ended well, as they ended */
  readonly initialised = new Map<string, PodContainer>();
  #life = 0;
  /** its files are there, or being written */
  #begun = false;
  #writing: Promise<void> | undefined;
  #changedMeanwhile = false;
  #complete: (phase: PodPhase) => void = () => undefined;
  /** phase of a pod that runs to its end (Jobs) */
  readonly completed: Promise<PodPhase>;

  constructor(
    readonly birth: PodBirth,
    readonly around: PodSurroundings,
  ) {
    this.uid = birth.uid ?? randomUUID();
    this.demand = podDemand(birth.template.spec, birth.labels);
    this.completed = new Promise((resolve) => {
      this.#complete = resolve;
    });
  }

  get name(): string {
    return this.birth.name;
  }

  get ready(): boolean {
    return this.phase === 'Running' && !!this.machine?.running && this.containers.every((c) => c.ready);
  }

  /** Short, because redis may put a unix socket in it (107 bytes). */
  get #folder(): string {
    return join(this.around.state, 'pods', this.around.datacenter, `${this.name}.${this.uid.slice(0, 8)}`);
  }

  readonly #volumeFolder = (volume: string): string =>
    this.birth.claims.includes(volume)
      ? join(this.around.state, 'volumes', this.around.datacenter, `${volume}-${this.name}`)
      : join(this.#folder, 'v', volume);

  #place(machine: Machine): LaunchPlace {
    const { name, namespace, labels, annotations } = this.birth;
    const pod = {
      name,
      namespace,
      labels,
      annotations,
      uid: this.uid,
      machine: machine.name,
      address: machine.address,
    };
    return { pod, around: this.around, folderOf: this.#volumeFolder, home: join(this.#folder, 'home') };
  }

  /**
   * Brings its ConfigMaps and Secrets up to date, as the kubelet does, also before its containers run. What changes while files are being written
   * is written after them, so that the newest stays.
   */
  async refresh(): Promise<void> {
    if (this.#begun && this.deletedAt === undefined && this.unfinished) await this.#writeFiles();
  }

  get unfinished(): boolean {
    return this.phase === 'Pending' || this.phase === 'Running';
  }

  #writeFiles(): Promise<void> {
    this.#changedMeanwhile = true;
    this.#writing ??= this.#writeNewest().finally(() => {
      this.#writing = undefined;
    });
    return this.#writing;
  }

  async #writeNewest(): Promise<void> {
    const { configMap, secret, hosts, otherFiles } = this.around;
    const volumes = this.birth.template.spec.volumes ?? [];
    const own = volumes.filter((volume) => !this.birth.claims.includes(volume.name));
    while (this.#changedMeanwhile) {
      this.#changedMeanwhile = false;
      await projectVolumes(join(this.#folder, 'v'), own, {
        configMap,
        secret,
        hosts: hosts(),
        ...(otherFiles ? { other: otherFiles } : {}),
      });
    }
  }

  async #prepare(alive: () => boolean): Promise<void> {
    for (const folder of [join(this.#folder, 'home'), ...this.birth.claims.map(this.#volumeFolder)])
      await mkdir(folder, { recursive: true, mode: 0o700 });
    this.#begun = true;
    while (alive()) {
      try {
        await this.#writeFiles();
        this.message = '';
        return;
      } catch (error) {
        this.message = (error as Error).message;
        this.around.changed();
        await delay(MISSING_RETRY_MS, undefined, { ref: false });
      }
    }
  }

  /** An init container of a pod that restarts for ever has to succeed once. */
  #policy(spec: Container, init: boolean): RestartPolicy {
    const policy = this.birth.template.spec.restartPolicy ?? 'Always';
    if (isSidecar(spec)) return 'Always';
    return init && policy === 'Always' ? 'OnFailure' : policy;
  }

  #container(spec: Container, machine: Machine, init: boolean): PodContainer {
    const known = this.containers.find((container) => container.spec.name === spec.name);
    if (known) return known;
    const logs = join(this.around.state, 'logs', this.around.datacenter, this.name);
    mkdirSync(logs, { recursive: true, mode: 0o700 });
    const container = new PodContainer(spec, this.#place(machine), this.#policy(spec, init), logs);
    this.containers.push(container);
    return container;
  }

  #leftOut = (spec: Container): boolean => findContainerProgram(spec, this.around.programs).kind === 'leftOut';

  /** Starts it on its machine: init containers one after the other, sidecars among them, then the containers. */
  async run(): Promise<void> {
    const life = ++this.#life;
    const alive = (): boolean => life === this.#life;
    const { machine } = this;
    if (!machine) return;
    await this.#prepare(alive);
    const { initContainers = [], containers } = this.birth.template.spec;
    for (const spec of initContainers.filter((candidate) => !this.#leftOut(candidate))) {
      if (!alive() || !(await this.#initialise(spec, machine, alive))) return;
    }
    if (!alive()) return;
    const main = containers.filter((spec) => !this.#leftOut(spec)).map((spec) => this.#container(spec, machine, false));
    this.phase = 'Running';
    for (const container of main) container.start();
    this.around.changed();
    const codes = await Promise.all(main.map((container) => container.run.finished));
    if (alive()) await this.#end(codes);
  }

  /** @returns false when the pod cannot go on */
  async #initialise(spec: Container, machine: Machine, alive: () => boolean): Promise<boolean> {
    const container = this.#container(spec, machine, true);
    container.start();
    if (isSidecar(spec)) {
      await Promise.race([container.started(), container.run.finished]);
      return true;
    }
    const code = await container.run.finished;
    this.containers.splice(this.containers.indexOf(container), 1);
    if (code === 0) this.initialised.set(spec.name, container);
    if (alive() && code !== 0) await this.#end([code]);
    return code === 0;
  }

  async #end(codes: readonly number[]): Promise<void> {
    this.#life++;
    this.phase = codes.every((code) => code === 0) ? 'Succeeded' : 'Failed';
    await Promise.all(this.containers.map((container) => container.stop(this.graceMs)));
    this.#complete(this.phase);
    this.around.changed();
  }

  get graceMs(): number {
    return (this.birth.template.spec.terminationGracePeriodSeconds ?? 30) * 1000;
  }

  /** Ends all its containers, the sidecars last. */
  async terminate(graceMs: number): Promise<void> {
    this.#life++;
    const sidecars = this.containers.filter((container) => isSidecar(container.spec));
    const others = this.containers.filter((container) => !isSidecar(container.spec));
    const until = Date.now() + graceMs;
    await Promise.all(others.map((container) => container.stop(graceMs)));
    const left = graceMs === 0 ? 0 : Math.max(1, until - Date.now());
    await Promise.all(sidecars.map((container) => container.stop(left)));
    this.#complete('Failed');
  }

  /** Ends it as a failure and keeps it to be looked at (Jobs). */
  async fail(): Promise<void> {
    await this.terminate(this.graceMs);
    this.phase = 'Failed';
    this.around.changed();
  }

  /** The machine lost its power: everything ends at once, what was in memory is gone, the pod stays on it. */
  async crash(): Promise<void> {
    this.#life++;
    await Promise.all(this.containers.map((container) => container.stop(0)));
    await clearMemoryVolumes(join(this.#folder, 'v'), this.birth.template.spec.volumes ?? []);
    this.around.changed();
  }

  /** After it was removed: its folder, not its volume claims. */
  async forget(): Promise<void> {
    this.#complete('Failed');
    await rm(this.#folder, { recursive: true, force: true });
  }
}
