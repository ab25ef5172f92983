import { Redis } from 'ioredis';
import { guardReplies, LONGEST_ANSWER } from '../wire/guard-replies.js';
import { Questions } from './questions.js';
import { direct, type Route } from './route.js';

export interface Credentials {
  readonly barn: string;
  readonly sentinel: string;
  readonly application: string;
}

export interface ConnectionOptions {
  /** ms until a connect attempt is given up; @default 1000 */
  readonly connectTimeoutMs?: number;
  /** ms until a command without an answer fails, written or asked; who only looks need not wait for it (questions.ts); @default 3000 */
  readonly commandTimeoutMs?: number;
  /** where an address is reached from here; @default direct */
  readonly route?: Route;
}

interface Held {
  readonly redis: Redis;
  /** settled when the connection is there or has failed; shared by all who ask meanwhile */
  readonly connected: Promise<void>;
  /** ioredis tells the cause of a loss (ECONNREFUSED, WRONGPASS, ...) only in its error event and rejects with "Connection is closed." */
  readonly cause: Error | undefined;
  /** for good; ioredis 5.11 may call a connection `ready` that was closed while it was being set up, and would for ever */
  readonly ended: boolean;
}

const ALIVE = new Set(['connecting', 'connect', 'ready']);

/**
 * One connection per address, as user `barn`, kept between passes. A connection that ended is made anew at the next use:
 * whoever asks gets one attempt and an error, never a queue that waits.
 */
export class Connections {
  readonly #held = new Map<string, Held>();
  /** what was asked of pods and sentinels and is not answered yet, by any pass or look */
  readonly questions = new Questions();
  #closed = false;

  constructor(
    readonly credentials: Credentials,
    readonly options: ConnectionOptions = {},
  ) {}

  /**
   * @param address `ip:port`
   * @throws what `work` throws, or why the address cannot be reached or refuses the password
   */
  async use<T>(address: string, work: (redis: Redis) => Promise<T>): Promise<T> {
    if (this.#closed) throw new Error('connections are closed');
    const held = this.#hold(address);
    try {
      await held.connected;
      return await work(held.redis);
    } catch (error) {
      throw held.cause ?? error;
    }
  }

  get route(): Route {
    return this.options.route ?? direct;
  }

  /** A connection that is there or on its way is kept, one that ended is replaced. */
  #hold(address: string): Held {
    const known = this.#held.get(address);
    if (known && !known.ended && ALIVE.has(known.redis.status)) return known;
    known?.redis.disconnect();
    const redis = this.#create(address);
    guardReplies(redis, LONGEST_ANSWER);
    let cause: Error | undefined;
    let ended = false;
    redis.on('error', (error: Error) => {
      cause = error;
    });
    redis.once('end', () => {
      ended = true;
    });
    const fresh: Held = {
      redis,
      connected: redis.connect(),
      get cause() {
        return cause;
      },
      get ended() {
        return ended;
      },
    };
    fresh.connected.catch(() => undefined);
    this.#held.set(address, fresh);
    return fresh;
  }

  #create(address: string): Redis {
    return new Redis({
      ...this.route(address),
      username: 'barn',
      password: this.credentials.barn,
      connectionName: 'barn',
      lazyConnect: true,
      connectTimeout: this.options.connectTimeoutMs ?? 1_000,
      commandTimeout: this.options.commandTimeoutMs ?? 3_000,
      socketTimeout: 5_000,
      maxRetriesPerRequest: 0,
      retryStrategy: () => null,
      enableOfflineQueue: false,
      enableReadyCheck: false,
      autoResubscribe: false,
      disconnectTimeout: 200,
    });
  }

  /** For good: who asks afterwards gets an error, not a connection that nobody would close. */
  close(): void {
    this.#closed = true;
    for (const { redis } of this.#held.values()) redis.disconnect();
    this.#held.clear();
  }
}
