/**
 * What pages are told as it happens. Everything is put into bytes once and written to all.
 *
 * 1. who joins gets the whole state of each kind
 * 2. a pass: pods that are something else now go out at once (that is what a person watches for); how much they have to do every few seconds,
 *    as on a busy farm that is never twice the same; the rest at most once a second
 * 3. every second: what changed without a pass, such as that there was none for long
 * 4. an event of Barn: at once
 */
import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { VoiceEvent } from '../voice/voice-event.js';
import { Watcher } from './addresses/watcher.js';
import type { ApiParts } from './parts.js';
import { brakesView } from './views/brakes.js';
import { clustersView } from './views/clusters.js';
import { eventView } from './views/events.js';
import { farmFrame, mapPods } from './views/farm-map.js';
import { groupsView } from './views/groups.js';
import { MapChanges } from './views/map-changes.js';
import { type Now, restOf, type ViewsNow } from './views-now.js';

export interface StreamLimits {
  readonly places: number;
  /** the whole map of 7,200 pods is 3 MB: it must fit twice */
  readonly mostBufferedBytes: number;
  readonly tickMs: number;
  /** how much each pod has to do */
  readonly figuresMs: number;
  readonly heartbeatMs: number;
  /** the age of what is known is told so often at least */
  readonly ageMs: number;
  /** whether somebody may still read is asked again so often */
  readonly askAgainMs: number;
}

export const STREAM_LIMITS: StreamLimits = {
  places: 500,
  mostBufferedBytes: 8 * 1_024 * 1_024,
  tickMs: 1_000,
  figuresMs: 5_000,
  heartbeatMs: 15_000,
  ageMs: 5_000,
  askAgainMs: 60_000,
};

/** Events that somebody gets who resumes after another process: it counts anew, and what he missed is not known. */
const RESUMED_ELSEWHERE = 200;

type ViewKind = 'farm' | 'clusters' | 'groups' | 'brakes' | 'health';
type Kind = ViewKind | 'pods' | 'figures';
/** at most once a second */
const CALM: readonly ViewKind[] = ['clusters', 'groups', 'brakes'];

export interface Joining {
  readonly response: ServerResponse;
  readonly headers: Record<string, string>;
  readonly lastEventId: string | undefined;
  /** false: he may not read any more */
  readonly mayStay: () => Promise<boolean>;
}

interface Told {
  readonly rest: string;
  readonly at: number;
}

const frame = (kind: string, data: string, id?: string): Buffer =>
  Buffer.from(`event: ${kind}\n${id === undefined ? '' : `id: ${id}\n`}data: ${data}\n\n`);

export class PageStream {
  readonly #watchers = new Map<Watcher, () => Promise<boolean>>();
  /** of this process: numbers of events are its own */
  readonly #instance = randomBytes(6).toString('hex');
  readonly #told = new Map<Kind, Told>();
  readonly #ends: (() => void)[];
  #changes = new MapChanges();
  #timers: NodeJS.Timeout[] = [];
  #passWaits = false;
  /** pods of this pass were told with all their figures */
  #pods: Now['pass'] | undefined;
  #closed = false;

  constructor(
    readonly parts: ApiParts,
    readonly views: ViewsNow,
    readonly limits: StreamLimits = STREAM_LIMITS,
  ) {
    this.#ends = [parts.sight.onPass(() => this.#passed()), parts.sight.onEvent((event) => this.#happened(event))];
  }

  get size(): number {
    return this.#watchers.size;
  }

  get hasPlace(): boolean {
    return !this.#closed && this.#watchers.size < this.limits.places;
  }

  join({ response, headers, lastEventId, mayStay }: Joining): void {
    const watcher = new Watcher({
      response,
      frame: () => undefined,
      mostBufferedBytes: this.limits.mostBufferedBytes,
      endsAt: Number.POSITIVE_INFINITY,
      left: (one) => this.#left(one),
    });
    if (this.#watchers.size === 0) this.#begin();
    else this.#catchUp();
    this.#watchers.set(watcher, mayStay);
    // Ends with its connection, so that a frame is the same bytes for all: chunks would be framed anew for each.
    response.useChunkedEncodingByDefault = false;
    response.shouldKeepAlive = false;
    response.writeHead(200, headers);
    watcher.write(Buffer.concat([Buffer.from('retry: 1000\n\n'), ...this.#whole(), ...this.#missed(lastEventId)]));
  }

  /** Sends all away at once. */
  close(): void {
    this.#closed = true;
    for (const end of this.#ends) end();
    this.#rest();
    for (const watcher of [...this.#watchers.keys()]) watcher.end();
  }

  /** Somebody is there: from now on it is known what was told. */
  #begin(): void {
    const { tickMs, heartbeatMs, askAgainMs } = this.limits;
    this.#timers = [
      setInterval(() => this.#tick(), tickMs),
      setInterval(() => this.#beat(), heartbeatMs),
      setInterval(() => void this.#askAgain(), askAgainMs),
    ].map((timer) => timer.unref());
    this.#changes = new MapChanges();
    this.#told.clear();
    const now = this.views.last();
    this.#pods = now?.pass;
    if (now) {
      this.#changes.next(mapPods(now.pass, this.views.load));
      this.#told.set('figures', { rest: '', at: this.parts.now() });
    }
    for (const kind of ['farm', 'health', ...CALM] as const) this.#next(kind, now);
  }

  /**
   * Who joins gets what is now. If the others were told something else last, they are told as well: when it is again as they were told, nobody
   * would be told, and he would be left with what was for a moment.
   */
  #catchUp(): void {
    const now = this.views.last();
    if (!now) return;
    this.#tell('farm', now);
    if (now.pass !== this.#pods) this.#tellPods(now, true);
    for (const kind of ['health', ...CALM] as const) this.#tell(kind, now);
  }

  /** Nobody is there: nothing is measured for nobody. */
  #rest(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#timers = [];
  }

  #left(watcher: Watcher): void {
    this.#watchers.delete(watcher);
    if (this.#watchers.size === 0) this.#rest();
  }

  #beat(): void {
    for (const watcher of [...this.#watchers.keys()]) watcher.beat(0);
  }

  #send(bytes: Buffer): void {
    for (const watcher of [...this.#watchers.keys()]) watcher.write(bytes);
  }

  /** @returns undefined when there is nothing to say, as nothing was seen yet */
  #view(kind: ViewKind, now: Now | undefined): object | undefined {
    if (kind === 'health') return this.views.health();
    if (!now) return undefined;
    const { pass, freshness } = now;
    switch (kind) {
      case 'farm':
        return farmFrame(pass, freshness);
      case 'clusters':
        return clustersView(pass, this.views.load, freshness);
      case 'groups':
        return groupsView(pass, freshness);
      case 'brakes':
        return brakesView(pass, this.parts.sight.leads(), freshness);
      default:
        return kind satisfies never;
    }
  }

  #whole(): Buffer[] {
    const now = this.views.last();
    const kinds = (['farm', 'health', ...CALM] as const).flatMap((kind) => {
      const view = this.#view(kind, now);
      return view ? [frame(kind, JSON.stringify(view))] : [];
    });
    if (!now) return kinds;
    // Who comes in a crowd, as after a restart, shares the work.
    const pods = this.views.text('pods', now, ({ pass }) => ({ pods: mapPods(pass, this.views.load), gone: [] }));
    return [...kinds.slice(0, 1), frame('pods', pods), ...kinds.slice(1)];
  }

  #missed(lastEventId: string | undefined): Buffer[] {
    if (lastEventId === undefined) return [];
    const [instance, seq] = lastEventId.split('.');
    const events =
      instance === this.#instance && /^\d{1,15}$/.test(seq ?? '')
        ? this.parts.sight.events({ since: Number(seq) })
        : this.parts.sight.events().slice(-RESUMED_ELSEWHERE);
    return events.map((event) => this.#eventFrame(event));
  }

  #eventFrame(event: VoiceEvent): Buffer {
    return frame('event', JSON.stringify(eventView(event)), `${this.#instance}.${event.seq}`);
  }

  #happened(event: VoiceEvent): void {
    if (this.#watchers.size > 0) this.#send(this.#eventFrame(event));
  }

  /** After the pass, not in it: healing does not wait for pages. */
  #passed(): void {
    if (this.#watchers.size === 0 || this.#passWaits) return;
    this.#passWaits = true;
    setImmediate(() => {
      this.#passWaits = false;
      if (this.#watchers.size > 0) this.#tellPass();
    });
  }

  #tellPass(): void {
    const now = this.views.last();
    if (!now) return;
    // The frame before the pods: a pod may be on a machine that is new.
    this.#tell('farm', now);
    this.#tellPods(now, this.#isDue('figures', this.limits.figuresMs));
    for (const kind of CALM) if (this.#isDue(kind, this.limits.tickMs)) this.#tell(kind, now);
  }

  #tellPods(now: Now, figures: boolean): void {
    if (figures) this.#pods = now.pass;
    if (figures) this.#told.set('figures', { rest: '', at: this.parts.now() });
    const { pods, gone } = this.#changes.next(mapPods(now.pass, this.views.load), figures);
    if (pods.length > 0 || gone.length > 0 || this.#isDue('pods', this.limits.tickMs)) {
      this.#told.set('pods', { rest: '', at: this.parts.now() });
      this.#send(frame('pods', JSON.stringify({ pods, gone, freshness: now.freshness })));
    }
  }

  #tick(): void {
    const now = this.views.last();
    for (const kind of CALM) if (this.#isDue(kind, this.limits.tickMs)) this.#tell(kind, now);
    if (this.#isDue('health', this.limits.ageMs)) this.#told.delete('health');
    this.#tell('health', now);
  }

  #isDue(kind: Kind, everyMs: number): boolean {
    const told = this.#told.get(kind);
    // A clock that was set back makes nobody wait.
    const since = told ? this.parts.now() - told.at : everyMs;
    return since >= everyMs || since < 0;
  }

  #tell(kind: ViewKind, now: Now | undefined): void {
    const view = this.#next(kind, now);
    if (view) this.#send(frame(kind, JSON.stringify(view)));
  }

  /** @returns the view, when it says something else than was told */
  #next(kind: ViewKind, now: Now | undefined): object | undefined {
    const view = this.#view(kind, now);
    if (!view) return undefined;
    const rest = kind === 'health' ? restOf({ ...view, stale: now?.freshness.stale }) : restOf(view);
    if (this.#told.get(kind)?.rest === rest) return undefined;
    this.#told.set(kind, { rest, at: this.parts.now() });
    return view;
  }

  async #askAgain(): Promise<void> {
    await Promise.all(
      [...this.#watchers].map(async ([watcher, mayStay]) => {
        // Nobody who could be asked is no reason to blind those who look: they were let in before.
        if (!(await mayStay().catch(() => true))) watcher.end();
      }),
    );
  }
}
