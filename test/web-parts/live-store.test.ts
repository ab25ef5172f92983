import { describe, expect, test } from '@jest/globals';
import type { EventsView, EventView, MapPod } from '../../src/api/schemas.js';
import { type LiveParts, LiveStore } from '../../src/web/live-store.js';

const FRESH = { observedAt: 1_000, ageMs: 20, stale: false };
const FRAME = { farm: 'demo', freshness: FRESH, datacenters: [], tiers: [], sentinels: [] };
const pod = (id: string, more: Partial<MapPod> = {}): MapPod => ({
  id,
  name: id,
  datacenter: 'a',
  machine: 'a-m1',
  tier: 'M1',
  port: 6378,
  address: '10.0.0.1:6378',
  state: 'idle',
  draining: false,
  partitions: [],
  clusterName: null,
  keys: 0,
  usedMemoryBytes: 0,
  maxMemoryBytes: 1,
  opsPerSecond: 0,
  hitRatio: null,
  clients: 0,
  ...more,
});
const event = (seq: number, at: number): EventView => ({ seq, at, level: 'info', msg: `m${seq}` });

/** A stream and a clock that do what the test says. */
class Rig {
  time = 0;
  readonly opened: { readonly id: string | undefined; readonly heard: Parameters<LiveParts['open']>[1] }[] = [];
  closed = 0;
  past: EventsView = { events: [], last: 0, first: 0 };
  #timers: { readonly at: number; readonly what: () => void }[] = [];
  readonly store = new LiveStore({
    open: (id, heard) => {
      this.opened.push({ id, heard });
      return () => {
        this.closed++;
      };
    },
    events: async () => this.past,
    now: () => this.time,
    after: (ms, what) => {
      const timer = { at: this.time + ms, what };
      this.#timers.push(timer);
      return () => {
        this.#timers = this.#timers.filter((one) => one !== timer);
      };
    },
  });

  get last(): Rig['opened'][number] {
    const last = this.opened.at(-1);
    if (!last) throw new Error('never opened');
    return last;
  }
  get state() {
    return this.store.state();
  }
  say(name: string, data: unknown, id?: string): void {
    this.last.heard.message({ event: name, data: JSON.stringify(data), id });
  }
  /** Runs what is due, in order. */
  pass(ms: number): void {
    const end = this.time + ms;
    for (;;) {
      const [next] = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (!next) break;
      this.#timers = this.#timers.filter((one) => one !== next);
      this.time = next.at;
      next.what();
    }
    this.time = end;
  }
  live(): this {
    this.store.connect();
    this.last.heard.opened();
    return this;
  }
}

describe('the connection', () => {
  test('is connecting at first, and live when the stream opens', () => {
    const rig = new Rig();
    rig.store.connect();
    expect(rig.state.connection).toBe('connecting');
    rig.last.heard.opened();
    expect(rig.state.connection).toBe('live');
  });

  test('a stream that ends is tried again at once; back within two seconds nobody hears of it', () => {
    const rig = new Rig().live();
    rig.last.heard.ended({ status: 0 });
    expect(rig.state.connection).toBe('connecting');
    rig.pass(300);
    expect(rig.opened).toHaveLength(2);
    rig.last.heard.opened();
    rig.pass(5_000);
    expect(rig.state.connection).toBe('live');
  });

  test('is lost within three seconds, and what is known stays', () => {
    const rig = new Rig().live();
    rig.say('farm', FRAME);
    rig.last.heard.ended({ status: 0 });
    for (let i = 0; i < 10; i++) {
      rig.pass(250);
      if (rig.opened.length > 1) rig.last.heard.ended({ status: 0 });
    }
    expect(rig.time).toBeLessThan(3_000);
    expect(rig.state.connection).toBe('lost');
    expect(rig.state.map?.farm).toBe('demo');
  });

  test('while it is lost it does not flicker between lost and connecting', () => {
    const rig = new Rig();
    rig.store.connect();
    const seen = new Set<string>();
    for (let i = 0; i < 40; i++) {
      rig.last.heard.ended({ status: 503 });
      rig.pass(1_000);
      if (rig.time > 2_000) seen.add(rig.state.connection);
    }
    expect([...seen]).toEqual(['lost']);
  });

  test('pauses grow to four seconds and no longer', () => {
    const rig = new Rig();
    rig.store.connect();
    const at: number[] = [];
    for (let i = 0; i < 8; i++) {
      rig.last.heard.ended({ status: 0 });
      const before = rig.opened.length;
      const from = rig.time;
      while (rig.opened.length === before) rig.pass(50);
      at.push(rig.time - from);
    }
    expect(at).toEqual([250, 500, 1_000, 2_000, 4_000, 4_000, 4_000, 4_000]);
  });

  test('a stream that says nothing, no heartbeat either, is given up', () => {
    const rig = new Rig().live();
    rig.pass(15_000);
    rig.last.heard.alive();
    rig.pass(15_000);
    expect(rig.state.connection).toBe('live');
    rig.pass(6_000);
    expect(rig.opened).toHaveLength(2);
  });

  test('offline is lost at once; connect() afterwards tries at once', () => {
    const rig = new Rig().live();
    rig.store.offline();
    expect(rig.state.connection).toBe('lost');
    rig.store.connect();
    rig.last.heard.opened();
    expect(rig.state.connection).toBe('live');
  });

  test.each([401, 403])('%i: reading needs a login', (status) => {
    const rig = new Rig();
    rig.store.connect();
    rig.last.heard.ended({ status });
    expect(rig.state.refused).toBe(true);
    rig.store.connect();
    rig.last.heard.opened();
    expect(rig.state.refused).toBe(false);
  });

  test('stopped it does nothing more', () => {
    const rig = new Rig().live();
    rig.store.stop();
    rig.pass(60_000);
    expect(rig.opened).toHaveLength(1);
    expect(rig.closed).toBe(1);
  });

  test('stopped it does not connect because the network has gone', () => {
    const rig = new Rig().live();
    rig.store.stop();
    rig.store.offline();
    rig.pass(60_000);
    expect(rig.opened).toHaveLength(1);
    rig.store.connect();
    rig.last.heard.opened();
    rig.store.offline();
    expect(rig.state.connection).toBe('lost');
  });
});

describe('what is heard', () => {
  test('frame and pods make the map, in either order', () => {
    for (const order of [
      ['farm', 'pods'],
      ['pods', 'farm'],
    ]) {
      const rig = new Rig().live();
      for (const name of order)
        rig.say(name, name === 'farm' ? FRAME : { pods: [pod('a/1')], gone: [], freshness: FRESH });
      expect(rig.state.map?.pods.map(({ id }) => id)).toEqual(['a/1']);
      expect(rig.state.freshness).toEqual(FRESH);
    }
  });

  test('the first pods are all of them, later ones changes', () => {
    const rig = new Rig().live();
    rig.say('farm', FRAME);
    rig.say('pods', { pods: [pod('a/1'), pod('a/2')], gone: [], freshness: FRESH });
    const untouched = rig.state.map?.pods[0];
    rig.say('pods', { pods: [pod('a/2', { state: 'serving' })], gone: [], freshness: FRESH });
    expect(rig.state.map?.pods.map(({ state }) => state)).toEqual(['idle', 'serving']);
    expect(rig.state.map?.pods[0]).toBe(untouched);
    rig.say('pods', { pods: [], gone: ['a/1'], freshness: FRESH });
    expect(rig.state.map?.pods.map(({ id }) => id)).toEqual(['a/2']);
  });

  test('after a reconnect the first pods are all of them again', () => {
    const rig = new Rig().live();
    rig.say('farm', FRAME);
    rig.say('pods', { pods: [pod('a/1'), pod('a/2')], gone: [], freshness: FRESH });
    rig.last.heard.ended({ status: 0 });
    rig.pass(300);
    rig.last.heard.opened();
    expect(rig.state.map?.pods).toHaveLength(2);
    rig.say('pods', { pods: [pod('a/3')], gone: [], freshness: FRESH });
    expect(rig.state.map?.pods.map(({ id }) => id)).toEqual(['a/3']);
  });

  test('a pass that changed nothing changes the age and not the map', () => {
    const rig = new Rig().live();
    rig.say('farm', FRAME);
    rig.say('pods', { pods: [pod('a/1')], gone: [], freshness: FRESH });
    const { map } = rig.state;
    rig.pass(2_000);
    rig.say('pods', { pods: [], gone: [], freshness: { ...FRESH, ageMs: 5 } });
    expect(rig.state.map).toBe(map);
    expect(rig.state.freshness?.ageMs).toBe(5);
    expect(rig.state.heardAt).toBe(2_000);
  });

  test('it resumes after the last id, and each event is there once, newest first', async () => {
    const rig = new Rig();
    rig.past = { events: [event(1, 10), event(2, 20)], first: 1, last: 2 };
    rig.live();
    await Promise.resolve();
    rig.say('event', event(2, 20), 'x.2');
    rig.say('event', event(3, 30), 'x.3');
    expect(rig.state.events.map(({ seq }) => seq)).toEqual([3, 2, 1]);
    rig.last.heard.ended({ status: 0 });
    rig.pass(300);
    expect(rig.last.id).toBe('x.3');
  });

  test('what nobody knows is not minded', () => {
    const rig = new Rig().live();
    rig.say('something-new', { a: 1 });
    expect(rig.state.connection).toBe('live');
  });

  test('all messages of one piece are told once', async () => {
    const rig = new Rig().live();
    await Promise.resolve();
    let told = 0;
    rig.store.subscribe(() => told++);
    for (let i = 0; i < 50; i++) rig.say('event', event(i, i));
    await Promise.resolve();
    expect(told).toBe(1);
  });
});
