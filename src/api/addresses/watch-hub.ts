/**
 * All who wait for changes of addresses: watchers (SSE) and long polls. Made for 20,000 of them in one process:
 *  - a change is put into bytes once, and written to all in slices (channel.ts)
 *  - no timer for each watcher: one goes round all of them within a heartbeat
 *  - places are limited; who finds none is told when to come again, and another replica may have one
 */
import type { ServerResponse } from 'node:http';
import { Channel, type Subscriber } from './channel.js';
import { type KnownTopology, topologyBody } from './known-topology.js';
import type { TopologyBook } from './topology-book.js';
import { Watcher } from './watcher.js';

export interface HubLimits {
  /** watchers and long polls together */
  readonly places: number;
  readonly mostBufferedBytes: number;
  readonly heartbeatMs: number;
  /**
   * then it has to come again, and to show its token again; a quarter less for some, so that those who came at once do not come again at once.
   * After a restart all watchers are with the other replicas: it brings them back, too
   */
  readonly lifetimeMs: number;
}

export const HUB_LIMITS: HubLimits = {
  places: 20_000,
  mostBufferedBytes: 256 * 1_024,
  heartbeatMs: 15_000,
  lifetimeMs: 3_600_000,
};

/** The round of heartbeats has so many steps: with 20,000 watchers each writes to 133 of them, about a ms. */
const STEPS = 150;
/** Staleness comes without a pass, by the clock. ms */
const STALE_EVERY_MS = 1_000;
/** A frame may be so much older than its `ageMs` says: who comes in a crowd shares one. ms */
const FRAME_FOR_MS = 250;

interface Frame {
  readonly topology: KnownTopology;
  readonly stale: boolean;
  readonly at: number;
  readonly bytes: Buffer;
}

interface Topic {
  readonly channel: Channel<Subscriber>;
  frame: Frame | undefined;
  /** as was last told */
  stale: boolean;
}

export class WatchHub {
  readonly #topics = new Map<string, Topic>();
  readonly #beats: Set<Watcher>[] = Array.from({ length: STEPS }, () => new Set());
  readonly #waiters = new Set<() => void>();
  readonly #ends: (() => void)[];
  #watchers = 0;
  #came = 0;
  #dropped = 0;
  #step = 0;
  #closed = false;

  constructor(
    readonly book: TopologyBook,
    readonly limits: HubLimits = HUB_LIMITS,
  ) {
    const beats = setInterval(() => this.#beat(), limits.heartbeatMs / STEPS).unref();
    const stales = setInterval(() => this.#tellStale(), STALE_EVERY_MS).unref();
    this.#ends = [
      book.onChange((clusterName) => this.#topics.get(clusterName)?.channel.changed()),
      () => clearInterval(beats),
      () => clearInterval(stales),
    ];
  }

  /** who is here, and who was dropped since the start because he did not read */
  get counts(): { readonly watchers: number; readonly waiting: number; readonly dropped: number } {
    return { watchers: this.#watchers, waiting: this.#waiters.size, dropped: this.#dropped };
  }

  get hasPlace(): boolean {
    return !this.#closed && this.#watchers + this.#waiters.size < this.limits.places;
  }

  /**
   * Takes the response over: the state now, then each change.
   * @param lastId what the client had last (`Last-Event-ID`): if that is still so, it is not told again
   */
  watch(clusterName: string, response: ServerResponse, headers: Record<string, string>, lastId?: string): void {
    const topic = this.#topicOf(clusterName);
    // Before he joins: what he is told now is what all were told last, so that all hear when it changes.
    this.#tellStaleOf(clusterName, topic);
    const number = this.#came++;
    const beats = this.#beats[number % STEPS] ?? new Set();
    const watcher = new Watcher({
      response,
      mostBufferedBytes: this.limits.mostBufferedBytes,
      endsAt: this.book.now() + this.limits.lifetimeMs * (1 - (number % 64) / 256),
      frame: () => this.#frameOf(clusterName, topic)?.bytes,
      left: (one, dropped) => {
        this.#watchers--;
        if (dropped) this.#dropped++;
        beats.delete(one);
        this.#leave(clusterName, topic, one);
      },
    });
    this.#watchers++;
    beats.add(watcher);
    topic.channel.join(watcher);
    // Ends with its connection, so that a frame is the same bytes for all: chunks would be framed anew for each.
    response.useChunkedEncodingByDefault = false;
    response.shouldKeepAlive = false;
    response.writeHead(200, headers);
    // Whoever loses this process comes again, not all of them in one moment.
    const retry = `retry: ${1_000 + (number % 32) * 64}\n\n`;
    const frame = this.#frameOf(clusterName, topic);
    const known = frame !== undefined && lastId === idOf(frame.topology, frame.stale);
    watcher.write(frame && !known ? Buffer.concat([Buffer.from(retry), frame.bytes]) : Buffer.from(retry));
  }

  /** @param answer called once: it is no longer the content of this tag, the time is over, or all are sent away; not if the client goes */
  wait(clusterName: string, tag: string, ms: number, response: ServerResponse, answer: () => void): void {
    const topic = this.#topicOf(clusterName);
    const over = (): void => {
      clearTimeout(timer);
      response.off('close', over);
      this.#waiters.delete(reply);
      this.#leave(clusterName, topic, waiter);
    };
    const reply = (): void => {
      over();
      answer();
    };
    const waiter: Subscriber = {
      version: 0,
      tell: () => {
        if (this.book.of(clusterName)?.tag !== tag) reply();
      },
    };
    const timer = setTimeout(reply, ms).unref();
    response.once('close', over);
    if (response.destroyed) {
      clearTimeout(timer);
      return;
    }
    this.#waiters.add(reply);
    topic.channel.join(waiter);
  }

  /** Sends all away; nobody is let in afterwards. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const end of this.#ends) end();
    for (const beats of this.#beats) for (const watcher of [...beats]) watcher.end();
    for (const reply of [...this.#waiters]) reply();
  }

  #topicOf(clusterName: string): Topic {
    const kept = this.#topics.get(clusterName);
    if (kept) return kept;
    const topology = this.book.of(clusterName);
    const stale = topology !== undefined && this.book.freshnessOf(topology).stale;
    const topic: Topic = { channel: new Channel(), frame: undefined, stale };
    this.#topics.set(clusterName, topic);
    return topic;
  }

  #leave(clusterName: string, topic: Topic, subscriber: Subscriber): void {
    topic.channel.leave(subscriber);
    if (topic.channel.size === 0 && this.#topics.get(clusterName) === topic) this.#topics.delete(clusterName);
  }

  #frameOf(clusterName: string, topic: Topic): Frame | undefined {
    const topology = this.book.of(clusterName);
    if (!topology) return undefined;
    const { frame } = topic;
    const at = this.book.now();
    // Each look makes a new record: the tag, not the record, says whether it is the same.
    if (frame && frame.topology.generation === topology.generation && frame.stale === topic.stale)
      if (at >= frame.at && at - frame.at < FRAME_FOR_MS) return frame;
    const freshness = this.book.freshnessOf(topology);
    const head = Buffer.from(`event: topology\nid: ${idOf(topology, freshness.stale)}\ndata: `);
    const bytes = Buffer.concat([head, topologyBody(topology, freshness), Buffer.from('\n\n')]);
    topic.frame = { topology, stale: freshness.stale, at, bytes };
    return topic.frame;
  }

  #beat(): void {
    this.#step = (this.#step + 1) % STEPS;
    const now = this.book.now();
    for (const watcher of [...(this.#beats[this.#step] ?? [])]) watcher.beat(now);
  }

  #tellStale(): void {
    for (const [clusterName, topic] of this.#topics) this.#tellStaleOf(clusterName, topic);
  }

  #tellStaleOf(clusterName: string, topic: Topic): void {
    const topology = this.book.of(clusterName);
    if (!topology || this.book.freshnessOf(topology).stale === topic.stale) return;
    topic.stale = !topic.stale;
    topic.channel.changed();
  }
}

/** What a client had last: content, and whether it was told as stale. */
const idOf = ({ tag }: KnownTopology, stale: boolean): string => (stale ? `${tag}.stale` : tag);
