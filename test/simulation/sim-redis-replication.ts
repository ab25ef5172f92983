/**
 * Replication of a simulated Redis 7.0: both ends.
 *  Master: counts the bytes of what it writes once a replica has come (before, its offset stands still), keeps a backlog, pings its replicas every
 *  10 s, drops one that has said nothing for 10 s (repl-timeout of redis-start.sh).
 *  Replica: goes on where it was if its master can, or gets a copy; says every second how far it is; tries again every second.
 */
import type { Command, Reply, Surroundings } from './parts.js';
import type { RedisClient, ReplicaOfOurs } from './sim-redis-client.js';
import { History } from './sim-redis-history.js';
import { type LinkParts, MasterLink, STREAM } from './sim-redis-master-link.js';

/** redis.conf: repl-timeout as redis-start.sh sets it, and repl-ping-replica-period; ms */
const TIMEOUT_MS = 10_000;
const PING_EVERY_MS = 10_000;
/** at most, ms: hz 10 */
const CHILD_MISSED_MS = 100;
/** redis.conf min-replicas-max-lag */
const DEFAULT_MAX_LAG_S = 10;

type Keys = readonly (readonly [string, string])[];

export interface ReplicationParts extends LinkParts {
  readonly around: Surroundings;
  /** ms that a copy takes */
  readonly copyMs: number;
  /** the whole keyspace, for a copy */
  snapshot(): Keys;
  /** what a copy replaces it with */
  load(keys: Keys): void;
  /** carries out a command of the master */
  apply(command: Command): void;
  kick(client: RedisClient): void;
}

export class Replication {
  readonly history: History;
  minReplicas = 0;
  maxLagSeconds = DEFAULT_MAX_LAG_S;
  /** undefined: we are a master */
  master: { readonly ip: string; readonly port: number } | undefined;
  state: 'connect' | 'connecting' | 'sync' | 'connected' = 'connect';
  readonly replicas = new Set<RedisClient>();
  /** our history is one that a master could know; not while a copy is on its way */
  #placed = true;
  /** of the copy that is on its way */
  #awaited: { readonly id: string; readonly offset: number } | undefined;
  /** the stream names its database once */
  #selected = false;
  #link: MasterLink | undefined;
  #cronIsDue = false;
  #downSince: number;
  #pingedAt = 0;

  constructor(readonly parts: ReplicationParts) {
    this.history = new History(() => parts.around.random());
    this.#downSince = parts.around.now();
  }

  get offset(): number {
    return this.history.offset;
  }

  get #now(): number {
    return this.parts.around.now();
  }

  // ---------------------------------------------------------------- the master's end

  /** A command that changes keys, or is to be heard everywhere, goes to the replicas. */
  feed(command: Command): void {
    if (this.master || !this.history.isKept) return;
    if (!this.#selected && command[0] !== 'PING') {
      this.#selected = true;
      this.#stream(['SELECT', '0']);
    }
    this.#stream(command);
  }

  #stream(command: Command): void {
    const message = this.history.add(command);
    for (const { side, replica } of this.replicas) {
      if (replica?.streaming) side.push(STREAM, message);
      else replica?.waiting.push(message);
    }
  }

  /** PSYNC <replication id> <next offset>. */
  sync(client: RedisClient, id: string, next: number): Reply {
    if (this.master && !this.linkUp) return new Error("NOMASTERLINK Can't SYNC while not connected with my master");
    const since = this.history.entriesFrom(id, next);
    if (!since && !this.history.isKept) this.history.startAnew();
    client.replica = {
      state: since ? 'online' : 'wait_bgsave',
      offset: since ? next - 1 : 0,
      heardAt: this.#now,
      streaming: since !== undefined,
      waiting: [],
    };
    this.replicas.add(client);
    this.#runCron();
    if (!since) return this.#sendCopy(client, client.replica);
    for (const { message } of since) client.side.push(STREAM, message);
    return `CONTINUE ${this.history.id}`;
  }

  #sendCopy(client: RedisClient, replica: ReplicaOfOurs): string {
    const { around, copyMs, snapshot } = this.parts;
    const copy = JSON.stringify(['copy', ...snapshot()]);
    this.#selected = false;
    around.after(copyMs, () => {
      if (!this.replicas.has(client)) return;
      replica.state = 'send_bulk';
      client.side.push(STREAM, copy);
      // The child that has sent it is only missed by serverCron; the stream goes on with the first ACK after that, up to a second later.
      around.after(CHILD_MISSED_MS * around.random(), () => {
        replica.state = 'online';
        replica.heardAt = this.#now;
      });
    });
    return `FULLRESYNC ${this.history.id} ${this.offset}`;
  }

  acknowledged({ side, replica }: RedisClient, offset: number): void {
    if (!replica) return;
    replica.offset = Math.max(replica.offset, offset);
    replica.heardAt = this.#now;
    if (replica.state !== 'online' || replica.streaming) return;
    replica.streaming = true;
    for (const message of replica.waiting.splice(0)) side.push(STREAM, message);
  }

  left(client: RedisClient): void {
    this.replicas.delete(client);
  }

  lagSeconds(replica: ReplicaOfOurs): number {
    return Math.floor(this.#now / 1_000) - Math.floor(replica.heardAt / 1_000);
  }

  get goodReplicas(): number {
    let count = 0;
    for (const { replica } of this.replicas)
      if (replica?.state === 'online' && this.lagSeconds(replica) <= this.maxLagSeconds) count++;
    return count;
  }

  /** Whether writes are refused with NOREPLICAS. */
  get tooFewReplicas(): boolean {
    return !this.master && this.minReplicas > 0 && this.maxLagSeconds > 0 && this.goodReplicas < this.minReplicas;
  }

  #dropReplicas(): void {
    for (const client of [...this.replicas]) this.parts.kick(client);
  }

  // ---------------------------------------------------------------- the replica's end

  /** REPLICAOF <ip> <port>. */
  follow(ip: string, port: number): string {
    if (this.master?.ip === ip && this.master.port === port) return 'OK Already connected to specified master';
    this.#cut();
    this.master = { ip, port };
    this.#connect();
    this.#runCron();
    return 'OK';
  }

  /** REPLICAOF NO ONE. */
  stand(): string {
    if (!this.master) return 'OK';
    this.#cut();
    this.master = undefined;
    this.#placed = true;
    this.history.branch();
    this.#selected = false;
    this.#dropReplicas();
    return 'OK';
  }

  get linkUp(): boolean {
    return this.state === 'connected';
  }

  /** as INFO counts: 1 before anything has come */
  get replicaOffset(): number {
    return this.#placed ? this.offset : 1;
  }

  get secondsSinceMaster(): number {
    return this.linkUp && this.#link ? Math.floor((this.#now - this.#link.heardAt) / 1_000) : -1;
  }

  get downSeconds(): number {
    return Math.floor((this.#now - this.#downSince) / 1_000);
  }

  /** The next attempt is the cron's. */
  #cut(): void {
    if (this.linkUp) this.#downSince = this.#now;
    this.#link?.end();
    this.#link = undefined;
    this.#awaited = undefined;
    this.state = 'connect';
  }

  #connect(): void {
    const { master, history, parts } = this;
    if (!master) return;
    this.state = 'connecting';
    const place = this.#placed ? ([history.id, String(history.offset + 1)] as const) : (['?', '-1'] as const);
    const events = {
      accepted: (words: readonly string[]) => this.#accepted(words),
      heard: (command: Command) => this.#hear(command),
      lost: () => this.#cut(),
    };
    this.#link = new MasterLink(parts, place, events, `${master.ip}:${master.port}`, TIMEOUT_MS);
  }

  #accepted([answer, id = '', offset = '']: readonly string[]): void {
    if (answer !== 'CONTINUE') {
      this.state = 'sync';
      this.#placed = false;
      this.#awaited = { id, offset: Number(offset) };
      this.#dropReplicas();
      return;
    }
    if (id !== this.history.id) {
      this.history.branch(id);
      this.#dropReplicas();
    }
    if (!this.history.isKept) this.history.keep();
    this.state = 'connected';
  }

  #hear(command: Command): void {
    if (command[0] !== 'copy') {
      if (!this.#placed) return;
      this.#stream(command);
      this.parts.apply(command);
      return;
    }
    if (!this.#awaited) return;
    this.parts.load(command.slice(1) as unknown as Keys);
    this.history.take(this.#awaited.id, this.#awaited.offset);
    this.#placed = true;
    this.#awaited = undefined;
    this.state = 'connected';
    this.#link?.acknowledge(this.offset);
  }

  // ---------------------------------------------------------------- both

  /** replicationCron, once a second, while there is anything to do. */
  #runCron(): void {
    if (this.#cronIsDue) return;
    this.#cronIsDue = true;
    this.parts.around.after(1_000, () => {
      this.#cronIsDue = false;
      this.#cronAsReplica();
      this.#cronAsMaster();
      if (this.master || this.replicas.size > 0) this.#runCron();
    });
  }

  #cronAsReplica(): void {
    if (!this.master) return;
    if (this.#link && this.#now - this.#link.heardAt > TIMEOUT_MS) this.#cut();
    if (this.state === 'connect') this.#connect();
    else if (this.linkUp) this.#link?.acknowledge(this.offset);
  }

  #cronAsMaster(): void {
    if (this.replicas.size === 0) return;
    if (!this.master && this.#now - this.#pingedAt >= PING_EVERY_MS) {
      this.#pingedAt = this.#now;
      this.feed(['PING']);
    }
    for (const client of [...this.replicas])
      if (client.replica?.state === 'online' && this.#now - client.replica.heardAt > TIMEOUT_MS)
        this.parts.kick(client);
  }
}
