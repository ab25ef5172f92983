import type { Network } from './network.js';
import type { SentinelServer } from './servers.js';
import type { PodRecord, SimKube } from './sim-kube.js';
import { type Life, SimPod } from './sim-pod.js';
import type { SimProcess } from './sim-process.js';
import type { SentinelConf } from './sim-sentinel-conf.js';

/** What becomes of sentinel.conf in a restart: it is there, gone with its memory volume, or one of a while ago. */
export type Memory = 'kept' | 'lost' | 'aged';

/** ms between two copies that are kept of sentinel.conf, and how many */
const COPY_EVERY_MS = 4_000;
const COPIES = 4;

export class SimSentinelPod extends SimPod<SentinelServer> {
  #memory: Memory = 'kept';
  #conf: SentinelConf | undefined;
  #old: SentinelConf[] = [];
  /** it has come back with an old sentinel.conf once, and may believe what was in it ever since */
  wasAged = false;

  constructor(
    network: Network,
    kube: SimKube,
    record: PodRecord,
    ip: string,
    begin: (process: SimProcess, conf: SentinelConf | undefined, pod: SimSentinelPod) => Life<SentinelServer>,
  ) {
    super({
      network,
      kube,
      record,
      ip,
      begin: (process) => {
        const life = begin(process, this.#remembered(), this);
        this.#keepCopies(process);
        return life;
      },
      ending: () => {
        this.#conf = this.server?.conf;
      },
    });
  }

  /** @returns whether it ran */
  restart(memory: Memory): boolean {
    if (!this.isRunning) return false;
    this.#memory = memory;
    this.kill();
    return true;
  }

  jump(ms: number): void {
    this.process?.jump(ms);
  }

  #remembered(): SentinelConf | undefined {
    const memory = this.#memory;
    this.#memory = 'kept';
    if (memory === 'lost') return undefined;
    if (memory === 'aged') this.wasAged = true;
    return memory === 'aged' ? (this.#old[0] ?? this.#conf) : this.#conf;
  }

  #keepCopies(process: SimProcess): void {
    process.after(COPY_EVERY_MS, () => {
      const conf = this.server?.conf;
      if (conf !== undefined) this.#old = [...this.#old, conf].slice(-COPIES);
      this.#keepCopies(process);
    });
  }
}
