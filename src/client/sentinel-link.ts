import type { ConnectionOptions } from 'node:tls';
import { Redis, type RedisOptions } from 'ioredis';
import type { Address, Answer } from './verdict.js';

/** How to talk to the sentinels of a group. */
export interface SentinelLogin {
  readonly username?: string;
  readonly password?: string;
  readonly tls?: ConnectionOptions;
}

/** What a link tells its owner. */
export interface LinkEvents {
  /** it connected, answered for the first time, fell silent, or got or lost its subscription */
  readonly changed: () => void;
  /** it connected (again) and has to be asked for everything */
  readonly ready: (link: SentinelLink) => void;
  /** it heard that a name was switched, monitored or removed */
  readonly heard: (name: string) => void;
}

/** A reply that takes longer does not hold up a decision of the others, ms. A sentinel that rewrites its configuration is away for about 150. */
const PATIENCE_MS = 200;
/** After this a sentinel counts as dead and its connection is dropped, ms; also the time to connect. */
const DEAD_MS = 500;
const MAX_RETRY_MS = 1_000;
const CHANNELS = ['+switch-master', '+monitor', '-monitor'] as const;

/** `+switch-master <name> <ip> ...`, `+monitor master <name> <ip> ...` */
export function nameInEvent(channel: string, text: string): string | undefined {
  const words = text.split(' ');
  return channel === '+switch-master' ? words[0] : words[1];
}

type Reply = readonly [Error | null, unknown];

/**
 * One sentinel: a connection to ask, and on demand one that is subscribed (a subscribed RESP2 connection cannot ask). Remembers what this
 * sentinel said last; forgets it when the sentinel falls silent, so that nothing stale is a witness.
 */
export class SentinelLink {
  readonly id: string;
  /** why it is silent */
  problem = 'not connected yet';
  private state: 'starting' | 'live' | 'down' = 'starting';
  private late = false;
  private failures = 0;
  private closed = false;
  private readonly views = new Map<string, Answer>();
  private readonly asker: Redis;
  private subscriber: Redis | undefined;
  private hearing = false;

  constructor(
    private readonly at: Address,
    private readonly login: SentinelLogin,
    private readonly events: LinkEvents,
  ) {
    this.id = `${at.host}:${at.port}`;
    this.asker = this.connection();
    this.asker.on('ready', () => this.events.ready(this));
    this.asker.on('close', () => this.fail());
  }

  get live(): boolean {
    return this.state === 'live';
  }
  get subscribed(): boolean {
    return this.hearing;
  }
  get subscribing(): boolean {
    return this.subscriber !== undefined;
  }
  private get connected(): boolean {
    return this.asker.status === 'ready';
  }

  answer(name: string): Answer {
    if (this.state === 'starting') return { kind: 'pending' };
    if (this.state === 'down' || this.late) return { kind: 'silent' };
    return this.views.get(name) ?? { kind: 'pending' };
  }

  forget(name: string): void {
    this.views.delete(name);
  }

  /** Asks for addresses and epochs in one round trip; afterwards `answer` has them. Without names it learns whether the sentinel lives. */
  async inspect(names: readonly string[]): Promise<void> {
    const replies = await this.ask(names.flatMap((name) => [addressCommand(name), ['sentinel', 'master', name]]));
    if (replies === undefined) return;
    names.forEach((name, i) => {
      this.views.set(name, answerOf(replies[2 * i]?.[1], replies[2 * i + 1]?.[1]));
    });
    this.succeed();
  }

  /** Asks for addresses only, in one round trip. @returns the names whose address is not the one this sentinel named before */
  async poll(names: readonly string[]): Promise<readonly string[]> {
    if (!this.connected) return [];
    // After an error reply (a password, an ACL) the connection is there, and nothing is known.
    if (!this.live) {
      await this.inspect(names);
      return this.live ? names : [];
    }
    const replies = await this.ask(names.map(addressCommand));
    if (replies === undefined) return [];
    this.succeed();
    return names.filter((name, i) => textOf(answerOf(replies[i]?.[1], undefined)) !== textOf(this.views.get(name)));
  }

  /** Every reply, or undefined when this sentinel did not answer or refused one. */
  private async ask(commands: readonly (readonly string[])[]): Promise<readonly Reply[] | undefined> {
    const patience = setTimeout(() => {
      this.late = true;
      this.events.changed();
    }, PATIENCE_MS);
    const deadline = setTimeout(() => {
      this.problem = `no answer within ${DEAD_MS} ms`;
      this.asker.disconnect(true);
    }, DEAD_MS);
    const replies: readonly Reply[] =
      (await this.asker
        .pipeline((commands.length > 0 ? commands : [['ping']]).map((words) => [...words]))
        .exec()
        .catch((error: Error): Reply[] => [[error, undefined]])) ?? [];
    clearTimeout(patience);
    clearTimeout(deadline);
    // Without MASTER (an ACL of somebody's own) there is no epoch, and majorities decide.
    const refused = replies.find(([error], i) => error && commands[i]?.[1] !== 'master')?.[0];
    if (refused) this.fail(this.reasonOf(refused.message));
    return refused ? undefined : replies;
  }

  /** The refusal of the login comes after the refusal of what was sent behind it. */
  private reasonOf(message: string): string {
    const { username = 'app', password } = this.login;
    return message.startsWith('NOAUTH') && password !== undefined ? `WRONGPASS for the user ${username}` : message;
  }

  private succeed(): void {
    const changed = !this.live || this.late;
    this.problem = 'it closed the connection';
    this.state = 'live';
    this.late = false;
    this.failures = 0;
    if (changed) this.events.changed();
  }

  private fail(problem?: string): void {
    // What ioredis says when it drops a connection hides the reason that came before.
    if (problem !== undefined && !/^(Reached the max retries|Connection is closed|Stream isn't)/.test(problem))
      this.problem = problem;
    if (this.closed) return;
    this.failures += 1;
    this.state = 'down';
    this.late = false;
    this.views.clear();
    this.events.changed();
  }

  /** Idempotent. */
  subscribe(): void {
    if (this.subscriber || this.closed) return;
    const subscriber = this.connection();
    this.subscriber = subscriber;
    subscriber.on('ready', () => {
      subscriber.subscribe(...CHANNELS).then(
        () => this.setHearing(subscriber, true),
        (error: Error) => {
          this.problem = error.message;
        },
      );
    });
    subscriber.on('close', () => this.setHearing(subscriber, false));
    subscriber.on('message', (channel, text) => {
      const name = nameInEvent(channel, text);
      if (name !== undefined) this.events.heard(name);
    });
  }

  private setHearing(subscriber: Redis, hearing: boolean): void {
    if (this.subscriber !== subscriber || this.hearing === hearing) return;
    this.hearing = hearing;
    this.events.changed();
    // Whatever was published before is missed.
    if (hearing) this.events.ready(this);
  }

  unsubscribe(): void {
    this.subscriber?.disconnect();
    this.subscriber = undefined;
    this.hearing = false;
  }

  close(): void {
    this.closed = true;
    this.state = 'down';
    this.unsubscribe();
    this.asker.disconnect();
  }

  private connection(): Redis {
    const redis = new Redis(this.options());
    redis.on('error', (error: Error) => {
      this.problem = error.message;
    });
    return redis;
  }

  private options(): RedisOptions {
    const { username = 'app', password, tls } = this.login;
    return {
      ...this.at,
      ...(password === undefined ? {} : { username, password }),
      ...(tls ? { tls } : {}),
      connectTimeout: DEAD_MS,
      disconnectTimeout: 0,
      enableReadyCheck: false,
      enableOfflineQueue: false,
      autoResubscribe: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      disableClientInfo: true,
      keepAlive: 5_000,
      retryStrategy: () => Math.min(100 * 2 ** Math.min(this.failures, 6), MAX_RETRY_MS) * (0.5 + Math.random() / 2),
    };
  }
}

const addressCommand = (name: string): readonly string[] => ['sentinel', 'get-master-addr-by-name', name];

const textOf = (answer: Answer | undefined): string =>
  answer?.kind === 'address' ? `${answer.address.host}:${answer.address.port}` : (answer?.kind ?? '');

/** @param master reply of SENTINEL MASTER: field, value, field, value ... */
function answerOf(address: unknown, master: unknown): Answer {
  if (!Array.isArray(address)) return { kind: 'unknown' };
  const fields = Array.isArray(master) ? master.map(String) : [];
  const epoch = Number(fields[fields.indexOf('config-epoch') + 1]);
  return {
    kind: 'address',
    address: { host: String(address[0]), port: Number(address[1]) },
    // An absurd epoch (poisoned, 2^64-1) would win for ever; it is no evidence.
    epoch: Number.isSafeInteger(epoch) ? epoch : 0,
  };
}
