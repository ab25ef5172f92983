import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { types } from 'node:util';
import { httpHand } from '../../../src/act/http-hand.js';
import { leasePost } from '../../../src/act/kube-lease.js';
import { readClusterEvents } from '../../../src/cli/cluster-events.js';
import { listedSource } from '../../../src/observe/kube-client.js';
import { keepCacheCluster, keepNode, keepPod } from '../../../src/observe/kube-objects.js';
import { KubeWatch } from '../../../src/observe/kube-watch.js';
import type { KubeEndpoint } from '../../../src/world/kube.js';
import { Broken, bytes, type FuzzTarget, textOf } from '../target.js';
import { FRAME, tellFarm } from '../told-farm.js';

/** What the API answers now: a list, then what a watch tells; parted by an empty line. The first character says how it ends. */
let answers: readonly string[] = [];
const server = createServer((incoming, response) => {
  const [first = '', list = '', watch = ''] = answers;
  const body = incoming.url?.includes('watch=') ? watch : list;
  response.writeHead(/^\d{3}/.test(first) ? Math.min(599, Math.max(200, Number(first.slice(0, 3)))) : 200, {
    'content-type': 'application/json',
  });
  response.write(body);
  if (first.endsWith('r')) response.socket?.resetAndDestroy();
  else response.end();
});
let listening: Promise<number> | undefined;
const endpoint: KubeEndpoint = {
  datacenter: 'a',
  connect: async () => {
    listening ??= new Promise((resolve) =>
      server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)),
    );
    return { server: `http://127.0.0.1:${await listening}`, options: { agent: false } };
  },
};

async function watchOnce<T>(keep: (object: Readonly<Record<string, unknown>>) => T): Promise<void> {
  let changes = 0;
  const watch = new KubeWatch({
    endpoint,
    listing: { path: '/api/v1/pods' },
    keep,
    changed: () => changes++,
    times: { answerMs: 300, slackMs: 300, watchSeconds: 1, rest: () => 1_000 },
  });
  watch.start();
  await watch.firstOutcome;
  const before = watch.requests;
  for (let turn = 0; turn < 20 && watch.requests === before && !watch.lost; turn++)
    await new Promise((resolve) => setTimeout(resolve, 1));
  if (watch.items.some((item) => item === undefined)) throw new Broken('remembers what is nothing');
  if (watch.lost && watch.lost.why === '') throw new Broken('lost without a reason');
  await watch.stop();
}

const isNamed = (error: unknown): boolean => types.isNativeError(error) && error.message !== '';

/** Whatever the API server says: its readers take it, or have an error with a message. */
export async function askAnswers(text: string): Promise<void> {
  answers = text.split('\n\n');
  const asked = await Promise.allSettled([
    watchOnce(keepPod),
    watchOnce(keepNode),
    watchOnce(keepCacheCluster),
    listedSource(FRAME, endpoint).read(),
    leasePost(httpHand(endpoint, 'cachefarm', 500), 'cachefarm', () => 0).read(),
    readClusterEvents([endpoint], 'cachefarm'),
  ]);
  for (const one of asked) {
    if (one.status === 'fulfilled') continue;
    if (one.reason instanceof Broken || !isNamed(one.reason)) throw one.reason;
  }
}

const told = tellFarm().kube[0];
const list = (items: readonly unknown[]): string => JSON.stringify({ metadata: { resourceVersion: '5' }, items });
const event = (type: string, object: unknown): string => JSON.stringify({ type, object });

export const kubeAnswers: FuzzTarget = {
  name: 'kube-answers',
  what: 'lists, watch lines, Leases and Events of an API server, whole or cut: taken, or an error with a message, and nothing that escapes',
  seeds: [
    `200\n\n${list(told?.pods.slice(0, 2) ?? [])}\n\n${event('MODIFIED', told?.pods[0])}\n${event('BOOKMARK', { metadata: { resourceVersion: '9' } })}\n`,
    `200\n\n${list(told?.cacheClusters ?? [])}\n\n${event('ERROR', { code: 410, message: 'too old' })}\n`,
    `200r\n\n${list(told?.nodes ?? [])}\n\n{"type":"ADD`,
    '500\n\n{"kind":"Status","message":"etcd","details":{"retryAfterSeconds":1}}\n\n',
    '200\n\n{"kind":"Lease","metadata":{"resourceVersion":"4"},"spec":{"holderIdentity":"x","leaseTransitions":3,"leaseDurationSeconds":4}}\n\n',
    '200\n\n{"items":[{"metadata":{"name":"e"},"regarding":{"kind":"CacheCluster","name":"user.id"},"note":"n","reason":"r","series":{"count":2}}],"metadata":{"resourceVersion":"1"}}\n\n',
  ].map(bytes),
  words: [
    '"metadata":',
    '"resourceVersion":"7"',
    '"items":',
    '"continue":"x"',
    '"name":"a"',
    '"type":"ADDED"',
    '"type":"DELETED"',
    '"object":',
    'null',
    '[null]',
    '[]',
    '{}',
    '\n',
    '\n\n',
    '404',
    '429',
    '200r',
    '1e999',
    '"status":',
    '"spec":',
  ],
  run: (input) => askAnswers(textOf(input)),
  close: async () => {
    server.closeAllConnections();
    if (listening) await new Promise((resolve) => server.close(resolve));
  },
};
