import { get, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import * as shapes from '../../src/api/schemas.js';
import { TOKEN } from '../builders/fake-api-parts.js';
import { eventually } from './addresses-rig.js';
import { bearer, rig } from './api-rig.js';

interface Message {
  readonly event: string;
  readonly id: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: what came is what the test is about
  readonly data: any;
}

const open: IncomingMessage[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.destroy();
});

/** A page that listens. */
class Listener {
  readonly messages: Message[] = [];
  ended = false;
  text = '';

  constructor(readonly response: IncomingMessage) {
    response.setEncoding('utf8');
    response.on('data', (text: string) => this.#read(text));
    response.on('close', () => {
      this.ended = true;
    });
    response.on('error', () => undefined);
  }

  #read(text: string): void {
    this.text += text;
    const parts = this.text.split('\n\n');
    this.text = parts.pop() ?? '';
    for (const part of parts) {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(part)?.[1];
      const [event, data] = [field('event'), field('data')];
      if (event && data) this.messages.push({ event, id: field('id'), data: JSON.parse(data) });
    }
  }

  of(event: string): readonly Message[] {
    return this.messages.filter((message) => message.event === event);
  }

  async until(what: () => boolean, ms = 5_000): Promise<void> {
    const end = Date.now() + ms;
    while (!what()) {
      if (Date.now() > end) throw new Error(`not within ${ms} ms: ${what}; got ${this.messages.map((m) => m.event)}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

function listen(port: number, headers: Record<string, string> = {}): Promise<Listener> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path: '/v1/stream', headers, agent: false }, (response) => {
      open.push(response);
      resolve(new Listener(response));
    }).on('error', reject);
  });
}

const KINDS = ['farm', 'pods', 'health', 'clusters', 'groups', 'brakes'];
const whole = (listener: Listener) => listener.until(() => KINDS.every((kind) => listener.of(kind).length > 0));

describe('the stream of the page', () => {
  test('begins with the whole state of each kind, in the shapes of the API', async () => {
    const { app } = await rig();
    const listener = await listen(app.port);
    expect(listener.response.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
    });
    await whole(listener);
    expect(listener.messages.map(({ event }) => event)).toEqual(KINDS);
    const { pods, gone } = listener.of('pods')[0]?.data ?? {};
    expect(gone).toEqual([]);
    shapes.farmMapSchema.strict().parse({ ...listener.of('farm')[0]?.data, pods });
    expect(pods).toHaveLength(45);
    shapes.clustersSchema.strict().parse(listener.of('clusters')[0]?.data);
    shapes.groupsSchema.strict().parse(listener.of('groups')[0]?.data);
    shapes.brakesSchema.strict().parse(listener.of('brakes')[0]?.data);
    shapes.healthSchema.strict().parse(listener.of('health')[0]?.data);
  });

  test('a pod that dies is told with the pass that sees it, alone', async () => {
    const { app, fake } = await rig();
    const listener = await listen(app.port);
    await whole(listener);
    const pod = fake.sight.imaginary.pods.find(({ state }) => state.claim.kind === 'bound');
    if (pod) pod.state.up = false;
    const at = performance.now();
    fake.sight.look();
    await listener.until(() => listener.of('pods').length === 2);
    expect(performance.now() - at).toBeLessThan(500);
    const { pods } = listener.of('pods')[1]?.data ?? {};
    expect(pods).toMatchObject([{ name: pod?.name, state: 'unreachable' }]);
    // The rest follows within its second.
    fake.time += 1_000;
    await listener.until(() => listener.of('clusters').length === 2);
  });

  test('how much pods have to do is told every 5 s; what one of them is, at once and alone', async () => {
    const { app, fake } = await rig();
    const listener = await listen(app.port);
    await whole(listener);
    const busy = fake.sight.imaginary.pods.filter(({ state }) => state.claim.kind === 'bound');
    for (const { state } of busy) state.keys = 1_000;
    const [pod] = busy;
    if (pod) pod.draining = true;
    fake.sight.look();
    await listener.until(() => listener.of('pods').length === 2);
    expect(listener.of('pods')[1]?.data.pods.map(({ name }: { name: string }) => name)).toEqual([pod?.name]);
    fake.time += 5_000;
    fake.sight.look();
    await listener.until(() => listener.of('pods').length === 3);
    expect(listener.of('pods')[2]?.data.pods).toHaveLength(busy.length - 1);
  });

  test('passes that change nothing are not told each time, but that they were', async () => {
    const { app, fake } = await rig();
    const listener = await listen(app.port);
    await whole(listener);
    for (let i = 0; i < 20; i++) fake.sight.look();
    fake.time += 1_000;
    fake.sight.look();
    await listener.until(() => listener.of('pods').length >= 2);
    expect(listener.of('pods').length).toBeLessThanOrEqual(3);
    expect(listener.of('pods').at(-1)?.data).toMatchObject({ pods: [], gone: [], freshness: { ageMs: 0 } });
    expect(listener.of('farm')).toHaveLength(1);
  });

  test('no pass for long: health says that what is known is stale', async () => {
    const { app, fake } = await rig();
    const listener = await listen(app.port);
    await whole(listener);
    fake.time += 60_000;
    await listener.until(() => listener.of('health').some(({ data }) => data.freshness.stale));
  });

  test('events come at once with an id; who comes again with it gets what he missed, and only that', async () => {
    const { app, fake } = await rig();
    fake.sight.happens({ level: 'info', msg: 'before' });
    const first = await listen(app.port);
    await whole(first);
    fake.sight.happens({ level: 'warn', msg: 'one', error: { name: 'E', message: 'm', stack: 'secret' } });
    await first.until(() => first.of('event').length === 1);
    const [one] = first.of('event');
    shapes.eventSchema.strict().parse(one?.data);
    expect(one?.data).toMatchObject({ seq: 2, msg: 'one' });
    first.response.destroy();
    fake.sight.happens({ level: 'info', msg: 'missed' });
    const again = await listen(app.port, { 'last-event-id': one?.id ?? '' });
    await again.until(() => again.of('event').length > 0);
    expect(again.of('event').map(({ data }) => data.msg)).toEqual(['missed']);
    const elsewhere = await listen(app.port, { 'last-event-id': 'another.99' });
    await elsewhere.until(() => elsewhere.of('event').length === 3);
    const hostile = await listen(app.port, { 'last-event-id': '__proto__..%00' });
    await hostile.until(() => hostile.of('event').length === 3);
  });

  test('before the farm was seen: health; then everything as it comes', async () => {
    const { app, fake } = await rig({ seen: false });
    const listener = await listen(app.port);
    await listener.until(() => listener.of('health').length > 0);
    expect(listener.of('pods')).toEqual([]);
    fake.sight.settle();
    fake.sight.look();
    await whole(listener);
    expect(listener.of('pods')[0]?.data.pods).toHaveLength(45);
  });

  test('closing the server ends it at once', async () => {
    const { app, fake, server } = await rig();
    const listeners = await Promise.all([listen(app.port), listen(app.port)]);
    await Promise.all(listeners.map(whole));
    const at = performance.now();
    await server.close();
    for (const listener of listeners) await listener.until(() => listener.ended);
    expect(performance.now() - at).toBeLessThan(1_000);
    expect(fake.sight.listeners).toBe(0);
  });

  test('who does not read is dropped; the others go on', async () => {
    const { app, fake } = await rig();
    const [slow, quick] = [await listen(app.port), await listen(app.port)];
    await whole(slow);
    slow.response.pause();
    const detail = 'x'.repeat(100_000);
    for (let i = 0; i < 400 && !slow.ended; i++) {
      fake.sight.happens({ level: 'info', msg: `m${i}`, detail });
      if (i % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await quick.until(() => quick.of('event').length === 400);
    slow.response.resume();
    await slow.until(() => slow.ended);
    expect(slow.of('event').length).toBeLessThan(400);
  });

  test('one connection cannot take many places: who listens behind another request is refused', async () => {
    const { app } = await rig();
    const path = '/v1/clusters/User.id/topology';
    const tag = (await app.inject({ url: path })).headers.etag;
    const socket = connect(app.port, '127.0.0.1');
    let text = '';
    socket.on('data', (bytes) => {
      text += bytes.toString();
    });
    const ask = (url: string): string => `GET ${url} HTTP/1.1\r\nhost: x\r\nif-none-match: ${tag}\r\n\r\n`;
    socket.write(ask(`${path}?wait=0.5`) + ask('/v1/stream').repeat(3) + ask(path));
    await eventually('all answers', () => text.split('HTTP/1.1 ').length === 6);
    socket.destroy();
    expect([...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual([
      '304',
      ...['400', '400', '400'],
      '304',
    ]);
  });

  test('who may not read does not get it; who may does', async () => {
    const { app } = await rig({ openReading: false });
    expect((await listen(app.port)).response.statusCode).toBe(401);
    expect((await listen(app.port, bearer(TOKEN.stranger))).response.statusCode).toBe(403);
    const listener = await listen(app.port, { cookie: `cachefarm-session=${TOKEN.reader}` });
    expect(listener.response.statusCode).toBe(200);
    await whole(listener);
  });
});
