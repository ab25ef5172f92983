/** The connection: a real ioredis Redis with all that it can do, its options, its errors, and commands in flight at a move. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import {
  followPartition,
  type PartitionRedisOptions,
  partitionOptions,
  SentinelResolver,
} from '../../src/client/index.js';
import { ask, until } from '../builders/processes.js';
import { LiveGroup, type Pod } from './live-group.js';

let group: LiveGroup;
let resolver: SentinelResolver;
let serial = 0;
const opened: Redis[] = [];

beforeAll(async () => {
  group = await LiveGroup.start();
  resolver = new SentinelResolver({ sentinels: group.addresses });
}, 30_000);
afterEach(() => {
  for (const redis of opened.splice(0)) redis.disconnect();
});
afterAll(async () => {
  resolver.close();
  await group.stop();
});

const open = (redis: Redis): Redis => {
  redis.on('error', () => undefined);
  opened.push(redis);
  return redis;
};

async function partition(pod: Pod, options?: PartitionRedisOptions): Promise<{ name: string; redis: Redis }> {
  serial += 1;
  const name = `Talk.room::${serial}`;
  await group.monitor(name, pod);
  return { name, redis: open(followPartition(resolver, name, options)) };
}

const ipOf = async (redis: Redis): Promise<string> => String(((await redis.config('GET', 'bind')) as string[])[1]);
const untilOn = (redis: Redis, { at }: Pod, withinMs = 2_000): Promise<unknown> =>
  until(`on ${at.ip}`, async () => (await ipOf(redis).catch(() => '')) === at.ip, withinMs);

describe('what ioredis can do', () => {
  test('pipelines, transactions, scripts, autopipelining and key prefixes work', async () => {
    const { redis } = await partition(await group.pod(), {
      keyPrefix: 'p:',
      enableAutoPipelining: true,
      scripts: { double: { lua: 'return redis.call("GET", KEYS[1]) * 2', numberOfKeys: 1 } },
    });
    expect(redis).toBeInstanceOf(Redis);
    expect(await redis.pipeline().set('a', 21).get('a').exec()).toEqual([
      [null, 'OK'],
      [null, '21'],
    ]);
    expect(await redis.multi().incr('n').exec()).toEqual([[null, 1]]);
    const { double } = redis as unknown as { double(key: string): Promise<number> };
    expect(await double.call(redis, 'a')).toBe(42);
    expect(await Promise.all([redis.get('a'), redis.get('n')])).toEqual(['21', '1']);
  });

  test('a subscriber hears what is published on the new pod after a move', async () => {
    const [old, next] = [await group.pod(), await group.pod()];
    const { name, redis } = await partition(old);
    const heard: string[] = [];
    redis.on('message', (_channel, text) => heard.push(text));
    await redis.subscribe('news');
    await group.hello(name, next, 7);
    await until('heard', async () => {
      await ask(next.at, undefined, 'PUBLISH', 'news', 'moved');
      return heard.includes('moved');
    });
  });

  test('a duplicate follows too, with options of its own', async () => {
    const [old, next] = [await group.pod(), await group.pod()];
    const { name, redis } = await partition(old);
    const copy = open(redis.duplicate({ connectionName: 'copy' }));
    const copyOfCopy = open(copy.duplicate());
    await Promise.all([redis, copy, copyOfCopy].map((each) => untilOn(each, old)));
    expect(await copyOfCopy.client('GETNAME')).toBe('copy');
    await group.hello(name, next, 7);
    await Promise.all([redis, copy, copyOfCopy].map((each) => untilOn(each, next)));
  });

  test('a lazy connection connects at its first command, a disconnected one again on demand', async () => {
    const { redis } = await partition(await group.pod(), { lazyConnect: true });
    expect(redis.status).toBe('wait');
    expect(await redis.ping()).toBe('PONG');
    redis.disconnect();
    await until('ended', () => redis.status === 'end');
    await redis.connect();
    expect(await redis.ping()).toBe('PONG');
    expect(await redis.quit()).toBe('OK');
    await until('ended', () => redis.status === 'end');
  });

  test('disconnect while the address is looked up ends it, disconnect(true) does not', async () => {
    const [stay, leave] = ['Talk.room::none', 'Talk.room::none'].map((name) =>
      open(followPartition(resolver, name, { retryStrategy: () => 60_000, maxRetriesPerRequest: null })),
    ) as [Redis, Redis];
    const pod = await group.pod();
    leave.disconnect();
    stay.disconnect(true);
    await until('ended', () => leave.status === 'end');
    await group.monitor('Talk.room::none', pod);
    expect(await stay.ping()).toBe('PONG');
    expect(leave.status).toBe('end');
  });
});

describe('options', () => {
  test('have defaults', async () => {
    const { redis } = await partition(await group.pod());
    const { connectTimeout, socketTimeout, maxRetriesPerRequest, retryStrategy } = redis.options;
    expect({ connectTimeout, socketTimeout, maxRetriesPerRequest }).toEqual({
      connectTimeout: 1_000,
      socketTimeout: 2_000,
      maxRetriesPerRequest: 2,
    });
    expect(retryStrategy?.(1)).toBe(0);
  });

  test('of the user win', async () => {
    const { redis } = await partition(await group.pod(), { connectTimeout: 300, socketTimeout: undefined, db: 3 });
    expect(redis.options).toMatchObject({ connectTimeout: 300, socketTimeout: undefined, db: 3 });
    expect(await redis.client('INFO')).toContain(' db=3 ');
  });

  test('for plain ioredis may be handed in as they are', async () => {
    const pod = await group.pod();
    serial += 1;
    const cluster = { clusterName: 'Plain.x', clusterSize: 1_000, sentinels: group.addresses };
    await group.monitor(`Plain.x::${serial}`, pod);
    const redis = open(followPartition(resolver, `Plain.x::${serial}`, partitionOptions(cluster, serial)));
    await untilOn(redis, pod);
    expect(redis.options.maxRetriesPerRequest).toBe(1);
  });

  test('retryStrategy that gives up ends the connection', async () => {
    const pod = await group.pod();
    const { redis } = await partition(pod, { retryStrategy: null });
    await untilOn(redis, pod);
    await pod.process.stop();
    await until('ended', () => redis.status === 'end');
  });

  test('retryStrategy is heeded between attempts at the same address', async () => {
    const pod = await group.pod();
    let calls = 0;
    const retryStrategy = () => {
      calls += 1;
      return 250;
    };
    const { redis } = await partition(pod, { retryStrategy });
    await untilOn(redis, pod);
    await pod.process.stop();
    const from = performance.now();
    await until('a second has passed', () => performance.now() - from > 1_000);
    expect(calls).toBeGreaterThanOrEqual(3);
    expect(calls).toBeLessThanOrEqual(5);
  });

  test('retryStrategy with a long wait does not hold up a move', async () => {
    const [old, next] = [await group.pod(), await group.pod()];
    const { name, redis } = await partition(old, { retryStrategy: () => 60_000, maxRetriesPerRequest: null });
    await untilOn(redis, old);
    await old.process.stop();
    await until('it waits', () => redis.status !== 'ready');
    const reply = ipOf(redis);
    await group.removeAndMonitor(name, next);
    expect(await reply).toBe(next.at.ip);
  });

  test('socketTimeout leaves a pod that hangs, and does not hit the connection after it', async () => {
    const [old, next] = [await group.pod(), await group.pod()];
    const { name, redis } = await partition(old, { socketTimeout: 400 });
    await untilOn(redis, old);
    let closes = 0;
    redis.on('close', () => {
      closes += 1;
    });
    old.process.signal('SIGSTOP');
    const stuck = redis.incr('n');
    const from = performance.now();
    await group.hello(name, next, 7);
    expect(await stuck).toBe(1);
    old.process.signal('SIGCONT');
    await until('the time of the first socket is over', async () => {
      await redis.ping();
      return performance.now() - from > 600;
    });
    expect(closes).toBe(1);
  });
});

describe('commands in flight at a move', () => {
  async function stuckAndMoved(
    options: PartitionRedisOptions,
  ): Promise<{ stuck: Promise<unknown>; redis: Redis; next: Pod }> {
    const [old, next] = [await group.pod(), await group.pod()];
    const { name, redis } = await partition(old, options);
    await untilOn(redis, old);
    old.process.signal('SIGSTOP');
    const stuck = redis.incr('n');
    await group.hello(name, next, 7);
    await until('moved', () => redis.status === 'ready' && redis.stream.remoteAddress === next.at.ip);
    return { stuck, redis, next };
  }

  test('are sent again', async () => {
    const { stuck } = await stuckAndMoved({});
    expect(await stuck).toBe(1);
  });

  test('are not sent again when autoResendUnfulfilledCommands is false; commandTimeout settles them, as in ioredis', async () => {
    const { stuck, next } = await stuckAndMoved({ autoResendUnfulfilledCommands: false, commandTimeout: 500 });
    await expect(stuck).rejects.toThrow('Command timed out');
    expect(await ask(next.at, undefined, 'GET', 'n')).toBeNull();
  });
});

describe('errors', () => {
  test('READONLY fails the command and makes the connection anew', async () => {
    const [master, replica] = [await group.pod(), await group.pod()];
    const { redis } = await partition(replica);
    const id = await redis.client('ID');
    await ask(replica.at, undefined, 'REPLICAOF', master.at.ip, String(master.at.port));
    await expect(redis.set('k', 'v')).rejects.toThrow('READONLY');
    expect(await redis.client('ID')).not.toBe(id);
  });

  test('a dead pod: the failed command names partition, address and reason', async () => {
    const pod = await group.pod();
    const { name, redis } = await partition(pod);
    await untilOn(redis, pod);
    await pod.process.stop();
    await expect(redis.get('k')).rejects.toMatchObject({
      name: 'MaxRetriesPerRequestError',
      message: expect.stringContaining(`[${name} at ${pod.at.ip}:${pod.at.port}: connect ECONNREFUSED`),
    });
  });

  test('a wrong password: WRONGPASS, with the partition', async () => {
    const { name, redis } = await partition(await group.pod('requirepass right'), { password: 'wrong' });
    await expect(redis.get('k')).rejects.toThrow(new RegExp(`WRONGPASS .*\\[${name} at `));
  });

  test('no password where one is needed: NOAUTH, with the partition', async () => {
    const { name, redis } = await partition(await group.pod('requirepass right'));
    await expect(redis.get('k')).rejects.toThrow(new RegExp(`NOAUTH .*\\[${name} at `));
  });
});
