import { APPLICATION_RULES, type Claim, claimText, SENTINEL_RULES, USER } from '../farm/access.js';

/** One Redis command, ready for `call`. */
export type Command = readonly [string, ...string[]];

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

/** The sentinel user's rules for a claim; its password stays. */
export const setSentinelRules = (kind: Claim['kind']): Command => ['ACL', 'SETUSER', USER.sentinel, ...SENTINEL_RULES[kind].split(' ')];

/** The application may connect. `default` is the application user of a farm without passwords. */
export const admitApplication = (user: string, password: string): Command => [
  'ACL',
  'SETUSER',
  user,
  'reset',
  'on',
  user === 'default' ? 'nopass' : `>${password}`,
  ...APPLICATION_RULES.split(' '),
];

/** Deleting a user cuts its connections at once; `default` cannot be deleted, so it is shut and its connections are killed. */
export const expelApplication = (user: string): readonly Command[] =>
  user === 'default'
    ? [
        ['ACL', 'SETUSER', 'default', 'off', 'resetpass', '-@all'],
        ['CLIENT', 'KILL', 'USER', 'default'],
      ]
    : [['ACL', 'DELUSER', user]];
