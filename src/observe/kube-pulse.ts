/**
 * Whether an API server is there at all, asked at a fixed rate. A watch on which nothing happens is silent for most of a minute, and so is one
 * whose API server hangs: a request as small as can be tells them apart within seconds. It also tells when an API server is whole again, so that
 * nobody sits out a rest that was meant for its absence.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { KubeEndpoint } from '../world/kube.js';
import { askKube, KubeRefusal, wholeText } from './kube-request.js';

export interface PulseTimes {
  /** ms between two questions while all is well; @default 5000 */
  readonly everyMs?: number;
  /** the same while it is not; @default 1000 */
  readonly againMs?: number;
  /** ms until an answer has to be there; @default 2000 */
  readonly answerMs?: number;
}

export interface PulseParts {
  readonly endpoint: KubeEndpoint;
  readonly times?: PulseTimes;
  /** 0 ≤ chance < 1; @default Math.random */
  readonly chance?: () => number;
  /** it was away, or said that it was not ready, and is ready now */
  recovered(): void;
}

/** Every user may ask it, by the rules that Kubernetes comes with; a refusal is an answer, too. */
const PATH = '/readyz';
/** One question may be lost, or come just when the API server is busiest. */
const MISSES = 2;
/** Answers are some bytes, and some lines when something is wrong. */
const LONGEST = 8_192;

export class KubePulse {
  readonly #end = new AbortController();
  #misses = 0;
  #missedSince = 0;
  #lost: { readonly at: number; readonly why: string } | undefined;
  /** it refuses to be called ready, or does not answer */
  #ill = false;
  #done: Promise<void> | undefined;

  constructor(readonly parts: PulseParts) {}

  /** Since when (performance.now()) it does not answer, and why; undefined: it does. */
  get lost(): { readonly at: number; readonly why: string } | undefined {
    return this.#lost;
  }

  start(): void {
    this.#done ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#end.abort();
    await this.#done;
  }

  async #run(): Promise<void> {
    const { signal } = this.#end;
    const { everyMs = 5_000, againMs = 1_000 } = this.parts.times ?? {};
    const { chance = Math.random } = this.parts;
    while (!signal.aborted) {
      const rest = this.#ill || this.#misses > 0 ? againMs : everyMs;
      await delay(rest * (0.9 + 0.2 * chance()), undefined, { signal }).catch(() => undefined);
      if (!signal.aborted) await this.#ask(signal);
    }
  }

  async #ask(signal: AbortSignal): Promise<void> {
    const at = performance.now();
    const { answerMs = 2_000 } = this.parts.times ?? {};
    try {
      await wholeText(await askKube(this.parts.endpoint, PATH, { signal, answerMs, silentMs: answerMs }), LONGEST);
      this.#answered(true);
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof KubeRefusal) this.#answered(error.code < 500);
      else this.#missed(at, error instanceof Error ? error.message : String(error));
    }
  }

  #answered(ready: boolean): void {
    this.#misses = 0;
    this.#lost = undefined;
    const recovered = this.#ill && ready;
    this.#ill = !ready;
    if (recovered) this.parts.recovered();
  }

  #missed(at: number, why: string): void {
    if (this.#misses === 0) this.#missedSince = at;
    this.#misses++;
    if (this.#misses < MISSES) return;
    this.#ill = true;
    this.#lost = { at: this.#missedSince, why };
  }
}
