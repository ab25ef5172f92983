import { Pod } from '../../../src/local/pod.js';
import type { PodSurroundings } from '../../../src/local/pod-surroundings.js';
import { isRefusal, type KubeHttp, STRATEGIC } from './kubelet-http.js';
import { isHeard, type RigMachine } from './node-of-machine.js';
import { type ApiCondition, type ApiPod, podBirth, podPath } from './pod-from-api.js';
import { podStatus } from './status-of-pod.js';

export interface KeptPodParts {
  readonly http: KubeHttp;
  readonly machine: RigMachine;
  readonly surroundings: (changed: () => void) => PodSurroundings;
  /** its object and its processes are gone */
  readonly gone: () => void;
}

/** waits between two attempts to say something to an API server that does not answer, ms */
const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 2_000;
/** The kubelet gives a removed pod at least that. */
const LEAST_GRACE_S = 1;

const conditionOf = (conditions: readonly ApiCondition[] | undefined, type: string): string | undefined =>
  conditions?.find((one) => one.type === type)?.status;

/**
 * One pod object and its processes on one machine. Level-triggered: every event leads to the same step, which compares what is wanted with
 * what is, and says what changed. Nothing happens on a machine that is down, and nothing is heard or said on one that is cut.
 */
export class KeptPod {
  readonly pod: Pod;
  readonly #parts: KeptPodParts;
  #api: ApiPod;
  /** its object is no more */
  #removed = false;
  #started = false;
  /** counts its starts, so that one of an earlier boot does not count */
  #boot = 0;
  /** s, the least that was asked for; undefined: not deleted */
  #grace: number | undefined;
  #ended = false;
  #finished = false;
  #startedAt = Date.now();
  #reported = '';
  #conditions: readonly ApiCondition[];
  #working = false;
  #again = false;
  #wait = FIRST_WAIT_MS;
  #retry: NodeJS.Timeout | undefined;

  constructor(api: ApiPod, parts: KeptPodParts) {
    this.#api = api;
    this.#parts = parts;
    this.#conditions = api.status.conditions ?? [];
    this.pod = new Pod(
      podBirth(api),
      parts.surroundings(() => this.kick()),
    );
    this.pod.machine = parts.machine;
    const { phase } = api.status;
    if (phase === 'Succeeded' || phase === 'Failed') this.pod.phase = phase;
  }

  get api(): ApiPod {
    return this.#api;
  }

  get machine(): RigMachine {
    return this.#parts.machine;
  }

  /** The API server's copy is different now. */
  update(api: ApiPod): void {
    this.#api = api;
    // Somebody else wrote it (the node controller marks pods of a silent machine): say it again.
    if (conditionOf(api.status.conditions, 'Ready') !== conditionOf(this.#conditions, 'Ready')) this.#reported = '';
    this.kick();
  }

  remove(): void {
    this.#removed = true;
    this.kick();
  }

  /** Everything is looked at once more. */
  kick(): void {
    this.#again = true;
    if (this.#working) return;
    this.#working = true;
    this.#work().catch(() => undefined);
  }

  async #work(): Promise<void> {
    clearTimeout(this.#retry);
    // Many changes at once are one report.
    await new Promise((resolve) => setImmediate(resolve));
    try {
      while (this.#again) {
        this.#again = false;
        await this.#step();
      }
      this.#wait = FIRST_WAIT_MS;
    } catch {
      this.#retry = setTimeout(() => this.kick(), this.#wait).unref();
      this.#wait = Math.min(2 * this.#wait, LONGEST_WAIT_MS);
    } finally {
      this.#working = false;
    }
  }

  async #step(): Promise<void> {
    if (!isHeard(this.machine)) return;
    if (this.#finished) {
      if (this.#removed) this.#parts.gone();
      return;
    }
    if (this.#removed || this.#api.metadata.deletionTimestamp !== undefined) this.#end();
    else this.#start();
    await this.#report();
    if (this.#ended) await this.#finish();
  }

  #start(): void {
    if (this.#started || !this.pod.unfinished) return;
    this.#started = true;
    const boot = ++this.#boot;
    const { around } = this.pod;
    around.starts.add({
      priority: this.#api.spec.priority ?? 0,
      wanted: () => boot === this.#boot && this.#grace === undefined && this.machine.running,
      start: () => {
        this.pod.run().catch((error: Error) => around.log(`${this.pod.name}: ${error.message}`));
      },
      settled: () => this.pod.ready || !this.pod.unfinished,
    });
  }

  #end(): void {
    const { metadata, spec } = this.#api;
    const asked = metadata.deletionGracePeriodSeconds ?? spec.terminationGracePeriodSeconds ?? 30;
    if (this.#grace !== undefined && asked >= this.#grace) return;
    this.#grace = asked;
    this.pod.deletedAt ??= Date.now();
    const ended = (): void => {
      this.#ended = true;
      this.kick();
    };
    this.pod.terminate(Math.max(LEAST_GRACE_S, asked) * 1_000).then(ended, ended);
  }

  async #report(): Promise<void> {
    if (this.#removed) return;
    const { pod, machine } = this;
    const facts = { pod, address: machine.address, startedAt: this.#startedAt, ended: this.#ended };
    const status = podStatus({ ...facts, conditions: this.#conditions, now: Date.now() });
    const text = JSON.stringify(status);
    if (text === this.#reported) return;
    const body = { metadata: { uid: pod.uid }, status };
    await this.#say('PATCH', `${podPath(this.#api)}/status`, body, STRATEGIC);
    this.#reported = text;
    this.#conditions = status.conditions;
  }

  /** Another pod of that name, or none: the watch will tell. */
  async #say(method: string, path: string, body: unknown, type?: string): Promise<void> {
    try {
      await this.#parts.http.send(method, path, body, type);
    } catch (error) {
      if (!isRefusal(error, 404, 409)) throw error;
    }
  }

  async #finish(): Promise<void> {
    if (!this.#removed) {
      const preconditions = { uid: this.pod.uid };
      const options = { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 0, preconditions };
      await this.#say('DELETE', podPath(this.#api), options);
    }
    await this.pod.forget();
    this.#finished = true;
    if (this.#removed) this.#parts.gone();
  }

  /** Its files follow their objects. */
  refresh(): void {
    if (!isHeard(this.machine)) return;
    this.pod.refresh().catch((error: Error) => this.pod.around.log(`${this.pod.name}: ${error.message}`));
  }

  /** The machine lost its power. */
  async crash(): Promise<void> {
    this.#started = false;
    this.#boot++;
    this.#reported = '';
    await this.pod.crash();
  }

  /** The machine is back, or hears again. */
  resume(): void {
    this.#reported = '';
    this.refresh();
    this.kick();
  }

  /** The rig ends. */
  async stop(graceMs: number): Promise<void> {
    this.#finished = true;
    this.#removed = false;
    this.#boot++;
    clearTimeout(this.#retry);
    await this.pod.terminate(graceMs);
  }
}
