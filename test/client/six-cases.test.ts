/**
 * What makes a client stay on the wrong pod (six ways an address changes), on real processes, with plain ioredis beside it.
 * Times are from the re-point to the first write on the right pod; the bound is generous, measured are 5 to 60 ms.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { followPartition, SentinelResolver } from '../../src/client/index.js';
import { ask, until } from '../builders/processes.js';
import { LiveGroup, type Pod, Writer } from './live-group.js';

const BOUND_MS = 1_000;

let group: LiveGroup;
let resolver: SentinelResolver;
let serial = 0;
const writers: Writer[] = [];

beforeAll(async () => {
  group = await LiveGroup.start();
  resolver = new SentinelResolver({ sentinels: group.addresses });
}, 30_000);
afterEach(() => {
  for (const writer of writers.splice(0)) writer.stop();
});
afterAll(async () => {
  resolver.close();
  await group.stop();
});

const writing = (redis: Redis): Writer => {
  const writer = new Writer(redis);
  writers.push(writer);
  return writer;
};

interface Scene {
  readonly name: string;
  readonly old: Pod;
  readonly next: Pod;
  readonly ours: Writer;
  readonly plain: Writer;
}

/** A partition on one pod, another pod to move to, and two applications that write to it. */
async function scene(quorum?: string, next?: (old: Pod) => Promise<Pod>): Promise<Scene> {
  serial += 1;
  const name = `User.id::${serial}`;
  const old = await group.pod();
  const target = next ? await next(old) : await group.pod();
  await group.monitor(name, old, group.sentinels, quorum);
  // The sentinels have to know each other: a hello counts only from a sentinel that they could have met.
  const ours = writing(followPartition(resolver, name));
  const plain = writing(new Redis({ sentinels: group.addresses, name, disconnectTimeout: 100 }));
  await Promise.all([ours.untilOn(old), plain.untilOn(old)]);
  return { name, old, next: target, ours, plain };
}

const WAYS: Readonly<Record<string, (name: string, next: Pod) => Promise<void>>> = {
  'epoch hello': (name, next) => group.hello(name, next, 7),
  'REMOVE and MONITOR': (name, next) => group.removeAndMonitor(name, next),
};
const ways = Object.entries(WAYS);

/** Re-points, and gives the time until ours writes to the right pod. */
async function moved(
  { name, next, ours }: Scene,
  repoint: (name: string, next: Pod) => Promise<void>,
): Promise<number> {
  const from = performance.now();
  await repoint(name, next);
  return ours.msUntilOn(next, from);
}

describe('a client of the resolver writes to the right pod', () => {
  test('after Sentinel has failed over to a replica, the master killed', async () => {
    const { name, old, next, ours } = await scene('2', (master) => group.replicaOf(master));
    for (const seat of group.sentinels) {
      await until(
        'the sentinel knows the replica and the others',
        async () => {
          const fields = String(await ask(seat.at, undefined, 'SENTINEL', 'MASTER', name));
          return fields.includes('num-slaves,1') && fields.includes('num-other-sentinels,2');
        },
        20_000,
      );
    }
    await old.process.stop();
    const leader = until(
      'a sentinel has switched',
      async () => {
        const said = await Promise.all(group.sentinels.map((seat) => group.addressAt(seat, name)));
        return said.some((text) => text === `${next.at.ip},${next.at.port}`);
      },
      15_000,
    );
    await leader;
    expect(await ours.msUntilOn(next, performance.now())).toBeLessThan(BOUND_MS);
  });

  test.each(ways)('after its pod, which had no replica, was killed and re-pointed by %s', async (_way, repoint) => {
    const cast = await scene();
    await cast.old.process.stop();
    await until('the client has noticed', () => cast.ours.errors.length > 0);
    expect(await moved(cast, repoint)).toBeLessThan(BOUND_MS);
  });

  test.each(ways)(
    'when the old pod is back at its address, empty, before the re-point by %s; plain ioredis stays there',
    async (_way, repoint) => {
      const cast = await scene();
      await group.restartEmpty(cast.old);
      await Promise.all([cast.ours.untilOn(cast.old), cast.plain.untilOn(cast.old)]);
      expect(await moved(cast, repoint)).toBeLessThan(BOUND_MS);
      await cast.plain.untilOn(cast.old);
    },
  );

  test.each(ways)(
    'when the old pod hangs, after the re-point by %s; plain ioredis waits for it',
    async (_way, repoint) => {
      const cast = await scene();
      cast.old.process.signal('SIGSTOP');
      expect(await moved(cast, repoint)).toBeLessThan(BOUND_MS);
      expect(cast.plain.last).toBe(cast.old.at.ip);
      cast.plain.redis.disconnect();
      cast.old.process.signal('SIGCONT');
      await until('none of our writes is waiting', () => cast.ours.redis.status === 'ready');
    },
  );

  test.each(ways)('when the old pod lives, after the re-point by %s; plain ioredis stays', async (_way, repoint) => {
    const cast = await scene();
    expect(await moved(cast, repoint)).toBeLessThan(BOUND_MS);
    await cast.plain.untilOn(cast.old);
    const wrong = cast.ours.landings.filter(
      ({ pod }, i, all) => pod === cast.old.at.ip && all[i - 1]?.pod === cast.next.at.ip,
    );
    expect(wrong).toEqual([]);
  });

  test.each(ways)(
    'when the old pod lives and its clients are killed after the re-point by %s; so does plain ioredis',
    async (_way, repoint) => {
      const cast = await scene();
      const ms = await moved(cast, async (name, next) => {
        await repoint(name, next);
        await ask(cast.old.at, undefined, 'CLIENT', 'KILL', 'TYPE', 'normal');
      });
      expect(ms).toBeLessThan(BOUND_MS);
      await cast.plain.untilOn(cast.next);
    },
  );
});
