import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { releasePod } from '../../src/act/act-on-pod.js';
import { Executor } from '../../src/act/executor.js';
import { type Claim, LOCKED } from '../../src/farm/access.js';
import { Connections } from '../../src/observe/connections.js';
import { probeInstance, probeSentinel } from '../../src/observe/probe.js';
import type { Action, PodRef, SentinelRef } from '../../src/plan/action.js';
import type { Receipt } from '../../src/plan/receipt.js';
import type { InstanceView } from '../../src/world/model.js';
import { type Address, ask, connect, until } from '../builders/processes.js';
import { SERVERS, serveWith } from '../builders/servers.js';
import { application, BARN, idOf, type LiveGroup, type Pod, ScriptFarm, secretOf } from '../scripts/script-farm.js';

const text = (at: Address): string => `${at.ip}:${at.port}`;
const refOf = (pod: Pod): PodRef => ({ name: 'redis-m1-6379-3', datacenter: 'a', machine: 'm', address: text(pod.at) });
const OPTIONS = { quorum: 2, downAfterMs: 1_000, failoverTimeoutMs: 5_000 };

describe.each(SERVERS)('the executor on real processes of %s', (server) => {
  const farm = new ScriptFarm();
  const connections = new Connections({
    barn: secretOf('barn'),
    sentinel: secretOf('sentinel'),
    application: secretOf('application'),
  });
  const executor = new Executor(connections, connections.credentials);
  let group: LiveGroup;

  beforeAll(async () => {
    await serveWith(farm.room, server);
    group = await farm.group('main-0');
  }, 30_000);
  afterAll(async () => {
    connections.close();
    await farm.room.stopAll();
  });

  async function act(...actions: readonly Action[]): Promise<readonly Receipt[]> {
    return executor.run([{ reason: 'PartitionUnbound', subject: 'test', detail: '', actions }]);
  }
  const statuses = (receipts: readonly Receipt[]): readonly string[] => receipts.map(({ status }) => status);

  async function up(pod: Pod): Promise<Extract<InstanceView, { state: 'up' }>> {
    const view = await probeInstance(connections, text(pod.at));
    if (view.state !== 'up') throw new Error(view.why);
    return view;
  }

  const claim = (
    pod: Pod,
    to: Exclude<Claim, { kind: 'locked' }>,
    clusterName = 'User.id',
    flush = false,
    expect: Claim = LOCKED,
  ): Action => ({
    kind: 'claim-pod',
    pod: refOf(pod),
    expect,
    claim: to,
    applicationUser: clusterName,
    flush,
  });
  const release = (pod: Pod, expect: Claim, applicationUser = 'User.id'): Action => ({
    kind: 'release-pod',
    pod: refOf(pod),
    expect,
    applicationUser,
  });

  const sentinels = (): readonly SentinelRef[] =>
    group.sentinels.map((at, i) => ({ pod: `s-${i}`, address: text(at), id: idOf(`sentinel-main-0-1-${i}`) }));

  const name = (
    index: number,
    partition: string,
    pod: Pod,
    more: { standby?: Pod; epoch?: number; replace?: boolean } = {},
  ): Action => {
    const all = sentinels();
    return {
      kind: 'name-partition',
      partition,
      sentinel: all[index] as SentinelRef,
      peers: all.filter((_, i) => i !== index),
      address: text(pod.at),
      ...(more.standby ? { standby: text(more.standby.at) } : {}),
      epoch: more.epoch ?? 1_024,
      options: OPTIONS,
      replace: more.replace ?? false,
    };
  };
  async function views(partition: string) {
    return Promise.all(
      group.sentinels.map(async (at) => {
        const view = await probeSentinel(connections, {
          pod: 's',
          group: 'main-0',
          datacenter: 'a',
          machine: 'm',
          address: text(at),
        });
        return view.state === 'up' ? view.names.find((candidate) => candidate.partition === partition) : undefined;
      }),
    );
  }

  describe('claim-pod', () => {
    test('opens a locked pod for its cache cluster and nobody else', async () => {
      const pod = await farm.pod();
      expect(statuses(await act(claim(pod, { kind: 'bound', partition: 'User.id::0', epoch: 7 })))).toEqual(['Done']);
      expect(await up(pod)).toMatchObject({
        claim: { kind: 'bound', partition: 'User.id::0', epoch: 7 },
        sentinelAccess: 'bound',
        openFor: ['User.id'],
      });
      expect(await ask(pod.at, application('User.id'), 'SET', 'k', 'v')).toBe('OK');
      expect(String(await ask(pod.at, application('Session'), 'GET', 'k'))).toMatch(/NOAUTH|WRONGPASS/);
    });
    test('changes nothing on a pod that somebody else has claimed', async () => {
      const pod = await farm.pod();
      await act(claim(pod, { kind: 'standby', clusterName: 'Session', epoch: 1 }, 'Session'));
      const before = await pod.barn('ACL', 'LIST');
      const [receipt] = await act(claim(pod, { kind: 'bound', partition: 'User.id::0', epoch: 7 }));
      expect(receipt).toMatchObject({ status: 'Stale', reason: expect.stringContaining('standby/Session/1') });
      expect(await pod.barn('ACL', 'LIST')).toEqual(before);
    });
    test('of two that race for one pod exactly one wins', async () => {
      const pod = await farm.pod();
      const receipts = await Promise.all(
        [1, 2].map((epoch) => {
          const own = new Connections(connections.credentials);
          return new Executor(own, own.credentials)
            .run([
              {
                reason: 'PartitionUnbound',
                subject: 't',
                detail: '',
                actions: [claim(pod, { kind: 'bound', partition: `User.id::${epoch}`, epoch })],
              },
            ])
            .finally(() => own.close());
        }),
      );
      expect(receipts.flatMap(statuses).sort()).toEqual(['Done', 'Stale']);
    });
    test('drops what an earlier owner left when the plan says so, before the pod opens', async () => {
      const pod = await farm.pod();
      await pod.barn('SET', 'left', 'behind');
      await act(claim(pod, { kind: 'bound', partition: 'User.id::0', epoch: 7 }, 'User.id', true));
      expect(await pod.barn('DBSIZE')).toBe(0);
    });
    test('keeps the data of an owner that came back with it', async () => {
      const pod = await farm.pod();
      await pod.barn('SET', 'mine', '1');
      await act(claim(pod, { kind: 'bound', partition: 'User.id::0', epoch: 7 }));
      expect(await ask(pod.at, application('User.id'), 'GET', 'mine')).toBe('1');
    });
    const STANDBY = { kind: 'standby', clusterName: 'User.id', epoch: 3 } as const;
    const BOUND = { kind: 'bound', partition: 'User.id::0', epoch: 7 } as const;
    test('a standby refuses INFO from the write on that binds it, though whoever did that ended right after', async () => {
      const pod = await farm.pod();
      await act(claim(pod, STANDBY));
      let writes = 0;
      const ending = new Executor(
        {
          use: (address, work) =>
            connections.use(address, (redis) =>
              work(
                new Proxy(redis, {
                  get: (target, key) => {
                    if (key === 'pipeline' && ++writes > 1) throw new Error('it has ended');
                    return Reflect.get(target, key);
                  },
                }),
              ),
            ),
        },
        connections.credentials,
      );
      const { applicationUser: _, ...bind } = claim(pod, BOUND, 'User.id', false, STANDBY) as Extract<
        Action,
        { kind: 'claim-pod' }
      >;
      const [receipt] = await ending.run([{ reason: 'PodCrashed', subject: 'test', detail: '', actions: [bind] }]);
      expect(receipt).toMatchObject({ status: 'Failed', reason: 'it has ended' });
      expect(await up(pod)).toMatchObject({ claim: BOUND });
      expect(String(await ask(pod.at, { user: 'sentinel', password: secretOf('sentinel') }, 'INFO'))).toMatch(/NOPERM/);
    });
    test('a standby that was another one by then is shut a little too far, which opening it again mends', async () => {
      const pod = await farm.pod();
      const other = { ...STANDBY, epoch: 4 };
      await act(claim(pod, other));
      expect(statuses(await act(claim(pod, BOUND, 'User.id', false, STANDBY)))).toEqual(['Stale']);
      const shut = await up(pod);
      expect([shut.claim, shut.openFor]).toEqual([other, ['User.id']]);
      expect(shut.sentinelAccess).not.toBe('standby');
      await act({ kind: 'open-pod', pod: refOf(pod), claim: other, applicationUser: 'User.id' });
      expect(await up(pod)).toMatchObject({ claim: other, sentinelAccess: 'standby', openFor: ['User.id'] });
    });
    test('a member may be replicated from, a bound pod may not', async () => {
      const member = await farm.pod();
      const bound = await farm.pod();
      await act(claim(member, { kind: 'member', partition: 'Chat.room::0', epoch: 1 }, 'Chat.room'));
      await act(claim(bound, { kind: 'bound', partition: 'User.id::0', epoch: 1 }));
      expect(await member.aclOf('replication')).toMatch(/ on /);
      expect(await bound.aclOf('replication')).toMatch(/ off /);
    });
    test('an unreachable pod is Failed, and what follows in its decision NotRun', async () => {
      const pod = await farm.pod();
      const gone: Action = {
        ...claim(pod, { kind: 'bound', partition: 'User.id::0', epoch: 7 }),
        pod: { ...refOf(pod), address: '127.0.0.1:1' },
      } as Action;
      const receipts = await act(gone, name(0, 'User.id::77', pod));
      expect(statuses(receipts)).toEqual(['Failed', 'NotRun']);
      expect(await views('User.id::77')).toEqual([undefined, undefined, undefined]);
    });
  });

  describe('release-pod', () => {
    test('cuts the application, drops data, scripts and functions, and locks', async () => {
      const pod = await farm.pod();
      const held: Claim = { kind: 'bound', partition: 'User.id::0', epoch: 7 };
      await act(claim(pod, held));
      const client = connect(pod.at, application('User.id'));
      await client.connect();
      await client.set('k', 'v');
      await pod.barn('FUNCTION', 'LOAD', "#!lua name=lib\nredis.register_function('f', function() return 1 end)");
      const closed = new Promise((resolve) => client.once('close', resolve));
      expect(statuses(await act(release(pod, held)))).toEqual(['Done']);
      await closed;
      expect(await up(pod)).toMatchObject({ claim: LOCKED, sentinelAccess: 'locked', openFor: [], keys: 0 });
      expect(await pod.barn('FUNCTION', 'LIST')).toEqual([]);
      expect(String(await ask(pod.at, application('User.id'), 'GET', 'k'))).toMatch(/NOAUTH|WRONGPASS/);
    });
    test('leaves nobody in whom another Barn, which took it for half open, let in meanwhile', async () => {
      const pod = await farm.pod();
      const held = { kind: 'bound', partition: 'User.id::0', epoch: 7 } as const;
      await act(claim(pod, held));
      const open: Action = { kind: 'open-pod', pod: refOf(pod), claim: held, applicationUser: 'User.id' };
      const receipt = await connections.use(text(pod.at), (redis) => {
        const meanwhile = new Proxy(redis, {
          get: (target, key) => {
            const value = Reflect.get(target, key);
            if (key !== 'flushall') return typeof value === 'function' ? value.bind(target) : value;
            return async () => {
              expect(statuses(await act(open))).toEqual(['Done']);
              return target.flushall();
            };
          },
        });
        return releasePod(meanwhile, release(pod, held) as Parameters<typeof releasePod>[1]);
      });
      expect(receipt.status).toBe('Done');
      expect(await up(pod)).toMatchObject({ claim: LOCKED, sentinelAccess: 'locked', openFor: [] });
    });
    test('does not touch a pod whose claim has changed', async () => {
      const pod = await farm.pod();
      await act(claim(pod, { kind: 'bound', partition: 'User.id::1', epoch: 9 }));
      await pod.barn('SET', 'k', 'v');
      const [receipt] = await act(release(pod, { kind: 'bound', partition: 'User.id::0', epoch: 7 }));
      expect(receipt?.status).toBe('Stale');
      expect(await pod.barn('DBSIZE')).toBe(1);
    });
    test('is asked by sentinels when that is allowed, until it is copied from or claimed anew', async () => {
      const pod = await farm.pod();
      const held = { kind: 'bound', partition: 'User.id::0', epoch: 7 } as const;
      const other = { ...held, epoch: 8 };
      const asked = (change: { claim?: typeof held; allowed?: boolean } = {}): Action => ({
        kind: 'allow-info',
        pod: refOf(pod),
        claim: held,
        allowed: true,
        ...change,
      });
      await act(claim(pod, held));
      expect(await up(pod)).toMatchObject({ sentinelAccess: 'bound', mute: true });
      expect((await act(asked({ claim: other as never })))[0]).toMatchObject({ status: 'Stale' });
      expect(await up(pod)).toMatchObject({ mute: true });
      expect(statuses(await act(asked()))).toEqual(['Done']);
      expect(await up(pod)).toMatchObject({ sentinelAccess: 'bound', openFor: ['User.id'] });
      expect(await up(pod)).not.toHaveProperty('mute');
      expect(statuses(await act(asked({ allowed: false })))).toEqual(['Done']);
      expect(await up(pod)).toMatchObject({ mute: true });
      await act(asked());
      expect(statuses(await act({ kind: 'allow-copy', pod: refOf(pod), claim: held, allowed: true }))).toEqual([
        'Done',
      ]);
      expect(await up(pod)).toMatchObject({ mute: true, copyable: true });
      await act(asked());
      await act(claim(pod, other, 'User.id', false, held));
      expect(await up(pod)).toMatchObject({ claim: other, mute: true });
    });
    test('a pod without passwords is shut and its connections are cut', async () => {
      const pod = await farm.pod({ auth: 'none' });
      const held: Claim = { kind: 'bound', partition: 'User.id::0', epoch: 7 };
      await act(claim(pod, held, 'default'));
      const client = connect(pod.at);
      await client.connect();
      await client.set('k', 'v');
      const closed = new Promise((resolve) => client.once('close', resolve));
      await act(release(pod, held, 'default'));
      await closed;
      expect(String(await ask(pod.at, undefined, 'GET', 'k'))).toMatch(/NOAUTH/);
    });
  });

  describe('open-pod', () => {
    test('finishes what a killed seed left claimed but shut', async () => {
      const pod = await farm.pod();
      await pod.barn('ACL', 'SETUSER', 'marker', '<locked', '>bound/User.id::0/7', 'resetkeys', '~bound/User.id::0/7');
      expect(await up(pod)).toMatchObject({ openFor: [] });
      const opening: Action = {
        kind: 'open-pod',
        pod: refOf(pod),
        claim: { kind: 'bound', partition: 'User.id::0', epoch: 7 },
        applicationUser: 'User.id',
      };
      expect(statuses(await act(opening))).toEqual(['Done']);
      expect(await up(pod)).toMatchObject({ openFor: ['User.id'], sentinelAccess: 'bound' });
    });
  });

  test('open-pod requires replicas of a pod before it lets an application in', async () => {
    const pod = await farm.pod();
    await pod.barn('ACL', 'SETUSER', 'marker', '<locked', '>member/Talk::0/7', 'resetkeys', '~member/Talk::0/7');
    const opening: Action = {
      kind: 'open-pod',
      pod: refOf(pod),
      claim: { kind: 'member', partition: 'Talk::0', epoch: 7 },
      applicationUser: 'Talk',
      minReplicas: 1,
    };
    expect(statuses(await act(opening))).toEqual(['Done']);
    expect(await pod.barn('CONFIG', 'GET', 'min-replicas-to-write')).toEqual(['min-replicas-to-write', '1']);
  });

  describe('name-partition', () => {
    test('one write tells a sentinel address, standby, epoch, options and peers', async () => {
      const pod = await farm.pod();
      const standby = await farm.pod();
      await act(
        claim(pod, { kind: 'bound', partition: 'A::0', epoch: 1_024 }, 'A'),
        claim(standby, { kind: 'standby', clusterName: 'A', epoch: 1_024 }, 'A'),
      );
      expect(statuses(await act(...[0, 1, 2].map((i) => name(i, 'A::0', pod, { standby }))))).toEqual([
        'Done',
        'Done',
        'Done',
      ]);
      for (const view of await views('A::0'))
        expect(view).toMatchObject({
          address: text(pod.at),
          epoch: 1_024,
          ...OPTIONS,
          otherSentinels: 2,
          replicas: [{ address: text(standby.at) }],
        });
    });
    test('is Stale where the name is known already, and leaves it as it was', async () => {
      const [pod, other] = [await farm.pod(), await farm.pod()];
      await act(name(0, 'B::0', pod));
      const [receipt] = await act(name(0, 'B::0', other, { epoch: 5_000 }));
      expect(receipt?.status).toBe('Stale');
      expect((await views('B::0'))[0]).toMatchObject({ address: text(pod.at) });
    });
    test('replaced in one write, the name is never unknown to somebody who asks', async () => {
      const [pod, standby] = [await farm.pod(), await farm.pod()];
      await act(name(1, 'C::0', pod));
      const at = group.sentinels[1] as Address;
      const asking = connect(at, BARN);
      await asking.connect();
      let unknown = 0;
      let asked = 0;
      let over = false;
      const poll = (async () => {
        while (!over) {
          asked++;
          if ((await asking.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'C::0')) === null) unknown++;
        }
      })();
      for (let i = 0; i < 10; i++) await act(name(1, 'C::0', pod, { standby, replace: true, epoch: 2_048 }));
      over = true;
      await poll;
      asking.disconnect();
      expect(asked).toBeGreaterThan(10);
      expect(unknown).toBe(0);
      expect((await views('C::0'))[1]).toMatchObject({
        address: text(pod.at),
        epoch: 2_048,
        replicas: [{ address: text(standby.at) }],
      });
    });
    test('replacing is Stale when the sentinel has moved the name meanwhile', async () => {
      const [pod, other] = [await farm.pod(), await farm.pod()];
      await act(name(2, 'D::0', pod));
      const [receipt] = await act(name(2, 'D::0', other, { replace: true }));
      expect(receipt?.status).toBe('Stale');
    });
    test.each(['A::0\nsentinel notification-script', 'A B::0', 'A,b::0', 'A::00', '::0', '*::0'])(
      'refuses %j as a name before anything is sent',
      async (bad) => {
        const pod = await farm.pod();
        const [receipt] = await act(name(0, bad, pod));
        expect(receipt?.status).toBe('Failed');
        expect(receipt?.reason).toContain(JSON.stringify(bad));
      },
    );
    test('Sentinel alone moves the name to the standby when the pod dies', async () => {
      const [pod, standby] = [await farm.pod(), await farm.pod()];
      await act(
        claim(pod, { kind: 'bound', partition: 'E::0', epoch: 1_024 }, 'E'),
        claim(standby, { kind: 'standby', clusterName: 'E', epoch: 1_024 }, 'E'),
      );
      await act(...[0, 1, 2].map((i) => name(i, 'E::0', pod, { standby })));
      await until(
        'the standby to be seen',
        async () =>
          (await views('E::0')).every((view) => view?.replicas.every(({ flags }) => flags.join() === 'slave')),
        15_000,
      );
      await pod.process.stop();
      await until(
        'the name to move',
        async () => (await views('E::0')).every((view) => view?.address === text(standby.at)),
        15_000,
      );
      expect(await ask(standby.at, application('E'), 'SET', 'k', 'v')).toBe('OK');
    }, 40_000);
  });

  describe('set-options', () => {
    test('sets all options in one write', async () => {
      const pod = await farm.pod();
      await act(name(0, 'F::0', pod));
      const options = { quorum: 4, downAfterMs: 2_000, failoverTimeoutMs: 9_000 };
      expect(
        statuses(
          await act({ kind: 'set-options', partition: 'F::0', sentinel: sentinels()[0] as SentinelRef, options }),
        ),
      ).toEqual(['Done']);
      expect((await views('F::0'))[0]).toMatchObject(options);
    });
  });
});
