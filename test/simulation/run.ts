/** The stages of a run: seed, live, hurt, heal; and what is kept of it. */
import { Executor } from '../../src/act/executor.js';
import type { BarnEvent } from '../../src/barn/barn-event.js';
import { seed as seedFarm } from '../../src/barn/seed.js';
import type { Farm } from '../../src/farm/model.js';
import { observeWorld } from '../../src/observe/observe-world.js';
import { excessMeter } from '../../src/voice/placement-excess.js';
import { partitionsOf as factsOf } from '../../src/world/facts.js';
import { PartitionClient } from './clients.js';
import { FAULTS, type Fault, type FaultKind, LASTING } from './faults.js';
import { Invariants } from './invariants.js';
import type { Command } from './parts.js';
import type { RunOptions } from './run-seed.js';
import { CREDENTIALS } from './servers.js';
import type { SimBarn } from './sim-barn.js';
import { SimConnections } from './sim-connections.js';
import { SimFarm } from './sim-farm.js';
import { SimSource } from './sim-kube.js';
import type { RedisEvent } from './sim-redis.js';
import { barnsOf, SHAPES, shapeOf } from './sim-shapes.js';
import { partitionsOf, problemsOf } from './truth.js';

/** ms: how long seeding may take, how often what sentinels say is read, how long the farm may take to be as declared again, and to come to rest */
const SEED_MS = 60_000;
const LISTEN_EVERY_MS = 50;
const AGAIN_MS = 150_000;
const REST_MS = 11_500;
const QUIET_WITHIN_MS = 240_000;
/** ms for which a decision counts as one under a fault that is over */
const AFTER_MS = 5_000;
/** ms within which each partition takes a write, once all is well */
const WRITES_MS = 4_000;

/** What Barn waits for and what ends by itself. */
const PASSING: ReadonlySet<string> = new Set([
  'SentinelTilted',
  'MovesLimited',
  'MoveCopying',
  'BudgetSpent',
  'FailoverUnderWay',
]);

/** FNV-1a. */
const HASH_PRIME = 16_777_619;
const SPACE = 32;
function hashOf(start: number, text: string): number {
  let hash = start;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), HASH_PRIME);
  return hash;
}

export class Run {
  readonly farm: SimFarm;
  readonly invariants: Invariants;
  readonly lines: string[] = [];
  readonly injected = new Map<FaultKind, number>();
  readonly covered = new Map<string, number>();
  readonly clients: PartitionClient[] = [];
  fingerprint = 2_166_136_261;
  #decidedAt = 0;
  readonly #lately = new Map<FaultKind, number>();
  readonly #undo = new Map<Fault, () => void>();
  readonly #passes = new Map<SimBarn, Extract<BarnEvent, { kind: 'pass' }>>();

  constructor(readonly options: RunOptions) {
    const { seed, shape = shapeOf(seed), barns = barnsOf(seed) } = options;
    const ears = {
      told: (barn: SimBarn, event: BarnEvent) => this.#told(barn, event),
      happened: (line: string) => this.#say(line),
      changed: (event: RedisEvent) => this.invariants.changed(event),
      promoted: (about: string, by: string) => this.invariants.promoted(about, by),
    };
    this.farm = new SimFarm(SHAPES[shape] as Farm, seed, ears, barns);
    this.invariants = new Invariants(this.farm);
    this.farm.network.executed = ({ listener, command, server, client, reply }) => {
      if (command[1] === 'GET-MASTER-ADDR-BY-NAME' && Array.isArray(reply))
        this.invariants.given(command[2] ?? '', `${reply[0]}:${reply[1]}`, listener.address);
      this.#print(listener.address, command);
      if (command[0] !== 'PUBLISH' || !server.name.startsWith('sentinel')) return;
      this.invariants.listen();
      if (client.name.startsWith('barn')) this.invariants.greeted(client.name, listener.address, command[2] ?? '');
    };
    this.#listen();
  }

  #say(line: string): void {
    if (this.options.tell) this.lines.push(`${(this.farm.scheduler.now / 1_000).toFixed(3).padStart(8)} ${line}`);
  }

  #print(address: string, [first = '', second = '']: Command): void {
    let hash = hashOf(this.fingerprint ^ Math.round(this.farm.scheduler.now * 1_000), address);
    hash = hashOf(Math.imul(hash ^ SPACE, HASH_PRIME), first);
    hash = hashOf(Math.imul(hash ^ SPACE, HASH_PRIME), second);
    this.fingerprint = hash >>> 0;
  }

  #listen(): void {
    this.invariants.listen();
    this.farm.scheduler.after(LISTEN_EVERY_MS, () => this.#listen());
  }

  #told(barn: SimBarn, event: BarnEvent): void {
    this.invariants.told(barn, event);
    if (event.kind === 'pass') {
      if (!this.#passes.has(barn)) this.#decidedAt = this.farm.scheduler.now;
      this.#passes.set(barn, event);
    }
    if (event.kind === 'ended' && this.options.tell) {
      const bad = event.receipts.filter(({ status }) => status !== 'Done');
      for (const { action, status, reason } of bad)
        this.#say(`${barn.identity}   ${event.decision.subject}: ${action.kind} ${status}: ${reason}`);
    }
    if (event.kind !== 'decided') return;
    const { reason, subject, detail, actions } = event.decision;
    this.#say(`${barn.identity} ${reason} ${subject}: ${detail} [${actions.map(({ kind }) => kind).join(', ')}]`);
    const { now } = this.farm.scheduler;
    this.#decidedAt = now;
    const kinds = [...this.#lately].filter(([, until]) => until >= now).map(([kind]) => kind);
    for (const kind of kinds.length > 0 ? kinds : ['none']) {
      const key = `${reason} ${kind}`;
      this.covered.set(key, (this.covered.get(key) ?? 0) + 1);
    }
  }

  /** @returns whether the farm was seeded by a Job; else the Barns do it themselves */
  async seed(): Promise<boolean> {
    const { farm } = this;
    const process = farm.addStranger('10.9.0.1', farm.datacenters[0] ?? '', 'seed');
    const { frame, scheduler } = farm;
    const connections = new SimConnections(process, CREDENTIALS);
    const sources = farm.kubes.map((kube) => new SimSource(kube, process));
    const executor = new Executor(connections.asConnections(), CREDENTIALS);
    let settled: boolean | undefined;
    scheduler.enter(process, () => {
      seedFarm({
        frame,
        observe: () => observeWorld(frame, sources, connections.asConnections()),
        act: (decisions) => executor.run(decisions),
        now: () => performance.now(),
        wallClock: () => Date.now(),
        wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
        controller: Math.floor(scheduler.random() * 1_024),
        timeoutMs: SEED_MS,
      }).then(
        (result) => {
          settled = result.settled;
        },
        (error: unknown) => this.invariants.broken('barn-goes-on', `seed: ${error}`),
      );
    });
    await scheduler.settle();
    await scheduler.run(SEED_MS + 5_000, () => settled !== undefined);
    process.kill();
    this.#say(`seeded: ${settled}`);
    if (settled !== true)
      this.invariants.broken('serves-again', `the seed did not settle: ${problemsOf(farm).join('; ')}`);
    return settled === true;
  }

  async live(): Promise<void> {
    const { farm } = this;
    for (const place of farm.barnPlaces) {
      place.start();
      await farm.scheduler.settle();
    }
    const applications = farm.datacenters.map((datacenter, d) => ({
      process: farm.addStranger(`10.${d + 1}.201.1`, datacenter, `the application in ${datacenter}`),
      password: farm.farm.auth === 'none' ? undefined : CREDENTIALS.application,
      sentinelsOf: (group: string) =>
        farm.sentinels.filter(({ record }) => record.group === group).map(({ address }) => address),
    }));
    let turn = 0;
    for (const cluster of farm.farm.cacheClusters)
      for (let index = 0; index < cluster.clusterSize; index++) {
        const application = applications[turn % applications.length];
        if (application)
          this.clients.push(new PartitionClient(application, cluster, index, turn % 2 === 0 ? 0 : 1_500));
        turn++;
      }
    await farm.scheduler.run(farm.scheduler.now + 3_000);
  }

  async hurt(faults: readonly Fault[]): Promise<void> {
    const { scheduler } = this.farm;
    const from = scheduler.now;
    for (const fault of faults) scheduler.after(fault.at, () => this.#inject(fault));
    const last = faults.reduce(
      (most, { at, kind, ms }) => Math.max(most, at + (LASTING.has(kind) ? ms : Math.min(ms, 4_000))),
      0,
    );
    await scheduler.run(from + last + 500, () => this.invariants.violations.length > 0);
  }

  #inject(fault: Fault): void {
    const effect = FAULTS[fault.kind](this.farm, fault);
    if (!effect) return;
    const { scheduler } = this.farm;
    const { told, undo } = effect as { told: string; undo?: () => void };
    this.injected.set(fault.kind, (this.injected.get(fault.kind) ?? 0) + 1);
    this.#say(`* ${told}${undo ? `, for ${Math.round(fault.ms)} ms` : ''}`);
    this.#lately.set(fault.kind, scheduler.now + (undo ? fault.ms : 0) + AFTER_MS);
    if (!undo) return;
    this.#undo.set(fault, undo);
    scheduler.after(fault.ms, () => this.#end(fault));
  }

  #end(fault: Fault): void {
    const undo = this.#undo.get(fault);
    if (!undo) return;
    this.#undo.delete(fault);
    undo();
    this.#say(`* over: ${fault.kind}`);
  }

  /** Faults are over; @returns once the farm is as declared and at rest, or too much time has gone by */
  async heal(): Promise<void> {
    const { farm, invariants } = this;
    const { scheduler } = farm;
    for (const fault of [...this.#undo.keys()]) this.#end(fault);
    farm.calm();
    this.#say('* faults are over');
    const from = scheduler.now;
    this.#decidedAt = from;
    // Six failures in a row wait for a person; this is the person.
    const names = farm.farm.cacheClusters.flatMap(partitionsOf);
    for (const { barn } of farm.barnPlaces) barn?.forgive(names);
    const healthy = await this.#until(from + AGAIN_MS, () => this.#problems().length === 0);
    if (!healthy) return invariants.broken('serves-again', this.#complaint(this.#problems()));
    this.#say(`* as declared after ${Math.round(scheduler.now - from)} ms`);
    const quiet = await this.#until(from + QUIET_WITHIN_MS, () => this.#isAtRest());
    if (!quiet) return invariants.broken('stays-quiet', this.#complaint([]));
    const problems = this.#problems();
    if (problems.length > 0) return invariants.broken('stays-quiet', this.#complaint(problems));
    if (this.#hasRoom()) this.#checkSpread();
  }

  /** An idle pod in each datacenter: without one nothing can be moved there. */
  #hasRoom(): boolean {
    const { redisPods } = this.farm;
    const datacenters = new Set(redisPods.map(({ datacenter }) => datacenter));
    return [...datacenters].every((datacenter) =>
      redisPods.some((pod) => pod.datacenter === datacenter && pod.server?.claim === 'locked'),
    );
  }

  async #until(ms: number, reached: () => boolean): Promise<boolean> {
    const { scheduler } = this.farm;
    while (scheduler.now < ms && this.invariants.violations.length === 0) {
      if (reached()) return true;
      await scheduler.run(scheduler.now + 250, () => this.invariants.violations.length > 0);
    }
    return this.invariants.violations.length > 0;
  }

  #problems(): readonly string[] {
    const { now } = this.farm.scheduler;
    const silent = this.clients.filter(({ lastAckAt }) => now - lastAckAt > WRITES_MS);
    return [...problemsOf(this.farm), ...silent.map(({ name }) => `${name} takes no writes of its application`)];
  }

  /** Nothing decided for longer than a spread waits, and nothing waited for that ends by itself. */
  #isAtRest(): boolean {
    if (this.farm.scheduler.now - this.#decidedAt <= REST_MS) return false;
    const pass = this.#leadersPass;
    return pass !== undefined && !pass.plan.notes.some(({ reason }) => PASSING.has(reason));
  }

  get #leadersPass() {
    const leader = this.farm.barnPlaces.find(({ barn }) => barn?.leads === true)?.barn;
    return leader && this.#passes.get(leader);
  }

  #complaint(problems: readonly string[]): string {
    const notes = this.#leadersPass?.plan.notes ?? [];
    const said = notes.map(({ reason, subject, detail }) => `${reason} ${subject}: ${detail}`);
    return [...problems, this.#leadersPass ? 'the leader notes:' : 'nobody leads', ...new Set(said)].join('\n      ');
  }

  #checkSpread(): void {
    const pass = this.#leadersPass;
    if (!pass) {
      this.invariants.broken('serves-again', 'nobody leads');
      return;
    }
    const { world, facts, farm } = pass;
    const measure = excessMeter(world, facts);
    for (const cluster of farm.cacheClusters) {
      const { datacenter, machine } = measure(cluster, factsOf(facts, cluster));
      if (datacenter > 0 || machine > 0)
        this.invariants.broken(
          'spread-again',
          this.#complaint([`${cluster.clusterName}: ${datacenter} too many in a datacenter, ${machine} on a machine`]),
        );
    }
  }
}
