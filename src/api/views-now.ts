/** What the last pass says, ready to be answered. Large views are put into JSON once for each pass, whoever asks how often. */
import type { ApiParts, Pass } from './parts.js';
import { ProblemError } from './problem.js';
import type { Freshness, HealthView } from './schemas.js';
import { freshnessOf } from './views/freshness.js';
import { healthView } from './views/health.js';
import { LoadBook } from './views/load.js';

export interface Now {
  readonly pass: Pass;
  readonly freshness: Freshness;
}

export class ViewsNow {
  readonly load = new LoadBook();
  readonly #texts = new WeakMap<Pass, Map<string, string>>();
  readonly #end: () => void;
  #health: { readonly pass: Pass | undefined; readonly key: string; readonly view: HealthView } | undefined;

  constructor(readonly parts: ApiParts) {
    const last = parts.sight.last();
    if (last) this.load.passed(last);
    this.#end = parts.sight.onPass((pass) => this.load.passed(pass));
  }

  close(): void {
    this.#end();
  }

  /** undefined: the farm was never seen */
  last(): Now | undefined {
    const { sight, now } = this.parts;
    const pass = sight.last();
    const freshness = freshnessOf(sight, now());
    return pass && freshness ? { pass, freshness } : undefined;
  }

  /** @throws ProblemError 503 when the farm was never seen */
  now(): Now {
    const last = this.last();
    if (last) return last;
    const trouble = this.parts.sight.trouble();
    throw new ProblemError(
      503,
      `the farm was not seen yet${trouble === undefined ? '' : `: ${trouble}`}`,
      {},
      { 'retry-after': '1' },
    );
  }

  /** What is counted over all pods is counted once for each pass; who leads and what troubles is as it is now. */
  health(): HealthView {
    const { sight, version, now } = this.parts;
    const pass = sight.last();
    const { ok, why } = sight.ready();
    const key = JSON.stringify([sight.leads(), ok, why, sight.trouble()]);
    if (!this.#health || this.#health.pass !== pass || this.#health.key !== key)
      this.#health = { pass, key, view: healthView(sight, pass?.farm.name ?? '', version, now()) };
    return { ...this.#health.view, freshness: freshnessOf(sight, now()) ?? null };
  }

  /** Text that says nothing but what the pass says. */
  once(kind: string, pass: Pass, make: () => string): string {
    const kept = this.#texts.get(pass) ?? new Map<string, string>();
    this.#texts.set(pass, kept);
    const text = kept.get(kind) ?? make();
    kept.set(kind, text);
    return text;
  }

  /** JSON of a view with `freshness` as it is now; the rest is made once for each pass. */
  text(kind: string, { pass, freshness }: Now, view: (now: Now) => object): string {
    const rest = this.once(kind, pass, () => restOf(view({ pass, freshness })));
    return `{"freshness":${JSON.stringify(freshness)}${rest === '{}' ? '' : ','}${rest.slice(1)}`;
  }
}

/** A view without its age, as JSON: two of them are the same text when nothing else has changed. */
export const restOf = (view: object): string => {
  const { freshness: _, ...rest } = view as { readonly freshness?: unknown };
  return JSON.stringify(rest);
};
