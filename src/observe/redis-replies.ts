/** Pure parsers of what Redis and Sentinel answer. Anything unexpected becomes "unknown", never an exception that ends a pass. */
import { type Claim, parseClaim, SENTINEL_RULES, USER } from '../farm/access.js';
import type { InstanceView, NameView } from '../world/model.js';

/** `# Section\r\nkey:value\r\n` -> map. */
export function parseInfo(text: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const line of text.split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon > 0 && !line.startsWith('#')) fields.set(line.slice(0, colon), line.slice(colon + 1));
  }
  return fields;
}

const number = (value: string | undefined): number => {
  const parsed = Number(value);
  return Number.isFinite(parsed) ? parsed : 0;
};

/** `db0:keys=3,expires=0` of every database, added up. */
function countKeys(info: ReadonlyMap<string, string>): number {
  let keys = 0;
  for (const [field, value] of info) if (/^db\d+$/.test(field)) keys += number(/keys=(\d+)/.exec(value)?.[1]);
  return keys;
}

interface AclUser {
  readonly name: string;
  readonly on: boolean;
  readonly words: readonly string[];
}

export const parseAclList = (lines: readonly string[]): readonly AclUser[] =>
  lines.flatMap((line) => {
    const [user, name, ...words] = line.split(' ');
    return user === 'user' && name !== undefined ? [{ name, on: words.includes('on'), words }] : [];
  });

const OWN_USERS: ReadonlySet<string> = new Set([
  USER.barn,
  USER.sentinel,
  USER.exporter,
  USER.replication,
  USER.marker,
]);

/** The marker's only key pattern is the claim. */
function readMarker(users: readonly AclUser[]): { claim: Claim | undefined; claimText: string } {
  const marker = users.find((user) => user.name === USER.marker);
  const pattern = marker?.words.find((word) => word.startsWith('~'));
  const claimText = pattern?.slice(1) ?? '';
  return { claim: parseClaim(claimText), claimText };
}

const COMMANDS_THAT_TELL = ['+slaveof', '+info', '+ping'] as const;
const tell = (words: readonly string[]): string =>
  COMMANDS_THAT_TELL.map((word) => (words.includes(word) ? '1' : '0')).join('');
const KIND_BY_RULES: ReadonlyMap<string, Claim['kind']> = new Map(
  (['bound', 'standby', 'member'] as const).map((kind) => [tell(SENTINEL_RULES[kind].split(' ')), kind]),
);

/** Which of our rule sets the sentinel user carries; `locked`, `incoming` and `bound` are the same rules, so the claim decides between them. */
function readSentinelAccess(users: readonly AclUser[], claim: Claim | undefined): Claim['kind'] | undefined {
  const sentinel = users.find((user) => user.name === USER.sentinel && user.on);
  const kind = sentinel && KIND_BY_RULES.get(tell(sentinel.words));
  return kind === 'bound' && (claim?.kind === 'locked' || claim?.kind === 'incoming') ? claim.kind : kind;
}

/** INFO tells only that replicas are required, not how many: whoever reads it has to ask. */
export const requiresReplicas = (infoText: string): boolean => parseInfo(infoText).has('min_slaves_good_slaves');

/** The value in the answer of CONFIG GET for one parameter. */
export const readSetting = (reply: unknown): number => number(Array.isArray(reply) ? text(reply[1]) : undefined);

/**
 * INFO and ACL LIST of one RedisPod -> its view.
 * @param minReplicas what CONFIG GET says, where it had to be asked
 */
export function readInstance(infoText: string, aclLines: readonly string[], minReplicas = 0): InstanceView {
  const info = parseInfo(infoText);
  const users = parseAclList(aclLines);
  const marker = readMarker(users);
  const replica = info.get('role') === 'slave';
  return {
    state: 'up',
    runId: info.get('run_id') ?? '',
    uptimeSeconds: number(info.get('uptime_in_seconds')),
    role: replica ? 'replica' : 'master',
    ...(replica
      ? {
          masterAddress: `${info.get('master_host')}:${info.get('master_port')}`,
          masterLinkUp: info.get('master_link_status') === 'up',
        }
      : {}),
    offset: number(info.get(replica ? 'slave_repl_offset' : 'master_repl_offset')),
    copyable: users.some((user) => user.name === USER.replication && user.on),
    ...(minReplicas > 0 ? { minReplicas } : {}),
    keys: countKeys(info),
    usedMemoryBytes: number(info.get('used_memory')),
    ...marker,
    sentinelAccess: readSentinelAccess(users, marker.claim),
    openFor: users.filter((user) => user.on && !OWN_USERS.has(user.name)).map((user) => user.name),
  };
}

/** What a server may answer where a text belongs; anything else is nothing. */
const text = (value: unknown): string =>
  typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';

/** RESP2 flat array -> map. */
const pairs = (flat: unknown): ReadonlyMap<string, string> => {
  const map = new Map<string, string>();
  if (Array.isArray(flat)) for (let i = 0; i + 1 < flat.length; i += 2) map.set(text(flat[i]), text(flat[i + 1]));
  return map;
};

const flagsOf = (fields: ReadonlyMap<string, string>): readonly string[] =>
  (fields.get('flags') ?? '').split(',').filter((flag) => flag !== '');
const addressOf = (fields: ReadonlyMap<string, string>): string => `${fields.get('ip')}:${fields.get('port')}`;

/** One entry of SENTINEL MASTERS, and the answer of SENTINEL REPLICAS for it. */
export function readName(master: unknown, replicas: unknown): NameView {
  const fields = pairs(master);
  return {
    partition: fields.get('name') ?? '',
    address: addressOf(fields),
    epoch: number(fields.get('config-epoch')),
    flags: flagsOf(fields),
    quorum: number(fields.get('quorum')),
    downAfterMs: number(fields.get('down-after-milliseconds')),
    failoverTimeoutMs: number(fields.get('failover-timeout')),
    otherSentinels: number(fields.get('num-other-sentinels')),
    ...(fields.has('role-reported-time') ? { roleMs: number(fields.get('role-reported-time')) } : {}),
    ...(fields.has('s-down-time') ? { downMs: number(fields.get('s-down-time')) } : {}),
    replicas: (Array.isArray(replicas) ? replicas : [])
      .map(pairs)
      .map((replica) => ({ address: addressOf(replica), flags: flagsOf(replica) })),
  };
}
