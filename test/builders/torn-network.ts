import { connect, createServer, type Server, type Socket } from 'node:net';
import { direct, type Endpoint, type Route } from '../../src/observe/route.js';
import { freeAddress } from './processes.js';

/** What becomes of a connection to an address: it is passed on; refused, as a firewall rejects; or gets no answer, as on a cut line. */
type State = 'open' | 'rejected' | 'silent';

/** A TCP relay in front of one address. */
class Relay {
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #state: State = 'open';
  readonly endpoint: Endpoint;

  constructor(readonly to: Endpoint) {
    const { ip, port } = freeAddress(to.port);
    this.endpoint = { host: ip, port };
  }

  listen(): Promise<void> {
    const server = createServer((near) => this.#join(near));
    this.#server = server;
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.endpoint.port, this.endpoint.host, resolve);
    });
  }

  #join(near: Socket): void {
    this.#keep(near);
    if (this.#state === 'silent') return;
    const far = connect({ ...this.to, noDelay: true });
    this.#keep(far);
    near.setNoDelay(true);
    // The end of one is the end of the other: Barn must hear of a killed process through the relay as it does without.
    near.once('close', () => far.destroy()).on('data', (bytes) => this.#pass(bytes, far));
    far.once('close', () => this.#state !== 'silent' && near.destroy()).on('data', (bytes) => this.#pass(bytes, near));
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => this.#sockets.delete(socket));
  }

  #pass(bytes: Buffer, to: Socket): void {
    if (this.#state === 'open') to.write(bytes);
  }

  /** Every connection ends; from now on nobody listens. */
  async reject(): Promise<void> {
    this.#state = 'rejected';
    await this.close();
  }

  /** Every connection stays, and nothing passes any more. */
  silence(): void {
    this.#state = 'silent';
  }

  async open(): Promise<void> {
    this.end();
    if (this.#state === 'rejected') await this.listen();
    this.#state = 'open';
  }

  end(): void {
    // Not resetAndDestroy: Node leaves the handle open when the other side was faster.
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server?.close(resolve) ?? resolve(undefined));
    this.end();
    await closed;
  }
}

/** Lies between Barn and the farm and nobody else: sentinels and applications use the addresses as they are. */
export class TornNetwork {
  readonly #relays = new Map<string, Relay>();
  readonly #without = new Set<string>();

  readonly route: Route = (address) =>
    (this.#without.has(address) ? undefined : this.#relays.get(address)?.endpoint) ?? direct(address);

  /** From now on these `ip:port` are reached through it. */
  async span(addresses: readonly string[]): Promise<void> {
    for (const address of addresses) {
      const relay = new Relay(direct(address));
      await relay.listen();
      this.#relays.set(address, relay);
    }
  }

  #of(addresses: readonly string[] | undefined): readonly Relay[] {
    return [...this.#relays].flatMap(([address, relay]) => ((addresses?.includes(address) ?? true) ? relay : []));
  }

  async reject(addresses?: readonly string[]): Promise<void> {
    await Promise.all(this.#of(addresses).map((relay) => relay.reject()));
  }

  silence(addresses?: readonly string[]): void {
    for (const relay of this.#of(addresses)) relay.silence();
  }

  /** Connections through it end, new ones go straight to the address. */
  bypass(address: string): void {
    this.#without.add(address);
    for (const relay of this.#of([address])) relay.end();
  }

  /** All is as at the start; what was connected meanwhile is ended. */
  async mend(): Promise<void> {
    this.#without.clear();
    await Promise.all(this.#of(undefined).map((relay) => relay.open()));
  }

  async close(): Promise<void> {
    await Promise.all(this.#of(undefined).map((relay) => relay.close()));
  }
}
