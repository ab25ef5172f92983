import { type Decision, podsIn } from '../plan/action.js';

interface Promised {
  /** what came of it only a whole observation tells: something was done to a pod, or not all was done that was to be */
  needsWhole: boolean;
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

  begin(decision: Decision): void {
    const pods = podsOf(decision);
    for (const key of [decision.subject, ...pods]) {
      const known = this.#promised.get(key);
      if (known) known.running++;
      else this.#promised.set(key, { needsWhole: pods.includes(key), running: 1, endedAt: 0 });
    }
  }

  /** @param done all its actions have had their effect */
  end(decision: Decision, now: number, done: boolean): void {
    for (const key of [decision.subject, ...podsOf(decision)]) {
      const known = this.#promised.get(key);
      if (!known) continue;
      known.running--;
      known.endedAt = now;
      if (!done) known.needsWhole = true;
    }
  }

  /** Something is being done to it at this moment. */
  runs(key: string): boolean {
    return (this.#promised.get(key)?.running ?? 0) > 0;
  }

  /** Forgets what an observation that began at `observedFrom` must have seen. @returns what is still in flight for it */
  asOf(observedFrom: number): ReadonlySet<string> {
    for (const [key, { running, endedAt }] of this.#promised)
      if (running === 0 && endedAt < observedFrom) this.#promised.delete(key);
    return new Set(this.#promised.keys());
  }

  /**
   * The same for a look at some partitions only, and forgets nothing: of a pod that it has not heard nobody knows yet what was done to it since the
   * whole observation that it is taken over from began, and a partition whose move failed may have a pod that was claimed for it.
   */
  during(observedFrom: number, wholeFrom: number, heard: ReadonlySet<string>): ReadonlySet<string> {
    const still = new Set<string>();
    for (const [key, { needsWhole, running, endedAt }] of this.#promised)
      if (running > 0 || endedAt >= (needsWhole && !heard.has(key) ? wholeFrom : observedFrom)) still.add(key);
    return still;
  }
}

const podsOf = ({ actions }: Decision): readonly string[] => actions.flatMap(podsIn);
