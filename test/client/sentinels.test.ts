/** The resolver and its sentinels: dead, blank, stale, hung, all gone; many partitions, and the ones that do not move. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Redis } from 'ioredis';
import {
  followPartition,
  type PartitionRedisOptions,
  SentinelResolver,
  type SentinelResolverOptions,
} from '../../src/client/index.js';
import { ask, freeAddress, until } from '../builders/processes.js';
import { LiveGroup, type Pod } from './live-group.js';

const hostOf = ({ at }: Pod) => ({ host: at.ip, port: at.port });

let group: LiveGroup;
let a: Pod;
let b: Pod;
const endings: (() => void)[] = [];

beforeAll(async () => {
  group = await LiveGroup.start();
  [a, b] = await Promise.all([group.pod(), group.pod()]);
}, 30_000);
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) end();
  for (const seat of group.sentinels) {
    seat.process.signal('SIGCONT');
    if (!seat.process.running) await group.restartBlank(seat);
  }
});
afterAll(() => group.stop());

function resolverOf(options: Partial<SentinelResolverOptions> = {}): SentinelResolver {
  const resolver = new SentinelResolver({ sentinels: group.addresses, ...options });
  endings.push(() => resolver.close());
  return resolver;
}

function followed(resolver: SentinelResolver, name: string, options?: PartitionRedisOptions): Redis {
  const redis = followPartition(resolver, name, options);
  redis.on('error', () => undefined);
  endings.push(() => redis.disconnect());
  return redis;
}

const podOf = async (redis: Redis): Promise<string> => String(((await redis.config('GET', 'bind')) as string[])[1]);
const untilOn = (redis: Redis, pod: Pod, withinMs = 5_000): Promise<unknown> =>
  until(`on ${pod.at.ip}`, async () => (await podOf(redis).catch(() => '')) === pod.at.ip, withinMs);

async function timed(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}

describe('other partitions', () => {
  test('keep their connection when one moves', async () => {
    await Promise.all([group.monitor('Own.x::0', a), group.monitor('Own.x::1', a)]);
    const resolver = resolverOf();
    const [mover, bystander] = [followed(resolver, 'Own.x::0'), followed(resolver, 'Own.x::1')];
    await Promise.all([untilOn(mover, a), untilOn(bystander, a)]);
    const [id, moverId] = [await bystander.client('ID'), await mover.client('ID')];
    await group.hello('Own.x::0', b, 7);
    await untilOn(mover, b);
    await group.removeAndMonitor('Own.x::0', a);
    await untilOn(mover, a);
    expect(await bystander.client('ID')).toBe(id);
    expect(await mover.client('ID')).not.toBe(moverId);
  });

  test('move at the same time, each to its own pod', async () => {
    const c = await group.pod();
    await Promise.all([group.monitor('Two.x::0', a), group.monitor('Two.x::1', b)]);
    const resolver = resolverOf();
    const [first, second] = [followed(resolver, 'Two.x::0'), followed(resolver, 'Two.x::1')];
    await Promise.all([untilOn(first, a), untilOn(second, b)]);
    const ms = await timed(async () => {
      await Promise.all([group.hello('Two.x::0', b, 7), group.hello('Two.x::1', c, 8)]);
      await Promise.all([untilOn(first, b), untilOn(second, c)]);
    });
    expect(ms).toBeLessThan(1_000);
  });

  test('share two connections to a sentinel, a hundred of them', async () => {
    const names = Array.from({ length: 100 }, (_, i) => `Many.x::${i}`);
    for (const name of names) await group.monitor(name, a);
    const resolver = resolverOf();
    const all = names.map((name) => followed(resolver, name));
    await Promise.all(all.map((redis) => redis.ping()));
    // On a crowded machine a sentinel that answers late is connected to anew, so the count has to settle.
    const settled = ({ all, subscribed }: { all: number; subscribed: number }) => all === 2 && subscribed === 1;
    await until('two connections to each sentinel, one of them subscribed', async () =>
      (await Promise.all(group.sentinels.map((seat) => group.clientsOf(seat)))).every(settled),
    );
    const [last] = all.slice(-1);
    if (!last) throw new Error('no partition');
    await group.hello('Many.x::99', b, 50);
    await untilOn(last, b, 2_000);
    await Promise.all(names.map((name) => Promise.all(group.sentinels.map(({ at }) => group.remove(at, name)))));
  });
});

describe('sentinels that die', () => {
  test('one at the start costs nothing while a majority answers', async () => {
    await group.monitor('Dead.x::0', a);
    await group.seat(0).process.stop();
    const resolver = resolverOf();
    expect(await timed(() => resolver.resolve('Dead.x::0'))).toBeLessThan(450);
    expect(resolver.address('Dead.x::0')).toEqual(hostOf(a));
    await until('two live', () => resolver.liveSentinels === 2 && resolver.liveSubscriptions === 2);
  });

  test('and one that hangs at the start neither', async () => {
    await group.monitor('Hung.x::0', a);
    group.seat(1).process.signal('SIGSTOP');
    const resolver = resolverOf();
    expect(await timed(() => resolver.resolve('Hung.x::0'))).toBeLessThan(450);
  });

  test('two that hang at the start cost half a second; the third is the only witness then', async () => {
    await group.monitor('Alone.x::0', a);
    for (const index of [0, 1]) group.seat(index).process.signal('SIGSTOP');
    expect(await timed(() => resolverOf().resolve('Alone.x::0'))).toBeLessThan(900);
  });

  test('later: the subscription moves to another, and comes back', async () => {
    await group.monitor('Later.x::0', a);
    const resolver = resolverOf({ subscriptions: 2 });
    const redis = followed(resolver, 'Later.x::0');
    await untilOn(redis, a);
    await until('two subscriptions', () => resolver.liveSubscriptions === 2);
    const counts = await Promise.all(group.sentinels.map((seat) => group.clientsOf(seat)));
    const victim = group.seat(counts.findIndex(({ subscribed }) => subscribed === 1));
    await victim.process.stop();
    await until('noticed', () => resolver.liveSentinels === 2);
    const rest = group.sentinels.filter((seat) => seat !== victim);
    // Both sides are asked: the connections to the victim close one after the other, and a server counts a subscriber before it has its answer.
    await until(
      'a subscription on each of the rest, as they and the resolver count',
      async () => {
        const counted = await Promise.all(rest.map((seat) => group.clientsOf(seat)));
        return resolver.liveSubscriptions === 2 && counted.every(({ subscribed }) => subscribed === 1);
      },
      2_000,
    );
    await group.removeAndMonitor('Later.x::0', b, rest);
    await untilOn(redis, b, 2_000);
    await group.restartBlank(victim);
    await until('three live', () => resolver.liveSentinels === 3);
    expect(await podOf(redis)).toBe(b.at.ip);
  });

  test('by hanging: it is a witness no longer, and its subscription moves', async () => {
    await group.monitor('Freeze.x::0', a);
    await group.hello('Freeze.x::0', a, 3);
    const resolver = resolverOf({ subscriptions: 2 });
    const redis = followed(resolver, 'Freeze.x::0');
    await untilOn(redis, a);
    group.seat(2).process.signal('SIGSTOP');
    const rest = group.sentinels.slice(0, 2);
    await group.removeAndMonitor('Freeze.x::0', b, rest);
    await untilOn(redis, b, 2_000);
    await until('two live and subscribed', () => resolver.liveSentinels === 2 && resolver.liveSubscriptions === 2);
  });

  test('all of them: the connection stays, new ones use the last address, a move afterwards is seen', async () => {
    await group.monitor('Gone.x::0', a);
    const resolver = resolverOf();
    const redis = followed(resolver, 'Gone.x::0');
    await untilOn(redis, a);
    const id = await redis.client('ID');
    await Promise.all(group.sentinels.map((seat) => seat.process.stop()));
    await until('none is live', () => resolver.liveSentinels === 0);
    expect(await redis.client('ID')).toBe(id);
    const second = followed(resolver, 'Gone.x::0');
    expect(await podOf(second)).toBe(a.at.ip);
    for (const seat of group.sentinels) await group.restartBlank(seat);
    await group.monitor('Gone.x::0', b);
    await Promise.all([untilOn(redis, b), untilOn(second, b)]);
  });

  test('all of them before the start: commands fail soon, or wait, as the options say; both recover', async () => {
    await Promise.all(group.sentinels.map((seat) => seat.process.stop()));
    const resolver = resolverOf();
    const [soon, patient] = [
      followed(resolver, 'Void.x::0'),
      followed(resolver, 'Void.x::0', { maxRetriesPerRequest: null }),
    ];
    const waiting = patient.ping();
    const failing = soon.ping();
    const ms = await timed(() =>
      expect(failing).rejects.toThrow(/Void\.x::0: none of its sentinels answers .*ECONNREFUSED/),
    );
    expect(ms).toBeLessThan(2_000);
    for (const seat of group.sentinels) await group.restartBlank(seat);
    await group.monitor('Void.x::0', a);
    expect(await waiting).toBe('PONG');
    await untilOn(soon, a);
  });
});

describe('sentinels that are wrong', () => {
  test('a move that reached one sentinel only counts at once, by its epoch', async () => {
    await group.monitor('First.x::0', a);
    await group.hello('First.x::0', a, 3);
    const resolver = resolverOf();
    const redis = followed(resolver, 'First.x::0');
    await untilOn(redis, a);
    await until('subscribed', () => resolver.liveSubscriptions === 3);
    const ms = await timed(async () => {
      await group.hello('First.x::0', b, 7, [group.seat(1)]);
      await untilOn(redis, b);
    });
    expect(ms).toBeLessThan(500);
  });

  test('a blank one has no say', async () => {
    await group.monitor('Blank.x::0', a, group.sentinels.slice(0, 2));
    const resolver = resolverOf();
    expect(await resolver.resolve('Blank.x::0')).toEqual(hostOf(a));
    const redis = followed(resolver, 'Blank.x::0');
    await untilOn(redis, a);
    const id = await redis.client('ID');
    await group.remove(group.seat(0).at, 'Blank.x::0');
    await until('two are blank', () => resolver.address('Blank.x::0') === undefined);
    expect(await redis.client('ID')).toBe(id);
    await group.monitor('Blank.x::0', a, [group.seat(0)]);
    await until('known again', () => resolver.address('Blank.x::0') !== undefined);
    expect(await redis.client('ID')).toBe(id);
  });

  test('a stale one with the old address and a lower epoch never wins, whoever answers first', async () => {
    const [stale, ...fresh] = group.sentinels;
    if (!stale) throw new Error('no sentinel');
    // Sentinels that do not know each other, as when they are cut off: else gossip repairs the stale one.
    await group.monitor('Stale.x::0', a, [stale]);
    await group.monitor('Stale.x::0', b, fresh);
    await group.hello('Stale.x::0', b, 9, fresh);
    const resolver = resolverOf();
    const redis = followed(resolver, 'Stale.x::0');
    await untilOn(redis, b);
    const id = await redis.client('ID');
    // The fresh ones fall silent: what we hold has the higher epoch.
    for (const seat of fresh) seat.process.signal('SIGSTOP');
    await until('only the stale one is left', () => resolver.liveSentinels === 1);
    expect(resolver.address('Stale.x::0')).toEqual(hostOf(b));
    expect(await redis.client('ID')).toBe(id);
  });

  test('a name that no sentinel knows: an error that says which, and the connection comes once it is known', async () => {
    const redis = followed(resolverOf(), 'Nobody.x::0');
    await expect(redis.get('k')).rejects.toThrow(/Nobody\.x::0: its sentinels do not know it: a wrong name/);
    await group.monitor('Nobody.x::0', a);
    await untilOn(redis, a);
  });

  test('no sentinels given', () => {
    expect(() => new SentinelResolver({ sentinels: [] })).toThrow(RangeError);
  });

  test('the poll finds what no subscription told', async () => {
    await group.monitor('Deaf.x::0', a);
    const resolver = resolverOf({ pollMs: 200 });
    const redis = followed(resolver, 'Deaf.x::0');
    await untilOn(redis, a);
    await until('subscribed', () => resolver.liveSubscriptions === 3);
    await Promise.all(group.sentinels.map(({ at }) => group.forbidSubscriptions(at)));
    await until('deaf', () => resolver.liveSubscriptions === 0);
    await group.removeAndMonitor('Deaf.x::0', b);
    await untilOn(redis, b, 2_000);
    for (const { at } of group.sentinels) await ask(at, undefined, 'ACL', 'SETUSER', 'default', '+subscribe');
    await until('subscribed again, without a new connection', () => resolver.liveSubscriptions === 3);
  });
});

describe('close', () => {
  test('fails those who wait, and leaves no connection to a sentinel', async () => {
    const resolver = new SentinelResolver({ sentinels: [{ host: freeAddress().ip, port: 1 }, ...group.addresses] });
    const waiting = resolver.resolve('Never.x::0', 10_000);
    resolver.close();
    await expect(waiting).rejects.toThrow('Never.x::0: the resolver is closed');
    for (const seat of group.sentinels)
      await until('no connection is left', async () => (await group.clientsOf(seat)).all === 0);
  });
});
