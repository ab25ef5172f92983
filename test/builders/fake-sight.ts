/** What Barn saw of an imaginary farm: passes by the real planner, events in the real ring. */
import type { Pass, Sight } from '../../src/api/parts.js';
import { planOnce } from '../../src/barn/seed.js';
import type { Farm } from '../../src/farm/model.js';
import { plan } from '../../src/plan/plan.js';
import { UNLIMITED } from '../../src/plan/planning.js';
import { EventRing } from '../../src/voice/event-ring.js';
import type { VoiceEvent, VoiceRecord } from '../../src/voice/voice-event.js';
import { ImaginaryFarm } from './imaginary-farm.js';

export class FakeSight implements Sight {
  readonly imaginary: ImaginaryFarm;
  readonly ring = new EventRing();
  readonly #onPass = new Set<(pass: Pass) => void>();
  readonly #onEvent = new Set<(event: VoiceEvent) => void>();
  pass: Pass | undefined;
  why: string | undefined;
  leading = true;

  constructor(
    farm: Farm,
    readonly now: () => number,
  ) {
    this.imaginary = new ImaginaryFarm(farm);
  }

  /** Passes until nothing is left to do. */
  settle(): void {
    for (let count = 0; count < 60; count++) {
      const { decisions } = planOnce(this.imaginary.farm, this.imaginary.world(), 1, 0);
      if (decisions.length === 0) return;
      this.imaginary.carryOut(decisions);
    }
    throw new Error('the imaginary farm does not come to rest');
  }

  /** A pass of Barn, as it is told. */
  look(): Pass {
    const world = { ...this.imaginary.world(), observedAt: this.now() };
    const { farm } = this.imaginary;
    const input = { declared: farm, world, inFlight: new Set<string>(), failures: new Map<string, number>() };
    const planned = plan({ ...input, now: this.now(), controller: 1, budget: UNLIMITED });
    const { facts, decisions, notes } = planned;
    this.pass = { farm, world, facts, plan: { decisions, notes }, budget: UNLIMITED };
    for (const listener of [...this.#onPass]) listener(this.pass);
    return this.pass;
  }

  happens(record: VoiceRecord): VoiceEvent {
    this.ring.push(record, this.now());
    const event = this.ring.read().at(-1);
    if (!event) throw new Error('the ring keeps nothing');
    for (const listener of [...this.#onEvent]) listener(event);
    return event;
  }

  get listeners(): number {
    return this.#onPass.size + this.#onEvent.size;
  }

  last(): Pass | undefined {
    return this.pass;
  }
  trouble(): string | undefined {
    return this.why;
  }
  events(filter?: { since?: number; subject?: string }): readonly VoiceEvent[] {
    return this.ring.read(filter);
  }
  leads(): boolean {
    return this.leading;
  }
  ready(): { ok: boolean; why?: string } {
    return this.pass ? { ok: true } : { ok: false, why: 'no pass yet' };
  }
  onPass(listener: (pass: Pass) => void): () => void {
    this.#onPass.add(listener);
    return () => this.#onPass.delete(listener);
  }
  onEvent(listener: (event: VoiceEvent) => void): () => void {
    this.#onEvent.add(listener);
    return () => this.#onEvent.delete(listener);
  }
}
