import type { Redis } from 'ioredis';
import { DEAD_MS, type SentinelLogin, sentinelConnection } from './sentinel-connection.js';
import { addressText, answerOf, nameInEvent } from './sentinel-replies.js';
import type { Address, Answer } from './verdict.js';

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
const CHANNELS = ['+switch-master', '+monitor', '-monitor'] as const;

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
    // It was refused: an ACL, which may have been changed.
    if (this.subscriber?.status === 'ready' && !this.hearing) this.hear(this.subscriber);
    // After an error reply (a password, an ACL) the connection is there, and nothing is known.
    if (!this.live) {
      await this.inspect(names);
      return this.live ? names : [];
    }
    const replies = await this.ask(names.map(addressCommand));
    if (replies === undefined) return [];
    this.succeed();
    return names.filter(
      (name, i) => addressText(answerOf(replies[i]?.[1], undefined)) !== addressText(this.views.get(name)),
    );
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
    subscriber.on('ready', () => this.hear(subscriber));
    subscriber.on('close', () => this.setHearing(subscriber, false));
    subscriber.on('message', (channel, text) => {
      const name = nameInEvent(channel, text);
      if (name !== undefined) this.events.heard(name);
    });
  }

  private hear(subscriber: Redis): void {
    subscriber.subscribe(...CHANNELS).then(
      () => this.setHearing(subscriber, true),
      (error: Error) => {
        this.problem = error.message;
      },
    );
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
    const redis = sentinelConnection(this.at, this.login, () => this.failures);
    redis.on('error', (error: Error) => {
      this.problem = error.message;
    });
    return redis;
  }
}

const addressCommand = (name: string): readonly string[] => ['sentinel', 'get-master-addr-by-name', name];
