import type { ConnectionOptions } from 'node:tls';
import { Redis } from 'ioredis';
import { guardReplies, LONGEST_ANSWER } from '../wire/guard-replies.js';
import type { Address } from './verdict.js';

/** How to log in to the sentinels of a group. */
export interface SentinelLogin {
  /** @default app */
  readonly username?: string;
  /** left out where the farm says `auth: none` */
  readonly password?: string;
  readonly tls?: ConnectionOptions;
}

/** After this a sentinel counts as dead and its connection is dropped, ms; also the time to connect. */
export const DEAD_MS = 500;
const MAX_RETRY_MS = 1_000;

/**
 * A connection to a sentinel that keeps nothing for later: what cannot be sent or answered now fails now. It connects again for ever.
 * @param failures in a row; the more, the longer the wait for the next attempt
 */
export function sentinelConnection(at: Address, login: SentinelLogin, failures: () => number): Redis {
  const { username = 'app', password, tls } = login;
  const redis = new Redis({
    ...at,
    ...(password === undefined ? {} : { username, password }),
    ...(tls ? { tls } : {}),
    connectTimeout: DEAD_MS,
    disconnectTimeout: 0,
    enableReadyCheck: false,
    enableOfflineQueue: false,
    autoResubscribe: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    disableClientInfo: true,
    keepAlive: 5_000,
    retryStrategy: () => Math.min(100 * 2 ** Math.min(failures(), 6), MAX_RETRY_MS) * (0.5 + Math.random() / 2),
  });
  guardReplies(redis, LONGEST_ANSWER);
  return redis;
}
