import type { Decision } from '../plan/action.js';

interface Promised {
  running: number;
  /** when the last of them ended, on the clock that also dates observations */
  endedAt: number;
}

/**
 * What was sent and may not be seen yet. A subject or a pod stays in flight while an action is under way, and after that until an
 * observation that began later: an older one may have looked at it before the action.
 */
export class InFlight {
  readonly #promised = new Map<string, Promised>();

  static keysOf(decision: Decision): readonly string[] {
    return [decision.subject, ...decision.actions.flatMap((action) => ('pod' in action ? [action.pod.address] : []))];
  }

  begin(decision: Decision): void {
    for (const key of InFlight.keysOf(decision)) {
      const known = this.#promised.get(key);
      if (known) known.running++;
      else this.#promised.set(key, { running: 1, endedAt: 0 });
    }
  }

  end(decision: Decision, now: number): void {
    for (const key of InFlight.keysOf(decision)) {
      const known = this.#promised.get(key);
      if (!known) continue;
      known.running--;
      known.endedAt = now;
    }
  }

  /** Forgets what an observation that began at `observedFrom` must have seen. @returns what is still in flight for it */
  asOf(observedFrom: number): ReadonlySet<string> {
    for (const [key, { running, endedAt }] of this.#promised)
      if (running === 0 && endedAt < observedFrom) this.#promised.delete(key);
    return new Set(this.#promised.keys());
  }
}
