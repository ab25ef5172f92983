/** A warm move while one of three sentinels does not answer: what the application wrote, and was told is written, is on the new pod. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Executor } from '../../src/act/executor.js';
import { Connections } from '../../src/observe/connections.js';
import type { Action, HeldClaim, PodRef, SentinelRef } from '../../src/plan/action.js';
import type { Receipt } from '../../src/plan/receipt.js';
import { ask, connect, until } from '../builders/processes.js';
import {
  application,
  claimAsBarn,
  idOf,
  type LiveGroup,
  monitor,
  type Pod,
  ScriptFarm,
  secretOf,
  untilMet,
} from '../scripts/script-farm.js';

const farm = new ScriptFarm();
const connections = new Connections({
  barn: secretOf('barn'),
  sentinel: secretOf('sentinel'),
  application: secretOf('application'),
});
const executor = new Executor(connections, connections.credentials);
let group: LiveGroup;
beforeAll(async () => {
  group = await farm.group('main-0');
}, 30_000);
afterAll(async () => {
  connections.close();
  await farm.room.stopAll();
});

const EPOCH = 2_049;
const OPTIONS = { quorum: 2, downAfterMs: 60_000, failoverTimeoutMs: 60_000 };
const refOf = (pod: Pod): PodRef => ({
  name: 'p',
  datacenter: 'a',
  machine: 'm',
  address: `${pod.at.ip}:${pod.at.port}`,
});
const bound = (partition: string, epoch: number): HeldClaim => ({ kind: 'bound', partition, epoch });
const act = (...actions: readonly Action[]): Promise<readonly Receipt[]> =>
  executor.run([{ reason: 'Draining', subject: 'test', detail: '', actions }]);

/** An application that is connected to a pod, and goes on with it until it is cut off. */
async function startWriting(pod: Pod) {
  const client = connect(pod.at, application('User.id'));
  await client.connect();
  const acknowledged: string[] = [];
  let going = true;
  const writes = (async () => {
    for (let i = 0; going; i++) {
      const isWritten = await client.set(`k${i}`, 'v').then(
        () => true,
        () => false,
      );
      if (!isWritten) return;
      acknowledged.push(`k${i}`);
    }
  })();
  const stop = async (): Promise<readonly string[]> => {
    going = false;
    client.disconnect();
    await writes;
    return acknowledged;
  };
  return { acknowledged, stop };
}

test.each([
  ['while every sentinel answers', 'User.id::0', false],
  ['while one of three sentinels hangs', 'User.id::1', true],
] as const)(
  'a warm move loses no write that was acknowledged, %s',
  async (_, partition, hangs) => {
    const [from, pod] = [await farm.pod(), await farm.pod()];
    expect(await claimAsBarn(from, bound(partition, 1))).toBeUndefined();
    await monitor(group.sentinels, partition, from.at, { 'down-after-milliseconds': '60000' });
    await untilMet(group, partition);
    const sentinels: readonly SentinelRef[] = group.sentinels.map((at, i) => ({
      pod: `s-${i}`,
      address: `${at.ip}:${at.port}`,
      id: idOf(`sentinel-main-0-1-${i}`),
    }));
    const incoming = { kind: 'incoming', partition, epoch: EPOCH } as const;
    await act(
      { kind: 'claim-pod', pod: refOf(pod), expect: { kind: 'locked' }, claim: incoming, flush: false },
      { kind: 'allow-copy', pod: refOf(from), claim: bound(partition, 1), allowed: true },
      { kind: 'follow-master', pod: refOf(pod), claim: incoming, master: refOf(from).address },
    );
    // Before its first acknowledgement, a second later at most, nothing of the stream is sent to it.
    await until('the new pod has caught up', async () =>
      /state=online,offset=[1-9]/.test(String(await from.barn('INFO', 'replication'))),
    );
    // As in a running Barn: every connection is there.
    for (const { address } of sentinels) await connections.use(address, (redis) => redis.ping());
    const writer = await startWriting(from);
    try {
      await until('something is written', () => writer.acknowledged.length > 0);
      if (hangs) group.processes[2]?.signal('SIGSTOP');
      const [receipt] = await act({
        kind: 'hand-over',
        partition,
        sentinels,
        needed: 2,
        from: refOf(from),
        fromClaim: bound(partition, 1),
        fromGoesOn: false,
        pod: refOf(pod),
        expect: incoming,
        claim: bound(partition, EPOCH),
        applicationUser: 'User.id',
        epoch: EPOCH,
        options: OPTIONS,
      });
      expect(receipt).toMatchObject({ status: 'Done' });
    } finally {
      group.processes[2]?.signal('SIGCONT');
      await writer.stop();
    }
    const { acknowledged } = writer;
    expect(await ask(pod.at, application('User.id'), 'EXISTS', ...acknowledged)).toBe(acknowledged.length);
  },
  60_000,
);
