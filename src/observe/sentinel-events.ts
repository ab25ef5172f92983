import { Redis } from 'ioredis';
import { guardReplies, LONGEST_ANSWER } from '../wire/guard-replies.js';
import type { Credentials } from './connections.js';
import { direct, type Route } from './route.js';

/** Events after which a look is worth while; the payload of each begins with what it is about. */
export const CHANNELS = ['+sdown', '+odown', '-odown', '+switch-master', '+reboot', '+monitor', '-monitor', '-tilt'];

/** `master User.id::0 10.0.0.1 6378` or, for +switch-master, `User.id::0 ...` -> the partition; replicas and sentinels are not meant. */
export function partitionOf(channel: string, message: string): string | undefined {
  const [first, second] = message.split(' ');
  if (channel === '+switch-master') return first;
  return first === 'master' ? second : undefined;
}

/** Listens to the pub/sub events of sentinels. They may be lost and are never replayed: hints, not facts. */
export class SentinelEvents {
  readonly #listening = new Map<string, Redis>();
  #closed = false;

  constructor(
    readonly credentials: Pick<Credentials, 'barn'>,
    readonly heard: (partition: string, channel: string) => void,
    readonly route: Route = direct,
  ) {}

  /** From now on exactly these sentinels, `ip:port`, are listened to. */
  listen(addresses: ReadonlySet<string>): void {
    for (const [address, redis] of this.#listening) {
      if (addresses.has(address)) continue;
      redis.disconnect();
      this.#listening.delete(address);
    }
    if (this.#closed) return;
    for (const address of addresses) if (!this.#listening.has(address)) this.#open(address);
  }

  #open(address: string): void {
    const redis = new Redis({
      ...this.route(address),
      username: 'barn',
      password: this.credentials.barn,
      connectionName: 'barn-events',
      keepAlive: 5_000,
      connectTimeout: 1_000,
      enableReadyCheck: false,
      maxRetriesPerRequest: null,
      retryStrategy: (times) => Math.min(times * 100, 1_000),
      autoResubscribe: false,
      disconnectTimeout: 200,
    });
    guardReplies(redis, LONGEST_ANSWER);
    redis.on('error', () => undefined);
    redis.on('message', (channel: string, message: string) => {
      const partition = partitionOf(channel, message);
      if (partition !== undefined) this.heard(partition, channel);
    });
    // Not by ioredis (autoResubscribe): nobody would catch what it is refused, and a sentinel that is given up just then would end the process.
    redis.on('ready', () => void redis.subscribe(...CHANNELS).catch(() => undefined));
    this.#listening.set(address, redis);
  }

  close(): void {
    this.#closed = true;
    this.listen(new Set());
  }
}
