import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Executor } from '../../src/act/executor.js';
import { helloFrom } from '../../src/act/hello.js';
import { proveHello } from '../../src/act/prove-hello.js';
import type { WriteMode } from '../../src/act/switch-name.js';
import { SELF_TEST_NAME } from '../../src/farm/access.js';
import { Connections } from '../../src/observe/connections.js';
import { probeSentinel } from '../../src/observe/probe.js';
import type { SentinelRef } from '../../src/plan/action.js';
import type { Receipt } from '../../src/plan/receipt.js';
import type { NameView } from '../../src/world/model.js';
import { type Address, ask, connect, freeAddress, until } from '../builders/processes.js';
import { SERVERS, serveWith } from '../builders/servers.js';
import {
  application,
  BARN,
  claimAsBarn,
  idOf,
  type LiveGroup,
  monitor,
  nameWithStandby,
  type Pod,
  ScriptFarm,
  SENTINEL,
  secretOf,
  untilMet,
} from '../scripts/script-farm.js';
import { convert, split } from './told-to-pod.js';

const text = (at: Address): string => `${at.ip}:${at.port}`;
const OPTIONS = { quorum: 2, downAfterMs: 1_234, failoverTimeoutMs: 5_678 };

describe.each(SERVERS)('names and how they move, on real processes of %s', (server) => {
  const farm = new ScriptFarm();
  const connections = new Connections({
    barn: secretOf('barn'),
    sentinel: secretOf('sentinel'),
    application: secretOf('application'),
  });
  let group: LiveGroup;

  beforeAll(async () => {
    await serveWith(farm.room, server);
    group = await farm.group('main-0');
  }, 30_000);
  afterAll(async () => {
    connections.close();
    await farm.room.stopAll();
  });

  const sentinels = (): readonly SentinelRef[] =>
    group.sentinels.map((at, i) => ({ pod: `s-${i}`, address: text(at), id: idOf(`sentinel-main-0-1-${i}`) }));
  const sentinel = (index: number): SentinelRef => sentinels()[index] as SentinelRef;

  async function views(partition: string): Promise<readonly (NameView | undefined)[]> {
    return Promise.all(
      sentinels().map(async ({ address }) => {
        const record = { pod: 's', group: 'main-0', datacenter: 'a', machine: 'm', address };
        const view = await probeSentinel(connections, record);
        return view.state === 'up' ? view.names.find((candidate) => candidate.partition === partition) : undefined;
      }),
    );
  }
  const addresses = async (partition: string): Promise<readonly string[]> =>
    (await views(partition)).map((view) => view?.address ?? 'unknown');

  async function boundPod(partition: string, epoch = 1): Promise<Pod> {
    const pod = await farm.pod();
    expect(await claimAsBarn(pod, { kind: 'bound', partition, epoch })).toBeUndefined();
    return pod;
  }

  async function switchTo(
    partition: string,
    from: Address,
    pod: Pod,
    epoch: number,
    mode: WriteMode = 'hello',
    claimEpoch = epoch,
  ): Promise<Receipt> {
    const executor = new Executor(connections, connections.credentials, { modeOf: () => mode });
    const [receipt] = await executor.run([
      {
        reason: 'PodCrashed',
        subject: partition,
        detail: '',
        actions: [
          {
            kind: 'switch-name',
            partition,
            sentinels: sentinels(),
            needed: 2,
            from: text(from),
            pod: { name: 'redis-m1-6379-3', datacenter: 'a', machine: 'm', address: text(pod.at) },
            claim: { kind: 'bound', partition, epoch: claimEpoch },
            epoch,
            options: OPTIONS,
          },
        ],
      },
    ]);
    if (!receipt) throw new Error('no receipt');
    return receipt;
  }

  /** What somebody hears who listens to a sentinel, until `stop`. */
  async function listen(at: Address): Promise<{ readonly heard: string[]; stop(): void }> {
    const redis = connect(at, BARN);
    await redis.connect();
    const heard: string[] = [];
    redis.on('message', (channel: string, message: string) => heard.push(`${channel} ${message}`));
    await redis.subscribe('+switch-master', '+monitor', '-monitor', '+convert-to-slave');
    return { heard, stop: () => redis.disconnect() };
  }

  test('all of them are that server', async () => {
    const info = String(await ask(group.sentinels[0] as Address, BARN, 'INFO', 'server'));
    if (server === 'Valkey') expect(info).toMatch(/valkey_version:\d/);
    expect(info).toMatch(/redis_mode:sentinel|server_mode:sentinel/);
  });

  describe('the hello', () => {
    test('is proven on a throw-away name that is gone afterwards', async () => {
      for (const index of [0, 1, 2]) {
        const peer = sentinel((index + 1) % 3);
        const mode = await connections.use(sentinel(index).address, (redis) => proveHello(redis, peer, 7));
        expect(mode).toBe('hello');
      }
      expect(await addresses(`${SELF_TEST_NAME}::7`)).toEqual(['unknown', 'unknown', 'unknown']);
    });
    test('of a sentinel that publishes without taking it in, is proven not to work', async () => {
      // The same server, but its own hello handler never sees the message: PUBLISH is done by a plain server, all else by the sentinel.
      const other = freeAddress();
      await farm.room.redis(other);
      const plain = connect(other);
      await plain.connect();
      const mode = await connections.use(sentinel(0).address, (redis) =>
        proveHello(
          new Proxy(redis, {
            get: (target, key) =>
              key === 'pipeline' ? () => split(target.pipeline(), plain) : Reflect.get(target, key),
          }),
          sentinel(1),
          8,
        ),
      );
      plain.disconnect();
      expect(mode).toBe('monitor');
      expect(await addresses(`${SELF_TEST_NAME}::8`)).toEqual(['unknown', 'unknown', 'unknown']);
    });
    test('with a higher epoch moves the name at once, everywhere, and clients hear +switch-master', async () => {
      const [from, to] = [await boundPod('A::0'), await boundPod('A::0', 2_048)];
      await monitor(group.sentinels, 'A::0', from.at);
      const ear = await listen(group.sentinels[0] as Address);
      expect(await switchTo('A::0', from.at, to, 2_048)).toMatchObject({
        status: 'Done',
        reason: `3 of 3 sentinels give ${text(to.at)}`,
      });
      for (const view of await views('A::0')) expect(view).toMatchObject({ address: text(to.at), epoch: 2_048 });
      const line = `+switch-master A::0 ${from.at.ip} ${from.at.port} ${to.at.ip} ${to.at.port}`;
      await until('the event', () => ear.heard.includes(line));
      ear.stop();
    });
    test.each([2_048, 2_047])('with epoch %i after 2048 is refused, and the receipt says so', async (epoch) => {
      const name = `B::${epoch}`;
      const [from, first, second] = [await boundPod(name), await boundPod(name, 2_048), await boundPod(name, epoch)];
      await monitor(group.sentinels, name, from.at);
      expect((await switchTo(name, from.at, first, 2_048)).status).toBe('Done');
      expect(await switchTo(name, first.at, second, epoch)).toMatchObject({
        status: 'Stale',
        reason: expect.stringContaining('at no lower an epoch'),
      });
      for (const view of await views(name)) expect(view).toMatchObject({ address: text(first.at), epoch: 2_048 });
    });
    test('is not sent for a pod whose claim is another by then', async () => {
      const [from, to] = [await boundPod('C::0'), await boundPod('C::0', 2_048)];
      await monitor(group.sentinels, 'C::0', from.at);
      expect((await switchTo('C::0', from.at, to, 2_049)).status).toBe('Stale');
      expect(await addresses('C::0')).toEqual(Array(3).fill(text(from.at)));
    });
    test('is told to one sentinel, and reaches the others by their own gossip', async () => {
      const [from, to] = [await boundPod('D::0'), await boundPod('D::0', 2_048)];
      await monitor(group.sentinels, 'D::0', from.at);
      await untilMet(group, 'D::0');
      const [command, ...args] = helloFrom(sentinel(1), 'D::0', text(to.at), 2_048);
      await ask(group.sentinels[0] as Address, BARN, command, ...args);
      await until('all to agree', async () => (await addresses('D::0')).every((one) => one === text(to.at)), 15_000);
    }, 40_000);
  });

  describe('the fall-back, where the hello was proven not to work', () => {
    test('moves the name with its options in one write: it is never unknown, and clients hear +monitor', async () => {
      const [from, to] = [await boundPod('E::0'), await boundPod('E::0', 2_048)];
      await monitor(group.sentinels, 'E::0', from.at);
      const at = group.sentinels[0] as Address;
      const ear = await listen(at);
      const answers = new Set<string>();
      let over = false;
      const asking = connect(at, BARN);
      await asking.connect();
      const poll = (async () => {
        while (!over) answers.add(String(await asking.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'E::0')));
      })();
      try {
        for (let i = 0; i < 10; i++) {
          const [source, target] = i % 2 === 0 ? [from, to] : [to, from];
          const moved = await switchTo('E::0', source.at, target, 2_048, 'monitor', target === to ? 2_048 : 1);
          expect(moved).toMatchObject({ status: 'Done', reason: `3 of 3 sentinels give ${text(target.at)}` });
          for (const view of await views('E::0')) expect(view).toMatchObject({ address: text(target.at), ...OPTIONS });
        }
      } finally {
        over = true;
        await poll;
        asking.disconnect();
        ear.stop();
      }
      expect([...answers].sort()).toEqual([from, to].map((pod) => `${pod.at.ip},${pod.at.port}`).sort());
      expect(ear.heard.filter((line) => line.startsWith('+monitor master E::0 '))).toHaveLength(10);
      expect(ear.heard.filter((line) => line.startsWith('+switch-master'))).toEqual([]);
    });
    test('keeps the credentials: the sentinels log in at the new pod', async () => {
      const [from, to] = [await boundPod('F::0'), await boundPod('F::0', 2_048)];
      await monitor(group.sentinels, 'F::0', from.at);
      expect((await switchTo('F::0', from.at, to, 2_048, 'monitor')).status).toBe('Done');
      await until('three sentinels at the pod', async () => {
        const lines = String(await to.barn('CLIENT', 'LIST', 'TYPE', 'pubsub')).split('\n');
        return lines.filter((line) => / user=sentinel /.test(line)).length === 3;
      });
    });
  });

  describe('what Sentinel may do by itself', () => {
    test('it fails an un-replicated partition over to its standby', async () => {
      const [pod, standby] = [await boundPod('G::0'), await farm.pod()];
      expect(await claimAsBarn(standby, { kind: 'standby', clusterName: 'G', epoch: 1 })).toBeUndefined();
      await nameWithStandby(group, 'G::0', pod.at, standby.at);
      await untilMet(group, 'G::0');
      await until(
        'the standby to be seen',
        async () =>
          (await views('G::0')).every((view) => view?.replicas.every(({ flags }) => flags.join() === 'slave')),
        15_000,
      );
      await pod.process.stop();
      await until(
        'the name to move',
        async () => (await addresses('G::0')).every((one) => one === text(standby.at)),
        15_000,
      );
      expect(await ask(standby.at, application('G'), 'SET', 'k', 'v')).toBe('OK');
    }, 60_000);
    test.each(['bound', 'standby'] as const)(
      'a %s pod refuses to be made a replica, alone and in a transaction',
      async (kind) => {
        const pod = await farm.pod();
        const claim =
          kind === 'bound'
            ? ({ kind, partition: 'H::0', epoch: 1 } as const)
            : ({ kind, clusterName: 'H', epoch: 1 } as const);
        await claimAsBarn(pod, claim);
        const other = freeAddress();
        for (const command of ['SLAVEOF', 'REPLICAOF'])
          expect(String(await ask(pod.at, SENTINEL, command, other.ip, String(other.port)))).toMatch(/NOPERM/);
        expect(await convert(pod.at, other)).not.toBe('converted');
        expect(String(await pod.barn('INFO', 'replication'))).toMatch(/role:master/);
      },
    );
    test('a sentinel that takes a standby or a bound pod for a replica converts neither, however often it tries', async () => {
      // Members tell INFO: only below a master that it knows to be sane does Sentinel convert anything.
      const [master, other] = [await farm.pod(), await farm.pod()];
      await claimAsBarn(master, { kind: 'member', partition: 'I::0', epoch: 1 });
      await claimAsBarn(other, { kind: 'member', partition: 'J::0', epoch: 1 });
      const [standby, served] = [await farm.pod(), await boundPod('J::1')];
      await claimAsBarn(standby, { kind: 'standby', clusterName: 'I', epoch: 1 });
      await served.barn('SET', 'k', 'v');
      const ears = await Promise.all(group.sentinels.map(listen));
      await nameWithStandby(group, 'I::0', master.at, standby.at);
      await nameWithStandby(group, 'J::0', other.at, served.at);
      const heard = (name: string): readonly string[] =>
        ears.flatMap((ear) =>
          ear.heard.filter((line) => line.startsWith('+convert-to-slave ') && line.includes(` @ ${name} `)),
        );
      // The standby shows that it says so; of the bound pod it knows too little to try.
      await until('a try at the standby', () => heard('I::0').length > 0, 60_000);
      for (const ear of ears) ear.stop();
      expect(heard('J::0')).toEqual([]);
      for (const pod of [standby, served]) expect(String(await pod.barn('INFO', 'replication'))).toMatch(/role:master/);
      expect(await served.barn('GET', 'k')).toBe('v');
      expect(await ask(standby.at, application('I'), 'SET', 'k', 'v')).toBe('OK');
    }, 90_000);
  });

  test('a stock sentinel takes SENTINEL DEBUG ping-period', async () => {
    const at = freeAddress(26379);
    await farm.room.sentinel(at);
    expect(await ask(at, undefined, 'SENTINEL', 'DEBUG', 'ping-period', '100')).toBe('OK');
    const reply = (await ask(at, undefined, 'SENTINEL', 'DEBUG')) as readonly unknown[];
    expect(reply.flat().map(String).join(' ').toLowerCase()).toMatch(/ping-period 100\b/);
  });
});
