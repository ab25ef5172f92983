import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { isIPv6 } from 'node:net';
import { METRICS_CONTENT_TYPE } from './farm-metrics.js';
import type { Health } from './health.js';

export interface HealthParts {
  /** the only address that is listened on; `[::1]` is `::1` */
  readonly host: string;
  /** 0: a free one */
  readonly port: number;
  live(): Health;
  ready(): Health;
  metrics(): Promise<string>;
}

export interface HealthServer {
  /** `ip:port` */
  readonly address: string;
  /** Ends what is open. */
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly type?: string;
}

/** Probes and scrapers are few and quick; whoever is neither must not hold connections or memory. */
const LIMITS = {
  headersTimeout: 5_000,
  requestTimeout: 5_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 5_000,
  maxHeaderSize: 8_192,
};
const MOST_CONNECTIONS = 256;

const healthAnswer = (health: Health): Answer =>
  health.ok ? { status: 200, body: 'ok\n' } : { status: 503, body: `${health.why}\n` };

async function answer(path: string, parts: HealthParts): Promise<Answer> {
  switch (path) {
    case '/healthz':
      return healthAnswer(parts.live());
    case '/readyz':
      return healthAnswer(parts.ready());
    case '/metrics':
      return { status: 200, body: await parts.metrics(), type: METRICS_CONTENT_TYPE };
    default:
      return { status: 404, body: 'not found\n' };
  }
}

function send(request: IncomingMessage, response: ServerResponse, { status, body, type }: Answer): void {
  const { 'content-length': length = '0', 'transfer-encoding': encoding } = request.headers;
  response.writeHead(status, {
    'content-type': type ?? 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(status === 405 ? { allow: 'GET, HEAD' } : {}),
    // A body is not read: its connection ends with the answer.
    ...(length !== '0' || encoding !== undefined ? { connection: 'close' } : {}),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

async function respond(request: IncomingMessage, response: ServerResponse, parts: HealthParts): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return send(request, response, { status: 405, body: 'only GET and HEAD\n' });
  const path = (request.url ?? '').split('?', 1)[0] ?? '';
  // What went wrong is not for strangers.
  const found = await answer(path, parts).catch((): Answer => ({ status: 500, body: 'failed\n' }));
  send(request, response, found);
}

const listen = (server: Server, host: string, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, exclusive: true }, () => {
      server.off('error', reject);
      // From here on an error is one connection that could not be accepted, not a reason to end the operator.
      server.on('error', () => undefined);
      resolve();
    });
  });

const stop = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });

function addressOf(server: Server): string {
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('the health server is bound to no address');
  return isIPv6(bound.address) ? `[${bound.address}]:${bound.port}` : `${bound.address}:${bound.port}`;
}

/**
 * /healthz (the loop goes round), /readyz (the farm was seen once), /metrics; nothing else.
 * @throws what listening throws: EADDRINUSE, EACCES, EADDRNOTAVAIL
 */
export async function serveHealth(parts: HealthParts): Promise<HealthServer> {
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    respond(request, response, parts).catch(() => response.destroy());
  };
  const server = createServer(LIMITS, onRequest);
  // `Expect: 100-continue` asks whether a body is welcome.
  server.on('checkContinue', onRequest);
  server.maxConnections = MOST_CONNECTIONS;
  await listen(server, parts.host.replace(/^\[(.*)\]$/, '$1'), parts.port);
  return { address: addressOf(server), close: () => stop(server) };
}
