import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { Agent, createServer, request, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { KubeAccess } from './kubelet-http.js';
import type { ProxyCertificate } from './proxy-certificate.js';

/**
 * What is done to lists and watches; nothing else is harmed.
 *  gone       a watch is told that its version is too old, as an answer and as an event, by turns; lists pass
 *  throttled  429, come back in a second
 *  failing    500
 *  slow       a second until an answer begins, 4 kB a second from there on
 *  truncated  an answer ends in its middle, in order and by a broken connection, by turns
 * What is open when it begins ends, each in its way.
 */
export type ProxyFault = 'gone' | 'throttled' | 'failing' | 'slow' | 'truncated';

type Kind = 'watch' | 'list' | 'lease' | 'other';

interface Exchange {
  readonly kind: Kind;
  /** without its query */
  readonly path: string;
  readonly response: ServerResponse;
  /** its answer has begun, and nothing was done to it */
  whole: boolean;
}

const LISTS = /\/(pods|nodes|cacheclusters)$/;
const SLOW_HEAD_MS = 1_000;
const [SLOW_BYTES, SLOW_EVERY_MS] = [400, 100];
/** A truncated watch without a change is cut after so long. */
const CUT_AFTER_MS = 300;
/** of one connection each, or set by us */
const NOT_PASSED_ON = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length']);

const statusText = (code: number, reason: string, message: string): string =>
  `${JSON.stringify({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code })}\n`;
const EXPIRED = statusText(410, 'Expired', 'too old resource version: 1 (2)');
const HALF_EVENT = '{"type":"MODIFIED","object":{"kind":"Pod","apiVersion":"v1","metadata":{"name":"red';

function kindOf(method: string | undefined, { pathname, searchParams }: URL): Kind {
  if (pathname.includes('/leases')) return 'lease';
  if (method !== 'GET' || !LISTS.test(pathname)) return 'other';
  return searchParams.get('watch') === 'true' ? 'watch' : 'list';
}

const passedOn = (headers: OutgoingHttpHeaders): OutgoingHttpHeaders =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !NOT_PASSED_ON.has(name)));

/** Between a Barn and a real kube-apiserver, with a certificate of its own: reads every request, and can spoil the answer. */
export class ApiProxy {
  readonly #exchanges = new Set<Exchange>();
  readonly #agent = new Agent({ keepAlive: true });
  readonly #server: Server;
  #fault: ProxyFault | undefined;
  #withholds = false;
  #turn = false;
  /** answers it has spoiled */
  spoiled = 0;
  /** lease requests that came */
  leases = 0;
  /** `GET /readyz` -> how often, of all that came but watches and leases */
  readonly #asked = new Map<string, number>();

  private constructor(
    readonly upstream: Pick<KubeAccess, 'url' | 'caData'>,
    { certificate: cert, key }: ProxyCertificate,
  ) {
    this.#server = createServer({ cert, key }, (incoming, response) => this.#serve(incoming, response));
  }

  static async start(
    upstream: Pick<KubeAccess, 'url' | 'caData'>,
    certificate: ProxyCertificate,
    port: number,
  ): Promise<ApiProxy> {
    const proxy = new ApiProxy(upstream, certificate);
    await new Promise<void>((resolve, reject) => {
      proxy.#server.once('error', reject);
      proxy.#server.listen(port, '127.0.0.1', resolve);
    });
    return proxy;
  }

  get url(): string {
    return `https://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Paths that are watched right now, by a watch that nothing is, or was, done to; a slow one is as good as any when it has caught up. */
  get watched(): ReadonlySet<string> {
    if (this.#fault === 'slow') return new Set();
    return new Set([...this.#exchanges].flatMap(({ kind, whole, path }) => (kind === 'watch' && whole ? path : [])));
  }

  /** What was asked since this was asked last: `GET /readyz` and how often; neither watches nor leases. */
  takeAsked(): ReadonlyMap<string, number> {
    const asked = new Map(this.#asked);
    this.#asked.clear();
    return asked;
  }

  begin(fault: ProxyFault): void {
    this.#fault = fault;
    for (const exchange of this.#exchanges) if (exchange.kind === 'watch') this.#spoilOpen(exchange, fault);
  }

  /** From now on all passes; what was refused meanwhile comes back when it likes. */
  mend(): void {
    this.#fault = undefined;
  }

  /** Lease requests reach nobody, and nobody answers them. */
  withholdLeases(withholds: boolean): void {
    this.#withholds = withholds;
  }

  #count(asked: string): void {
    this.#asked.set(asked, (this.#asked.get(asked) ?? 0) + 1);
  }

  #alternate(): boolean {
    this.#turn = !this.#turn;
    return this.#turn;
  }

  #spoil(exchange: Exchange): void {
    exchange.whole = false;
    this.spoiled++;
  }

  #spoilOpen(exchange: Exchange, fault: ProxyFault): void {
    this.#spoil(exchange);
    const { response } = exchange;
    if (fault === 'gone') response.end(`{"type":"ERROR","object":${EXPIRED.trim()}}\n`);
    else if (fault === 'truncated') this.#cut(response, HALF_EVENT);
    else response.destroy();
  }

  #cut(response: ServerResponse, last: string | Uint8Array): void {
    if (this.#alternate()) response.end(last);
    else response.write(last, () => response.destroy());
  }

  #serve(incoming: IncomingMessage, response: ServerResponse): void {
    const url = new URL(incoming.url ?? '/', this.upstream.url);
    const exchange: Exchange = { kind: kindOf(incoming.method, url), path: url.pathname, response, whole: false };
    this.#exchanges.add(exchange);
    response.once('close', () => this.#exchanges.delete(exchange));
    if (exchange.kind === 'lease') this.leases++;
    else if (exchange.kind !== 'watch') this.#count(`${incoming.method} ${url.pathname}`);
    if (exchange.kind === 'lease' && this.#withholds) incoming.resume();
    else if (!this.#refuses(exchange)) this.#forward(incoming, url, exchange);
  }

  /** @returns whether the answer is given */
  #refuses(exchange: Exchange): boolean {
    const { kind, response } = exchange;
    if (kind !== 'watch' && kind !== 'list') return false;
    const answer = (code: number, text: string, headers: OutgoingHttpHeaders = {}): true => {
      this.#spoil(exchange);
      response.writeHead(code, { 'content-type': 'application/json', ...headers }).end(text);
      return true;
    };
    switch (this.#fault) {
      case 'throttled':
        return answer(429, statusText(429, 'TooManyRequests', 'too many requests'), { 'retry-after': '1' });
      case 'failing':
        return answer(500, statusText(500, 'InternalError', 'etcdserver: request timed out'));
      case 'gone':
        if (kind === 'list') return false;
        return this.#alternate() ? answer(410, EXPIRED) : answer(200, `{"type":"ERROR","object":${EXPIRED.trim()}}\n`);
      default:
        return false;
    }
  }

  #forward(incoming: IncomingMessage, url: URL, exchange: Exchange): void {
    const { response } = exchange;
    const ca = Buffer.from(this.upstream.caData, 'base64');
    const headers = { ...incoming.headers, host: url.host };
    const outgoing = request(url, { method: incoming.method, headers, ca, agent: this.#agent });
    outgoing.on('error', () => response.destroy());
    outgoing.once('response', (answer) => {
      this.#pass(answer, exchange).catch(() => response.destroy());
    });
    response.once('close', () => {
      if (!response.writableFinished) outgoing.destroy();
    });
    incoming.pipe(outgoing);
  }

  async #pass(answer: IncomingMessage, exchange: Exchange): Promise<void> {
    const { kind, response } = exchange;
    const looked = kind === 'watch' || kind === 'list';
    if (looked && this.#fault === 'slow') {
      this.#spoil(exchange);
      await delay(SLOW_HEAD_MS);
    }
    response.writeHead(answer.statusCode ?? 502, passedOn(answer.headers));
    response.flushHeaders();
    if (looked && this.#fault === 'truncated') {
      this.#spoil(exchange);
      return this.#truncate(answer, exchange);
    }
    exchange.whole = answer.statusCode === 200;
    for await (const piece of answer) await this.#write(piece as Buffer, exchange);
    response.end();
  }

  async #write(piece: Buffer, { kind, response }: Exchange): Promise<void> {
    let rest = piece;
    while (rest.length > 0 && !response.destroyed) {
      const slow = (kind === 'watch' || kind === 'list') && this.#fault === 'slow';
      const now = slow ? rest.subarray(0, SLOW_BYTES) : rest;
      rest = rest.subarray(now.length);
      response.write(now);
      if (slow) await delay(SLOW_EVERY_MS);
    }
  }

  /** Half of what comes first. */
  async #truncate(answer: IncomingMessage, { kind, response }: Exchange): Promise<void> {
    const first = (async () => {
      for await (const piece of answer) return piece as Buffer;
      return undefined;
    })().catch(() => undefined);
    const piece = kind === 'watch' ? await Promise.race([first, delay(CUT_AFTER_MS, undefined)]) : await first;
    this.#cut(response, piece ? piece.subarray(0, Math.ceil(piece.length / 2)) : HALF_EVENT);
    answer.destroy();
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
    this.#agent.destroy();
  }
}
