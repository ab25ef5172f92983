/**
 * The fence (design.md 5): who may do what on a RedisPod and on a sentinel, by state, as ACL rules.
 * The start scripts receive these rules as files of their ConfigMap, the operator sends them with ACL SETUSER: one source for both.
 */

/** ACL users on a RedisPod. The application user is named after the CacheCluster, or is `default` where the farm says `auth: none`. */
export const USER = {
  barn: 'barn',
  sentinel: 'sentinel',
  exporter: 'exporter',
  replication: 'replication',
  /** a disabled user whose key pattern and password are the claim */
  marker: 'marker',
  /** on sentinels only */
  peer: 'peer',
  pod: 'pod',
  application: 'app',
} as const;

/** No CacheCluster may be called like one of these: its application user would take over one of ours. */
export const RESERVED_USER_NAMES: readonly string[] = [...Object.values(USER), 'default'];

/** A name that Barn gives to a sentinel and takes away again, to prove that hello is understood (design.md 4.4). */
export const SELF_TEST_NAME = 'barn-selftest';

/** What no CacheCluster may be called, however it is declared: its application's ACL user on a pod bears its name. */
export const RESERVED_CLUSTER_NAMES: readonly string[] = [...RESERVED_USER_NAMES, SELF_TEST_NAME];

/** What an instance is, as its own ACL says it. Dies with the process. */
export type Claim =
  | { readonly kind: 'locked' }
  /** master of an un-replicated partition */
  | { readonly kind: 'bound'; readonly partition: string; readonly epoch: number }
  /** master or replica of a replicated partition; Sentinel decides which */
  | { readonly kind: 'member'; readonly partition: string; readonly epoch: number }
  /** takes a partition over: copies from its pod, shut to everybody until the hand-over */
  | { readonly kind: 'incoming'; readonly partition: string; readonly epoch: number }
  | { readonly kind: 'standby'; readonly clusterName: string; readonly epoch: number };

export const LOCKED: Claim = { kind: 'locked' };

/**
 * Epochs are seconds times 1,024 (plan/epoch.ts), so this is some 140,000 years away. What is above is poison: whoever wrote one more than it
 * would soon be beyond what a number, and the 16 digits of a claim, can hold.
 */
export const HIGHEST_EPOCH = 2 ** 52;

/** `locked`, `bound/User.id::0/1025`, `member/Talk.room::1/1025`, `standby/User.id/1025`. */
export function claimText(claim: Claim): string {
  switch (claim.kind) {
    case 'locked':
      return 'locked';
    case 'bound':
    case 'member':
    case 'incoming':
      return `${claim.kind}/${claim.partition}/${claim.epoch}`;
    case 'standby':
      return `standby/${claim.clusterName}/${claim.epoch}`;
  }
}

/** The inverse of claimText; undefined for text that no version of ours wrote. */
export function parseClaim(text: string): Claim | undefined {
  if (text === 'locked') return LOCKED;
  const match = /^(bound|member|incoming|standby)\/([^/\s]+)\/(\d{1,16})$/.exec(text);
  if (!match) return undefined;
  const [, kind, name, digits] = match as unknown as [
    string,
    'bound' | 'member' | 'incoming' | 'standby',
    string,
    string,
  ];
  const epoch = Number(digits);
  if (epoch > HIGHEST_EPOCH || String(epoch) !== digits) return undefined;
  return kind === 'standby' ? { kind, clusterName: name, epoch } : { kind, partition: name, epoch };
}

/** The CacheCluster a claim belongs to; undefined when locked. */
export function claimedCluster(claim: Claim): string | undefined {
  switch (claim.kind) {
    case 'locked':
      return undefined;
    case 'standby':
      return claim.clusterName;
    default:
      return claim.partition.slice(0, claim.partition.lastIndexOf('::'));
  }
}

const hello = 'resetchannels &__sentinel__:hello -@all +auth +hello +ping +publish +subscribe +client|setname';

/**
 * What Sentinel may do to a pod, by the pod's claim. Without INFO it neither converts nor promotes a pod (design.md 4.5);
 * a standby needs INFO to be eligible but refuses REPLICAOF, which makes the whole MULTI of a conversion fail.
 * A pod that was bound refuses INFO until every sentinel of the farm was heard and none lists it under another name
 * (plan/decisions/let-sentinels-ask.ts): a sentinel that is refused asks 10 to 20 times a second and name, instead of every 10 s.
 * Set together with REPLICATION_STATE, before the application user is let in: `ACL SETUSER sentinel on <rules>`.
 */
export const SENTINEL_RULES: Readonly<Record<Claim['kind'], string>> = {
  locked: hello,
  bound: hello,
  incoming: hello,
  standby: `${hello} +info +role +multi +exec +script|kill`,
  member: `${hello} +info +role +multi +exec +script|kill +slaveof +replicaof +config|rewrite +client|kill`,
};

/** What is added to the rules of a bound pod that the sentinels may ask how it is, and what takes it away. */
export const ASKING = { allowed: '+info', withheld: '-info' } as const;

/**
 * The application: every key, no admin, no dangerous command, no channel (Sentinel's hello channel lives on the pods), INFO and ROLE allowed.
 * Of scripting only EVAL and SCRIPT LOAD: function libraries outlive FLUSHALL, so the pod's next owner would inherit them, and SCRIPT FLUSH
 * and KILL reach into other connections.
 */
export const APPLICATION_RULES =
  '~* resetchannels +@all -@admin -@dangerous -@scripting +eval +evalsha +script|load +script|exists +info +role ' +
  '+client|setname +client|getname +client|id';

/**
 * Whether the user `replication` may connect, by the pod's claim. Born off: else the replicas of a master that restarted empty would copy
 * the emptiness within a second (research e14), before anybody could look. Whoever claims sets it together with SENTINEL_RULES:
 * `ACL SETUSER replication on` for a member, `off` for the rest.
 */
export const REPLICATION_STATE: Readonly<Record<Claim['kind'], 'on' | 'off'>> = {
  locked: 'off',
  bound: 'off',
  incoming: 'off',
  standby: 'off',
  member: 'on',
};

export const EXPORTER_RULES =
  'resetchannels -@all +auth +hello +ping +info +client|setname +slowlog|len +slowlog|get +latency|latest';
export const REPLICATION_RULES = 'resetchannels -@all +auth +hello +ping +psync +sync +replconf';
export const BARN_RULES = '~* &* +@all';

/** Users on a sentinel (measured set, experiments z1): only Barn and the other sentinels change anything; clients look up and subscribe. */
export const SENTINEL_SIDE_RULES = {
  peer: 'resetchannels &__sentinel__:hello -@all +auth +hello +ping +publish +client|setname +sentinel|is-master-down-by-addr',
  barn:
    'resetchannels &* -@all +auth +hello +ping +info +role +publish +subscribe +psubscribe +unsubscribe +punsubscribe +client|setname ' +
    '+sentinel|monitor +sentinel|remove +sentinel|set +sentinel|flushconfig +sentinel|master +sentinel|masters ' +
    '+sentinel|replicas +sentinel|sentinels +sentinel|ckquorum +sentinel|myid +sentinel|get-master-addr-by-name +sentinel|info-cache +sentinel|failover ' +
    // How often it pings: sentinel-start.sh.
    '+sentinel|debug',
  pod: 'resetchannels -@all +auth +hello +ping +info +sentinel|master +sentinel|masters +sentinel|replicas',
  // Every channel, since nothing here may publish: a pattern must be allowed literally, and Lettuce subscribes to `*`.
  app:
    'resetchannels &* -@all +auth +hello +ping ' +
    '+client|setname +client|getname +client|id +info +role +subscribe +psubscribe +unsubscribe +punsubscribe ' +
    '+sentinel|get-master-addr-by-name +sentinel|sentinels +sentinel|replicas +sentinel|slaves +sentinel|master +sentinel|masters',
} as const;

/** Files of the ConfigMaps: file name -> ACL rules. */
export const REDIS_RULE_FILES: Readonly<Record<string, string>> = {
  'rules-barn': BARN_RULES,
  'rules-exporter': EXPORTER_RULES,
  'rules-replication': REPLICATION_RULES,
  'rules-application': APPLICATION_RULES,
  'rules-sentinel-locked': SENTINEL_RULES.locked,
  'rules-sentinel-bound': SENTINEL_RULES.bound,
  'rules-sentinel-standby': SENTINEL_RULES.standby,
  'rules-sentinel-member': SENTINEL_RULES.member,
};
export const SENTINEL_RULE_FILES: Readonly<Record<string, string>> = {
  'rules-peer': SENTINEL_SIDE_RULES.peer,
  'rules-barn': SENTINEL_SIDE_RULES.barn,
  'rules-pod': SENTINEL_SIDE_RULES.pod,
  'rules-app': SENTINEL_SIDE_RULES.app,
};
