import { Redis, type RedisOptions } from 'ioredis';
import { guardReplies } from '../wire/guard-replies.js';
import { type Line, PartitionConnector } from './partition-connector.js';
import type { SentinelResolver } from './sentinel-resolver.js';

/** Options of ioredis, without those that say where the server is: that is the resolver's business. */
export type PartitionRedisOptions = Omit<
  RedisOptions,
  'Connector' | 'host' | 'port' | 'path' | 'name' | 'role' | 'natMap' | 'failoverDetector' | `${string}entinel${string}`
>;

/** Waits between attempts at the same address, ms: flat and short, a little uneven. A new address is tried at once. */
const MAX_RETRY_MS = 250;

const DEFAULTS: PartitionRedisOptions = {
  connectTimeout: 1_000,
  // Without it a command waits for ever on a machine that is gone; longer than any command of a cache should take.
  socketTimeout: 2_000,
  // A command fails after 50 + 100 ms of refused connections: Barn has mostly replaced a dead pod by then, and a cache must not hold up its callers longer.
  maxRetriesPerRequest: 2,
  retryStrategy: (times) => Math.min(50 * times, MAX_RETRY_MS) * (0.75 + Math.random() / 4),
  // A master that became a replica: the command fails, the connection is made anew. Not resent (2): that is a hot loop while the sentinels still name it.
  reconnectOnError: (error) => error.message.startsWith('READONLY'),
};

/**
 * A connection that stays with its partition: a real ioredis `Redis` whose address comes from the resolver and which is reconnected at once when
 * that address changes, whatever the state of the old pod. Commands in flight at that moment are treated as at every lost connection of
 * ioredis: sent again (so a write may be done twice, once on each pod), unless `autoResendUnfulfilledCommands` is false.
 * `duplicate()` gives another one that follows too.
 *
 * @param partition for example `User.id::3`
 * @param redisOptions any option of ioredis; they win over our defaults, also when undefined. For blocking commands set `socketTimeout: undefined`
 */
export function followPartition(
  resolver: SentinelResolver,
  partition: string,
  redisOptions: PartitionRedisOptions = {},
): Redis {
  const line: Line = { resolver, partition, backOffMs: 0 };
  const options: PartitionRedisOptions = { ...DEFAULTS, ...redisOptions };
  const redis = new Redis({
    ...options,
    // Options for plain ioredis may be handed in as they are; with sentinels among them it would take a TLS connection for a plain one.
    sentinels: undefined,
    retryStrategy: retryThrough(line, options.retryStrategy),
    Connector: class extends PartitionConnector {
      constructor(given: unknown) {
        super(given as RedisOptions, line);
      }
    },
  });
  redis.on('ready', () => {
    line.problem = undefined;
  });
  redis.duplicate = (override) => followPartition(resolver, partition, { ...redisOptions, ...override });
  guardReplies(redis);
  mend(redis, line);
  return redis;
}

/** ioredis waits where nothing can wake it; so it is told 0, and the connector waits, until the time is over or the address has changed. */
function retryThrough(line: Line, own: RedisOptions['retryStrategy']): RedisOptions['retryStrategy'] {
  if (typeof own !== 'function') return own;
  return (times) => {
    const delay = own(times);
    if (typeof delay !== 'number') return delay;
    line.backOffMs = delay;
    return 0;
  };
}

/** Internals of ioredis that `mend` touches; each is left alone when a version does not have it. */
interface Internals {
  flushQueue?: (error: Error, options?: unknown) => void;
  socketTimeoutTimer?: NodeJS.Timeout | undefined;
}

/**
 * Two repairs. ioredis 5.11 leaves the timer of `socketTimeout` running when a socket closes, and it then destroys the next, healthy one
 * (redis/ioredis#2147). And it fails waiting commands without saying which server could not be reached, or why.
 */
function mend(redis: Redis, line: Line): void {
  const internals = redis as unknown as Internals;
  redis.on('close', () => {
    clearTimeout(internals.socketTimeoutTimer);
    internals.socketTimeoutTimer = undefined;
  });
  const flush = internals.flushQueue;
  internals.flushQueue = (error, given) => {
    if (!error.message.includes(line.partition) && error.message !== 'Connection is closed.')
      error.message += ` [${whereabouts(line)}]`;
    flush?.call(redis, error, given);
  };
}

function whereabouts({ partition, target, problem }: Line): string {
  const at = target ? ` at ${target.host}:${target.port}` : '';
  if (problem === undefined) return `${partition}${at}`;
  return problem.startsWith(partition) ? problem : `${partition}${at}: ${problem}`;
}
