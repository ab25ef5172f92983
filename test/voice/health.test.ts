import { request } from 'node:http';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type HealthServer, serveHealth } from '../../src/voice/serve-health.js';
import { faultsOf, parseExposition } from './exposition.js';
import { listen } from './listening.js';
import { passOf, scene } from './scene.js';

const HOST = '127.0.0.1';
const rest = scene({ clusters: { 'User.id': 2 } });

let heard: ReturnType<typeof listen>;
let broken: boolean;
let server: HealthServer;
beforeEach(async () => {
  heard = listen({ secrets: ['a-password-of-ours'] });
  broken = false;
  server = await serveHealth({
    host: HOST,
    port: 0,
    live: () => heard.voice.live(),
    ready: () => heard.voice.ready(),
    metrics: async () => (broken ? Promise.reject(new Error('a-password-of-ours')) : heard.voice.metrics()),
  });
});
afterEach(() => server.close());

interface Answer {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

const ask = (path: string, method = 'GET', headers: Readonly<Record<string, string>> = {}): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const asking = request(`http://${server.address}${path}`, { method, headers, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        body += part;
      });
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body }));
    });
    asking.on('error', reject);
    asking.end();
  });

/** What comes back for these bytes until the server ends the connection. */
const sendRaw = (bytes: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const port = Number(server.address.split(':')[1]);
    const socket = connect(port, HOST, () => socket.write(bytes));
    let received = '';
    socket.on('data', (part) => {
      received += part.toString();
    });
    socket.on('close', () => resolve(received));
    socket.on('error', reject);
  });

describe('/healthz', () => {
  test('is well before the first pass is due', async () => {
    heard.clock.now += 29_000;
    expect(await ask('/healthz')).toMatchObject({ status: 200, body: 'ok\n' });
  });
  test('is not when the first pass does not come, and says why', async () => {
    heard.clock.now += 30_000;
    expect(await ask('/healthz')).toMatchObject({ status: 503, body: 'no pass since the start for 30 s\n' });
  });
  test('is well while passes go on', async () => {
    heard.clock.now += 100_000;
    heard.tell(passOf(rest));
    heard.clock.now += 29_999;
    expect((await ask('/healthz')).status).toBe(200);
  });
  test('is not when they stop', async () => {
    heard.tell(passOf(rest));
    heard.clock.now += 42_000;
    expect(await ask('/healthz')).toMatchObject({ status: 503, body: 'no pass for 42 s\n' });
  });
  test('is not when each ends in an error, and says in which, without its secret', async () => {
    heard.tell(passOf(rest));
    heard.clock.now += 31_000;
    heard.tell({ kind: 'failed', error: new Error('a-password-of-ours is wrong') });
    const body = 'no pass for 31 s; the last error: [redacted] is wrong\n';
    expect(await ask('/healthz')).toMatchObject({ status: 503, body });
  });
  test('is well again with the next pass', async () => {
    heard.clock.now += 60_000;
    heard.tell(passOf(rest));
    expect((await ask('/healthz')).status).toBe(200);
  });
});

describe('/readyz', () => {
  test('is not before the first pass', async () => {
    expect(await ask('/readyz')).toMatchObject({ status: 503, body: 'no pass yet\n' });
  });
  test('is not after a pass that failed', async () => {
    heard.tell({ kind: 'failed', error: new Error('no farm.json') });
    expect(await ask('/readyz')).toMatchObject({ status: 503, body: 'no pass yet; the last error: no farm.json\n' });
  });
  test('is from the first pass on', async () => {
    heard.tell(passOf(rest));
    heard.clock.now += 100_000;
    expect(await ask('/readyz')).toMatchObject({ status: 200, body: 'ok\n' });
  });
});

describe('/metrics', () => {
  test('is what Prometheus reads, and says so', async () => {
    heard.tell(passOf(rest));
    const { status, headers, body } = await ask('/metrics');
    expect([status, headers['content-type']]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
    expect(faultsOf(parseExposition(body))).toEqual([]);
  });
  test('tells nobody why it failed', async () => {
    broken = true;
    expect(await ask('/metrics')).toMatchObject({ status: 500, body: 'failed\n' });
  });
});

describe('nothing else', () => {
  test.each(['/', '/metrics/', '/healthz/x', '/METRICS', '//metrics', '/..%2fmetrics', '/favicon.ico'])(
    '%s',
    async (path) => {
      expect((await ask(path)).status).toBe(404);
    },
  );
  test('a query changes nothing', async () => expect((await ask('/readyz?verbose=1')).status).toBe(503));
  test.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE'])('%s is refused', async (method) => {
    expect(await ask('/metrics', method)).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } });
  });
  test('HEAD has the headers of GET and no body', async () => {
    const [head, get] = [await ask('/metrics', 'HEAD'), await ask('/metrics')];
    expect([head.status, head.body, head.headers['content-type']]).toEqual([200, '', get.headers['content-type']]);
    expect(head.headers['content-length']).toBe(String(Buffer.byteLength(get.body)));
  });
  test('answers are not kept by anybody and not guessed at', async () => {
    const { headers } = await ask('/healthz');
    expect(headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
  });
});

describe('a body is not read', () => {
  const RAW: Readonly<Record<string, readonly [string, RegExp]>> = {
    'of a POST that never ends': [
      'POST /metrics HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999\r\n\r\nabc',
      /^HTTP\/1.1 405 /,
    ],
    'of a GET': [
      'GET /healthz HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n',
      /^HTTP\/1.1 200 /,
    ],
    'that asks whether it may come': [
      'POST /metrics HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 9\r\n\r\n',
      /^HTTP\/1.1 405 /,
    ],
    'of what is no request': ['hello\r\n\r\n', /^HTTP\/1.1 400 /],
    'after headers without end': [`GET / HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`, /^HTTP\/1.1 431 /],
  };
  test.each(Object.entries(RAW))('%s: the answer comes and the connection ends', async (_, [bytes, answer]) => {
    expect(await sendRaw(bytes)).toMatch(answer);
  });
});

describe('the server', () => {
  test('listens on the given address only', async () => {
    expect(server.address).toMatch(/^127\.0\.0\.1:\d+$/);
    const port = Number(server.address.split(':')[1]);
    const elsewhere = new Promise((resolve, reject) => {
      connect(port, '127.0.0.2').on('connect', resolve).on('error', reject);
    });
    await expect(elsewhere).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
  test('listens on IPv6, written as in an address', async () => {
    const parts = { live: heard.voice.live, ready: heard.voice.ready, metrics: heard.voice.metrics };
    const sixth = await serveHealth({ ...parts, host: '[::1]', port: 0 });
    await sixth.close();
    expect(sixth.address).toMatch(/^\[::1\]:\d+$/);
  });
  test('says why it cannot listen', async () => {
    const [host = '', port] = server.address.split(':');
    const parts = {
      live: () => heard.voice.live(),
      ready: () => heard.voice.ready(),
      metrics: () => heard.voice.metrics(),
    };
    await expect(serveHealth({ ...parts, host, port: Number(port) })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
  test('ends connections that are open when it closes', async () => {
    const port = Number(server.address.split(':')[1]);
    const ended = new Promise((resolve) => {
      const socket = connect(port, HOST, () => {
        server.close().catch(() => undefined);
      });
      socket.on('close', resolve);
      socket.on('error', () => undefined);
    });
    await ended;
    await expect(ask('/healthz')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});
