/**
 * One list of a KubeCluster, kept in memory:
 *  1. list it, page by page, and remember it
 *  2. watch from the list's version on; an end in time (timeoutSeconds) is followed by the next watch, from the last version heard of
 *  3. whatever else happens (410, 429, 5xx, a reset, an answer cut off, silence for longer than the watch may last): back-off, then 1
 *  4. when the API server was away and is back (kube-pulse.ts), what is under way is left: a watch goes on from its last version, a rest is over
 * Bookmarks keep the version young, so that 2 does not end in a 410 on a list where nothing happens.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type Loose, record } from '../farm/loose.js';
import type { KubeEndpoint } from '../world/kube.js';
import { restAfter } from './kube-back-off.js';
import { type Listing, listKube, queryOf } from './kube-list.js';
import { type KubeChange, KubeMemory, type MemoryParts } from './kube-memory.js';
import { askKube, KubeRefusal, refusalOf } from './kube-request.js';

export interface WatchTimes {
  /** a watch lasts so long at least, and up to a quarter longer: seconds; @default 45 */
  readonly watchSeconds?: number;
  /** silence beyond that, after which a watch is taken for half-open: ms; @default 10000 */
  readonly slackMs?: number;
  /** until an answer begins, and between two bytes of a list: ms; @default 15000 */
  readonly answerMs?: number;
  /** objects a page; @default 500 */
  readonly pageSize?: number;
  /** 0 ≤ chance < 1; @default Math.random */
  readonly chance?: () => number;
  /** ms to rest after a failure; @default restAfter */
  readonly rest?: typeof restAfter;
}

export interface WatchParts<T> extends MemoryParts<T> {
  readonly endpoint: KubeEndpoint;
  readonly listing: Listing;
  readonly times?: WatchTimes;
  /** what is remembered differs in what matters */
  changed(): void;
}

const RENEWED = new Error('begun anew');

/** A watch that lasted so long has worked: the next failure is the first one again. */
const STEADY_MS = 5_000;
/** A watch that ends sooner than this, in order and without a word, is a refusal. */
const SHORT_MS = 1_000;

const CHANGES: ReadonlySet<unknown> = new Set<KubeChange>(['ADDED', 'MODIFIED', 'DELETED']);
const isChange = (type: unknown): type is KubeChange => CHANGES.has(type);

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export class KubeWatch<T> {
  readonly #memory: KubeMemory<T>;
  readonly #end = new AbortController();
  /** ends what is under way: a request, the reading of its answer, a rest */
  #attempt = new AbortController();
  /** what the memory is known up to, while a watch can go on from it */
  #version: string | undefined;
  /** of performance.now(): what is in memory was the state of things then, or later */
  #freshAt: number | undefined;
  #openedAt: number | undefined;
  #lost: { readonly at: number; readonly why: string } | undefined;
  #failures = 0;
  #requests = 0;
  #firstOutcome: () => void = () => undefined;
  /** the first list is there, or the first attempt has failed */
  readonly firstOutcome: Promise<void>;
  #done: Promise<void> | undefined;

  constructor(readonly parts: WatchParts<T>) {
    this.#memory = new KubeMemory(parts);
    this.firstOutcome = new Promise((resolve) => {
      this.#firstOutcome = resolve;
    });
  }

  get items(): readonly T[] {
    return this.#memory.items;
  }

  /** performance.now() of the last proof that the memory is up to date; undefined: never listed */
  get freshAt(): number | undefined {
    return this.#freshAt;
  }

  /** Since when it is neither watched nor listed, and why; undefined: it is. */
  get lost(): { readonly at: number; readonly why: string } | undefined {
    return this.#lost;
  }

  /** A watch is open, or was ended in time and is being opened again. */
  get watched(): boolean {
    return this.#openedAt !== undefined;
  }

  /** requests sent so far */
  get requests(): number {
    return this.#requests;
  }

  start(): void {
    this.#done ??= this.#run();
  }

  /** The API server was away, and is back: whatever is under way is begun anew, at once. What it asked for (Retry-After) is kept. */
  renew(): void {
    this.#attempt.abort(RENEWED);
  }

  /** Nothing is under way any more when it resolves. */
  async stop(): Promise<void> {
    this.#end.abort();
    this.#attempt.abort();
    this.#firstOutcome();
    await this.#done;
  }

  async #run(): Promise<void> {
    const { signal } = this.#end;
    while (!signal.aborted) {
      this.#attempt = new AbortController();
      try {
        this.#version ??= await this.#list();
        await this.#watch(this.#version);
      } catch (error) {
        if (signal.aborted) return;
        if (this.#attempt.signal.reason === RENEWED) continue;
        this.#version = undefined;
        this.#lose(messageOf(error));
        await this.#rest(error);
      }
    }
  }

  async #rest(error: unknown): Promise<void> {
    const { chance = Math.random, rest = restAfter } = this.parts.times ?? {};
    const isAsked = error instanceof KubeRefusal && error.retryAfterMs !== undefined;
    const { signal } = isAsked ? this.#end : this.#attempt;
    await delay(rest(error, this.#failures, chance()), undefined, { signal }).catch(() => undefined);
  }

  #lose(why: string): void {
    const now = performance.now();
    const worked = this.#openedAt !== undefined && now - this.#openedAt >= STEADY_MS;
    this.#failures = worked ? 1 : this.#failures + 1;
    this.#openedAt = undefined;
    this.#lost = { at: this.#lost?.at ?? now, why };
    this.#firstOutcome();
  }

  async #list(): Promise<string> {
    const { endpoint, listing, times = {}, changed } = this.parts;
    const asOf = performance.now();
    const { objects, version } = await listKube(endpoint, listing, (object) => this.#memory.entryOf(object), {
      signal: this.#attempt.signal,
      silentMs: times.answerMs ?? 15_000,
      ...(times.pageSize === undefined ? {} : { pageSize: times.pageSize }),
      asked: () => this.#requests++,
    });
    const differs = this.#memory.replace(objects);
    this.#freshAt = asOf;
    this.#lost = undefined;
    this.#firstOutcome();
    if (differs) changed();
    return version;
  }

  /** Until the API server has ended the watch in order. */
  async #watch(from: string): Promise<void> {
    const { endpoint, listing, times = {} } = this.parts;
    const { watchSeconds = 45, slackMs = 10_000, answerMs = 15_000, chance = Math.random } = times;
    const seconds = Math.ceil(watchSeconds * (1 + chance() / 4));
    const query = queryOf(listing, {
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion: from,
      timeoutSeconds: String(seconds),
    });
    this.#requests++;
    const limits = { signal: this.#attempt.signal, answerMs, silentMs: seconds * 1_000 + slackMs };
    const answer = await askKube(endpoint, query, limits);
    const openedAt = performance.now();
    this.#openedAt ??= openedAt;
    this.#freshAt = openedAt;
    let begun = '';
    for await (const piece of answer) {
      this.#freshAt = performance.now();
      const lines = (begun + piece).split('\n');
      begun = lines.pop() ?? '';
      for (const line of lines) if (line.trim() !== '') this.#version = this.#take(line) ?? this.#version;
    }
    if (begun.trim() !== '') throw new Error('the watch ended in the middle of an event');
    if (this.#version === from && performance.now() - openedAt < SHORT_MS)
      throw new Error('the watch ended as it began');
  }

  /** @returns the version that is known up to with it */
  #take(line: string): string | undefined {
    const { type, object } = JSON.parse(line) as Loose;
    const what = record(object);
    if (type === 'ERROR') throw refusalOf(what, Number(what.code) || 500);
    if (!isChange(type) && type !== 'BOOKMARK') throw new Error(`a watch event of type ${String(type)}`);
    if (isChange(type) && this.#memory.apply(type, this.#memory.entryOf(what))) this.parts.changed();
    const { resourceVersion } = record(what.metadata);
    return typeof resourceVersion === 'string' ? resourceVersion : undefined;
  }
}
