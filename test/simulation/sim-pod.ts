/** A pod and the lives of its container: killed it starts again in place, as the kubelet does it, empty and with a later restart each time. */
import type { Network } from './network.js';
import type { Listener } from './parts.js';
import type { PodRecord, SimKube } from './sim-kube.js';
import { SimProcess } from './sim-process.js';

/** One life: what listens, and what else runs in the container. */
export interface Life<T extends Listener> {
  readonly server: T;
  readonly processes: readonly SimProcess[];
}

export interface PodParts<T extends Listener> {
  readonly network: Network;
  readonly kube: SimKube;
  readonly record: PodRecord;
  readonly ip: string;
  /** @param process of the server; @returns it, and its companions */
  begin(process: SimProcess, pod: SimPod<T>): Life<T>;
  /** just before a life ends */
  ending?(pod: SimPod<T>): void;
}

/** ms that a container takes to start, and what the kubelet waits after each further crash */
const START_MS = 300;
const BACK_OFF_MS = 1_500;
const LONGEST_MS = 10_000;
/** ms after which a crash is forgotten */
const CALM_MS = 30_000;

export class SimPod<T extends Listener> {
  #life: Life<T> | undefined;
  #ip: string;
  #crashes = 0;
  #crashedAt = Number.NEGATIVE_INFINITY;
  /** rises when what was going to start must not any more */
  #plan = 0;

  constructor(readonly parts: PodParts<T>) {
    this.#ip = parts.ip;
  }

  get record(): PodRecord {
    return this.parts.record;
  }

  get datacenter(): string {
    return this.parts.kube.datacenter;
  }

  get ip(): string {
    return this.#ip;
  }

  get address(): string {
    return `${this.#ip}:${this.record.port}`;
  }

  get label(): string {
    return `${this.datacenter}/${this.record.name} (${this.address})`;
  }

  get isRunning(): boolean {
    return this.#life !== undefined;
  }

  /** undefined: it is not running */
  get server(): T | undefined {
    return this.#life?.server;
  }

  get process(): SimProcess | undefined {
    return this.#life?.processes[0];
  }

  start(afterMs: number): void {
    const { network, record } = this.parts;
    const plan = ++this.#plan;
    network.scheduler.after(afterMs, () => {
      if (plan !== this.#plan || this.#life || !network.isUp(this.#ip)) return;
      const process = new SimProcess(network, record.name, this.#ip);
      this.#life = this.parts.begin(process, this);
      network.listen(process, this.#life.server);
    });
  }

  /** SIGKILL of the container. */
  kill(): void {
    this.#end((process) => process.kill());
    const { scheduler } = this.parts.network;
    this.#crashes = scheduler.now - this.#crashedAt > CALM_MS ? 0 : this.#crashes + 1;
    this.#crashedAt = scheduler.now;
    this.record.restarts++;
    this.parts.kube.changed();
    this.start(START_MS + Math.min(LONGEST_MS, BACK_OFF_MS * this.#crashes));
  }

  /** With its machine. */
  vanish(): void {
    this.#end((process) => process.vanish());
  }

  /** Deleted, and scheduled anew: another uid, perhaps another machine. */
  replace(uid: string, machine: string, ip: string, afterMs: number): void {
    this.#end((process) => process.kill());
    this.record.uid = uid;
    this.record.restarts = 0;
    this.record.machine = machine;
    this.#ip = ip;
    this.parts.kube.changed();
    this.start(afterMs);
  }

  /** SIGSTOP of the server; @returns its process, to be resumed; undefined: it does not run */
  hang(): SimProcess | undefined {
    const process = this.process;
    if (!process || process.paused) return undefined;
    process.pause();
    return process;
  }

  #end(how: (process: SimProcess) => void): void {
    this.#plan++;
    if (!this.#life) return;
    this.parts.ending?.(this);
    const { processes } = this.#life;
    this.#life = undefined;
    for (const process of processes) how(process);
  }
}
