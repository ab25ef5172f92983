import { REDIS_RULE_FILES } from '../../src/farm/access.js';
import { Acl } from './sim-redis-acl.js';

/** The Secret of the farm, as far as a RedisPod's server needs it. */
export interface RedisPasswords {
  readonly barn: string;
  readonly sentinel: string;
  readonly exporter: string;
  readonly replication: string;
}

/** The users of redis-start.sh (render_users): nobody but our own can connect. */
export function bornLocked(passwords: RedisPasswords): Acl {
  const acl = new Acl();
  const rules = (file: string): readonly string[] => (REDIS_RULE_FILES[file] ?? '').split(' ');
  acl.set('default', ['reset', 'resetchannels']);
  acl.set('marker', ['off', 'resetkeys', '~locked', 'resetchannels', '-@all', '>locked']);
  acl.set('barn', ['reset', 'on', ...rules('rules-barn'), `>${passwords.barn}`]);
  acl.set('sentinel', ['reset', 'on', ...rules('rules-sentinel-locked'), `>${passwords.sentinel}`]);
  acl.set('exporter', ['reset', 'on', ...rules('rules-exporter'), `>${passwords.exporter}`]);
  acl.set('replication', ['reset', 'off', ...rules('rules-replication'), `>${passwords.replication}`]);
  return acl;
}

const OWN_USERS = new Set(['barn', 'sentinel', 'exporter', 'replication', 'marker']);

/** Users that an application can log in as. */
export const applicationUsers = (acl: Acl): readonly string[] =>
  acl.sorted().flatMap(({ name, on }) => (on && !OWN_USERS.has(name) ? [name] : []));
