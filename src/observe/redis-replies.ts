/** Pure parsers of what Redis and Sentinel answer. Anything unexpected becomes "unknown", never an exception that ends a pass. */
import { type Claim, HIGHEST_EPOCH, parseClaim, SENTINEL_RULES, USER } from '../farm/access.js';
import type { InstanceLoad, InstanceView, NameView } from '../world/model.js';

/** `# Section\r\nkey:value\r\n` -> map. */
export function parseInfo(text: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const line of text.split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon > 0 && !line.startsWith('#')) fields.set(line.slice(0, colon), line.slice(colon + 1));
  }
  return fields;
}

/**
 * One field of INFO. Of some 150 a few are read, of every pod in every pass: to look for them is an order of magnitude cheaper than to take all
 * apart.
 */
function infoField(text: string, name: string): string | undefined {
  const sought = `${name}:`;
  let at = text.indexOf(sought);
  while (at > 0 && text[at - 1] !== '\n') at = text.indexOf(sought, at + 1);
  if (at < 0) return undefined;
  const end = text.indexOf('\r', at);
  return text.slice(at + sought.length, end < 0 ? text.length : end);
}

const number = (value: string | undefined): number => {
  const parsed = Number(value);
  return Number.isFinite(parsed) ? parsed : 0;
};

/** `db0:keys=3,expires=0` of every database, added up. */
function countKeys(infoText: string): number {
  let keys = 0;
  for (const [, count] of infoText.matchAll(/^db\d+:[^\r\n]*?keys=(\d+)/gm)) keys += number(count);
  return keys;
}

interface AclUser {
  readonly name: string;
  readonly on: boolean;
  readonly words: readonly string[];
}

function parseAclLine(line: string): AclUser | undefined {
  const [user, name, ...words] = line.split(' ');
  return user === 'user' && name !== undefined ? { name, on: words.includes('on'), words } : undefined;
}

/** Nearly all lines are the same on all pods, and of every pod in every pass. */
const knownLines = new Map<string, AclUser | undefined>();
const MOST_KNOWN = 2_000;

export const parseAclList = (lines: readonly string[]): readonly AclUser[] =>
  lines.flatMap((line) => {
    let user = knownLines.get(line);
    if (user === undefined) {
      user = parseAclLine(line);
      if (knownLines.size >= MOST_KNOWN) knownLines.clear();
      knownLines.set(line, user);
    }
    return user ?? [];
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

/** Not `+info`: a bound pod may have it or not (plan/decisions/let-sentinels-ask.ts). */
const COMMANDS_THAT_TELL = ['+slaveof', '+exec', '+ping'] as const;
const tell = (words: readonly string[]): string =>
  COMMANDS_THAT_TELL.map((word) => (words.includes(word) ? '1' : '0')).join('');
const KIND_BY_RULES: ReadonlyMap<string, Claim['kind']> = new Map(
  (['bound', 'standby', 'member'] as const).map((kind) => [tell(SENTINEL_RULES[kind].split(' ')), kind]),
);

/**
 * Which of our rule sets the sentinel user carries; `locked`, `incoming` and `bound` are the same rules, so the claim decides between them. Who tried to
 * bind a standby that was another one by then has taken INFO from it (act/act-on-pod.ts), without which no sentinel gives it anything: that is none.
 */
function readSentinelAccess(users: readonly AclUser[], claim: Claim | undefined): Claim['kind'] | undefined {
  const sentinel = users.find((user) => user.name === USER.sentinel && user.on);
  const kind = sentinel && KIND_BY_RULES.get(tell(sentinel.words));
  if (kind !== 'bound' && !sentinel?.words.includes('+info')) return undefined;
  return kind === 'bound' && (claim?.kind === 'locked' || claim?.kind === 'incoming') ? claim.kind : kind;
}

/** Bound, and its sentinels may not ask for INFO. */
const isMute = (users: readonly AclUser[], claim: Claim | undefined): boolean =>
  claim?.kind === 'bound' && users.some(({ name, words }) => name === USER.sentinel && !words.includes('+info'));

/** INFO tells only that replicas are required, not how many: whoever reads it has to ask. */
export const requiresReplicas = (infoText: string): boolean =>
  infoField(infoText, 'min_slaves_good_slaves') !== undefined;

/** A count that anybody may add up: no fraction, not below 0, not beyond what a number can hold. */
function whole(value: string | undefined): number {
  const parsed = Math.trunc(number(value));
  return Number.isSafeInteger(parsed) ? Math.max(0, parsed) : 0;
}

/** Left out as a whole where the server does not tell what it has to do: none is not 0. */
function readLoad(info: (name: string) => string | undefined): { readonly load?: InstanceLoad } {
  const operations = info('instantaneous_ops_per_sec');
  if (operations === undefined) return {};
  return {
    load: {
      opsPerSecond: whole(operations),
      hits: whole(info('keyspace_hits')),
      misses: whole(info('keyspace_misses')),
      clients: whole(info('connected_clients')),
    },
  };
}

/** The value in the answer of CONFIG GET for one parameter. */
export const readSetting = (reply: unknown): number => number(Array.isArray(reply) ? text(reply[1]) : undefined);

/**
 * INFO and ACL LIST of one RedisPod -> its view.
 * @param minReplicas what CONFIG GET says, where it had to be asked
 */
export function readInstance(infoText: string, aclLines: readonly string[], minReplicas = 0): InstanceView {
  const info = (name: string): string | undefined => infoField(infoText, name);
  const users = parseAclList(aclLines);
  const marker = readMarker(users);
  const replica = info('role') === 'slave';
  return {
    state: 'up',
    runId: info('run_id') ?? '',
    uptimeSeconds: number(info('uptime_in_seconds')),
    role: replica ? 'replica' : 'master',
    ...(replica
      ? {
          masterAddress: `${info('master_host')}:${info('master_port')}`,
          masterLinkUp: info('master_link_status') === 'up',
        }
      : {}),
    offset: number(info(replica ? 'slave_repl_offset' : 'master_repl_offset')),
    copyable: users.some((user) => user.name === USER.replication && user.on),
    ...(minReplicas > 0 ? { minReplicas } : {}),
    keys: countKeys(infoText),
    ...(info('loading') === '1' ? { loading: true as const } : {}),
    usedMemoryBytes: number(info('used_memory')),
    ...readLoad(info),
    ...marker,
    sentinelAccess: readSentinelAccess(users, marker.claim),
    ...(isMute(users, marker.claim) ? { mute: true as const } : {}),
    openFor: users.filter((user) => user.on && !OWN_USERS.has(user.name)).map((user) => user.name),
  };
}

/** What a server may answer where a text belongs; anything else is nothing. */
const text = (value: unknown): string =>
  typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';

/**
 * One field of a RESP2 flat array: name, value, name, ... Of some 40 a few are read, most of them among the first, of every name of every sentinel:
 * to look for them is cheaper than a map of all.
 */
function fieldOf(flat: unknown, name: string): string | undefined {
  if (!Array.isArray(flat)) return undefined;
  for (let i = 0; i + 1 < flat.length; i += 2) if (flat[i] === name) return text(flat[i + 1]);
  return undefined;
}

const flagsOf = (reply: unknown): readonly string[] =>
  (fieldOf(reply, 'flags') ?? '').split(',').filter((flag) => flag !== '');
const addressOf = (reply: unknown): string => `${fieldOf(reply, 'ip')}:${fieldOf(reply, 'port')}`;

/** One that no Barn could go above (2^64-1 is what a single hostile hello makes of it) is no evidence: it must not become ours. */
const epochOf = (value: string | undefined): number => {
  const epoch = number(value);
  return Number.isInteger(epoch) && epoch >= 0 && epoch <= HIGHEST_EPOCH ? epoch : 0;
};

/** The only error of a sentinel, Redis or Valkey, that says something of a name: it does not know it. */
const UNKNOWN_NAME = 'ERR No such master';

/**
 * What a sentinel says of a name, out of a pipeline. Who falls silent or goes away in the middle of its answers has not said that a name is gone.
 * @returns undefined: it does not know the name
 * @throws every other error
 */
export function replyOf(result: readonly [Error | null, unknown] | undefined): unknown {
  const [error, reply] = result ?? [new Error('no answer'), undefined];
  if (error && !error.message.startsWith(UNKNOWN_NAME)) throw error;
  return reply ?? undefined;
}

/** One entry of SENTINEL MASTERS, and the answer of SENTINEL REPLICAS for it. */
export function readName(master: unknown, replicas: unknown): NameView {
  return {
    partition: fieldOf(master, 'name') ?? '',
    address: addressOf(master),
    epoch: epochOf(fieldOf(master, 'config-epoch')),
    flags: flagsOf(master),
    quorum: number(fieldOf(master, 'quorum')),
    downAfterMs: number(fieldOf(master, 'down-after-milliseconds')),
    failoverTimeoutMs: number(fieldOf(master, 'failover-timeout')),
    otherSentinels: number(fieldOf(master, 'num-other-sentinels')),
    ...(fieldOf(master, 'role-reported-time') !== undefined
      ? { roleMs: number(fieldOf(master, 'role-reported-time')) }
      : {}),
    ...(fieldOf(master, 's-down-time') !== undefined ? { downMs: number(fieldOf(master, 's-down-time')) } : {}),
    replicas: (Array.isArray(replicas) ? replicas : []).map((replica) => ({
      address: addressOf(replica),
      flags: flagsOf(replica),
    })),
  };
}
