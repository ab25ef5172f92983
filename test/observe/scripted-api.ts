/** An API server that answers each request as the next line of its script says: every way in which a real one can fail, on demand. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { KubeEndpoint } from '../../src/world/kube.js';

export type Answer = (response: ServerResponse, url: URL) => void;

export interface Asked {
  /** `list`, `list continue=t`, `list all` (no pages), `watch 7` */
  readonly what: string;
  /** performance.now() */
  readonly at: number;
  readonly url: URL;
}

export interface Item {
  readonly metadata: Readonly<Record<string, unknown>> & { readonly name: string };
  readonly [field: string]: unknown;
}

/** A machine, as far as a test needs one. */
export const item = (name: string, version: number, more: Readonly<Record<string, unknown>> = {}): Item => ({
  metadata: { name, uid: `uid-${name}`, resourceVersion: String(version), ...more },
});

const json = (response: ServerResponse, code: number, body: unknown): void => {
  response.writeHead(code, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
};

const status = (code: number, message: string) => ({ kind: 'Status', status: 'Failure', code, message });

/** @param next the token of the next page */
export const list =
  (version: number, items: readonly Item[], next?: string): Answer =>
  (response) =>
    json(response, 200, { metadata: { resourceVersion: String(version), continue: next }, items });

export const refused =
  (code: number, headers: Readonly<Record<string, string>> = {}): Answer =>
  (response) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    json(response, code, status(code, `refused with ${code}`));
  };

export const event = (type: string, object: unknown): string => `${JSON.stringify({ type, object })}\n`;
export const bookmark = (version: number): string =>
  event('BOOKMARK', { metadata: { resourceVersion: String(version) } });
export const gone = event('ERROR', status(410, 'too old resource version'));

function begin(response: ServerResponse, pieces: readonly string[]): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.flushHeaders();
  for (const piece of pieces) response.write(piece);
}

/** A watch that tells this and goes on. */
export const watching =
  (...pieces: readonly string[]): Answer =>
  (response) =>
    begin(response, pieces);

/** A watch that tells this and ends in order, after `ms`. */
export const ending =
  (ms: number, ...pieces: readonly string[]): Answer =>
  (response) => {
    begin(response, pieces);
    setTimeout(() => response.end(), ms);
  };

/** Tells this, then the connection is reset. */
export const reset =
  (...pieces: readonly string[]): Answer =>
  (response) => {
    begin(response, pieces);
    setTimeout(() => response.socket?.resetAndDestroy(), 20);
  };

export const ready: Answer = (response) => void response.end('ok');

/** Takes the request, and that is all. */
export const silent: Answer = () => undefined;

/** Half a list, and nothing more. */
export const stalled: Answer = (response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
  response.write('{"metadata":{');
};

function whatOf({ searchParams }: URL): string {
  if (searchParams.get('watch') === 'true') return `watch ${searchParams.get('resourceVersion')}`;
  const token = searchParams.get('continue');
  if (token !== null) return `list continue=${token}`;
  return searchParams.has('limit') ? 'list' : 'list all';
}

export class ScriptedApi implements KubeEndpoint {
  readonly datacenter = 'a';
  readonly asked: Asked[] = [];
  readonly #server = createServer((request, response) => this.#serve(request, response));
  readonly #sockets = new Set<Socket>();
  #script: readonly Answer[];
  /** whether it is ready is asked at a rate of its own, and answered so, whatever the script says */
  ready: Answer = ready;
  /** performance.now() of each time that it was asked */
  readonly pulses: number[] = [];
  readonly #answers: ServerResponse[] = [];

  /** @param script the last line stands for all requests after it */
  constructor(...script: readonly Answer[]) {
    this.#script = script;
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', 'http://scripted');
    if (url.pathname === '/readyz') {
      this.pulses.push(performance.now());
      this.ready(response, url);
      return;
    }
    this.asked.push({ what: whatOf(url), at: performance.now(), url });
    this.#answers.push(response);
    const [next = silent, ...rest] = this.#script;
    if (rest.length > 0) this.#script = rest;
    next(response, url);
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  /** Tells more on the answer that began last. */
  tell(...pieces: readonly (string | Uint8Array)[]): void {
    this.tellTo(this.#answers.length - 1, ...pieces);
  }

  /** The same on the answer to the i-th of `asked`. */
  tellTo(i: number, ...pieces: readonly (string | Uint8Array)[]): void {
    for (const piece of pieces) this.#answers[i]?.write(piece);
  }

  get kinds(): readonly string[] {
    return this.asked.map(({ what }) => what);
  }

  get connections(): number {
    return this.#sockets.size;
  }

  async connect() {
    return { server: `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`, options: {} };
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
