import { EPOCH_MS } from './epoch-ms.js';
import type { Network } from './network.js';
import type { Connected, Surroundings } from './parts.js';
import type { Actor } from './scheduler.js';

/** One life of a process on a machine. After its end nothing of it runs; while it is stopped (SIGSTOP) all of it waits. */
export class SimProcess implements Actor, Surroundings {
  alive = true;
  paused = false;
  /** what it sends belongs to the write before it */
  writing = false;
  /** of its machine's wall clock */
  skewMs = 0;
  /** ms: when it began, or last went on after a stop or a jump of its clock */
  troubledAt: number;
  /** its own: of one life */
  readonly random: () => number;
  readonly #late: (() => void)[] = [];

  constructor(
    readonly network: Network,
    readonly name: string,
    readonly ip: string,
  ) {
    this.troubledAt = network.scheduler.now;
    this.random = network.scheduler.stream(`${name} ${ip}`);
  }

  now(): number {
    return this.network.scheduler.now;
  }

  wallClock(): number {
    return Math.round(EPOCH_MS + this.now() + this.skewMs);
  }

  after(ms: number, run: () => void): () => void {
    let cancelled = false;
    const { scheduler } = this.network;
    const entry = scheduler.at(scheduler.now + Math.max(0, ms), () => {
      if (!this.alive) return;
      if (this.paused) this.#late.push(() => void (cancelled || run()));
      else run();
    });
    return () => {
      cancelled = true;
      entry.cancel();
    };
  }

  connect(address: string, timeoutMs: number, answer: (end: Connected) => void): void {
    this.network.connect(this, address, timeoutMs, answer);
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    if (!this.paused) return;
    this.paused = false;
    this.troubledAt = this.now();
    for (const run of this.#late.splice(0)) this.after(0, run);
    this.network.flush();
  }

  /** Its machine's wall clock. */
  jump(ms: number): void {
    this.skewMs += ms;
    this.troubledAt = this.now();
  }

  /** The kernel closes its connections. */
  kill(): void {
    if (!this.alive) return;
    this.alive = false;
    this.network.ended(this, true);
  }

  /** Power is gone: nobody is told. */
  vanish(): void {
    if (!this.alive) return;
    this.alive = false;
    this.network.ended(this, false);
  }
}
