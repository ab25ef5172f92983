import type { SentinelLine } from './sim-sentinel-line.js';

export type InstanceKind = 'master' | 'slave' | 'sentinel';

/** In this order; `SENTINEL MASTER` shows the words. */
export const FAILOVER_STATES = [
  'none',
  'wait_start',
  'select_slave',
  'send_slaveof_noone',
  'wait_promotion',
  'reconf_slaves',
  'update_config',
] as const;
export type FailoverState = (typeof FAILOVER_STATES)[number];

export const DEFAULT_DOWN_AFTER_MS = 30_000;
export const DEFAULT_FAILOVER_TIMEOUT_MS = 180_000;

/** A long time ago: what has never happened is due. */
const NEVER = Number.NEGATIVE_INFINITY;

/** Two connections, commands and pub/sub; sentinels known for several names share one link. */
export class SentinelLink {
  users = 1;
  disconnected = true;
  pending = 0;
  commands: SentinelLine | undefined;
  pubsub: SentinelLine | undefined;
  commandsSince = NEVER;
  pubsubSince = NEVER;
  heardAt = NEVER;
  triedAt = NEVER;
  /** of the oldest PING without an answer; set at birth, so that one that can never be reached is found down */
  unanswered: number | undefined;
  pingedAt = NEVER;
  availableAt: number;
  pongedAt: number;

  constructor(now: number) {
    this.unanswered = now;
    this.availableAt = now;
    this.pongedAt = now;
  }

  /** One of both ended, or is not wanted any more. */
  drop(which: 'commands' | 'pubsub'): void {
    const line = this[which];
    if (!line) return;
    this[which] = undefined;
    if (which === 'commands') this.pending = 0;
    this.disconnected = true;
    line.close();
  }

  release(): void {
    this.users -= 1;
    if (this.users > 0) return;
    this.drop('commands');
    this.drop('pubsub');
  }
}

export interface InstanceAddress {
  readonly ip: string;
  readonly port: number;
}

export const sameAddress = (a: InstanceAddress, b: InstanceAddress): boolean => a.ip === b.ip && a.port === b.port;

interface InstanceBirth {
  readonly kind: InstanceKind;
  /** of a master its name, of a replica `ip:port`, of a sentinel its id */
  readonly name: string;
  readonly address: InstanceAddress;
  readonly quorum: number;
  readonly master?: SentinelInstance;
  readonly now: number;
}

/** What a sentinel knows of a master, a replica or another sentinel; the fields of `sentinelRedisInstance`, times by the machine's clock. */
export class SentinelInstance {
  readonly kind: InstanceKind;
  readonly name: string;
  readonly master: SentinelInstance | undefined;
  address: InstanceAddress;
  runId: string | undefined;
  link: SentinelLink;
  released = false;
  // flags
  sDown = false;
  oDown = false;
  masterDown = false;
  failing = false;
  promoted = false;
  reconf: 'sent' | 'inprog' | 'done' | undefined;
  forced = false;
  rebooted = false;
  // times
  publishedAt: number;
  helloAt: number;
  downReplyAt: number;
  sDownSince: number | undefined;
  oDownSince: number | undefined;
  infoAt: number | undefined;
  /** when INFO was last refused; for a simulation that asks less often then */
  refusedAt = NEVER;
  roleReported: 'master' | 'slave';
  roleSince: number;
  reportedMasterSince: number;
  rebootedAt = NEVER;
  // settings
  quorum: number;
  downAfterMs: number;
  failoverTimeoutMs = DEFAULT_FAILOVER_TIMEOUT_MS;
  parallelSyncs = 1;
  rebootDownAfterMs = 0;
  authUser: string | undefined;
  authPass: string | undefined;
  // of a master
  configEpoch = 0;
  readonly replicas = new Map<string, SentinelInstance>();
  readonly sentinels = new Map<string, SentinelInstance>();
  /** of a master whom we voted for, of a sentinel whom it voted for */
  leader: string | undefined;
  leaderEpoch = 0;
  failoverEpoch = 0;
  failoverState: FailoverState = 'none';
  failoverStateSince = 0;
  failoverStart = NEVER;
  promotedReplica: SentinelInstance | undefined;
  // of a replica, from its INFO
  linkDownMs = 0;
  priority = 100;
  announced = true;
  reconfSentAt = NEVER;
  reportedMaster: InstanceAddress | undefined;
  reportedLinkUp = false;
  offset = 0;

  constructor(birth: InstanceBirth) {
    const { now, master } = birth;
    this.kind = birth.kind;
    this.name = birth.name;
    this.master = master;
    this.address = birth.address;
    this.quorum = birth.quorum;
    this.link = new SentinelLink(now);
    this.downAfterMs = master?.downAfterMs ?? DEFAULT_DOWN_AFTER_MS;
    this.roleReported = birth.kind === 'slave' ? 'slave' : 'master';
    this.publishedAt = now;
    this.helloAt = now;
    this.downReplyAt = now;
    this.roleSince = now;
    this.reportedMasterSince = now;
  }

  /** Everything known of the same name. */
  get known(): readonly SentinelInstance[] {
    return [...this.replicas.values(), ...this.sentinels.values()];
  }

  /** Where clients are sent: to the promoted replica as soon as it says that it is a master. */
  get currentAddress(): InstanceAddress {
    if (!this.failing || !this.promotedReplica) return this.address;
    const state = FAILOVER_STATES.indexOf(this.failoverState);
    return state >= FAILOVER_STATES.indexOf('reconf_slaves') ? this.promotedReplica.address : this.address;
  }

  noDownFor(ms: number, now: number): boolean {
    const latest = Math.max(this.sDownSince ?? NEVER, this.oDownSince ?? NEVER);
    return now - latest > ms;
  }

  release(): void {
    this.released = true;
    for (const instance of this.known) instance.release();
    this.link.release();
    if (this.master?.promotedReplica === this) this.master.promotedReplica = undefined;
  }
}
