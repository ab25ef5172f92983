/** Who asks for addresses is answered here, from prebuilt bytes and without waiting for anybody: asked 10,000 times a second. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { partitionName, splitAddress } from '../../farm/words.js';
import { ProblemError } from '../problem.js';
import type { Freshness } from '../schemas.js';
import { digestOf, entityTag, hasTag, tagOf } from './entity-tag.js';
import { type KnownTopology, topologyBody } from './known-topology.js';
import type { SentinelBook } from './sentinel-book.js';
import type { TopologyBook } from './topology-book.js';
import { UnknownClusters } from './unknown-cluster.js';
import type { WatchHub } from './watch-hub.js';

interface Asked {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

interface AskedForCluster extends Asked {
  readonly clusterName: string;
}

const JSON_TYPE = 'application/json; charset=utf-8';
const RETRY = { 'retry-after': '1' };
/** RFC 7234, 5.5.1; no longer in RFC 9111, and still what tools show */
const STALE = '110 cachefarm "Response is Stale"';

const unseen = (): ProblemError =>
  new ProblemError(503, 'the farm has not been seen yet: Barn has just started, or cannot look', {}, RETRY);
const full = (): ProblemError =>
  new ProblemError(503, 'too many watch already; another replica may have room', {}, { 'retry-after': '5' });
const incomplete = (partition: string): ProblemError =>
  new ProblemError(503, `${partition} has no address yet: the list would be wrong without it`, {}, RETRY);

export class AddressDesk {
  readonly #unknown = new UnknownClusters();
  /** by its topology: a list is the same as long as that is */
  readonly #lists = new WeakMap<readonly unknown[], { readonly tag: string; readonly body: Buffer }>();

  constructor(
    readonly book: TopologyBook,
    readonly sentinelBook: SentinelBook,
    readonly hub: WatchHub,
  ) {}

  /**
   * @param waitMs with a tag that is up to date: so long for another one
   * @throws ProblemError, as the others do
   */
  topology({ request, reply, clusterName }: AskedForCluster, tags: string | undefined, waitMs: number): void {
    const known = this.#find(clusterName);
    if (!hasTag(tags, known.tag)) this.#tellTopology(reply, known);
    else if (waitMs === 0 || request.method === 'HEAD')
      this.#notModified(reply, known.tag, this.book.freshnessOf(known));
    else {
      this.#enter(reply);
      this.hub.wait(clusterName, known.tag, waitMs, reply.raw, () => {
        // Nobody would catch it here: fastify hands it to its error handler, as if the handler had thrown it.
        try {
          this.topology({ request, reply, clusterName }, tags, 0);
        } catch (error) {
          reply.send(error);
        }
      });
    }
  }

  watch({ reply, clusterName }: AskedForCluster, lastId: string | undefined): void {
    this.#find(clusterName);
    this.#enter(reply);
    const kept = Object.entries(reply.getHeaders()).map(([name, value]) => [name, String(value)] as const);
    reply.hijack();
    const headers = {
      ...Object.fromEntries(kept),
      'content-type': 'text/event-stream; charset=utf-8',
      // no-transform, and the word for nginx: who gathers or compresses a stream holds its events back
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    };
    this.hub.watch(clusterName, reply.raw, headers, lastId);
  }

  list({ reply, clusterName }: AskedForCluster, tags: string | undefined): void {
    const known = this.#find(clusterName);
    const never = known.places.indexOf(undefined);
    if (never >= 0) throw incomplete(partitionName(clusterName, never));
    const { tag, body } = this.#listOf(known);
    this.#tell(reply, tags, tag, body, this.book.freshnessOf(known));
  }

  sentinels({ reply }: Asked, tags: string | undefined): void {
    const { known } = this.sentinelBook;
    if (!known) throw unseen();
    this.#tell(reply, tags, known.tag, known.body, this.book.freshness);
  }

  #find(clusterName: string): KnownTopology {
    const { book } = this;
    const known = book.of(clusterName);
    if (known) return known;
    throw book.hasSeen ? this.#unknown.problem(clusterName, book.names, book.now()) : unseen();
  }

  #enter({ raw }: FastifyReply): void {
    // Behind another request of the same connection: it has no socket yet, and nobody would say when that is closed. One client could take all
    // places so.
    if (raw.socket === null)
      throw new ProblemError(400, 'who waits or watches does so first on his connection: ask again');
    if (!this.hub.hasPlace) throw full();
  }

  #tellTopology(reply: FastifyReply, known: KnownTopology): void {
    const freshness = this.book.freshnessOf(known);
    this.#head(reply, known.tag, freshness).type(JSON_TYPE).send(topologyBody(known, freshness));
  }

  #tell(reply: FastifyReply, tags: string | undefined, tag: string, body: Buffer, freshness: Freshness): void {
    if (hasTag(tags, tag)) this.#notModified(reply, tag, freshness);
    else this.#head(reply, tag, freshness).type(JSON_TYPE).send(body);
  }

  #notModified(reply: FastifyReply, tag: string, freshness: Freshness): void {
    this.#head(reply, tag, freshness).code(304).send();
  }

  #head(reply: FastifyReply, tag: string, { ageMs, stale }: Freshness): FastifyReply {
    const age = Math.floor(ageMs / 1_000);
    reply.header('etag', entityTag(tag)).header('cache-control', 'no-cache').header('age', age);
    return stale ? reply.header('warning', STALE) : reply;
  }

  #listOf({ places }: KnownTopology): { readonly tag: string; readonly body: Buffer } {
    const kept = this.#lists.get(places);
    if (kept) return kept;
    const nodes = places.map((place) => splitAddress(place ?? ''));
    const text = JSON.stringify(nodes.map(({ host, port }) => ({ ip: host, port })));
    const tag = tagOf(digestOf(text));
    const list = { tag, body: Buffer.from(text) };
    this.#lists.set(places, list);
    return list;
  }
}
