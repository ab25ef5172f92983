import type { Surroundings } from './parts.js';
import type { Acl } from './sim-redis-acl.js';
import type { RedisClient } from './sim-redis-client.js';
import type { Pause } from './sim-redis-pause.js';
import type { Replication } from './sim-redis-replication.js';

/** What the commands of a simulated Redis read and change. */
export interface RedisState {
  readonly around: Surroundings;
  /** 40 hex digits, of this life */
  readonly runId: string;
  readonly port: number;
  /** ms of the virtual clock */
  readonly startedAt: number;
  /** bytes */
  readonly maxMemory: number;
  readonly acl: Acl;
  readonly keys: Map<string, string>;
  readonly clients: Map<number, RedisClient>;
  readonly replication: Replication;
  readonly pause: Pause;
  /** ends a connection */
  kick(client: RedisClient): void;
  /** the same, after the reply has gone out */
  closeSoon(client: RedisClient): void;
}
