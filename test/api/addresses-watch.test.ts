import { connect } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { HubLimits } from '../../src/api/addresses/watch-hub.js';
import { type Topology, topologySchema } from '../../src/api/schemas.js';
import { cacheCluster, farmSpec, tier } from '../builders/farm.js';
import { put } from '../builders/placed-farm.js';
import { eventually, type HeardEvent, Listener, SeenFarm, type Served, serve } from './addresses-rig.js';

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of open.splice(0).reverse()) await end();
});

async function started(limits?: Partial<HubLimits>, seen = new SeenFarm()) {
  seen.look();
  const served: Served = await serve(seen, limits ? { limits } : {});
  open.push(() => served.app.close());
  const watch = (name = 'User.id', headers: Record<string, string> = {}): Listener => {
    const listener = new Listener(served.port, `/v1/clusters/${name}/topology?watch`, headers);
    open.push(() => listener.leave());
    return listener;
  };
  const move = (index: number): string => {
    put(seen.imaginary, 'User.id', index, seen.idle());
    seen.look();
    return seen.at(`User.id::${index}`).address;
  };
  return { seen, served, watch, move };
}

const topologyOf = (event: HeardEvent | undefined): Topology => topologySchema.parse(JSON.parse(event?.data ?? ''));

describe('watching', () => {
  test('begins with the state, and tells each change', async () => {
    const { seen, watch, move } = await started();
    const listener = watch();
    const [first] = await listener.hears(1);
    expect(listener.head).toMatch(/^HTTP\/1\.1 200 /);
    expect(listener.head).toMatch(/content-type: text\/event-stream; charset=utf-8/i);
    expect(listener.head).toMatch(/cache-control: no-cache, no-transform/i);
    expect(listener.head).toMatch(/x-content-type-options: nosniff/i);
    expect(listener.head).not.toMatch(/transfer-encoding/i);
    expect(topologyOf(first).partitions[0]?.address).toBe(seen.at('User.id::0').address);
    const moved = move(0);
    expect(topologyOf((await listener.hears(2))[1]).partitions[0]?.address).toBe(moved);
    Object.assign(seen.at('User.id::0').state, { up: false, refused: true });
    seen.look();
    expect(topologyOf((await listener.hears(3))[2]).partitions[0]?.address).toBeNull();
  });

  test('the id is that of the content, as in the entity tag', async () => {
    const { served, watch } = await started();
    const [first] = await watch().hears(1);
    const answer = await fetch(`${served.url}/v1/clusters/User.id/topology`);
    expect(answer.headers.get('etag')).toBe(`W/"${first?.id}"`);
  });

  test('what does not change is not told, other cache clusters are not told of', async () => {
    const { seen, watch, move } = await started();
    const [user, chat] = [watch('User.id'), watch('Chat.room')];
    await Promise.all([user.hears(1), chat.hears(1)]);
    seen.look();
    seen.look();
    move(3);
    await user.hears(2);
    expect(user.events).toHaveLength(2);
    expect(chat.events).toHaveLength(1);
  });

  test('who comes back with what is still so is not told again; else he is', async () => {
    const { watch, move } = await started();
    const [first] = await watch().hears(1);
    const again = watch('User.id', { 'last-event-id': first?.id ?? '' });
    await eventually('an answer', () => again.body.includes('retry:'));
    move(0);
    const events = await again.hears(1);
    expect(events).toHaveLength(1);
    expect(events[0]?.id).not.toBe(first?.id);
    const late = watch('User.id', { 'last-event-id': first?.id ?? '' });
    expect((await late.hears(1))[0]?.id).toBe(events[0]?.id);
  });

  test('a cache cluster that is deleted is told as gone, and it ends; who comes back finds 404', async () => {
    const { seen, watch } = await started();
    const listener = watch();
    await listener.hears(1);
    seen.declare((all) => all.filter(({ clusterName }) => clusterName !== 'User.id'));
    seen.look();
    await eventually('the end', () => listener.closed);
    expect(listener.events.at(-1)?.event).toBe('gone');
    const back = watch();
    await eventually('an answer', () => back.head !== '' && back.text.includes('}'));
    expect(back.head).toMatch(/^HTTP\/1\.1 404 /);
  });

  test('staleness is told when it comes and when it goes', async () => {
    const { seen, watch } = await started();
    const listener = watch();
    await listener.hears(1);
    seen.trouble = 'cannot look';
    const stale = (await listener.hears(2))[1];
    expect(topologyOf(stale).freshness).toMatchObject({ stale: true, why: 'cannot look' });
    expect(stale?.id).toBe(`${listener.events[0]?.id}.stale`);
    seen.trouble = undefined;
    expect(topologyOf((await listener.hears(3))[2]).freshness.stale).toBe(false);
  });

  test('who comes while nobody could look for a moment hears that it has passed', async () => {
    const { seen, watch } = await started();
    const first = watch();
    await first.hears(1);
    // who comes in a crowd shares a frame
    seen.clock += 300;
    seen.trouble = 'cannot look';
    const second = watch();
    await second.hears(1);
    seen.trouble = undefined;
    const isStale = (listener: Listener): boolean => topologyOf(listener.events.at(-1)).freshness.stale;
    expect(topologyOf(second.events[0]).freshness.stale).toBe(true);
    await eventually('both to hear it', () => !isStale(first) && !isStale(second));
  });

  test.each(['', '=', '=true'])('?watch%s watches', async (value) => {
    const { served } = await started();
    const listener = new Listener(served.port, `/v1/clusters/User.id/topology?watch${value}`);
    open.push(() => listener.leave());
    await listener.hears(1);
  });

  test('?watch=false does not; ?watch=maybe is a 400', async () => {
    const { served } = await started();
    const plain = await fetch(`${served.url}/v1/clusters/User.id/topology?watch=false`);
    expect(plain.headers.get('content-type')).toMatch(/^application\/json/);
    await plain.text();
    expect((await fetch(`${served.url}/v1/clusters/User.id/topology?watch=maybe`)).status).toBe(400);
  });

  test('an old client of HTTP/1.0 is told too', async () => {
    const { served } = await started();
    const socket = connect(served.port, '127.0.0.1');
    open.push(() => socket.destroy());
    let text = '';
    socket.on('data', (bytes) => {
      text += bytes.toString();
    });
    socket.write('GET /v1/clusters/User.id/topology?watch HTTP/1.0\r\n\r\n');
    await eventually('the state', () => /\n\nevent: topology\nid: .*\ndata: \{.*\}\n\n$/.test(text));
  });

  test('one connection cannot take many places: who waits or watches behind another request is refused', async () => {
    const { served, watch } = await started({ places: 2 });
    const tag = (await fetch(`${served.url}/v1/clusters/User.id/topology`)).headers.get('etag');
    const socket = connect(served.port, '127.0.0.1');
    let text = '';
    socket.on('data', (bytes) => {
      text += bytes.toString();
    });
    const ask = (query: string): string =>
      `GET /v1/clusters/User.id/topology${query} HTTP/1.1\r\nhost: x\r\nif-none-match: ${tag}\r\n\r\n`;
    socket.write(ask('?wait=0.3') + ask('?watch').repeat(3) + ask('?wait=60') + ask(''));
    await eventually('all answers', () => text.split('HTTP/1.1 ').length === 7);
    expect([...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual([
      '304',
      ...['400', '400', '400', '400'],
      '304',
    ]);
    await Promise.all([watch().hears(1), watch().hears(1)]);
    socket.destroy();
  });

  test('a connection may have had other requests before it watches', async () => {
    const { served, move } = await started();
    const socket = connect(served.port, '127.0.0.1');
    open.push(() => socket.destroy());
    let text = '';
    socket.on('data', (bytes) => {
      text += bytes.toString();
    });
    const path = '/v1/clusters/User.id/topology';
    socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`);
    await eventually('the first', () => text.endsWith('}'));
    socket.write(`GET ${path}?watch HTTP/1.1\r\nhost: x\r\n\r\n`);
    await eventually('both', () => text.split('HTTP/1.1 200').length === 3 && text.endsWith('\n\n'));
    const moved = move(1);
    await eventually('the change', () => text.includes(moved));
  });
});

describe('many watchers', () => {
  test('more than are told at once all have the newest, and changes in a row are not all told', async () => {
    const { served, watch, move } = await started({});
    const listeners = Array.from({ length: 600 }, () => watch());
    await Promise.all(listeners.map((one) => one.hears(1)));
    const moves = [0, 1, 2, 3, 4, 5, 0, 1].map((index) => ({ index, address: move(index) }));
    const last = new Map(moves.map(({ index, address }) => [index, address]));
    const isNewest = (one: Listener): boolean => {
      const told = topologyOf(one.events.at(-1)).partitions;
      return [...last].every(([index, address]) => told[index]?.address === address);
    };
    await eventually('the newest everywhere', () => listeners.every(isNewest), 20_000);
    const generations = listeners.map((one) => one.events.map((event) => topologyOf(event).generation));
    for (const row of generations) expect(row).toEqual([...row].sort((x, y) => x - y));
    expect(Math.max(...listeners.map(({ events }) => events.length))).toBeLessThan(moves.length);
    expect(served.failures).toEqual([]);
  });

  test('no more than there are places: 503, come again; who leaves makes room', async () => {
    const { served, watch } = await started({ places: 3 });
    const listeners = [watch(), watch(), watch()];
    await Promise.all(listeners.map((one) => one.hears(1)));
    const url = `${served.url}/v1/clusters/User.id/topology`;
    const refused = await fetch(`${url}?watch`);
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('5');
    expect(refused.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    await refused.text();
    const plain = await fetch(url);
    expect(plain.status).toBe(200);
    await plain.text();
    const poll = { headers: { 'if-none-match': plain.headers.get('etag') ?? '' } };
    expect((await fetch(`${url}?wait=1`, poll)).status).toBe(503);
    listeners[0]?.leave();
    const polls = async (): Promise<number> => (await fetch(`${url}?wait=0.01`, poll)).status;
    let status = await polls();
    for (const end = Date.now() + 5_000; status === 503 && Date.now() < end; ) status = await polls();
    expect(status).toBe(304);
    await watch().hears(1);
  });

  test('long polls that are over, or whose client has gone, make room', async () => {
    const { served } = await started({ places: 1 });
    const url = `${served.url}/v1/clusters/User.id/topology`;
    const tag = (await fetch(url)).headers.get('etag') ?? '';
    const path = '/v1/clusters/User.id/topology?wait=60';
    const poll = new Listener(served.port, path, { 'if-none-match': tag });
    const probe = async (): Promise<number> =>
      (await fetch(`${url}?wait=0.01`, { headers: { 'if-none-match': tag } })).status;
    let status = await probe();
    for (const end = Date.now() + 5_000; status !== 503 && Date.now() < end; ) status = await probe();
    expect(status).toBe(503);
    poll.leave();
    for (const end = Date.now() + 5_000; status === 503 && Date.now() < end; ) status = await probe();
    expect(status).toBe(304);
    expect(await probe()).toBe(304);
  });

  test('heartbeats come to all, and a connection lives only so long', async () => {
    const { seen, watch } = await started({ heartbeatMs: 150, lifetimeMs: 60_000 });
    const listeners = Array.from({ length: 5 }, () => watch());
    const beats = (one: Listener): number => one.body.split('\n\n').filter((block) => block === ':').length;
    await eventually('two heartbeats each', () => listeners.every((one) => beats(one) >= 2));
    seen.clock += 60_001;
    await eventually('the end of all', () => listeners.every(({ closed }) => closed));
  });

  test('who does not read is dropped, the others are told all the same', async () => {
    const clusterSize = 900;
    const seen = new SeenFarm(
      farmSpec({
        tiers: [tier({ ports: [6378, 6379, 6380], replicas: 400 })],
        datacenters: ['a', 'b', 'c'].map((name) => ({ name, machines: { count: 400, memory: '16Gi' } })),
        cacheClusters: [cacheCluster({ clusterSize })],
      }),
    );
    const { served, watch } = await started({ mostBufferedBytes: 65_536 }, seen);
    const [slow, quick] = [watch(), watch()];
    await Promise.all([slow.hears(1), quick.hears(1)]);
    slow.socket.pause();
    const pod = seen.at('User.id::0').state;
    const connections = (): Promise<number> =>
      new Promise((resolve) => served.app.server.getConnections((_error, count) => resolve(count)));
    // The kernel holds some MB for each connection: only then anything waits in ours.
    for (let told = 1; told < 400 && (await connections()) > 1; told++) {
      Object.assign(pod, { up: !pod.up, refused: true });
      seen.look();
      await quick.hears(2);
      quick.text = `${quick.head}\r\n\r\nevent: topology\ndata: {}\n\n`;
    }
    expect(await connections()).toBe(1);
    slow.socket.resume();
    await eventually('the slow one to see it', () => slow.closed);
    expect(quick.closed).toBe(false);
  }, 60_000);

  test('all are sent away when the server closes, those who do not read too', async () => {
    const { served, watch } = await started();
    const listeners = Array.from({ length: 20 }, () => watch());
    await Promise.all(listeners.map((one) => one.hears(1)));
    listeners[0]?.socket.pause();
    const began = performance.now();
    await served.app.close();
    expect(performance.now() - began).toBeLessThan(4_000);
    await eventually('all to be closed', () => listeners.slice(1).every(({ closed }) => closed));
  });
});
