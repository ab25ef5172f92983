/** Watches a run: each write to a pod, each name of a sentinel, each decision of a Barn. What it finds is a violation of a sentence (violation.ts). */
import type { BarnEvent } from '../../src/barn/barn-event.js';
import { claimedCluster, parseClaim, SELF_TEST_NAME } from '../../src/farm/access.js';
import { parsePartitionName } from '../../src/farm/words.js';
import type { World } from '../../src/world/model.js';
import { DeathWitness } from './death-witness.js';
import type { SimBarn } from './sim-barn.js';
import type { SimFarm } from './sim-farm.js';
import type { RedisEvent } from './sim-redis.js';
import { isDeclared, majorityOf } from './truth.js';
import type { Invariant, Violation } from './violation.js';

/** ms that what a sentinel has said counts: the fence asks, listens and asks again before it opens */
const SAID_MS = 12_000;
const WINDOW_MS = 60_000;
const REPLACEMENTS: ReadonlySet<string> = new Set(['PodCrashed', 'PodSilent']);

export class Invariants {
  readonly violations: Violation[] = [];
  readonly #witness: DeathWitness;
  /** `partition epoch` -> address */
  readonly #byEpoch = new Map<string, string>();
  /** `partition address` -> sentinel -> when it last said so */
  readonly #said = new Map<string, Map<string, number>>();
  /** a Barn's life -> when it replaced what */
  readonly #replaced = new Map<SimBarn, { readonly at: number; readonly clusterName: string }[]>();
  readonly #terms = new Map<number, SimBarn>();

  constructor(readonly farm: SimFarm) {
    this.#witness = new DeathWitness(farm);
  }

  broken(invariant: Invariant, detail: string): void {
    this.violations.push({ invariant, at: this.farm.scheduler.now, detail });
  }

  /** Somebody has changed a pod. */
  changed(event: RedisEvent): void {
    const { kind, server } = event;
    if (kind === 'write') this.#written(event);
    if (kind === 'flush') this.#flushed(event);
    if (kind === 'replicaof') this.#converted(event);
    if (kind === 'claim') this.#claimed(event);
    if (kind === 'claim' && server.claim === 'locked' && server.keys.size > 0)
      this.broken(
        'clean-pod',
        `${server.address}, ${event.claimBefore} before, is locked and holds ${server.keys.size} keys`,
      );
    if (kind === 'claim' || kind === 'acl') this.#opened(server);
  }

  #opened(server: RedisEvent['server']): void {
    const { openFor, claim, address } = server;
    if (openFor.length === 0) return;
    const owner = claimedCluster(parseClaim(claim.replace(/^closing/, 'bound')) ?? { kind: 'locked' });
    if (openFor.length > 1 || openFor[0] !== owner)
      this.broken('one-cluster', `${address}, ${claim}, is open for ${openFor.join(', ')}`);
    const foreign = [...server.keys.keys()].find((key) => !key.startsWith(`${owner}::`));
    if (foreign !== undefined) this.broken('clean-pod', `${address}, ${claim}, is open and holds ${foreign}`);
  }

  #written({ server, user, command }: RedisEvent): void {
    if (user === undefined || user === 'barn') return;
    const partition = (command[1] ?? '').slice(0, (command[1] ?? '').lastIndexOf(':'));
    const owner = claimedCluster(parseClaim(server.claim.replace(/^closing/, 'bound')) ?? { kind: 'locked' });
    const cluster = parsePartitionName(partition)?.clusterName;
    if (cluster !== owner)
      this.broken('own-writes', `${server.address}, ${server.claim}, took a write of ${partition}`);
    else if (!this.#said.has(`${partition} ${server.address}`))
      this.broken('own-writes', `${server.address} took a write of ${partition}, which no sentinel ever gave it`);
  }

  #flushed({ server, user, claimBefore, keysBefore }: RedisEvent): void {
    const owner = claimedCluster(parseClaim(claimBefore) ?? { kind: 'locked' });
    if (keysBefore === 0 || owner === undefined) return;
    for (const [partition, address] of this.farm.agreedAddresses())
      if (address === server.address && parsePartitionName(partition)?.clusterName === owner)
        if (isDeclared(this.farm, partition))
          this.broken(
            'no-lost-data',
            `${address}, ${claimBefore}, flushed by ${user}, has ${keysBefore} keys of ${partition}`,
          );
  }

  #converted({ server, user, command, claimBefore }: RedisEvent): void {
    if ((command[1] ?? '').toUpperCase() === 'NO') return;
    const kind = parseClaim(claimBefore)?.kind;
    if (kind !== 'member' && kind !== 'incoming')
      this.broken('no-conversion', `${server.address}, ${claimBefore}: ${command.join(' ')} by ${user}`);
  }

  #claimed({ server, from, claimBefore }: RedisEvent): void {
    const claim = parseClaim(server.claim);
    const own = server.address.startsWith(`${from}:`);
    if (!own || claimBefore !== 'locked' || claim === undefined) return;
    if (claim.kind !== 'bound' && claim.kind !== 'member') return;
    const said = [...(this.#said.get(`${claim.partition} ${server.address}`)?.values() ?? [])];
    const recent = said.filter((at) => this.farm.scheduler.now - at < SAID_MS).length;
    const group = this.#groupOf(claim.partition);
    if (group && recent < majorityOf(group.size))
      this.broken('opened-by-majority', `${server.address} opened as ${server.claim} on the word of ${recent}`);
  }

  #groupOf(partition: string) {
    const clusterName = parsePartitionName(partition)?.clusterName ?? partition;
    const cluster = this.farm.farm.cacheClusters.find((one) => one.clusterName === clusterName);
    return this.farm.farm.sentinelGroups.find(({ name }) => name === cluster?.sentinelGroup);
  }

  /** A sentinel says that a partition is there. */
  given(partition: string, address: string, by: string): void {
    const key = `${partition} ${address}`;
    const said = this.#said.get(key) ?? new Map<string, number>();
    said.set(by, this.farm.scheduler.now);
    this.#said.set(key, said);
  }

  /** Now and then, and after each command to a sentinel: what all of them say. */
  listen(): void {
    for (const { address: by, server } of this.farm.sentinels)
      for (const { name, address } of server?.names() ?? []) {
        if (name.startsWith(SELF_TEST_NAME)) continue;
        this.given(name, address, by);
      }
    this.#watchLeaders();
  }

  /** A hello that Barn has sent: `<ip>,<port>,<id>,<epoch>,<partition>,<ip>,<port>,<epoch>`. */
  greeted(by: string, message: string): void {
    const [, , , , partition = '', ip, port, epoch] = message.split(',');
    if (partition.startsWith(SELF_TEST_NAME)) return;
    const key = `${partition} ${epoch}`;
    const known = this.#byEpoch.get(key) ?? `${ip}:${port}`;
    this.#byEpoch.set(key, `${ip}:${port}`);
    if (known !== `${ip}:${port}`)
      this.broken(
        'one-address-an-epoch',
        `${by} gives ${partition} ${ip}:${port} at epoch ${epoch}, which was ${known}`,
      );
  }

  #watchLeaders(): void {
    const leaders = this.farm.barnPlaces.flatMap(({ barn }) => (barn?.leads === true ? [barn] : []));
    if (leaders.length > 1)
      this.broken(
        'one-leader',
        `${leaders.map(({ identity, term }) => `${identity} in term ${term}`).join(' and ')} lead`,
      );
    for (const leader of leaders) {
      const known = this.#terms.get(leader.term);
      if (known !== undefined && known.identity !== leader.identity)
        this.broken('one-leader', `term ${leader.term} is of ${known.identity} and of ${leader.identity}`);
      this.#terms.set(leader.term, leader);
    }
  }

  told(barn: SimBarn, event: BarnEvent): void {
    if (event.kind === 'failed')
      this.broken(
        'barn-goes-on',
        `${barn.identity}: ${event.error instanceof Error ? (event.error.stack ?? '') : event.error}`,
      );
    if (event.kind === 'pass') this.#passes.set(barn, { world: event.world, events: this.farm.scheduler.events });
    if (event.kind === 'decided') this.#decided(barn, event.decision);
  }

  /** what a pass saw, and in which event it was told: what is decided in another one comes of a look, which has heard the sentinels itself */
  readonly #passes = new Map<SimBarn, { readonly world: World; readonly events: number }>();

  #decided(barn: SimBarn, decision: Extract<BarnEvent, { kind: 'decided' }>['decision']): void {
    const { reason, subject, actions } = decision;
    if (!barn.leads) this.broken('one-leader', `${barn.identity} does not lead and decides ${reason} for ${subject}`);
    const moving = actions.find((action) => action.kind === 'switch-name' || action.kind === 'hand-over');
    if (REPLACEMENTS.has(reason)) {
      const from = actions.find((action) => action.kind === 'switch-name')?.from;
      const alive =
        from === undefined ? undefined : this.#witness.aliveness(subject, from, this.#groupOf(subject)?.name);
      if (alive !== undefined)
        this.broken('unknown-is-not-dead', `${barn.identity} replaces ${subject}: ${reason}; ${alive}`);
      this.#count(barn, subject);
    }
    const group = this.#groupOf(subject);
    const pass = this.#passes.get(barn);
    if (!moving || !group || pass?.events !== this.farm.scheduler.events) return;
    const { world } = pass;
    const seen = world.groups.find(({ name }) => name === group.name)?.sentinels ?? [];
    const counted = seen.filter((sentinel) => sentinel.state === 'up' && !sentinel.tilt).length;
    if (counted < majorityOf(group.size))
      this.broken(
        'majority-acts',
        `${barn.identity} moves ${subject} (${reason}) with ${counted} of ${group.size} sentinels`,
      );
    if (moving.kind === 'switch-name' || moving.kind === 'hand-over')
      for (const { address } of moving.sentinels)
        if (seen.some((sentinel) => sentinel.address === address && sentinel.state === 'up' && sentinel.tilt))
          this.broken('tilted-is-left-alone', `${barn.identity} writes ${subject} to ${address}, which is tilted`);
  }

  #count(barn: SimBarn, partition: string): void {
    const { now } = this.farm.scheduler;
    const clusterName = parsePartitionName(partition)?.clusterName ?? '';
    const recent = (this.#replaced.get(barn) ?? []).filter(({ at }) => now - at < WINDOW_MS);
    recent.push({ at: now, clusterName });
    this.#replaced.set(barn, recent);
    const { limits } = barn.window;
    const size = this.farm.farm.cacheClusters.find((one) => one.clusterName === clusterName)?.clusterSize ?? 0;
    const allowed = Math.max(limits.least, Math.ceil(size * limits.share));
    const count = recent.filter((one) => one.clusterName === clusterName).length;
    if (count > allowed)
      this.broken('budget-kept', `${barn.identity} replaces ${count} of ${clusterName} within a minute`);
  }
}
