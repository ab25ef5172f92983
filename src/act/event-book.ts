/** Which Events are worth writing: the same again is counted, many of one kind become one, and there are never too many. Pure but for its memory. */

export interface Happening {
  /** name of the cache cluster */
  readonly clusterName: string;
  /** partition or cache cluster */
  readonly subject: string;
  readonly reason: string;
  /** the action that tells most */
  readonly action: string;
  readonly note: string;
  readonly type: 'Normal' | 'Warning';
}

export type Entry =
  | { readonly kind: 'create'; readonly key: string; readonly happening: Happening }
  /** the same as an earlier one: only how often, and when last */
  | { readonly kind: 'count'; readonly key: string; readonly count: number }
  | { readonly kind: 'none' };

interface Series {
  count: number;
  /** ms: first and last time, and when the count was last written */
  readonly first: number;
  last: number;
  writtenAt: number;
}

/** The same within so long is counted, not told anew; ms. Kubernetes keeps Events for an hour. */
const SAME_FOR_MS = 10 * 60_000;
/** A count is written this often at most; ms */
const COUNT_EVERY_MS = 10_000;
/** So many different subjects of one reason within a minute get an Event of their own; more share one. */
const SUBJECTS = 10;
const SUBJECTS_WITHIN_MS = 60_000;
/** Events of one KubeCluster: so many at once, then so many a second. */
const BURST = 50;
const A_SECOND = 2;

export class EventBook {
  readonly #series = new Map<string, Series>();
  #tokens = BURST;
  #refilledAt = Number.NEGATIVE_INFINITY;

  /** @param now ms on a steady clock */
  enter(happening: Happening, now: number): Entry {
    this.#forget(now);
    const kind = `${happening.clusterName} ${happening.reason} ${happening.type}`;
    const own = `${kind} ${happening.subject}`;
    const isMany = !this.#series.has(own) && this.#recent(kind, now) >= SUBJECTS;
    const key = isMany ? `${kind} *` : own;
    const series = this.#series.get(key);
    if (series) return this.#again(key, series, now);
    if (!this.#mayWrite(now)) return { kind: 'none' };
    this.#series.set(key, { count: 1, first: now, last: now, writtenAt: now });
    const told = isMany ? { ...happening, note: `(combined from similar events): ${happening.note}` } : happening;
    return { kind: 'create', key, happening: told };
  }

  #again(key: string, series: Series, now: number): Entry {
    series.count++;
    series.last = now;
    if (now - series.writtenAt < COUNT_EVERY_MS || !this.#mayWrite(now)) return { kind: 'none' };
    series.writtenAt = now;
    return { kind: 'count', key, count: series.count };
  }

  #recent(kind: string, now: number): number {
    let count = 0;
    for (const [key, { first }] of this.#series)
      if (key.startsWith(`${kind} `) && now - first < SUBJECTS_WITHIN_MS) count++;
    return count;
  }

  #forget(now: number): void {
    for (const [key, { last }] of this.#series) if (now - last >= SAME_FOR_MS) this.#series.delete(key);
  }

  #mayWrite(now: number): boolean {
    if (this.#refilledAt === Number.NEGATIVE_INFINITY) this.#refilledAt = now;
    this.#tokens = Math.min(BURST, this.#tokens + ((now - this.#refilledAt) / 1_000) * A_SECOND);
    this.#refilledAt = now;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }
}
