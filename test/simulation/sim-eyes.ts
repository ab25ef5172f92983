/** Sentry and SentinelEvents (src/observe) over the simulated network: hints of a death, and hints of what sentinels say. */
import type { Eyes, Hints } from '../../src/cli/run-barn.js';
import { CHANNELS, partitionOf } from '../../src/observe/sentinel-events.js';
import type { ClientSide } from './parts.js';
import type { SimProcess } from './sim-process.js';

const CONNECT_MS = 500;
const RETRY_MS = 1_000;

interface Watched {
  side: ClientSide | undefined;
  lost: boolean;
}

export class SimEyes implements Eyes {
  readonly #watched = new Map<string, Watched>();
  readonly #listening = new Map<string, { side: ClientSide | undefined; tries: number }>();
  #closed = false;

  constructor(
    readonly process: SimProcess,
    readonly password: string,
    readonly hints: Hints,
  ) {}

  watch(addresses: ReadonlySet<string>): void {
    for (const [address, watched] of this.#watched) {
      if (addresses.has(address)) continue;
      this.#watched.delete(address);
      watched.side?.close();
    }
    if (this.#closed) return;
    for (const address of addresses) if (!this.#watched.has(address)) this.#connect(address, false);
  }

  listen(addresses: ReadonlySet<string>): void {
    for (const [address, listening] of this.#listening) {
      if (addresses.has(address)) continue;
      this.#listening.delete(address);
      listening.side?.close();
    }
    if (this.#closed) return;
    for (const address of addresses) if (!this.#listening.has(address)) this.#subscribe(address, 0);
  }

  close(): void {
    this.#closed = true;
    this.watch(new Set());
    this.listen(new Set());
  }

  #connect(address: string, lost: boolean): void {
    const watched: Watched = { side: undefined, lost };
    this.#watched.set(address, watched);
    const ended = (): void => {
      if (this.#watched.get(address) === watched) this.#lost(address, watched);
    };
    this.process.connect(address, CONNECT_MS, (end) => {
      if (typeof end === 'string') return ended();
      watched.lost = false;
      watched.side = end;
      if (this.#watched.get(address) === watched) end.onClose(ended);
      else end.close();
    });
  }

  #lost(address: string, watched: Watched): void {
    if (watched.lost) {
      this.process.after(RETRY_MS, () => {
        if (this.#watched.get(address) === watched) this.#connect(address, true);
      });
      return;
    }
    this.#connect(address, true);
    this.process.network.scheduler.enter(this.process, () => this.hints.lost(address));
  }

  #subscribe(address: string, tries: number): void {
    const listening: { side: ClientSide | undefined; tries: number } = { side: undefined, tries };
    this.#listening.set(address, listening);
    const again = (): void => {
      if (this.#listening.get(address) !== listening) return;
      this.process.after(Math.min(100 * (listening.tries + 1), 1_000), () => {
        if (this.#listening.get(address) === listening) this.#subscribe(address, listening.tries + 1);
      });
    };
    this.process.connect(address, 1_000, (end) => {
      if (typeof end === 'string') return again();
      listening.side = end;
      if (this.#listening.get(address) !== listening) return end.close();
      end.onClose(again);
      end.onPush((channel, message) => {
        const partition = partitionOf(channel, message);
        if (partition === undefined || this.#listening.get(address) !== listening) return;
        this.process.network.scheduler.enter(this.process, () => this.hints.heard(partition));
      });
      end.send(['AUTH', 'barn', this.password]);
      end.send(['SUBSCRIBE', ...CHANNELS], () => {
        listening.tries = 0;
      });
    });
  }
}
