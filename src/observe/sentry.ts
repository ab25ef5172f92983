import { connect, type Socket } from 'node:net';
import { direct, type Route } from './route.js';

export interface SentryOptions {
  /** a watched address closed its connection, or does not take one; at most once until it was connected again */
  readonly lost: (address: string) => void;
  /** ms between two attempts to connect to a lost address; @default 1000 */
  readonly retryMs?: number;
  /** ms until a connect attempt counts as lost; @default 500 */
  readonly connectTimeoutMs?: number;
  /** where an address is reached from here; @default direct */
  readonly route?: Route;
}

interface Watched {
  socket: Socket;
  timer: NodeJS.Timeout | undefined;
  /** told, and not connected since */
  lost: boolean;
}

/**
 * Holds one idle TCP connection to every bound pod. The kernel of a machine closes a killed process's connections at once, so the death of a
 * pod is heard in milliseconds, with no polling. A closed connection is a hint and nothing more: whoever is told looks for himself.
 */
export class Sentry {
  readonly #watched = new Map<string, Watched>();
  #closed = false;

  constructor(readonly options: SentryOptions) {}

  /** From now on exactly these `ip:port` are watched. */
  watch(addresses: ReadonlySet<string>): void {
    for (const [address, watched] of this.#watched) {
      if (addresses.has(address)) continue;
      this.#watched.delete(address);
      clearTimeout(watched.timer);
      watched.socket.destroy();
    }
    if (this.#closed) return;
    for (const address of addresses) if (!this.#watched.has(address)) this.#connect(address, false);
  }

  #connect(address: string, lost: boolean): void {
    const socket = connect({
      ...(this.options.route ?? direct)(address),
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: 5_000,
    });
    const watched: Watched = { socket, timer: undefined, lost };
    this.#watched.set(address, watched);
    const late = setTimeout(() => socket.destroy(), this.options.connectTimeoutMs ?? 500);
    socket.once('connect', () => {
      clearTimeout(late);
      watched.lost = false;
    });
    socket.on('error', () => undefined);
    socket.resume();
    socket.once('close', () => {
      clearTimeout(late);
      if (this.#watched.get(address) === watched) this.#closedBy(address, watched);
    });
  }

  #closedBy(address: string, watched: Watched): void {
    if (watched.lost) {
      watched.timer = setTimeout(() => this.#connect(address, true), this.options.retryMs ?? 1_000);
      return;
    }
    this.#connect(address, true);
    this.options.lost(address);
  }

  close(): void {
    this.#closed = true;
    this.watch(new Set());
  }
}
