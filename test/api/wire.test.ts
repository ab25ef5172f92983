import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { problemSchema } from '../../src/api/schemas.js';
import { startApi } from '../../src/api/server.js';
import { FakeApi, TOKEN } from '../builders/fake-api-parts.js';
import { bearer, Client, problemIn, rig } from './api-rig.js';

/** What comes back for bytes, until the server closes. */
function raw(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    let got = '';
    socket.on('data', (data) => {
      got += data.toString();
    });
    socket.on('close', () => resolve(got));
    socket.on('error', (error: NodeJS.ErrnoException) => (got === '' ? reject(error) : undefined));
  });
}

const json = { ...bearer(TOKEN.admin), 'content-type': 'application/json' };
const post = (payload: unknown, headers: Record<string, string> = json) => ({
  method: 'POST',
  url: '/v1/drains',
  headers,
  payload,
});

describe('what is no request', () => {
  const CASES: Readonly<Record<string, readonly [string, number]>> = {
    'no HTTP': ['hello\r\n\r\n', 400],
    TLS: ['\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n', 400],
    'headers without end': [`GET /v1/health HTTP/1.1\r\nhost: a\r\nx: ${'x'.repeat(40_000)}\r\n\r\n`, 431],
    'no host': ['GET /v1/health HTTP/1.1\r\nconnection: close\r\n\r\n', 400],
    'two lengths': ['POST /v1/drains HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab', 400],
    'a length and chunks': [
      'POST /v1/drains HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
  };
  for (const [what, [text, status]] of Object.entries(CASES))
    test(`${what}: ${status}`, async () => {
      const { app, fake } = await rig();
      const answer = await raw(app.port, text);
      expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
      if (what !== 'no host') problemSchema.parse(JSON.parse(answer.split('\r\n\r\n')[1] ?? ''));
      expect(fake.failures).toEqual([]);
      expect((await app.inject({ url: '/v1/health' })).statusCode).toBe(200);
    });
});

describe('bodies', () => {
  const CASES: Readonly<Record<string, readonly [ReturnType<typeof post>, number]>> = {
    'too large': [post(JSON.stringify({ kind: 'pod', name: 'x'.repeat(70_000) })), 413],
    'no JSON': [post('{"kind":'), 400],
    nothing: [post(''), 400],
    text: [post('kind=pod', { ...json, 'content-type': 'text/plain' }), 415],
    'a form': [post('kind=pod', { ...json, 'content-type': 'application/x-www-form-urlencoded' }), 415],
    'no type': [post('{}', bearer(TOKEN.admin)), 415],
    'a prototype': [post('{"kind":"pod","name":"x","__proto__":{"admin":true}}'), 400],
    'a constructor': [post('{"constructor":{"prototype":{"admin":true}}}'), 400],
    'a number': [post('7'), 400],
    null: [post('null'), 400],
    'lists without end': [post('['.repeat(30_000)), 400],
    'lists in lists': [post(`{"kind":${'['.repeat(30_000)}${']'.repeat(30_000)},"name":"x"}`), 400],
    'a thousand fields': [
      post(JSON.stringify(Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`f${i}`, i])))),
      400,
    ],
    'half a surrogate': [post('{"kind":"pod","name":"\\ud800"}'), 404],
    'a zero byte': [post('{"kind":"pod","name":"a\\u0000b"}'), 404],
  };
  for (const [what, [asked, status]] of Object.entries(CASES))
    test(`${what}: ${status}`, async () => {
      const { app, fake } = await rig();
      const answer = await app.inject(asked);
      expect(answer.statusCode).toBe(status);
      expect(answer.body.length).toBeLessThan(8_000);
      problemIn(answer);
      expect(fake.failures).toEqual([]);
      expect(({} as Record<string, unknown>).admin).toBeUndefined();
    });

  test('a merge patch by its own type; a DELETE with the type of JSON and no body', async () => {
    const { app } = await rig();
    const headers = { ...bearer(TOKEN.admin), 'if-match': '1' };
    const patch = await app.inject({
      method: 'PATCH',
      url: '/v1/clusters/User.id',
      headers: { ...headers, 'content-type': 'application/merge-patch+json' },
      payload: '{"clusterSize":9}',
    });
    expect(patch.statusCode).toBe(200);
    const gone = {
      method: 'DELETE',
      url: '/v1/clusters/Session',
      headers: { ...headers, 'content-type': 'application/json' },
    };
    expect((await app.inject(gone)).statusCode).toBe(200);
  });
});

describe('headers of every answer', () => {
  test('nothing from elsewhere, no frame, no guess of types; no promise of https on a plain port', async () => {
    const { app } = await rig();
    for (const url of ['/v1/health', '/nothing', '/v1/clusters/1st', '/openapi.json']) {
      const { headers } = await app.inject({ url });
      expect(headers['content-security-policy']).toBe(
        "default-src 'self';script-src 'self';style-src 'self';img-src 'self' data:;connect-src 'self';object-src 'none';base-uri 'none';form-action 'self';frame-ancestors 'none'",
      );
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'no-referrer',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
      });
      expect(headers['strict-transport-security']).toBeUndefined();
      expect(headers['access-control-allow-origin']).toBeUndefined();
      expect(headers['x-powered-by']).toBeUndefined();
    }
    const nodes = await app.inject({ url: '/cluster/nodes?clusterName=User.id' });
    expect(nodes.headers['x-content-type-options']).toBe('nosniff');
  });
});

describe('the page', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cachefarm-page-'));
    await mkdir(join(folder, 'assets'));
    await mkdir(join(folder, 'docs'));
    await writeFile(join(folder, 'index.html'), '<!doctype html><title>farm</title>');
    await writeFile(join(folder, 'icon.svg'), '<svg/>');
    await writeFile(join(folder, 'assets', 'main-abc123.js'), `/* ${'x'.repeat(5_000)} */`);
    await writeFile(join(folder, 'docs', 'index.html'), '<!doctype html><title>docs</title>');
    await writeFile(join(tmpdir(), 'cachefarm-secret.txt'), 'secret');
  });
  afterAll(async () => {
    await rm(folder, { recursive: true });
    await rm(join(tmpdir(), 'cachefarm-secret.txt'));
  });
  const html = { accept: 'text/html,application/xhtml+xml' };

  test('every path of the page is index.html, asked for each time', async () => {
    const { app } = await rig({ page: folder });
    for (const url of ['/', '/map', '/clusters/User.id', '/partitions/User.id::0', '/timeline?q=%22', '/v1x']) {
      const answer = await app.inject({ url, headers: html });
      expect([url, answer.statusCode, answer.headers['content-type']]).toEqual([url, 200, 'text/html; charset=utf-8']);
      expect(answer.headers['cache-control']).toBe('no-cache');
      expect(answer.body).toContain('<title>farm');
    }
    const first = await app.inject({ url: '/', headers: html });
    const again = await app.inject({ url: '/', headers: { ...html, 'if-none-match': first.headers.etag } });
    expect([again.statusCode, again.body]).toEqual([304, '']);
  });

  test('never the page: the API, files that are not there, programs', async () => {
    const { app } = await rig({ page: folder });
    for (const url of ['/v1/nothing', '/v1', '/assets/gone.js', '/docs/gone.js', '/cluster/x'])
      expect([url, problemIn(await app.inject({ url, headers: html })).status]).toEqual([url, 404]);
    expect(problemIn(await app.inject({ url: '/map', headers: { accept: 'application/json' } })).status).toBe(404);
    expect(problemIn(await app.inject({ url: '/map', method: 'POST', headers: html })).status).toBe(404);
    expect(problemIn(await app.inject({ url: '/', method: 'POST', headers: html })).status).toBe(405);
  });

  test('assets stay for ever, and are packed for whoever takes that', async () => {
    const { app } = await rig({ page: folder });
    const url = '/assets/main-abc123.js';
    const plain = await app.inject({ url });
    expect(plain.headers).toMatchObject({
      'cache-control': 'public, max-age=31536000, immutable',
      'content-type': 'text/javascript; charset=utf-8',
      vary: 'accept-encoding',
    });
    const packed = await app.inject({ url, headers: { 'accept-encoding': 'gzip, deflate, br' } });
    expect(packed.headers['content-encoding']).toBe('gzip');
    expect(packed.bytes.length).toBeLessThan(200);
    expect(gunzipSync(packed.bytes)).toEqual(plain.bytes);
    const refused = await app.inject({ url, headers: { 'accept-encoding': 'gzip;q=0, br' } });
    expect(refused.headers['content-encoding']).toBeUndefined();
    expect((await app.inject({ url: '/icon.svg' })).headers['content-type']).toBe('image/svg+xml');
  });

  test('no path leads out of its folder', async () => {
    const { app } = await rig({ page: folder });
    for (const url of [
      '/assets/../../cachefarm-secret.txt',
      '/assets/..%2f..%2fcachefarm-secret.txt',
      '/assets/%2e%2e/%2e%2e/cachefarm-secret.txt',
      '/docs/..%5c..%5ccachefarm-secret.txt',
      '/assets//etc/passwd',
      '/docs/%00',
      '/assets/__proto__',
      '/assets/constructor',
    ]) {
      const answer = await app.inject({ url });
      expect([url, answer.statusCode]).toEqual([url, 404]);
      problemIn(answer);
    }
  });

  test('the documentation may style itself, and runs no inline script', async () => {
    const { app } = await rig({ page: folder });
    expect((await app.inject({ url: '/docs' })).headers.location).toBe('/docs/');
    const answer = await app.inject({ url: '/docs/' });
    expect([answer.statusCode, answer.body]).toEqual([200, expect.stringContaining('docs')]);
    expect(answer.headers['content-security-policy']).toContain("script-src 'self';style-src 'self' 'unsafe-inline'");
  });

  test('a folder that is not there: the API does not start', async () => {
    await expect(startApi(new FakeApi({ page: '/nowhere' }).parts, { host: '127.0.0.1', port: 0 })).rejects.toThrow();
  });
});

describe('listening', () => {
  test('on loopback it answers to names of this machine only', async () => {
    const api = await startApi(new FakeApi().parts, { host: '127.0.0.1', port: 0 });
    const app = new Client(Number(api.address.split(':')[1]));
    const statusOf = async (host: string) =>
      (await app.inject({ url: '/cluster/nodes?clusterName=User.id', headers: { host } })).statusCode;
    for (const host of ['127.0.0.1:80', 'localhost:1', '[::1]:80', 'LOCALHOST', 'farm.localhost', '127.9.9.9'])
      expect([host, await statusOf(host)]).toEqual([host, 200]);
    for (const host of ['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', '10.0.0.1'])
      expect([host, await statusOf(host)]).toEqual([host, 421]);
    app.agent.destroy();
    await api.close();
  });

  test('a port that is taken is said at once', async () => {
    const { app } = await rig();
    const { parts } = new FakeApi();
    await expect(startApi(parts, { host: '127.0.0.1', port: app.port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  test('closing lets a change end, and cuts nobody off who waits for its answer', async () => {
    const fake = new FakeApi();
    const api = await startApi(fake.parts, { host: '127.0.0.1', port: 0 });
    const app = new Client(Number(api.address.split(':')[1]));
    let go = (): void => undefined;
    let came = (): void => undefined;
    const arrived = new Promise<void>((resolve) => {
      came = resolve;
    });
    const { change } = fake.control;
    fake.control.change = async (wish) => {
      came();
      await new Promise<void>((resolve) => {
        go = resolve;
      });
      return change.call(fake.control, wish);
    };
    const answer = app.inject({
      method: 'DELETE',
      url: '/v1/clusters/User.id',
      headers: { ...bearer(TOKEN.admin), 'if-match': '1' },
    });
    await arrived;
    const closed = api.close();
    go();
    expect((await answer).statusCode).toBe(200);
    await closed;
    expect(fake.audits).toHaveLength(1);
    expect(fake.sight.listeners).toBe(0);
    app.agent.destroy();
  });
});
