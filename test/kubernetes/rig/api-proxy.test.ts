/** What the proxy of the rig does to lists and watches, in front of a server that answers as an API server does. */
import type { ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { until } from '../../local/until.js';
import { ApiProxy, type ProxyFault } from './api-proxy.js';
import { freePorts } from './free-ports.js';
import { KubeHttp, KubeRefusal } from './kubelet-http.js';
import { proxyCertificate } from './proxy-certificate.js';

const PODS = '/api/v1/namespaces/cachefarm/pods';
const WATCH = `${PODS}?watch=true`;
const LEASE = '/apis/coordination.k8s.io/v1/namespaces/cachefarm/leases/cachefarm-barn';
const EVENT = `${JSON.stringify({ type: 'ADDED', object: { metadata: { name: 'redis-0', resourceVersion: '5' } } })}\n`;
const LIST = {
  kind: 'PodList',
  items: Array.from({ length: 40 }, (_, index) => ({ metadata: { name: `p-${index}` } })),
};

const base64 = (pem: string): string => Buffer.from(pem).toString('base64');
const opened: KubeHttp[] = [];
let server: Server;
let watching: ServerResponse[];
let asked: string[];
let proxy: ApiProxy;
let http: KubeHttp;

beforeEach(async () => {
  [watching, asked] = [[], []];
  const certificate = proxyCertificate();
  server = createServer({ cert: certificate.certificate, key: certificate.key }, (request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.writeHead(200, { 'content-type': 'application/json' });
    if (!request.url?.includes('watch=true')) return void response.end(JSON.stringify(LIST));
    watching.push(response);
    response.write(EVENT);
  });
  const [at = 0, port = 0] = await freePorts(2);
  await new Promise<void>((resolve) => server.listen(at, '127.0.0.1', resolve));
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const own = proxyCertificate();
  proxy = await ApiProxy.start({ url, caData: base64(certificate.certificate) }, own, port);
  http = new KubeHttp({ url: proxy.url, caData: base64(own.certificate), token: 't' });
  opened.push(http);
});
afterEach(async () => {
  for (const one of opened.splice(0)) one.close();
  await proxy.stop();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

/** A watch until it ends. @returns its events, and why it ended: undefined when in order */
async function watch(signal = new AbortController().signal) {
  const events: unknown[] = [];
  const error = await http
    .watch(WATCH, (event) => events.push(event), signal)
    .then(
      () => undefined,
      (failed: unknown) => failed,
    );
  return { events, error };
}

const refused = (error: unknown): number | undefined => (error instanceof KubeRefusal ? error.status : undefined);
const failed = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error ?? 'failed',
  );

test('without a fault all passes: a list, a watch as it comes, a Lease', async () => {
  expect(await http.get(PODS)).toEqual(LIST);
  const following = watch();
  await until('it is watched', () => proxy.watched.has(PODS) && watching.length === 1);
  watching[0]?.end(EVENT);
  expect(await following).toMatchObject({ events: [{ type: 'ADDED' }, { type: 'ADDED' }], error: undefined });
  await http.get(LEASE);
  expect([proxy.leases, proxy.spoiled, proxy.watched.size]).toEqual([1, 0, 0]);
});

test('what was asked is counted since the last time: lists and all else, neither watches nor Leases', async () => {
  for (const path of [PODS, `${PODS}?limit=500`, '/readyz', LEASE]) await http.get(path);
  await http.send('PATCH', '/apis/cachefarm.dev/v1alpha1/cacheclusters/user.id/status', {});
  const following = watch();
  await until('it is watched', () => proxy.watched.has(PODS) && watching.length === 1);
  watching[0]?.end();
  await following;
  expect(Object.fromEntries(proxy.takeAsked())).toEqual({
    [`GET ${PODS}`]: 2,
    'GET /readyz': 1,
    'PATCH /apis/cachefarm.dev/v1alpha1/cacheclusters/user.id/status': 1,
  });
  expect(proxy.takeAsked().size).toBe(0);
});

describe('a fault ends the watch that is open, and the next one fares no better until it is mended', () => {
  const fares: Readonly<Record<Exclude<ProxyFault, 'slow'>, { readonly list: number | 'torn' | 'well' }>> = {
    gone: { list: 'well' },
    throttled: { list: 429 },
    failing: { list: 500 },
    truncated: { list: 'torn' },
  };
  test.each(Object.keys(fares) as (keyof typeof fares)[])('%s', async (fault) => {
    const open = watch();
    await until('it is watched', () => proxy.watched.has(PODS));
    proxy.begin(fault);
    const ended = await open;
    expect(ended.events.slice(0, 1)).toEqual([JSON.parse(EVENT)]);
    if (fault === 'gone') expect(ended.events.slice(1)).toMatchObject([{ type: 'ERROR', object: { code: 410 } }]);
    else expect(ended.events).toHaveLength(1);
    for (const turn of [1, 2]) {
      const { events, error } = await watch();
      const told = refused(error) === 410 || JSON.stringify(events).includes('"code":410');
      if (fault === 'gone') expect([turn, told]).toEqual([turn, true]);
      else
        expect(fault === 'truncated' ? events : [refused(error)]).toEqual(
          fault === 'truncated' ? [] : [fares[fault].list],
        );
    }
    const listed = await failed(http.get(PODS));
    if (fares[fault].list === 'well') expect(listed).toBeUndefined();
    else if (fares[fault].list === 'torn') expect(listed).toBeDefined();
    else expect(refused(listed)).toBe(fares[fault].list);
    expect(await failed(http.get(LEASE))).toBeUndefined();
    expect(proxy.watched.size).toBe(0);

    proxy.mend();
    expect(await http.get(PODS)).toEqual(LIST);
    const ending = new AbortController();
    const again = watch(ending.signal);
    await until('it is watched again', () => proxy.watched.has(PODS));
    ending.abort();
    await again;
  });
});

test('slow: an answer begins late and comes in drops; mended, the rest of it comes at once', async () => {
  proxy.begin('slow');
  const from = performance.now();
  const slow = http.get(PODS).then(() => performance.now() - from);
  const second = http.get(PODS);
  expect(await slow).toBeGreaterThan(1_200);
  proxy.mend();
  expect(await second).toEqual(LIST);
  expect(proxy.spoiled).toBe(2);
});

test('Leases that are withheld reach nobody and are not answered; all else passes', async () => {
  proxy.withholdLeases(true);
  const unanswered = failed(http.get(LEASE));
  await until('it came', () => proxy.leases === 1);
  expect(await http.get(PODS)).toEqual(LIST);
  expect(asked).toEqual([`GET ${PODS}`]);
  proxy.withholdLeases(false);
  await http.get(LEASE);
  expect(asked).toEqual([`GET ${PODS}`, `GET ${LEASE}`]);
  await proxy.stop();
  expect(await unanswered).toBeDefined();
});
