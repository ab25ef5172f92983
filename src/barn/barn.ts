/**
 * The control loop: observe -> plan -> act.
 *  1. a pass looks at the whole farm, plans, and starts what was decided; it waits for none of it: one partition never delays another
 *  2. a hint (a closed connection, a sentinel's event) leads to a look at its partitions only, at once and again until it is decided
 *  3. what is under way, and what an observation cannot have seen yet, is in flight and not decided about again
 * All it knows besides is counted here, as brakes: replacements in the window, also those of others that it sees while it follows; failures in a
 * row, which are of this process alone: after a takeover a person is asked later.
 */
import type { Farm } from '../farm/model.js';
import type { Decision, Note } from '../plan/action.js';
import { type Planned, plan } from '../plan/plan.js';
import type { PlanInput } from '../plan/planning.js';
import type { Receipt } from '../plan/receipt.js';
import { type Facts, partitionOf } from '../world/facts.js';
import type { World } from '../world/model.js';
import { isServing } from '../world/progress.js';
import type { BarnEvent } from './barn-event.js';
import type { BarnParts } from './barn-parts.js';
import { ColdStarts } from './cold-starts.js';
import { InFlight } from './in-flight.js';
import { LastSeen } from './last-seen.js';
import { REPLACEMENTS, ReplacementWindow } from './replacement-window.js';
import { declaredIn } from './seed.js';

export type { BarnEvent } from './barn-event.js';
export type { BarnParts } from './barn-parts.js';

/** ms between two looks at the same partition while it is undecided, and how long it is looked at before the passes take over */
const LOOK_EVERY_MS = 5;
const LOOK_FOR_MS = 1_500;
/** A crash is decided within some tens of ms; who is undecided for longer hangs, and the sentinels take a second to say so: ms, ms */
const HANGS_AFTER_MS = 200;
const LOOK_AT_HUNG_EVERY_MS = 25;

export class Barn {
  readonly #inFlight = new InFlight();
  readonly #window: ReplacementWindow;
  readonly #failures = new Map<string, number>();
  readonly #lastSeen = new LastSeen();
  readonly #coldStarts = new ColdStarts();
  /** of the term in which the last pass began, when it led: what was seen before that, a former leader may have changed since */
  #seenAs: number | undefined;
  readonly #looking = new Set<string>();
  /** of those: hinted at since their last look began, which may have seen them before that */
  readonly #heardSince = new Set<string>();
  /** hinted at while something else was done to them: looked at when that has ended */
  readonly #passedOver = new Set<string>();
  /** hinted at in this turn of the event loop: looked at together, since a machine that dies takes many partitions with it */
  #hinted: { readonly names: Set<string>; readonly looked: Promise<void> } | undefined;
  /** partition -> when the first hint of its trouble came */
  readonly #downSince = new Map<string, number>();
  readonly #replacing = new Set<string>();
  /** sentinel group -> highest epoch of what was decided: above all that was seen then, also of names that nobody knows by now */
  readonly #usedEpochs = new Map<string, number>();
  readonly #running = new Set<Promise<void>>();
  #world: World | undefined;
  /** when it began to be looked at */
  #worldFrom = Number.NEGATIVE_INFINITY;
  /** of that world: a hint must not derive them again while a partition waits */
  #facts: Facts | undefined;
  #notes: readonly Note[] = [];
  #spreadAt = Number.NEGATIVE_INFINITY;
  /** something has happened since the last pass began */
  #nudged = false;
  #stopped = false;
  #wake: () => void = () => undefined;

  constructor(readonly parts: BarnParts) {
    this.#window = parts.window ?? new ReplacementWindow();
  }

  /** The last whole observation. */
  get world(): World | undefined {
    return this.#world;
  }

  /** Why what is not as declared is left alone, as of the last pass. */
  get notes(): readonly Note[] {
    return this.#notes;
  }

  /** Passes until `stop`; resolves when the last action has ended. @throws what `wait` throws: passes without a pause leave time for nothing else */
  async run(): Promise<void> {
    while (!this.#stopped) {
      await this.pass();
      await this.#pause();
    }
    await this.settled();
  }

  stop(): void {
    this.#stopped = true;
    this.#wake();
  }

  /** Something is new (a watch tells, it leads now): a pass is due, as soon as the one under way has ended. */
  nudge(): void {
    this.#nudged = true;
    this.#wake();
  }

  get #leads(): boolean {
    return this.parts.leads?.() ?? true;
  }

  /** A whole pass was made since it began to lead: before it, more was replaced than it knows. */
  get #hasSeen(): boolean {
    return this.#seenAs === this.parts.controller;
  }

  /** All that was started has ended. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  #pause(): Promise<void> {
    if (this.#stopped || this.#nudged) return Promise.resolve();
    const { intervalMs = 1_000, followEveryMs = 5_000 } = this.parts;
    return new Promise((resolve, reject) => {
      this.#wake = resolve;
      this.parts.wait(this.#leads ? intervalMs : followEveryMs).then(resolve, reject);
    });
  }

  /** Whoever listens, and cannot take it, holds nothing up. */
  #tell(event: BarnEvent): void {
    try {
      this.parts.told?.(event);
    } catch (error) {
      if (event.kind !== 'failed') this.#tell({ kind: 'failed', error });
    }
  }

  /** One whole pass. An error of one is told and ends neither it nor the loop. */
  async pass(): Promise<void> {
    const from = this.parts.now();
    const seenAs = this.#leads ? this.parts.controller : undefined;
    this.#nudged = false;
    try {
      const world = await this.parts.observe();
      this.#world = world;
      this.#worldFrom = from;
      const farm = declaredIn(this.parts.frame, world);
      const spread = this.#isTimeToSpread(from);
      const planned = (): Planned => this.#plan(farm, world, { inFlight: this.#inFlight.asOf(from), spread });
      const first = planned();
      const isLess = this.#compare(first.facts, farm, from);
      this.#seenAs = seenAs;
      this.#forget(farm, first.facts, from);
      const { facts, epochs, ...plan } = isLess ? planned() : first;
      const budget = this.#window.budget(farm, this.parts.now());
      this.#notes = plan.notes;
      this.#facts = facts;
      this.#tell({ kind: 'pass', world, farm, facts, budget, plan, ms: this.parts.now() - from });
      for (const decision of this.#coldStarts.due(this.#leads, this.parts.leaderHeardAt?.() ?? from))
        this.#tell({ kind: 'cold', decision });
      this.#start(plan.decisions, farm, epochs);
    } catch (error) {
      this.#tell({ kind: 'failed', error });
    }
  }

  #plan(declared: Farm, world: World, part: Pick<PlanInput, 'inFlight' | 'only' | 'spread'>): Planned {
    return plan({
      declared,
      world,
      replacing: this.#replacing,
      budget: this.#window.budget(declared, this.parts.now()),
      failures: this.#failures,
      now: this.parts.wallClock(),
      controller: this.parts.controller,
      usedEpochs: this.#usedEpochs,
      ...part,
    });
  }

  /** What happened since the last pass, by whomever. @returns whether less may be replaced than was thought */
  #compare(facts: Facts, farm: Farm, from: number): boolean {
    const now = this.parts.now();
    let isLess = false;
    for (const { kind, partition, from: left } of this.#lastSeen.next(facts, this.#inFlight.asOf(from))) {
      if (kind === 'restarted') this.#coldStarts.saw(farm, partition, now);
      else if (this.#window.saw(partition.cluster, now, partition.name, left)) isLess = true;
    }
    return isLess;
  }

  /** Who serves again, by whatever decision or by none, has not failed in a row. */
  #forget(farm: Farm, facts: Facts, from: number): void {
    if (this.#failures.size === 0) return;
    const underWay = this.#inFlight.asOf(from);
    for (const name of this.#failures.keys()) {
      const partition = partitionOf(facts, name);
      if (!underWay.has(name) && (!partition || isServing(farm, facts, partition))) this.#failures.delete(name);
    }
  }

  /** Now and then, from one interval after the start on: a farm that has just been looked at for the first time is rarely quiet. */
  #isTimeToSpread(now: number): boolean {
    if (this.#spreadAt === Number.NEGATIVE_INFINITY) this.#spreadAt = now;
    if (now - this.#spreadAt < (this.parts.spreadEveryMs ?? 10_000)) return false;
    this.#spreadAt = now;
    return true;
  }

  #start(decisions: readonly Decision[], farm: Farm, epochs: ReadonlyMap<string, number>): void {
    if (this.#leads && !this.#hasSeen) {
      this.nudge();
      return;
    }
    if (this.#stopped || !this.#leads) return;
    if (decisions.length > 0)
      for (const [group, epoch] of epochs)
        this.#usedEpochs.set(group, Math.max(epoch, this.#usedEpochs.get(group) ?? 0));
    for (const decision of decisions) {
      this.#inFlight.begin(decision);
      this.#tell({ kind: 'decided', decision });
      if (REPLACEMENTS.has(decision.reason)) {
        this.#replacing.add(decision.subject);
        const cluster = farm.cacheClusters.find(({ clusterName }) => decision.subject.startsWith(`${clusterName}::`));
        const from = decision.actions.find((action) => action.kind === 'switch-name')?.from;
        if (cluster) this.#window.record(cluster, this.parts.now(), decision.subject, from);
      }
      const work = this.#carryOut(decision);
      this.#running.add(work);
      work.finally(() => this.#running.delete(work)).catch(() => undefined);
    }
  }

  async #carryOut(decision: Decision): Promise<void> {
    const start = this.parts.now();
    const receipts = await this.parts.act(decision);
    const end = this.parts.now();
    const done = receipts.every(({ status }) => status === 'Done');
    this.#inFlight.end(decision, end, done);
    if (REPLACEMENTS.has(decision.reason)) this.#count(decision.subject, receipts);
    if (decision.reason === 'PodRestartedInPlace' && done) this.#coldStarts.opened(decision.subject, end);
    if (this.#passedOver.delete(decision.subject)) void this.hint([decision.subject]);
    const since = this.#downSince.get(decision.subject);
    this.#replacing.delete(decision.subject);
    this.#downSince.delete(decision.subject);
    this.#tell({
      kind: 'ended',
      decision,
      receipts,
      ms: end - start,
      ...(since === undefined ? {} : { downMs: end - since }),
    });
    // What one decision has made possible is decided now, not at the next interval; of many replacements what the last one has: a whole look at the
    // farm for each would keep the others waiting.
    if (!REPLACEMENTS.has(decision.reason)) this.#wake();
    // Hints leave a partition whose move failed to the next pass; one that is under way may have looked before.
    else if (!done) this.nudge();
    else if (this.#replacing.size === 0) this.#wake();
  }

  #count(partition: string, receipts: readonly Receipt[]): void {
    if (receipts.every(({ status }) => status === 'Done')) this.#failures.delete(partition);
    else if (receipts.some(({ status }) => status === 'Failed'))
      this.#failures.set(partition, (this.#failures.get(partition) ?? 0) + 1);
  }

  /** A person has looked: the partition may be tried again, at once. @returns false: it had not failed */
  forgive(partition: string): boolean {
    const failed = this.#failures.delete(partition);
    if (failed) this.nudge();
    return failed;
  }

  /** A hint that something happened at `ip:port`: its partitions are looked at now. */
  async hintAddress(address: string): Promise<void> {
    const partitions = this.#facts?.partitions ?? [];
    await this.hint(
      partitions.filter(({ leading, agreed }) => leading === address || agreed === address).map(({ name }) => name),
    );
  }

  /** A hint about partitions: each is looked at, and again, until something is decided, it answers again, or the passes take over. */
  async hint(partitions: readonly string[]): Promise<void> {
    for (const name of partitions) if (this.#looking.has(name)) this.#heardSince.add(name);
    const fresh = partitions.filter((name) => !this.#looking.has(name));
    if (fresh.length === 0 || this.#stopped || !this.#leads || !this.#hasSeen) return;
    for (const name of fresh) {
      this.#looking.add(name);
      if (!this.#downSince.has(name)) this.#downSince.set(name, this.parts.now());
    }
    if (!this.#hinted) {
      const names = new Set<string>();
      this.#hinted = { names, looked: this.parts.wait(0).then(() => this.#lookAtHinted(names)) };
    }
    for (const name of fresh) this.#hinted.names.add(name);
    await this.#hinted.looked;
  }

  async #lookAtHinted(names: ReadonlySet<string>): Promise<void> {
    this.#hinted = undefined;
    try {
      await this.#lookUntilDecided([...names]);
    } catch (error) {
      this.#tell({ kind: 'failed', error });
    } finally {
      const again = [...names].filter((name) => this.#isHeardSince(name));
      for (const name of names) {
        this.#looking.delete(name);
        this.#heardSince.delete(name);
        if (!this.#replacing.has(name)) this.#downSince.delete(name);
      }
      if (again.length > 0) void this.hint(again);
    }
  }

  /** What is being replaced has been decided about: the rest of what is told of it is no news. */
  readonly #isHeardSince = (name: string): boolean => this.#heardSince.has(name) && !this.#replacing.has(name);

  async #lookUntilDecided(partitions: readonly string[]): Promise<void> {
    const start = this.parts.now();
    let open = partitions;
    while (open.length > 0 && !this.#stopped && this.#world) {
      const from = this.parts.now();
      if (from - start >= LOOK_FOR_MS) return;
      for (const name of open) this.#heardSince.delete(name);
      const [before, wholeFrom] = [this.#world, this.#worldFrom];
      const world = await this.parts.look(before, open);
      const heard = world.pods.flatMap(({ address, instance }, i) =>
        instance === before.pods[i]?.instance ? [] : [address],
      );
      const farm = declaredIn(this.parts.frame, world);
      const { decisions, notes, epochs } = this.#plan(farm, world, {
        inFlight: this.#inFlight.during(from, wholeFrom, new Set(heard)),
        only: new Set(open),
      });
      for (const name of open) if (this.#inFlight.runs(name) && !this.#replacing.has(name)) this.#passedOver.add(name);
      this.#start(decisions, farm, epochs);
      // Statuses are made of passes: what is wrong and stays so for now is told by one, which is due then and not at the next interval.
      if (open === partitions && notes.some(({ subject }) => open.includes(subject))) this.nudge();
      // Only what does not answer and is not lost by enough sentinels yet is worth another look.
      const undecided = new Set(
        notes.filter(({ reason }) => reason === 'PodUnreachable').map(({ subject }) => subject),
      );
      const last = new Set(open.filter((name) => undecided.has(name)));
      // One that was found alive may have died since.
      open = partitions.filter((name) => last.has(name) || this.#isHeardSince(name));
      if (open.length > 0) await this.parts.wait(from - start < HANGS_AFTER_MS ? LOOK_EVERY_MS : LOOK_AT_HUNG_EVERY_MS);
    }
  }
}
