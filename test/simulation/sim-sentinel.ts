/**
 * A sentinel of Redis 7.0.15 in virtual time: the same decisions at the same ticks as src/sentinel.c, over the simulated network.
 *
 *   const sentinel = new SimSentinel({ address, id, surroundings, users, peerLogin });   // one life of the process; listens at once
 *   sentinel.execute(client, ['SENTINEL', 'MONITOR', ...]);                             // what the network calls
 *   sentinel.busyUntil                                                                  // the network holds commands, and their replies, until then
 *   sentinel.conf                                                                       // what its file says now; give it to the next life ...
 *   new SimSentinel({ ..., conf: sentinel.conf });                                      // ... or leave it out: lost; or one of `oldConfs`: aged
 *   sentinel.tilted, sentinel.rewrites, sentinel.views()                                // for invariants and stories; answers nobody
 *
 * It ends with its Surroundings: nothing of it is called after that. A process that hangs is one whose Surroundings call back late (more than
 * 2 s: TILT); a clock that jumps is `wallClock()`. sentinel-contract.test.ts holds it against three real ones.
 *
 * Not as in a real one: names are listed in the order in which they came, epochs are exact to 2^53, a file can always be written. Left out: RESP3,
 * TLS, host names, scripts, SCRIPT KILL, SENTINEL CONFIG, INFO-CACHE, PENDING-SCRIPTS and SIMULATE-FAILURE, INFO but `server` and `sentinel`.
 */
import type { Command, Listener, Reply, ServerSide, Surroundings } from './parts.js';
import { refusal } from './sim-refusal.js';
import { rulesOf, type SentinelUsers } from './sim-sentinel-access.js';
import { knowsSubcommand, sentinelCommand } from './sim-sentinel-commands.js';
import { readConf, type SentinelConf, writeConf } from './sim-sentinel-conf.js';
import { askOthers, checkObjectively, checkSubjectively } from './sim-sentinel-down.js';
import { finishFailover, startIfNeeded, stepFailover } from './sim-sentinel-failover.js';
import { HELLO_CHANNEL, hearHello } from './sim-sentinel-hello.js';
import type { SentinelInstance } from './sim-sentinel-instance.js';
import { SentinelLoop } from './sim-sentinel-loop.js';
import { SentinelMind } from './sim-sentinel-mind.js';
import { infoReply } from './sim-sentinel-replies.js';
import { type SentinelNameView, SentinelViews } from './sim-sentinel-views.js';
import { reconnect, sendPeriodic } from './sim-sentinel-watch.js';

export type { SentinelConf } from './sim-sentinel-conf.js';

export interface SimSentinelOptions {
  /** `ip:port`, which it announces too */
  readonly address: string;
  /** 40 hex; the same in every life */
  readonly id: string;
  readonly surroundings: Surroundings;
  /** who may do what here; left out: everybody everything */
  readonly users?: SentinelUsers;
  /** with which it logs in at other sentinels */
  readonly peerLogin?: readonly [user: string, password: string];
  /** what an earlier life has learnt */
  readonly conf?: SentinelConf;
  /** ms between two PINGs, as sentinel-start.sh sets it a moment after the start; @default 1000 */
  readonly pingPeriodMs?: number;
  /** ms that a rewrite of a file with so many names blocks it; @default 1 + 0.1 a name: a file in memory, research/reliability.md 6 */
  readonly rewriteMs?: (names: number) => number;
  /**
   * ms after which INFO is asked again of a pod that has refused it; a sentinel asks in each tick, ten to twenty times a second, which is most of
   * what it sends in our farms and changes nothing but how soon it sees a right that it was given; @default 0: as Sentinel
   */
  readonly refusedInfoMs?: number;
  /** on a sound connection PING is answered, and INFO refused, in the same moment and not over the network; @default false: as Sentinel */
  readonly quickly?: boolean;
  /** told of each event as it is published: `+promoted-slave`, and the instance that it is about */
  readonly told?: (event: string, about: string) => void;
}

const inMemory = (names: number): number => 1 + names / 10;
const COMMANDS = new Set(
  'auth ping sentinel publish info role client subscribe psubscribe unsubscribe punsubscribe'.split(' '),
);

/** Said before anybody asks who may do it. */
function unknownCommand(command: string, [first = '', ...args]: Command): Error | undefined {
  if (!COMMANDS.has(command))
    return new Error(
      `ERR unknown command '${first}', with args beginning with: ${args.map((a) => `'${a}' `).join('')}`,
    );
  if (command === 'sentinel' && !knowsSubcommand(args[0] ?? ''))
    return new Error(`ERR unknown subcommand '${args[0]}'. Try SENTINEL HELP.`);
  return undefined;
}

interface Audience {
  readonly channels: Set<string>;
  readonly patterns: Set<string>;
}

const matches = (pattern: string, channel: string): boolean =>
  pattern === '*' || pattern === channel || (pattern.endsWith('*') && channel.startsWith(pattern.slice(0, -1)));

export class SimSentinel implements Listener {
  readonly address: string;
  /** of this life, in INFO; not the id */
  readonly runId: string;
  readonly #mind: SentinelMind;
  readonly #loop: SentinelLoop;
  readonly #born: number;
  readonly #listening = new Map<ServerSide, Audience>();
  readonly #views = new SentinelViews();

  constructor(readonly options: SimSentinelOptions) {
    const { address, id, surroundings } = options;
    this.address = address;
    this.runId = Array.from({ length: 40 }, () => Math.floor(surroundings.random() * 16).toString(16)).join('');
    this.#born = surroundings.now();
    this.#loop = new SentinelLoop(surroundings);
    const colon = address.lastIndexOf(':');
    this.#mind = new SentinelMind({
      surroundings,
      loop: this.#loop,
      self: { id, ip: address.slice(0, colon), port: Number(address.slice(colon + 1)) },
      peerLogin: options.peerLogin,
      rewriteMs: options.rewriteMs ?? inMemory,
      tell: (channel, message) => this.#tell(channel, message),
      refusedInfoMs: options.refusedInfoMs ?? 0,
      quickly: options.quickly ?? false,
    });
    if (options.pingPeriodMs !== undefined) this.#mind.periods['ping-period'] = options.pingPeriodMs;
    if (options.conf) readConf(this.#mind, options.conf);
    this.#schedule();
  }

  /** virtual ms; until then its thread is at its file: it takes no command, and what it has answered is not sent */
  get busyUntil(): number {
    return this.#loop.busyUntil;
  }

  /** What is in its file. */
  get conf(): SentinelConf {
    return this.#mind.confs.at(-1) ?? this.options.conf ?? { ...writeConf(this.#mind), names: [] };
  }

  /** What was in its file before; the oldest first, up to 16. */
  get oldConfs(): readonly SentinelConf[] {
    return this.#mind.confs;
  }

  get tilted(): boolean {
    return this.#mind.tilt;
  }

  get rewrites(): number {
    return this.#mind.rewrites;
  }

  get currentEpoch(): number {
    return this.#mind.currentEpoch;
  }

  /** What it believes, without asking it; the same object as long as it believes the same. */
  views(): readonly SentinelNameView[] {
    return this.#views.of(this.#mind.masters);
  }

  accepted(client: ServerSide): void {
    client.user = undefined;
    const byDefault = this.options.users?.default;
    if (!this.options.users || (byDefault && byDefault.password === undefined)) client.user = 'default';
  }

  closed(client: ServerSide): void {
    this.#listening.delete(client);
  }

  execute(client: ServerSide, words: Command): Reply {
    const [first = '', ...args] = words;
    const command = first.toLowerCase();
    const unknown = unknownCommand(command, words);
    if (unknown) return unknown;
    if (command === 'auth') return this.#logIn(client, args);
    const refused = this.#refusal(client, command, args);
    if (refused) return refused;
    switch (command) {
      case 'ping':
        return args[0] ?? 'PONG';
      case 'sentinel':
        return sentinelCommand(this.#mind, args);
      case 'publish':
        return this.#publish(args);
      case 'info':
        return infoReply(
          this.#mind,
          this.runId,
          this.#mind.surroundings.now() - this.#born,
          (args[0] ?? '').toLowerCase(),
        );
      case 'role':
        return ['sentinel', [...this.#mind.masters.keys()]];
      case 'client':
        return this.#client(client, args);
      default:
        return this.#subscribe(client, command, args);
    }
  }

  #logIn(client: ServerSide, args: readonly string[]): Reply {
    const [name, password] = args.length > 1 ? args : ['default', ...args];
    const user = this.options.users?.[name ?? ''];
    if (!this.options.users || (user && (user.password === undefined || user.password === password))) {
      client.user = name;
      return 'OK';
    }
    return new Error('WRONGPASS invalid username-password pair or user is disabled.');
  }

  #refusal(client: ServerSide, command: string, args: readonly string[]): Error | undefined {
    const { users } = this.options;
    if (!users) return undefined;
    const user = client.user === undefined ? undefined : users[client.user];
    if (!user) return new Error('NOAUTH Authentication required.');
    const rules = rulesOf(user.rules);
    const word = command === 'sentinel' || command === 'client' ? (args[0] ?? '').toLowerCase() : undefined;
    if (!rules.allows(command, word)) {
      const said = word === undefined ? command : `${command}|${word}`;
      return refusal(`NOPERM this user has no permissions to run the '${said}' command`);
    }
    const channels = command === 'publish' ? args.slice(0, 1) : command.endsWith('subscribe') ? args : [];
    return command.includes('unsubscribe') || channels.every((channel) => rules.hears(channel))
      ? undefined
      : new Error('NOPERM this user has no permissions to access one of the channels used as arguments');
  }

  #publish([channel, message = '']: readonly string[]): Reply {
    if (channel !== HELLO_CHANNEL) return new Error('ERR Only HELLO messages are accepted by Sentinel instances.');
    hearHello(this.#mind, message);
    return 1;
  }

  #client(client: ServerSide, [word = '', value = '']: readonly string[]): Reply {
    switch (word.toLowerCase()) {
      case 'setname':
        client.name = value;
        return 'OK';
      case 'getname':
        return client.name === '' ? null : client.name;
      case 'id':
        return client.id;
      default:
        return new Error(`ERR unknown subcommand '${word}'. Try CLIENT HELP.`);
    }
  }

  /** @returns how much it listens to then, as the last reply says */
  #subscribe(client: ServerSide, command: string, names: readonly string[]): Reply {
    const audience = this.#listening.get(client) ?? { channels: new Set<string>(), patterns: new Set<string>() };
    this.#listening.set(client, audience);
    const which = command.startsWith('p') ? audience.patterns : audience.channels;
    if (!command.includes('unsub')) for (const name of names) which.add(name);
    else if (names.length === 0) which.clear();
    else for (const name of names) which.delete(name);
    const count = audience.channels.size + audience.patterns.size;
    if (count === 0) this.#listening.delete(client);
    return count;
  }

  #tell(channel: string, message: string): void {
    this.options.told?.(channel, message);
    for (const [client, { channels, patterns }] of this.#listening) {
      const times = Number(channels.has(channel)) + [...patterns].filter((pattern) => matches(pattern, channel)).length;
      for (let i = 0; i < times; i += 1) this.#loop.enter(() => client.push(channel, message));
    }
  }

  /** Ten to twenty times a second, at random, so that sentinels do not move in step. */
  #schedule(): void {
    const hz = 10 + Math.floor(this.#mind.surroundings.random() * 10);
    this.#mind.surroundings.after(Math.floor(1_000 / hz), () =>
      this.#loop.due(() => {
        this.#tick();
        this.#schedule();
      }),
    );
  }

  #tick(): void {
    const mind = this.#mind;
    const now = mind.now();
    const delta = now - mind.lastTick;
    if (delta < 0 || delta > mind.periods['tilt-trigger']) {
      mind.tilt = true;
      mind.tiltStart = now;
      mind.note('+tilt', '#tilt mode entered');
    }
    mind.lastTick = now;
    let finished: SentinelInstance | undefined;
    for (const master of mind.masters.values()) {
      this.#handle(master);
      for (const replica of master.replicas.values()) this.#handle(replica);
      for (const sentinel of master.sentinels.values()) this.#handle(sentinel);
      if (master.failoverState === 'update_config') finished = master;
    }
    if (finished) finishFailover(mind, finished);
  }

  #handle(instance: SentinelInstance): void {
    const mind = this.#mind;
    reconnect(mind, instance);
    sendPeriodic(mind, instance);
    if (mind.tilt) {
      if (mind.now() - mind.tiltStart < mind.periods['tilt-period']) return;
      mind.tilt = false;
      mind.note('-tilt', '#tilt mode exited');
    }
    checkSubjectively(mind, instance);
    if (instance.kind !== 'master') return;
    checkObjectively(mind, instance);
    if (startIfNeeded(mind, instance)) askOthers(mind, instance, true);
    stepFailover(mind, instance);
    askOthers(mind, instance, false);
  }
}
