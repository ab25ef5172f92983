import type { Surroundings } from './parts.js';
import type { RedisPasswords } from './sim-redis-born.js';
import type { RedisEvent } from './sim-redis-event.js';

export interface SimRedisOptions {
  /** `ip:port` */
  readonly address: string;
  readonly around: Surroundings;
  readonly passwords: RedisPasswords;
  /** what a persistent pod finds on its disk; @default nothing */
  readonly keys?: ReadonlyMap<string, string>;
  /** bytes; @default 33554432 */
  readonly maxMemory?: number;
  /** ms that a replica waits for the whole copy; @default 30 */
  readonly copyMs?: number;
  readonly told?: (event: RedisEvent) => void;
}
