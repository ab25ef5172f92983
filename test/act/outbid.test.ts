/** Two Barns claim and open a pod each for one dead partition: the one whose name the sentinels do not take gives its pod up, and nothing else. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Redis } from 'ioredis';
import { type Connector, Executor } from '../../src/act/executor.js';
import { helloFrom } from '../../src/act/hello.js';
import { type Claim, claimText, LOCKED } from '../../src/farm/access.js';
import { Connections } from '../../src/observe/connections.js';
import { probeInstance } from '../../src/observe/probe.js';
import type { Action, HeldClaim, PodRef, SentinelRef } from '../../src/plan/action.js';
import type { Receipt } from '../../src/plan/receipt.js';
import { type Address, ask } from '../builders/processes.js';
import { SERVERS, serveWith } from '../builders/servers.js';
import {
  addressOf,
  application,
  BARN,
  claimAsBarn,
  idOf,
  type LiveGroup,
  monitor,
  type Pod,
  ScriptFarm,
  secretOf,
} from '../scripts/script-farm.js';

type SwitchName = Extract<Action, { kind: 'switch-name' }>;

const text = (at: Address): string => `${at.ip}:${at.port}`;
const refOf = (pod: Pod): PodRef => ({ name: 'redis-m1-6379-3', datacenter: 'a', machine: 'm', address: text(pod.at) });
const OPTIONS = { quorum: 2, downAfterMs: 60_000, failoverTimeoutMs: 60_000 };
/** of the Barn that loses, and of the one that is ahead of it */
const [LATE, AHEAD] = [2_049, 2_050];
const USER = 'User.id';
const bound = (partition: string, epoch: number): HeldClaim => ({ kind: 'bound', partition, epoch });

describe.each(SERVERS)('the name goes to the pod of another Barn, on real processes of %s', (server) => {
  const farm = new ScriptFarm();
  const connections = new Connections({
    barn: secretOf('barn'),
    sentinel: secretOf('sentinel'),
    application: secretOf('application'),
  });
  let group: LiveGroup;
  let sentinels: readonly SentinelRef[];
  let count = 0;

  beforeAll(async () => {
    await serveWith(farm.room, server);
    group = await farm.group('main-0');
    sentinels = group.sentinels.map((at, i) => ({
      pod: `s-${i}`,
      address: text(at),
      id: idOf(`sentinel-main-0-1-${i}`),
    }));
  }, 30_000);
  afterAll(async () => {
    connections.close();
    await farm.room.stopAll();
  });

  async function serving(partition: string, epoch: number): Promise<Pod> {
    const pod = await farm.pod();
    expect(await claimAsBarn(pod, bound(partition, epoch))).toBeUndefined();
    return pod;
  }

  /** A dead partition, a pod for it, and the one that another Barn takes. */
  async function race() {
    const partition = `${USER}::${count++}`;
    const [dead, winner, loser] = [await serving(partition, 1), await serving(partition, AHEAD), await farm.pod()];
    await monitor(group.sentinels, partition, dead.at, { 'down-after-milliseconds': '60000' });
    const says = (): Promise<readonly string[]> =>
      Promise.all(group.sentinels.map((at) => addressOf(at, partition).then((answer) => answer.replace(',', ':'))));
    return { partition, dead, winner, loser, says };
  }

  /** What the other Barn tells these sentinels. */
  async function tellAhead(partition: string, winner: Pod, which: readonly number[] = [0, 1, 2]): Promise<void> {
    for (const index of which) {
      const peer = sentinels[(index + 1) % 3] as SentinelRef;
      const [command, ...args] = helloFrom(peer, partition, text(winner.at), AHEAD);
      await ask(group.sentinels[index] as Address, BARN, command, ...args);
    }
  }

  const claimOn = (pod: Pod, partition: string, expected: Claim = LOCKED): Action => ({
    kind: 'claim-pod',
    pod: refOf(pod),
    expect: expected,
    claim: bound(partition, LATE),
    ...(expected.kind === 'standby' ? {} : { applicationUser: USER }),
    flush: false,
  });
  /** @param told of the sentinels */
  const switchOwn = (pod: Pod, partition: string, from: Pod, told = sentinels): SwitchName => ({
    kind: 'switch-name',
    partition,
    sentinels: told,
    needed: 2,
    from: text(from.at),
    pod: refOf(pod),
    claim: bound(partition, LATE),
    epoch: LATE,
    options: OPTIONS,
  });
  const switchOn = (...which: Parameters<typeof switchOwn>): SwitchName => ({
    ...switchOwn(...which),
    applicationUser: USER,
  });

  interface Between {
    /** each command that is sent alone, where, and how often a connection to that address was used before */
    readonly sending?: (command: readonly string[], address: string, uses: number) => Promise<void>;
    /** no hello is taken in by any of them */
    readonly deaf?: boolean;
  }

  function watched(redis: Redis, sending: (command: readonly string[]) => Promise<void>, deaf: boolean): Redis {
    const call = async (...command: [string, ...string[]]): Promise<unknown> => {
      await sending(command);
      return redis.call(...command);
    };
    const quiet = () => {
      const pipeline = redis.pipeline();
      const sent = pipeline.call.bind(pipeline);
      const call = (command: string, ...words: readonly string[]): unknown =>
        command === 'PUBLISH' ? sent('PING') : sent(command, ...words);
      return Object.assign(pipeline, { call });
    };
    const instead: Readonly<Record<string, unknown>> = { call, ...(deaf ? { pipeline: quiet } : {}) };
    return new Proxy(redis, { get: (target, key) => instead[String(key)] ?? Reflect.get(target, key) });
  }

  async function act(
    actions: readonly Action[],
    { sending = async () => undefined, deaf = false }: Between = {},
  ): Promise<readonly Receipt[]> {
    const used = new Map<string, number>();
    const connector: Connector = {
      use: (address, work) => {
        const uses = used.get(address) ?? 0;
        used.set(address, uses + 1);
        return connections.use(address, (redis) =>
          work(watched(redis, (command) => sending(command, address, uses), deaf)),
        );
      },
    };
    const executor = new Executor(connector, connections.credentials);
    return executor.run([{ reason: 'PodCrashed', subject: 'test', detail: '', actions }]);
  }
  const statuses = (receipts: readonly Receipt[]): readonly string[] => receipts.map(({ status }) => status);

  const isGivenUp = { state: 'up', claim: LOCKED, sentinelAccess: 'locked', openFor: [], keys: 0 };
  const isOpenFor = (partition: string) => ({ claim: bound(partition, LATE), openFor: [USER] });
  const view = (pod: Pod) => probeInstance(connections, text(pod.at));

  test('an idle pod that was claimed and opened for it is shut, emptied and locked again, at once', async () => {
    const { partition, dead, winner, loser, says } = await race();
    await tellAhead(partition, winner);
    // Somebody who asked a sentinel that was told first: what is written there is nobody's.
    const sending = async (_: readonly string[], address: string, uses: number): Promise<void> => {
      if (address === text(loser.at) && uses === 1)
        expect(await ask(loser.at, application(USER), 'SET', 'k', 'v')).toBe('OK');
    };
    const receipts = await act([claimOn(loser, partition), switchOn(loser, partition, dead)], { sending });
    expect(statuses(receipts)).toEqual(['Done', 'Stale']);
    expect(receipts[1]?.reason).toMatch(/^0 of 3 sentinels give .* at no lower an epoch; redis-m1-6379-3 is given up$/);
    expect(await view(loser)).toMatchObject(isGivenUp);
    expect(String(await ask(loser.at, application(USER), 'GET', 'k'))).toMatch(/NOAUTH|WRONGPASS/);
    expect(await says()).toEqual(Array(3).fill(text(winner.at)));
  });

  test('a standby too: it is armed again like one that restarted, with nothing of the partition', async () => {
    const { partition, dead, winner, loser } = await race();
    const standby = { kind: 'standby', clusterName: USER, epoch: 3 } as const;
    await claimAsBarn(loser, standby);
    await tellAhead(partition, winner);
    const receipts = await act([claimOn(loser, partition, standby), switchOn(loser, partition, dead)]);
    expect(statuses(receipts)).toEqual(['Done', 'Stale']);
    expect(await view(loser)).toMatchObject(isGivenUp);
  });

  test('also when one of three sentinels took it: the two others never will, and tell that one', async () => {
    const { partition, dead, winner, loser } = await race();
    await tellAhead(partition, winner, [0, 1]);
    const receipts = await act([claimOn(loser, partition), switchOn(loser, partition, dead)]);
    expect(statuses(receipts)).toEqual(['Done', 'Stale']);
    expect(receipts[1]?.reason).toMatch(/^1 of 3 /);
    expect(await view(loser)).toMatchObject(isGivenUp);
  });

  test('what an earlier pass claimed is given up as well', async () => {
    const { partition, dead, winner, loser } = await race();
    await claimAsBarn(loser, bound(partition, LATE));
    await tellAhead(partition, winner);
    expect(statuses(await act([switchOn(loser, partition, dead)]))).toEqual(['Stale']);
    expect(await view(loser)).toMatchObject(isGivenUp);
  });

  test('not when two of three do not answer: they may have been told, and another Barn goes on with it', async () => {
    const { partition, dead, winner, loser } = await race();
    await tellAhead(partition, winner, [0]);
    const [first, ...others] = sentinels as [SentinelRef, ...SentinelRef[]];
    const silent = others.map((one) => ({ ...one, address: '127.0.0.1:1' }));
    const told = switchOn(loser, partition, dead, [first, ...silent]);
    expect(statuses(await act([claimOn(loser, partition), told]))).toEqual(['Done', 'Failed']);
    expect(await view(loser)).toMatchObject(isOpenFor(partition));
  });

  test('not when they say another address at a lower epoch: nobody is ahead, they have not taken it in', async () => {
    const { partition, dead, loser, says } = await race();
    const receipts = await act([claimOn(loser, partition), switchOn(loser, partition, dead)], { deaf: true });
    expect(await says()).toEqual(Array(3).fill(text(dead.at)));
    expect(statuses(receipts)).toEqual(['Done', 'Failed']);
    expect(await view(loser)).toMatchObject(isOpenFor(partition));
  });

  test('not a pod that is there for more than the name: it stays as it is', async () => {
    const { partition, dead, winner, loser } = await race();
    await claimAsBarn(loser, bound(partition, LATE));
    await loser.barn('SET', 'k', 'v');
    await tellAhead(partition, winner);
    expect(statuses(await act([switchOwn(loser, partition, dead)]))).toEqual(['Stale']);
    expect(await view(loser)).toMatchObject({ ...isOpenFor(partition), keys: 1 });
  });

  /** The Barn that leads by now has given the pod up itself, and claimed it for another one, which has written. */
  async function takeOver(pod: Pod, partition: string, clusterName: string): Promise<HeldClaim> {
    const other = bound(`${clusterName}::77`, AHEAD);
    const lost = claimText(bound(partition, LATE));
    await pod.barn('ACL', 'DELUSER', USER);
    expect(await pod.barn('ACL', 'SETUSER', 'marker', `<${lost}`, '>locked', 'resetkeys', '~locked')).toBe('OK');
    expect(await claimAsBarn(pod, other)).toBeUndefined();
    expect(await ask(pod.at, application(clusterName), 'SET', 'k', 'v')).toBe('OK');
    return other;
  }

  test.each([
    ['before its claim is looked at again', 'ACL', USER],
    ['when its application is cut off', 'DELUSER', 'Session'],
  ] as const)('whoever has the pod by now keeps it, and what is in it: taken %s', async (_, word, clusterName) => {
    const { partition, dead, winner, loser } = await race();
    await tellAhead(partition, winner);
    let other: HeldClaim | undefined;
    const take = async (command: readonly string[], uses: number): Promise<void> => {
      if (other || uses !== 2 || !command.includes(word)) return;
      other = await takeOver(loser, partition, clusterName);
    };
    const receipts = await act([claimOn(loser, partition), switchOn(loser, partition, dead)], {
      sending: (command, at, uses) => (at === text(loser.at) ? take(command, uses) : Promise.resolve()),
    });
    expect(statuses(receipts)).toEqual(['Done', 'Stale']);
    expect(await view(loser)).toMatchObject({ claim: other, openFor: [clusterName], keys: 1 });
  });

  test('the pod that a warm move ends on: the old one serves on and takes writes', async () => {
    const { partition, dead: from, winner, loser: pod } = await race();
    const incoming = { kind: 'incoming', partition, epoch: LATE } as const;
    await from.barn('SET', 'k', 'v');
    const move: Action = {
      kind: 'hand-over',
      partition,
      sentinels,
      needed: 2,
      from: refOf(from),
      fromClaim: bound(partition, 1),
      fromGoesOn: false,
      pod: refOf(pod),
      expect: incoming,
      claim: bound(partition, LATE),
      applicationUser: USER,
      epoch: LATE,
      options: OPTIONS,
    };
    const started = await act([
      { kind: 'claim-pod', pod: refOf(pod), expect: LOCKED, claim: incoming, flush: false },
      { kind: 'allow-copy', pod: refOf(from), claim: bound(partition, 1), allowed: true },
      { kind: 'follow-master', pod: refOf(pod), claim: incoming, master: text(from.at) },
    ]);
    expect(statuses(started)).toEqual(['Done', 'Done', 'Done']);
    await tellAhead(partition, winner);
    let receipts: readonly Receipt[] = [];
    for (let i = 0; i < 40 && receipts[0]?.status !== 'Stale'; i++) receipts = await act([move]);
    expect(receipts[0]).toMatchObject({ status: 'Stale', reason: expect.stringContaining('is given up') });
    expect(await view(pod)).toMatchObject(isGivenUp);
    expect(await ask(from.at, application(USER), 'SET', 'k', 'w')).toBe('OK');
  });
});
