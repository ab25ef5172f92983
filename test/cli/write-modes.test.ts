import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Redis } from 'ioredis';
import { WriteModes } from '../../src/cli/write-modes.js';
import { SELF_TEST_NAME } from '../../src/farm/access.js';
import { Connections } from '../../src/observe/connections.js';
import { probeSentinel } from '../../src/observe/probe.js';
import type { SentinelView, World } from '../../src/world/model.js';
import { split } from '../act/told-to-pod.js';
import { type Address, ask, connect, freeAddress, until } from '../builders/processes.js';
import { SERVERS, serveWith } from '../builders/servers.js';
import { BARN, type LiveGroup, ScriptFarm, secretOf } from '../scripts/script-farm.js';

const text = (at: Address): string => `${at.ip}:${at.port}`;

describe.each(SERVERS)('how a sentinel is told of a move, on real processes of %s', (server) => {
  const farm = new ScriptFarm();
  const open: Connections[] = [];
  let group: LiveGroup;

  const connectionsOf = (): Connections => {
    const credentials = {
      barn: secretOf('barn'),
      sentinel: secretOf('sentinel'),
      application: secretOf('application'),
    };
    const connections = new Connections(credentials);
    open.push(connections);
    return connections;
  };
  beforeAll(async () => {
    await serveWith(farm.room, server);
    group = await farm.group('main-0');
  }, 30_000);
  afterAll(async () => {
    for (const connections of open) connections.close();
    await farm.room.stopAll();
  });

  const addresses = (): readonly string[] => group.sentinels.map(text);
  const at = (index: number): string => addresses()[index] as string;
  async function look(connections: Connections): Promise<World> {
    const sentinels = await Promise.all(
      addresses().map(
        (address, i): Promise<SentinelView> =>
          probeSentinel(connections, { pod: `s-${i}`, group: 'main-0', datacenter: 'a', machine: 'm', address }),
      ),
    );
    return { observedAt: 0, datacenters: [], pods: [], groups: [{ name: 'main-0', sentinels }], cacheClusters: [] };
  }
  async function names(): Promise<readonly string[]> {
    const world = await look(connectionsOf());
    return world.groups.flatMap(({ sentinels }) =>
      sentinels.flatMap((one) => (one.state === 'up' ? one.names.map(({ partition }) => partition) : ['down'])),
    );
  }
  const said = (modes: WriteModes): readonly string[] => addresses().map(modes.of);
  const lend = (modes: WriteModes): Promise<readonly string[]> =>
    Promise.all(addresses().map((address) => modes.use(address, async () => modes.of(address))));

  test('in its own words until the hello is proven, which a pass does for all that answer', async () => {
    const connections = connectionsOf();
    const modes = new WriteModes(connections);
    expect(said(modes)).toEqual(['monitor', 'monitor', 'monitor']);
    await modes.prove(await look(connections));
    expect(await lend(modes)).toEqual(['hello', 'hello', 'hello']);
    expect(await names()).toEqual([]);
  });

  test('by a hello only on the connection on which it was proven: another process behind it is tried before it is written to', async () => {
    const connections = connectionsOf();
    const tried: Redis[] = [];
    const watched = {
      use: <T>(address: string, work: (redis: Redis) => Promise<T>) =>
        connections.use(address, (redis) => {
          const call = redis.pipeline.bind(redis);
          return work(
            Object.assign(redis, {
              pipeline: (...args: Parameters<typeof call>) => {
                if (address === at(0)) tried.push(redis);
                return call(...args);
              },
            }),
          );
        }),
    };
    const modes = new WriteModes(watched);
    const world = await look(connections);
    await modes.prove(world);
    const proven = tried.length;
    await modes.prove(world);
    expect(await lend(modes)).toEqual(['hello', 'hello', 'hello']);
    expect(tried).toHaveLength(proven);
    await connections.use(at(0), async (redis) => redis.disconnect());
    await until('it to be proven on another connection', async () => {
      expect(await lend(modes)).toEqual(['hello', 'hello', 'hello']);
      return new Set(tried).size === 2;
    });
  });

  test('in its own words where the hello is proven not to work, until a later pass proves that it does', async () => {
    const connections = connectionsOf();
    const other = freeAddress();
    await farm.room.redis(other);
    const plain = connect(other);
    await plain.connect();
    let isDeaf = true;
    // Its own hello handler never sees the message: PUBLISH is done by a plain server, all else by the sentinel.
    const deaf = {
      use: <T>(address: string, work: (redis: Redis) => Promise<T>) =>
        connections.use(address, (redis) => {
          if (address !== at(1) || Object.hasOwn(redis, 'pipeline')) return work(redis);
          const call = redis.pipeline.bind(redis);
          return work(Object.assign(redis, { pipeline: () => (isDeaf ? split(call(), plain) : call()) }));
        }),
    };
    const modes = new WriteModes(deaf);
    await modes.prove(await look(connections));
    expect(await lend(modes)).toEqual(['hello', 'monitor', 'hello']);
    plain.disconnect();
    isDeaf = false;
    await modes.prove(await look(connections));
    expect(await lend(modes)).toEqual(['hello', 'hello', 'hello']);
    expect(await names()).toEqual([]);
  });

  test('not at all while it does not answer the proof, which keeps nobody for longer than a second', async () => {
    const connections = connectionsOf();
    const modes = new WriteModes(connections);
    const hung = group.processes[2];
    const world = await look(connections);
    hung?.signal('SIGSTOP');
    try {
      void modes.prove(world);
      const from = performance.now();
      await expect(modes.use(at(2), async () => 'written')).rejects.toThrow('has not shown in time');
      expect(performance.now() - from).toBeLessThan(2_000);
      expect(modes.of(at(2))).toBe('monitor');
    } finally {
      hung?.signal('SIGCONT');
    }
    await until('it to be proven', async () => (await lend(modes).catch(() => []))[2] === 'hello');
    await until('its throw-away name to be gone', async () => (await names()).length === 0);
  });

  test('is proven by many at once without one disturbing another, and what was read meanwhile is no partition', async () => {
    const all = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const connections = connectionsOf();
        return { modes: new WriteModes(connections), world: await look(connections) };
      }),
    );
    const seen: string[] = [];
    let over = false;
    const watching = (async () => {
      while (!over) seen.push(...(await names()));
    })();
    await Promise.all(all.map(({ modes, world }) => modes.prove(world)));
    over = true;
    await watching;
    for (const { modes } of all) expect(await lend(modes)).toEqual(['hello', 'hello', 'hello']);
    expect(seen.filter((name) => !name.startsWith(`${SELF_TEST_NAME}::`))).toEqual([]);
    expect(await names()).toEqual([]);
  });

  test('what a proof that was cut off has left is taken back by the second pass that sees it', async () => {
    const connections = connectionsOf();
    const modes = new WriteModes(connections);
    const left = `${SELF_TEST_NAME}::4711`;
    const kept = `${SELF_TEST_NAME}::1024`;
    for (const name of [left, kept])
      await ask(group.sentinels[0] as Address, BARN, 'SENTINEL', 'MONITOR', name, '127.0.0.1', '1', '99');
    await modes.prove(await look(connections));
    expect((await names()).toSorted()).toEqual([kept, left]);
    await modes.prove(await look(connections));
    // The other one ends TILT, and is the planner's.
    expect(await names()).toEqual([kept]);
    await ask(group.sentinels[0] as Address, BARN, 'SENTINEL', 'REMOVE', kept);
  });
});
