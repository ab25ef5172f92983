import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { CONTAINER } from '../../src/farm/words.js';
import { fillQueue } from './accept-queue.js';
import { wait } from './clock.js';
import type { LiveFarm } from './live-farm.js';
import { poll } from './poll.js';
import { SentinelDisks } from './sentinel-disks.js';
import type { Place } from './stage.js';

/** Sentinel's timer must be later than this by 2 s and more: ms */
const TILT_MS = 2_600;

type Ask = (at: Place | string, command: readonly string[], timeoutMs?: number) => Promise<unknown>;

/** What is broken in a running farm, and how it is repaired. */
export class Faults {
  readonly #paused = new Map<string, Place>();
  readonly #full = new Map<string, () => void>();
  readonly #machines = new Set<string>();
  readonly #datacenters = new Set<string>();
  readonly #disks = new SentinelDisks();

  constructor(
    readonly farm: LiveFarm,
    readonly ask: Ask,
  ) {}

  #container({ kind }: Place): string {
    return kind === 'redis' ? CONTAINER.redis : CONTAINER.sentinel;
  }

  kill(place: Place): void {
    this.farm.embedded.killContainer(place.datacenter, place.pod, this.#container(place));
  }

  pause(place: Place): void {
    this.farm.embedded.pauseContainer(place.datacenter, place.pod, this.#container(place));
    this.#paused.set(place.address, place);
  }

  resume(place: Place): void {
    this.#full.get(place.address)?.();
    this.#full.delete(place.address);
    this.farm.embedded.resumeContainer(place.datacenter, place.pod, this.#container(place));
    this.#paused.delete(place.address);
  }

  async fillAcceptQueue(place: Place): Promise<void> {
    this.pause(place);
    this.#full.set(place.address, await fillQueue(place.address));
  }

  async stopMachine(name: string): Promise<void> {
    this.#machines.add(name);
    await this.farm.embedded.stopMachine(name);
  }

  async startMachine(name: string): Promise<void> {
    this.#machines.delete(name);
    await this.farm.embedded.startMachine(name);
  }

  async stopDatacenter(name: string): Promise<void> {
    this.#datacenters.add(name);
    await this.farm.embedded.stopDatacenter(name);
  }

  async startDatacenter(name: string): Promise<void> {
    this.#datacenters.delete(name);
    await this.farm.embedded.startDatacenter(name);
  }

  async #confPath(sentinel: Place): Promise<string> {
    const info = String(await this.ask(sentinel, ['INFO', 'server']));
    const path = /^config_file:(.+?)\r?$/m.exec(info)?.[1];
    if (path === undefined) throw new Error(`${sentinel.pod} does not say where its conf is`);
    return path;
  }

  async conf(sentinel: Place): Promise<string> {
    return readFileSync(await this.#confPath(sentinel), 'utf8');
  }

  /** Stopped first: it must not write between. */
  async restartSentinel(sentinel: Place, conf: string | undefined): Promise<void> {
    const path = await this.#confPath(sentinel);
    this.pause(sentinel);
    if (conf === undefined) rmSync(path, { force: true });
    else writeFileSync(path, conf);
    this.#paused.delete(sentinel.address);
    this.kill(sentinel);
  }

  async tilt(sentinel: Place): Promise<void> {
    this.pause(sentinel);
    await wait(TILT_MS);
    this.resume(sentinel);
    const isTilted = async (): Promise<boolean> =>
      String(await this.ask(sentinel, ['INFO', 'sentinel'])).includes('sentinel_tilt:1');
    await poll(`${sentinel.pod} is in TILT`, isTilted, 3_000);
  }

  async fillDisk(sentinel: Place): Promise<void> {
    this.#disks.fill(sentinel, await this.#confPath(sentinel));
  }

  freeDisk(sentinel: Place): void {
    this.#disks.free(sentinel);
  }

  /** All that is still broken. */
  async repair(): Promise<void> {
    this.farm.programs.restartDelay(0);
    this.#disks.freeAll();
    for (const place of [...this.#paused.values()]) this.resume(place);
    for (const name of [...this.#datacenters]) await this.startDatacenter(name);
    for (const name of [...this.#machines]) await this.startMachine(name);
  }
}
