/** What `get clusters <name>` and `explain` tell of a CacheCluster: its conditions and Events, from every KubeCluster. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readClusterEvents } from '../../src/cli/cluster-events.js';
import { age } from '../../src/cli/views/age.js';
import { accountOf, accountRecord, formatAccount } from '../../src/cli/views/cluster-account.js';
import type { Loose } from '../../src/farm/loose.js';
import { conditionsOf, troubleOf } from '../../src/world/cluster-conditions.js';
import type { World } from '../../src/world/model.js';

const NOW = Date.parse('2026-01-02T04:00:00Z');
const NONE = { events: [], untold: [] };
const LONG =
  'User.id::3: 10.0.1.4:6378 does not answer to Barn and to 2 of 3 sentinels, which is a majority; moved to its standby 10.0.2.4:6379';

const condition = (type: string, status: string, reason: string, message = `says ${reason}`): Loose => ({
  type,
  status,
  reason,
  message,
  lastTransitionTime: '2026-01-02T03:55:00Z',
});
const WELL = [
  condition('Progressing', 'False', 'AsDeclared'),
  condition('Ready', 'True', 'PartitionsServing'),
  condition('Degraded', 'False', 'AsDeclared'),
];

const world = (conditions: Readonly<Record<string, readonly Loose[] | undefined>>): World => ({
  observedAt: NOW,
  datacenters: [],
  pods: [],
  groups: [],
  cacheClusters: [],
  copies: Object.entries(conditions).map(([datacenter, list]) => ({
    clusterName: 'User.id',
    datacenter,
    name: 'user.id',
    generation: 1,
    clusterSize: 4,
    deleted: false,
    ...(list ? { status: { conditions: list } } : {}),
  })),
});

describe('conditions', () => {
  test('that all KubeClusters have alike are told once, Ready first', () => {
    const found = conditionsOf(world({ a: WELL, b: WELL }), 'User.id');
    expect(found.map(({ type, datacenters }) => [type, ...datacenters])).toEqual([
      ['Ready', 'a', 'b'],
      ['Degraded', 'a', 'b'],
      ['Progressing', 'a', 'b'],
    ]);
    expect(troubleOf(found)).toBeUndefined();
  });
  test('that differ are told with the KubeClusters that have them', () => {
    const old = [
      condition('Ready', 'False', 'PodUnreachable', 'one is away'),
      ...WELL.filter((c) => c.type !== 'Ready'),
    ];
    const text = formatAccount(accountOf(world({ a: WELL, b: old, c: WELL }), 'User.id', NONE), NOW);
    expect(text).toMatch(/^ {2}Ready +True +5m +PartitionsServing +says PartitionsServing \(only a, c\)$/m);
    expect(text).toMatch(/^ {2}Ready +False +5m +PodUnreachable +one is away \(only b\)$/m);
  });
  test.each([
    ['Ready', 'False'],
    ['Ready', 'Unknown'],
    ['Degraded', 'True'],
    ['Progressing', 'True'],
  ])('%s=%s is the reason in the list', (type, status) => {
    const rest = WELL.filter((one) => one.type !== type);
    expect(troubleOf(conditionsOf(world({ a: [...rest, condition(type, status, 'Because')] }), 'User.id'))).toBe(
      'Because',
    );
  });
  test('that nobody wrote yet: says who will', () => {
    const text = formatAccount(accountOf(world({ a: undefined }), 'User.id', NONE), NOW);
    expect(text).toMatch(/^Conditions of User\.id: none yet; Barn writes them/);
    expect(text).toContain('Events of User.id: none');
  });
});

/** Events of three KubeClusters under /a, /b and /c; `fails` says how one answers instead. */
const told = new Map<string, readonly Loose[]>();
const fails = new Map<string, (query: string) => number | undefined>();
let server: Server;
beforeAll(async () => {
  server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://x');
    const [, datacenter = ''] = url.pathname.split('/');
    const code = fails.get(datacenter)?.(url.search);
    const body = code ? { kind: 'Status', code, message: `refused with ${code}` } : { items: told.get(datacenter) };
    response.writeHead(code ?? 200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
});
afterAll(() => void server.close());

const seen = () =>
  readClusterEvents(
    ['a', 'b', 'c'].map((datacenter) => ({
      datacenter,
      connect: async () => ({
        server: `http://127.0.0.1:${(server.address() as AddressInfo).port}/${datacenter}`,
        options: {},
      }),
    })),
    'cachefarm',
  );

const event = (minute: string, note: string, more: Loose = {}): Loose => ({
  metadata: { creationTimestamp: `2026-01-02T03:${minute}:00Z` },
  eventTime: `2026-01-02T03:${minute}:00.000000Z`,
  regarding: { kind: 'CacheCluster', name: 'user.id' },
  type: 'Warning',
  reason: 'PodCrashed',
  note,
  ...more,
});

describe('Events', () => {
  test('told by several KubeClusters happened once, told again by one they happened again', async () => {
    const again = event('50', LONG, { series: { count: 3, lastObservedTime: '2026-01-02T03:58:00.000000Z' } });
    told.set('a', [again, event('40', LONG)]);
    told.set('b', [again]);
    told.set('c', [event('57', 'User.id::1: bound', { type: 'Normal', reason: 'PartitionUnbound' })]);
    const { events, untold } = await seen();
    expect(untold).toEqual([]);
    expect(
      events.map(({ reason, count, first, last, datacenters }) => [reason, count, first, last, datacenters]),
    ).toEqual([
      ['PartitionUnbound', 1, '2026-01-02T03:57:00.000000Z', '2026-01-02T03:57:00.000000Z', ['c']],
      ['PodCrashed', 4, '2026-01-02T03:40:00.000000Z', '2026-01-02T03:58:00.000000Z', ['a', 'b']],
    ]);
  });

  test('are printed in 100 columns, the newest last, with all of a long message', async () => {
    const text = formatAccount(accountOf(world({ a: WELL }), 'User.id', await seen()), NOW);
    const lines = text.split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(text).toMatch(/^ {2}AGE +TYPE +REASON +COUNT +MESSAGE$/m);
    expect(text).toMatch(/^ {2}2m +Warning +PodCrashed +4 +User\.id::3: /m);
    expect(text.replace(/\s+/g, ' ')).toContain(LONG);
  });

  test('are ten at most for a person, and all for a program', async () => {
    told.set(
      'a',
      Array.from({ length: 14 }, (_, i) => event(String(10 + i), `User.id::${i}: moved`)),
    );
    told.set('b', []);
    told.set('c', []);
    const account = accountOf(world({ a: WELL }), 'User.id', await seen());
    const text = formatAccount(account, NOW);
    expect(text).toContain('the newest last (4 earlier: -o json):');
    expect(text.match(/PodCrashed/g)).toHaveLength(10);
    expect(accountRecord(account).events).toHaveLength(14);
  });

  test('of other objects and of what is not concerned are left out', async () => {
    told.set('a', [
      event('10', 'User.id::1: moved'),
      event('11', 'Session::1: moved', { regarding: { kind: 'CacheCluster', name: 'session' } }),
      event('12', 'pulled', { regarding: { kind: 'Pod', name: 'user.id' } }),
      event('13', 'User.id::2: moved'),
    ]);
    const { events } = accountOf(world({ a: WELL }), 'User.id', await seen(), (message) => !message.includes('::2'));
    expect(events.map(({ message }) => message)).toEqual(['User.id::1: moved']);
  });

  test('of a KubeCluster that refuses: the others are told, and that it refused', async () => {
    fails.set('b', () => 403);
    const account = accountOf(world({ a: WELL }), 'User.id', await seen());
    fails.clear();
    expect(account.events).not.toEqual([]);
    expect(formatAccount(account, NOW)).toContain('Events of b cannot be read: refused with 403');
    expect(accountRecord(account).eventsUnread).toEqual([{ datacenter: 'b', problem: 'refused with 403' }]);
  });

  test('of an embedded farm, which has no field selectors, are read without one', async () => {
    fails.set('a', (query) => (query.includes('fieldSelector') ? 400 : undefined));
    const { events, untold } = await seen();
    fails.clear();
    expect(untold).toEqual([]);
    expect(events.map(({ object }) => object)).toContain('user.id');
  });
});

test.each([
  ['2026-01-02T03:59:15Z', '45s'],
  ['2026-01-02T03:30:00Z', '30m'],
  ['2026-01-01T20:00:00Z', '8h'],
  ['2025-12-25T04:00:00Z', '8d'],
  ['2026-01-02T04:00:30Z', '0s'],
  ['', '<unknown>'],
])('what is of %s is %s old', (since, text) => expect(age(since, NOW)).toBe(text));
