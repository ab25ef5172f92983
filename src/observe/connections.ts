import { Redis } from 'ioredis';

export interface Credentials {
  readonly barn: string;
  readonly sentinel: string;
  readonly application: string;
}

export interface ConnectionOptions {
  /** ms until a connect attempt is given up; @default 1000 */
  readonly connectTimeoutMs?: number;
  /** ms until a command without an answer fails; @default 3000 */
  readonly commandTimeoutMs?: number;
}

/**
 * One connection per address, as user `barn`, kept between passes. A connection that ended is made anew at the next use:
 * whoever asks gets one attempt and an error, never a queue that waits.
 */
export class Connections {
  readonly #open = new Map<string, Redis>();

  constructor(
    readonly credentials: Credentials,
    readonly options: ConnectionOptions = {},
  ) {}

  /** @param address `ip:port` @throws when it cannot be reached or refuses the password */
  async to(address: string): Promise<Redis> {
    const known = this.#open.get(address);
    if (known && known.status === 'ready') return known;
    known?.disconnect();
    const fresh = this.#create(address);
    this.#open.set(address, fresh);
    await fresh.connect();
    return fresh;
  }

  #create(address: string): Redis {
    const colon = address.lastIndexOf(':');
    const redis = new Redis({
      host: address.slice(0, colon),
      port: Number(address.slice(colon + 1)),
      username: 'barn',
      password: this.credentials.barn,
      connectionName: 'barn',
      lazyConnect: true,
      connectTimeout: this.options.connectTimeoutMs ?? 1_000,
      commandTimeout: this.options.commandTimeoutMs ?? 3_000,
      maxRetriesPerRequest: 0,
      retryStrategy: () => null,
      enableOfflineQueue: false,
      enableReadyCheck: false,
      autoResubscribe: false,
      disconnectTimeout: 200,
    });
    // Without a listener an error of a lost connection would end the process; the next use sees the loss by itself.
    redis.on('error', () => undefined);
    return redis;
  }

  close(): void {
    for (const redis of this.#open.values()) redis.disconnect();
    this.#open.clear();
  }
}
