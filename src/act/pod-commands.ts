import type { Redis } from 'ioredis';
import {
  APPLICATION_RULES,
  ASKING,
  type Claim,
  claimText,
  REPLICATION_STATE,
  SENTINEL_RULES,
  USER,
} from '../farm/access.js';

/** One Redis command, ready for `call`. */
export type Command = readonly [string, ...string[]];

/** One write, one round trip; what each came to, an error or a reply. */
export async function sendInOneWrite(redis: Redis, commands: readonly Command[]): Promise<[Error | null, unknown][]> {
  const pipeline = redis.pipeline();
  for (const [command, ...args] of commands) pipeline.call(command, ...args);
  return (await pipeline.exec()) ?? [];
}

/**
 * Compare-and-set of the marker: removing a password that is not there makes the whole ACL SETUSER fail, so the claim changes only if
 * the pod still says `from` (proven in test/act).
 */
export const swapMarker = (from: Claim, to: Claim): Command => [
  'ACL',
  'SETUSER',
  USER.marker,
  `<${claimText(from)}`,
  `>${claimText(to)}`,
  'resetkeys',
  `~${claimText(to)}`,
];

/**
 * The sentinel user's rules for a claim; its password stays. `on`, because a start script may have made it deaf (redis-fence.sh).
 * `asked`: with INFO, which the rules of a bound pod lack.
 */
export const setSentinelRules = (kind: Claim['kind'], asked = false): Command => [
  'ACL',
  'SETUSER',
  USER.sentinel,
  'on',
  ...SENTINEL_RULES[kind].split(' '),
  ...(asked ? [ASKING.allowed] : []),
];

/** Whether the sentinels may ask a bound pod for INFO; all other rules stay. */
export const askingRule = (allowed: boolean): Command => [
  'ACL',
  'SETUSER',
  USER.sentinel,
  allowed ? ASKING.allowed : ASKING.withheld,
];

/** Only members of replicated partitions may be copied from. */
export const setReplication = (kind: Claim['kind']): Command => [
  'ACL',
  'SETUSER',
  USER.replication,
  REPLICATION_STATE[kind],
];

/** The application user, shut, with the claim as its only password: `admitApplication` finds it only if nobody released the pod meanwhile. */
export const prepareApplication = (user: string, claim: Claim): Command => [
  'ACL',
  'SETUSER',
  user,
  'reset',
  ...APPLICATION_RULES.split(' '),
  `>${claimText(claim)}`,
];

/** Lets the application in; fails as a whole when the claim is no password of the user any more. `default` has none of its own. */
export const admitApplication = (user: string, claim: Claim, password: string): Command => [
  'ACL',
  'SETUSER',
  user,
  'on',
  `<${claimText(claim)}`,
  user === 'default' ? 'nopass' : `>${password}`,
];

/**
 * s without a word from a replica until it counts no more (redis.conf min-replicas-max-lag). Replicas report every second; the default
 * of 10 would let a master that is cut off from all of them take writes for long after Sentinel has replaced it.
 */
const MAX_LAG_SECONDS = 5;

/** Replicas in step without which a master refuses writes; replicas keep it for the day they are promoted. 0: never. */
export const requireReplicas = (replicas: number): readonly Command[] => [
  ['CONFIG', 'SET', 'min-replicas-max-lag', String(MAX_LAG_SECONDS)],
  ['CONFIG', 'SET', 'min-replicas-to-write', String(replicas)],
];

/** Deleting a user cuts its connections at once; `default` cannot be deleted, so it is shut and its connections are killed. */
export const expelApplication = (user: string): readonly Command[] =>
  user === 'default'
    ? [
        ['ACL', 'SETUSER', 'default', 'reset'],
        ['CLIENT', 'KILL', 'USER', 'default'],
      ]
    : [['ACL', 'DELUSER', user]];
