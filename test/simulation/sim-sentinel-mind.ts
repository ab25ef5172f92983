import type { Surroundings } from './parts.js';
import { type SentinelConf, writeConf } from './sim-sentinel-conf.js';
import { type InstanceAddress, SentinelInstance } from './sim-sentinel-instance.js';
import type { SentinelLoop } from './sim-sentinel-loop.js';

/** ms; of `SENTINEL DEBUG`, by its words there */
export const DEFAULT_PERIODS = {
  'info-period': 10_000,
  'ping-period': 1_000,
  'ask-period': 1_000,
  'publish-period': 2_000,
  'default-down-after': 30_000,
  'tilt-trigger': 2_000,
  'tilt-period': 30_000,
  'slave-reconf-timeout': 10_000,
  'min-link-reconnect-period': 15_000,
  'election-timeout': 10_000,
};
export type Periods = typeof DEFAULT_PERIODS;

export interface SentinelSelf extends InstanceAddress {
  /** 40 hex */
  readonly id: string;
}

interface MindParts {
  readonly surroundings: Surroundings;
  readonly loop: SentinelLoop;
  readonly self: SentinelSelf;
  /** of `sentinel sentinel-user` and `sentinel-pass` */
  readonly peerLogin: readonly [user: string, password: string] | undefined;
  /** ms that a rewrite of the file takes when it holds so many names */
  readonly rewriteMs: (names: number) => number;
  readonly tell: (channel: string, message: string) => void;
  /** see SimSentinelOptions */
  readonly refusedInfoMs: number;
  readonly quickly: boolean;
}

const OLD_CONFS = 16;

/** What a sentinel knows, and what all its parts do: the clock, events, the file. */
export class SentinelMind {
  readonly masters = new Map<string, SentinelInstance>();
  readonly periods: Periods = { ...DEFAULT_PERIODS };
  currentEpoch = 0;
  tilt = false;
  tiltStart = 0;
  lastTick: number;
  rewrites = 0;
  /** the latest last */
  readonly confs: SentinelConf[] = [];

  constructor(readonly parts: MindParts) {
    this.lastTick = this.now();
  }

  get surroundings(): Surroundings {
    return this.parts.surroundings;
  }

  get self(): SentinelSelf {
    return this.parts.self;
  }

  /** All of Sentinel's times are of the wall clock. */
  now(): number {
    return this.surroundings.wallClock();
  }

  /** ms up to a second, so that sentinels do not start elections in step */
  desync(): number {
    return Math.floor(this.surroundings.random() * 1_000);
  }

  /** Each rewrites the whole file, and blocks the thread. */
  flush(): void {
    this.rewrites += 1;
    this.confs.push(writeConf(this));
    if (this.confs.length > OLD_CONFS) this.confs.shift();
    this.parts.loop.spend(this.parts.rewriteMs(this.masters.size));
  }

  /** `<kind> <name> <ip> <port>[ @ <master> <ip> <port>][ more]` on the channel named after the event. */
  event(type: string, about: SentinelInstance, more = ''): void {
    const of = about.master;
    const master = of ? ` @ ${of.name} ${of.address.ip} ${of.address.port}` : '';
    const text = `${about.kind} ${about.name} ${about.address.ip} ${about.address.port}${master}`;
    this.parts.tell(type, more === '' ? text : `${text} ${more}`);
  }

  /** Such as name no instance. */
  note(type: string, text: string): void {
    this.parts.tell(type, text);
  }

  /** @returns undefined: it is known already */
  addReplica(master: SentinelInstance, address: InstanceAddress): SentinelInstance | undefined {
    const name = `${address.ip}:${address.port}`;
    if (master.replicas.has(name)) return undefined;
    const { quorum } = master;
    const replica = new SentinelInstance({ kind: 'slave', name, address, quorum, master, now: this.now() });
    master.replicas.set(name, replica);
    return replica;
  }

  /** A sentinel that is known for another name already shares its link. */
  addSentinel(master: SentinelInstance, address: InstanceAddress, id: string): SentinelInstance {
    const { quorum } = master;
    const sentinel = new SentinelInstance({ kind: 'sentinel', name: id, address, quorum, master, now: this.now() });
    sentinel.runId = id;
    for (const other of this.masters.values()) {
      const same = other === master ? undefined : other.sentinels.get(id);
      if (!same) continue;
      same.link.users += 1;
      sentinel.link = same.link;
      break;
    }
    master.sentinels.set(id, sentinel);
    return sentinel;
  }

  removeSentinel(master: SentinelInstance, id: string): boolean {
    const known = master.sentinels.get(id);
    known?.release();
    return master.sentinels.delete(id);
  }

  /** The name is at another address from now on; what was known of its failover is over, the old address stays as a replica. */
  moveMaster(master: SentinelInstance, to: InstanceAddress): void {
    const moved = master.address.ip !== to.ip || master.address.port !== to.port;
    const replicas = [...master.replicas.values()]
      .map(({ address }) => address)
      .filter(({ ip, port }) => ip !== to.ip || port !== to.port);
    if (moved) replicas.push(master.address);
    this.resetMaster(master);
    master.address = to;
    master.oDownSince = undefined;
    master.sDownSince = undefined;
    for (const address of replicas) {
      const replica = this.addReplica(master, address);
      if (replica) this.event('+slave', replica);
    }
    this.flush();
  }

  /** Its sentinels stay; when INFO last came stays too. */
  resetMaster(master: SentinelInstance): void {
    for (const replica of master.replicas.values()) replica.release();
    master.replicas.clear();
    const { link } = master;
    link.drop('commands');
    link.drop('pubsub');
    const now = this.now();
    master.sDown = false;
    master.oDown = false;
    master.failing = false;
    master.forced = false;
    master.rebooted = false;
    master.leader = undefined;
    master.failoverState = 'none';
    master.failoverStateSince = 0;
    master.failoverStart = Number.NEGATIVE_INFINITY;
    master.promotedReplica = undefined;
    master.runId = undefined;
    master.reportedMaster = undefined;
    master.roleReported = 'master';
    master.roleSince = now;
    link.unanswered = now;
    link.pingedAt = Number.NEGATIVE_INFINITY;
    link.availableAt = now;
    link.pongedAt = now;
  }
}
