import type { Command } from './parts.js';
import type { SimRedis } from './sim-redis.js';
import type { CommandFacts } from './sim-redis-commands.js';

/** What a simulated Redis has carried out, for those who watch over it. */
export interface RedisEvent {
  readonly kind: 'write' | 'flush' | 'claim' | 'copied' | 'acl' | 'replicaof';
  readonly server: SimRedis;
  /** user that did it; undefined: replication */
  readonly user: string | undefined;
  readonly from: string | undefined;
  readonly command: Command;
  /** marker and number of keys before it */
  readonly claimBefore: string;
  readonly keysBefore: number;
}

export function kindOf(facts: CommandFacts, command: Command): RedisEvent['kind'] | undefined {
  if (facts.name === 'flushall') return 'flush';
  if (facts.write) return 'write';
  if (facts.name === 'acl|setuser') return command[2] === 'marker' ? 'claim' : 'acl';
  if (facts.name === 'acl|deluser') return 'acl';
  return facts.name === 'replicaof' || facts.name === 'slaveof' ? 'replicaof' : undefined;
}
