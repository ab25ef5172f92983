import { createConnection, Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import { AbstractConnector, type RedisOptions } from 'ioredis';
import type { SentinelResolver } from './sentinel-resolver.js';
import { type Address, sameAddress } from './verdict.js';

/** What a connector and the options of its Redis share: one Redis, one partition. */
export interface Line {
  readonly resolver: SentinelResolver;
  readonly partition: string;
  /** set by the retry strategy: how long to wait before the next attempt, ms, unless the address changes */
  backOffMs: number;
  /** where the last attempt went */
  target?: Address | undefined;
  /** why the last attempt failed */
  problem?: string | undefined;
}

/**
 * The part of an ioredis connection that finds its server: asks the resolver, and cuts the socket when the resolver knows another address.
 * ioredis itself then does what it does at every lost connection.
 *
 * A failed look-up is handed to ioredis as a socket that is dead already: it counts as one attempt, so `retryStrategy` and
 * `maxRetriesPerRequest` mean what they always mean. A rejection would end the connection for good.
 */
export class PartitionConnector extends AbstractConnector {
  private cancel = new AbortController();
  private unfollow = (): void => undefined;

  constructor(
    private readonly options: RedisOptions,
    private readonly line: Line,
  ) {
    super(options.disconnectTimeout ?? 0);
  }

  override async connect(): Promise<Socket | TLSSocket> {
    const { resolver, partition } = this.line;
    this.connecting = true;
    delete this.firstError;
    this.cancel = new AbortController();
    this.unfollow();
    this.unfollow = resolver.follow(partition, (address) => this.moved(address));
    try {
      await this.backOff();
      return this.open(await resolver.resolve(partition, this.options.connectTimeout, this.cancel.signal));
    } catch (error) {
      return this.dead(error);
    }
  }

  /** Waits, but never longer than until there is an address that was not tried. */
  private async backOff(): Promise<void> {
    const { resolver, partition, target, backOffMs } = this.line;
    this.line.backOffMs = 0;
    const now = resolver.address(partition);
    if (backOffMs === 0 || (now && !sameAddress(now, target))) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, backOffMs);
      const stop = resolver.follow(partition, (address) => sameAddress(address, target) || resolve());
      this.cancel.signal.addEventListener('abort', () => resolve());
      this.endWait = () => {
        clearTimeout(timer);
        stop();
      };
    });
    this.endWait();
  }
  private endWait = (): void => undefined;

  private open(address: Address): Socket | TLSSocket {
    if (!this.connecting) return this.dead(undefined);
    this.line.target = address;
    const { tls, family } = this.options;
    const where = { ...address, ...(family === undefined ? {} : { family }) };
    const stream = tls ? connectTls({ ...where, ...(tls as ConnectionOptions) }) : createConnection(where);
    stream.once('error', (error) => {
      this.line.problem = error.message;
      this.firstError = error;
    });
    stream.once('close', () => this.unfollow());
    this.stream = stream;
    return stream;
  }

  private dead(error: unknown): Socket {
    this.unfollow();
    // Told to disconnect: nothing went wrong.
    if (this.connecting && error instanceof Error) {
      this.line.problem = error.message;
      this.firstError = error;
    }
    return new Socket().destroy();
  }

  /** The pod at the old address may hang or serve somebody else by now: no farewell. */
  private moved(address: Address): void {
    if (this.stream && !this.stream.destroyed && !sameAddress(address, this.line.target)) this.stream.destroy();
  }

  override disconnect(): void {
    this.cancel.abort();
    // AbstractConnector would start a timer for a socket that has closed already.
    if (this.stream && !this.stream.destroyed) super.disconnect();
    else this.connecting = false;
  }
}
