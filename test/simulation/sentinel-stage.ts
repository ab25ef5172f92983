/** Three sentinels and some pods, real or simulated, and the same things to do to them: what a contract test compares is what came of it. */
import { createHash } from 'node:crypto';
import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  APPLICATION_RULES,
  type Claim,
  claimedCluster,
  claimText,
  REPLICATION_STATE,
  SENTINEL_RULES,
} from '../../src/farm/access.js';
import type { Command } from './parts.js';

export interface Heard {
  readonly at: string;
  readonly channel: string;
  readonly message: string;
}

/** `kept`: as it was when the sentinel ended; `lost`: none; `aged`: as it was when `keepConf` was called */
export type ConfFate = 'kept' | 'lost' | 'aged';

export interface HostAddress {
  readonly ip: string;
  readonly port: number;
}

/** What differs between real and simulated servers. `name` is of a sentinel, s0 to s2, or a pod, any other. */
export interface StageServers {
  /** ms by a clock of its own */
  now(): number;
  pass(ms: number): Promise<void>;
  addressOf(name: string): HostAddress;
  /** 40 hex */
  idOf(sentinel: string): string;
  /** @param user undefined: does not log in @returns the reply; an Error also when there is none */
  ask(name: string, user: string | undefined, command: Command): Promise<unknown>;
  readonly heard: readonly Heard[];
  /** how often its file was written */
  rewritesOf(sentinel: string): number;
  startPod(name: string): Promise<void>;
  startSentinel(name: string, conf: ConfFate): Promise<void>;
  /** what `aged` starts with */
  keepConf(sentinel: string): Promise<void>;
  kill(name: string): Promise<void>;
  pause(name: string): void;
  resume(name: string): void;
  stop(): Promise<void>;
}

export const SENTINELS = ['s0', 's1', 's2'] as const;
export const stageId = (name: string): string => createHash('sha1').update(name).digest('hex');

const isIp = /\d+\.\d+\.\d+\.\d+/g;

/** What a case does and what it tells; the names of servers stand for their addresses and ids, both ways: `<p>` two words, `@p` ip:port, `#s0` id. */
export class SentinelStage {
  readonly #names = new Map<string, string>();

  constructor(readonly servers: StageServers) {}

  async begin(): Promise<void> {
    for (const name of SENTINELS) await this.sentinel(name);
  }

  async sentinel(name: string, conf: ConfFate = 'lost'): Promise<void> {
    await this.servers.startSentinel(name, conf);
    this.#names.set(this.servers.addressOf(name).ip, name);
  }

  async pod(...names: readonly string[]): Promise<void> {
    for (const name of names) {
      await this.servers.startPod(name);
      this.#names.set(this.servers.addressOf(name).ip, name);
    }
  }

  words(text: string): readonly string[] {
    return text.split(' ').flatMap((word) => {
      const two = /^<(\w+)>$/.exec(word)?.[1];
      if (two !== undefined) {
        const { ip, port } = this.servers.addressOf(two);
        return [ip, String(port)];
      }
      return [
        word
          .replaceAll(/@(\w+):/g, (_, name: string) => `${this.servers.addressOf(name).ip}`)
          .replaceAll(/#(s\d)/g, (_, name: string) => this.servers.idOf(name)),
      ];
    });
  }

  ask(name: string, text: string, user: string | undefined = 'barn'): Promise<unknown> {
    return this.servers.ask(name, user, this.words(text));
  }

  /** The same on each sentinel, or those named; what they say. */
  async each(text: string, at: readonly string[] = SENTINELS): Promise<readonly unknown[]> {
    return this.masked(await Promise.all(at.map((name) => this.ask(name, text)))) as readonly unknown[];
  }

  /** As Barn does: compare-and-set, then what the claim allows. */
  async claim(pod: string, claim: Exclude<Claim, { kind: 'locked' }>): Promise<void> {
    const text = claimText(claim);
    for (const words of [
      `ACL SETUSER marker <locked >${text} resetkeys ~${text}`,
      `ACL SETUSER sentinel on ${SENTINEL_RULES[claim.kind]}`,
      `ACL SETUSER replication ${REPLICATION_STATE[claim.kind]}`,
      `ACL SETUSER ${claimedCluster(claim)} reset on >x ${APPLICATION_RULES}`,
    ]) {
      const reply = await this.servers.ask(pod, 'barn', words.split(' '));
      if (reply !== 'OK') throw new Error(`${pod}: ${words}: ${String(reply)}`);
    }
  }

  hello(from: string, name: string, pod: string, epoch: number, currentEpoch = epoch): string {
    const [sender, at] = [this.servers.addressOf(from), this.servers.addressOf(pod)];
    const id = this.servers.idOf(from);
    const text = [sender.ip, sender.port, id, currentEpoch, name, at.ip, at.port, epoch].join(',');
    return `PUBLISH __sentinel__:hello ${text}`;
  }

  /** MONITOR and SET as Barn sends them. */
  async name(
    name: string,
    pod: string,
    options: Readonly<Record<string, string>> = {},
    at = SENTINELS as readonly string[],
  ) {
    const { quorum = '2', ...more } = options;
    const set = {
      'down-after-milliseconds': '1000',
      'failover-timeout': '3000',
      'auth-user': 'sentinel',
      'auth-pass': '$sentinel',
      ...more,
    };
    await Promise.all(
      at.map(async (sentinel) => {
        await this.ask(sentinel, `SENTINEL MONITOR ${name} <${pod}> ${quorum}`);
        const words = ['SENTINEL', 'SET', name, ...Object.entries(set).flat()];
        const reply = await this.servers.ask(sentinel, 'barn', words);
        if (reply !== 'OK') throw new Error(`${sentinel}: ${words.join(' ')}: ${String(reply)}`);
      }),
    );
  }

  async until(what: string, check: () => Promise<boolean> | boolean, withinMs = 20_000): Promise<void> {
    const deadline = this.servers.now() + withinMs;
    while (!(await check())) {
      if (this.servers.now() > deadline)
        throw new Error(`not within ${withinMs} ms: ${what}; heard ${this.told().join('; ')}`);
      await this.servers.pass(20);
    }
  }

  /** The name is at that pod for each of them. */
  untilAt(name: string, pod: string, at: readonly string[] = SENTINELS, withinMs = 20_000): Promise<void> {
    const wanted = this.servers.addressOf(pod).ip;
    return this.until(
      `${name} at ${pod}`,
      async () => (await Promise.all(at.map((s) => this.field(s, name, 'ip')))).every((ip) => ip === wanted),
      withinMs,
    );
  }

  async field(sentinel: string, name: string, field: string): Promise<string | undefined> {
    const reply = await this.ask(sentinel, `SENTINEL MASTER ${name}`);
    return Array.isArray(reply) ? fieldOf(reply, field) : undefined;
  }

  async fields(field: string, name: string, at: readonly string[] = SENTINELS): Promise<readonly unknown[]> {
    return this.masked(await Promise.all(at.map((s) => this.field(s, name, field)))) as readonly unknown[];
  }

  untilField(name: string, field: string, test: RegExp, at: readonly string[] = SENTINELS, withinMs = 20_000) {
    return this.until(
      `${field} of ${name} ${test}`,
      async () =>
        (await Promise.all(at.map((s) => this.field(s, name, field)))).every((value) => test.test(value ?? '')),
      withinMs,
    );
  }

  /** All know each other. */
  untilMet(name: string): Promise<void> {
    return this.untilField(name, 'num-other-sentinels', /^2$/);
  }

  /** Each has read INFO of the replicas of the name, and they are so many. */
  untilSeen(name: string, count: number): Promise<void> {
    return this.until(`${count} replicas of ${name} seen`, async () => {
      const replies = await Promise.all(SENTINELS.map((s) => this.ask(s, `SENTINEL REPLICAS ${name}`)));
      return replies.every(
        (reply) =>
          Array.isArray(reply) &&
          reply.length === count &&
          reply.every((replica) => fieldOf(replica, 'flags') === 'slave' && fieldOf(replica, 'runid') !== ''),
      );
    });
  }

  /** Names for addresses and ids; run ids have none. */
  masked(value: unknown): unknown {
    if (value instanceof Error) return `-${this.#maskText(value.message)}`;
    if (Array.isArray(value)) return value.map((item) => this.masked(item));
    return typeof value === 'string' ? this.#maskText(value) : value;
  }

  #maskText(text: string): string {
    let masked = text.replaceAll(isIp, (ip) => this.#names.get(ip) ?? ip);
    for (const name of SENTINELS) masked = masked.replaceAll(this.servers.idOf(name), `#${name}`);
    return masked.replaceAll(/\b[0-9a-f]{40}\b/g, '#run');
  }

  /** What was heard on such channels: `s0 +odown master ...`. */
  told(channels?: RegExp): readonly string[] {
    return this.servers.heard
      .filter(({ channel }) => channels === undefined || channels.test(channel))
      .map(({ at, channel, message }) => `${at} ${channel} ${String(this.masked(message))}`);
  }

  /** The same without who said it, each once, in order of the alphabet. */
  kinds(channels?: RegExp): readonly string[] {
    return [...new Set(this.told(channels).map((text) => text.slice(3)))].sort();
  }
}

export const fieldOf = (reply: unknown, field: string): string | undefined => {
  if (!Array.isArray(reply)) return undefined;
  const value: unknown = reply[reply.indexOf(field) + 1];
  return typeof value === 'string' ? value : undefined;
};

/** Where a real sentinel keeps its file, and one that was put by. */
export const confFiles = (folder: string, name: string): { readonly conf: string; readonly old: string } => ({
  conf: join(folder, name, 'run', 'sentinel.conf'),
  old: join(folder, name, 'run', 'old.conf'),
});

export function setConf({ conf, old }: ReturnType<typeof confFiles>, fate: ConfFate): void {
  if (fate === 'lost') rmSync(conf, { force: true });
  if (fate === 'aged') copyFileSync(old, conf);
}
