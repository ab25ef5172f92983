/**
 * A simulated RedisPod's server: Redis 7.0.15 as redis-start.sh starts it, born locked. One object is one life of the process.
 *
 *   const redis = new SimRedis({ address: '10.0.1.1:6379', around: process, passwords, told });
 *   network.listen(process, redis);
 *
 * What others may use: `address`, `runId`, `claim` (text of the marker), `keys` (read only; the disk of a persistent pod: give it to the next life),
 * `role`, `masterAddress`, `openFor` (users that an application can log in as), `replication` (offsets, replicas), `executeHere` (as barn, at once).
 * `told` hears of each write, flush, claim and copy, for invariants. Nothing has to be ended: once `around` is dead no timer of it fires.
 * CLIENT PAUSE holds commands back through `holds` (parts.ts); the network has to ask it.
 */
import { splitAddress } from '../../src/farm/words.js';
import type { Command, Listener, Reply, ServerSide } from './parts.js';
import type { Acl } from './sim-redis-acl.js';
import { applicationUsers, bornLocked } from './sim-redis-born.js';
import { OF_SUBSCRIBERS, publish, subscription } from './sim-redis-channels.js';
import { newClient, type RedisClient } from './sim-redis-client.js';
import { clientCommand } from './sim-redis-clients.js';
import { type CommandFacts, lookUp, lower, wordsAt } from './sim-redis-commands.js';
import { kindOf } from './sim-redis-event.js';
import { hexId } from './sim-redis-history.js';
import { keyCommand } from './sim-redis-keys.js';
import type { SimRedisOptions } from './sim-redis-options.js';
import { Pause } from './sim-redis-pause.js';
import { Replication } from './sim-redis-replication.js';
import { roleCommand } from './sim-redis-roles.js';
import { configCommand } from './sim-redis-settings.js';
import type { RedisState } from './sim-redis-state.js';
import { aclCommand, logIn } from './sim-redis-users.js';
import { refusal } from './sim-refusal.js';

export type { RedisPasswords } from './sim-redis-born.js';
export type { RedisEvent } from './sim-redis-event.js';
export type { SimRedisOptions } from './sim-redis-options.js';

type Keys = readonly (readonly [string, string])[];
/** carried out at once between MULTI and EXEC */
const UNQUEUED = new Set(['exec', 'discard', 'multi', 'quit']);

export class SimRedis implements Listener {
  readonly address: string;
  readonly #state: RedisState;
  #here: RedisClient | undefined;

  constructor(readonly options: SimRedisOptions) {
    const { around, passwords, address, maxMemory = 33_554_432 } = options;
    const { host: ip, port } = splitAddress(address);
    const keys = new Map(options.keys);
    const kick = (client: RedisClient): void => {
      this.closed(client.side);
      client.side.close();
    };
    this.address = address;
    this.#state = {
      around,
      runId: hexId(() => around.random()),
      port,
      startedAt: around.now(),
      maxMemory,
      acl: bornLocked(passwords),
      keys,
      clients: new Map(),
      pause: new Pause(around),
      replication: new Replication({
        around,
        ip,
        port,
        user: 'replication',
        password: passwords.replication,
        copyMs: options.copyMs ?? 30,
        snapshot: () => [...keys],
        load: (copy) => this.#load(copy),
        apply: (command) => this.#apply(command),
        kick,
      }),
      kick,
      closeSoon: (client) => void around.after(0, () => kick(client)),
    };
  }

  // ---------------------------------------------------------------- what the simulation may look at

  get runId(): string {
    return this.#state.runId;
  }

  get acl(): Acl {
    return this.#state.acl;
  }

  get replication(): Replication {
    return this.#state.replication;
  }

  get keys(): ReadonlyMap<string, string> {
    return this.#state.keys;
  }

  get role(): 'master' | 'replica' {
    return this.replication.master ? 'replica' : 'master';
  }

  get masterAddress(): string | undefined {
    const { master } = this.replication;
    return master && `${master.ip}:${master.port}`;
  }

  /** Text of the marker: `locked`, `bound/User.id::0/7`, ... */
  get claim(): string {
    return this.acl.get('marker')?.state.keys[0] ?? '';
  }

  /** Users that an application can log in as. */
  get openFor(): readonly string[] {
    return applicationUsers(this.acl);
  }

  /** As user barn, at once. */
  executeHere(command: Command): Reply {
    this.#here ??= Object.assign(newClient(this.#insider(), true), { user: 'barn' });
    return this.#process(this.#here, command);
  }

  #insider(): ServerSide {
    const from = splitAddress(this.address).host;
    return { id: 0, from, user: 'barn', name: '', push: () => undefined, close: () => undefined };
  }

  // ---------------------------------------------------------------- Listener

  accepted(side: ServerSide): void {
    const { nopass, on } = this.acl.default;
    if (nopass && on) side.user = 'default';
    this.#state.clients.set(side.id, newClient(side, nopass && on));
  }

  closed(side: ServerSide): void {
    const client = this.#state.clients.get(side.id);
    if (!client) return;
    this.#state.clients.delete(side.id);
    this.replication.left(client);
  }

  holds(side: ServerSide, command: Command, resume: () => void): boolean {
    const { pause, clients } = this.#state;
    const client = pause.isOn ? clients.get(side.id) : undefined;
    if (!client || client.replica) return false;
    const facts = lookUp(command);
    if (typeof facts === 'string' || this.#refuse(client, facts, command) !== undefined) return false;
    if (!pause.concerns(facts, facts.name === 'exec' ? (client.queued ?? []) : [])) return false;
    pause.keep(resume);
    return true;
  }

  execute(side: ServerSide, command: Command): Reply {
    const client = this.#state.clients.get(side.id);
    // It was cut while the command was on its way.
    return client ? this.#process(client, command) : new Error('ERR connection is closed');
  }

  // ---------------------------------------------------------------- before a command is carried out

  #process(client: RedisClient, command: Command): Reply {
    const facts = lookUp(command);
    if (typeof facts === 'string') return this.#refused(client, command, facts);
    const refusal = this.#refuse(client, facts, command);
    if (refusal !== undefined) return this.#refused(client, command, refusal);
    if (!client.queued || UNQUEUED.has(facts.name)) return this.#carryOut(client, facts, command);
    client.queued.push(command);
    return 'QUEUED';
  }

  #refused(client: RedisClient, command: Command, line: string): Error {
    if (client.queued) client.spoilt = true;
    return refusal(lower(command[0] ?? '') === 'exec' ? `EXECABORT Transaction discarded because of: ${line}` : line);
  }

  #refuse(client: RedisClient, facts: CommandFacts, command: Command): string | undefined {
    const { default: anyone } = this.acl;
    if (!client.authenticated && !(anyone.nopass && anyone.on) && !facts.open) return 'NOAUTH Authentication required.';
    const denied = this.#deny(client, facts, command);
    if (denied !== undefined) return `NOPERM ${denied}`;
    if (facts.write && this.replication.tooFewReplicas) return 'NOREPLICAS Not enough good replicas to write.';
    if (facts.write && this.replication.master) return "READONLY You can't write against a read only replica.";
    if (client.channels.size > 0 && !OF_SUBSCRIBERS.has(facts.name))
      return `ERR Can't execute '${facts.name}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context`;
    return undefined;
  }

  #deny(client: RedisClient, facts: CommandFacts, command: Command): string | undefined {
    const user = this.acl.get(client.user) ?? this.acl.default;
    if (!user.may(facts)) return `this user has no permissions to run the '${facts.name}' command`;
    if (facts.keys !== 'none' && !user.mayTouch(wordsAt(command, facts.keys)))
      return 'this user has no permissions to access one of the keys used as arguments';
    if (facts.channels !== 'none' && !user.mayUse(wordsAt(command, facts.channels)))
      return 'this user has no permissions to access one of the channels used as arguments';
    return undefined;
  }

  // ---------------------------------------------------------------- commands

  #carryOut(client: RedisClient, facts: CommandFacts, command: Command): Reply {
    const kind = this.options.told && kindOf(facts, command);
    const [claimBefore, keysBefore] = kind ? [this.claim, this.keys.size] : ['', 0];
    const reply = this.#answer(client, facts.name, command);
    if (reply instanceof Error) return reply;
    if (facts.write || facts.name === 'publish') this.replication.feed(command);
    if (kind) {
      const from = client.side.from;
      this.options.told?.({ kind, server: this, user: client.user, from, command, claimBefore, keysBefore });
    }
    return reply;
  }

  #answer(client: RedisClient, name: string, command: Command): Reply {
    const state = this.#state;
    if (name.startsWith('acl|')) return aclCommand(state, client, name, command);
    if (name.startsWith('client|')) return clientCommand(state, client, name, command);
    if (name.startsWith('config|')) return configCommand(state, name, command);
    return (
      roleCommand(state, client, name, command) ??
      this.#ofConnection(client, name, command) ??
      keyCommand(state.keys, name, command)
    );
  }

  /** @returns undefined: none of these; a reply may be null, so none of these has that */
  #ofConnection(client: RedisClient, name: string, command: Command): Reply | undefined {
    const [, first = '', second = ''] = command;
    switch (name) {
      case 'auth':
        return logIn(this.#state, client, command);
      case 'hello':
        return new Error('NOPROTO unsupported protocol version');
      case 'quit':
        this.#state.closeSoon(client);
        return 'OK';
      case 'ping':
        if (client.channels.size > 0) return ['pong', first];
        return first === '' ? 'PONG' : first;
      case 'echo':
        return first;
      case 'select':
        return first === '0' ? 'OK' : new Error('ERR DB index is out of range');
      case 'multi':
      case 'discard':
      case 'exec':
        return this.#transaction(client, name);
      case 'subscribe':
      case 'unsubscribe':
        return subscription(client, name, command.slice(1));
      case 'publish':
        return publish(this.#state.clients.values(), first, second);
      case 'script|kill':
        return new Error('NOTBUSY No scripts in execution right now.');
      case 'script|flush':
      case 'function|flush':
        return 'OK';
      default:
        return undefined;
    }
  }

  #transaction(client: RedisClient, name: 'multi' | 'discard' | 'exec'): Reply {
    const { queued, spoilt } = client;
    if (name === 'multi' && queued) return new Error('ERR MULTI calls can not be nested');
    if (name !== 'multi' && !queued) return new Error(`ERR ${name.toUpperCase()} without MULTI`);
    client.queued = name === 'multi' ? [] : undefined;
    client.spoilt = false;
    if (name !== 'exec') return 'OK';
    if (spoilt) return new Error('EXECABORT Transaction discarded because of previous errors.');
    return (queued ?? []).map((command) => {
      const facts = lookUp(command);
      if (typeof facts === 'string') return new Error(facts);
      // Permissions may have changed since it was queued.
      const denied = this.#deny(client, facts, command);
      return denied === undefined ? this.#carryOut(client, facts, command) : new Error(`NOPERM ${denied}`);
    });
  }

  // ---------------------------------------------------------------- from our master

  #load(copy: Keys): void {
    const { keys } = this.#state;
    const [claimBefore, keysBefore] = [this.claim, keys.size];
    keys.clear();
    for (const [key, value] of copy) keys.set(key, value);
    const command = ['REPLICAOF', ...(this.masterAddress ?? '').split(':')];
    const event = { kind: 'copied', server: this, user: undefined, from: undefined, command } as const;
    this.options.told?.({ ...event, claimBefore, keysBefore });
  }

  /** No permissions are asked. */
  #apply(command: Command): void {
    const facts = lookUp(command);
    if (typeof facts === 'string') return;
    if (facts.name === 'publish') publish(this.#state.clients.values(), command[1] ?? '', command[2] ?? '');
    else if (facts.write) keyCommand(this.#state.keys, facts.name, command);
  }
}
