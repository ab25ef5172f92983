/** A Barn that is held up (or whose packets are) right before its FLUSHALL, while another Barn leads: the pod is another's by then, and serves. */
import { afterAll, describe, expect, test } from '@jest/globals';
import type { Redis } from 'ioredis';
import { Executor } from '../../src/act/executor.js';
import { LOCKED } from '../../src/farm/access.js';
import { Connections } from '../../src/observe/connections.js';
import type { Action, HeldClaim, PodRef } from '../../src/plan/action.js';
import { ask } from '../builders/processes.js';
import { application, type Pod, ScriptFarm, secretOf } from '../scripts/script-farm.js';

const farm = new ScriptFarm();
const credentials = { barn: secretOf('barn'), sentinel: secretOf('sentinel'), application: secretOf('application') };
const [old, leader] = [new Connections(credentials), new Connections(credentials)];
afterAll(async () => {
  old.close();
  leader.close();
  await farm.room.stopAll();
});

const HELD = { kind: 'bound', partition: 'User.id::0', epoch: 7 } as const;
const refOf = (pod: Pod): PodRef => ({
  name: 'p',
  datacenter: 'a',
  machine: 'm',
  address: `${pod.at.ip}:${pod.at.port}`,
});
async function statusesOf(executor: Executor, ...actions: readonly Action[]): Promise<readonly string[]> {
  const receipts = await executor.run([{ reason: 'PodReleased', subject: 'test', detail: '', actions }]);
  return receipts.map(({ status }) => status);
}
const leads = new Executor(leader, credentials);
/** @param meanwhile what its FLUSHALL waits for before it goes out, on the connection that it has */
const heldUp = (meanwhile: () => Promise<void>): Executor =>
  new Executor(
    {
      use: (address, work) =>
        old.use(address, (redis) =>
          work(
            new Proxy(redis, {
              get: (target, key) => {
                const value = Reflect.get(target, key);
                if (key !== 'flushall') return typeof value === 'function' ? value.bind(target) : value;
                return async () => {
                  await meanwhile();
                  return target.flushall();
                };
              },
            }) as Redis,
          ),
        ),
    },
    credentials,
  );
const claim = (pod: Pod, to: HeldClaim, applicationUser: string, flush = false): Action => ({
  kind: 'claim-pod',
  pod: refOf(pod),
  expect: LOCKED,
  claim: to,
  applicationUser,
  flush,
});
const release = (pod: Pod, held: HeldClaim): Action => ({
  kind: 'release-pod',
  pod: refOf(pod),
  expect: held,
  applicationUser: 'User.id',
});

describe('FLUSHALL', () => {
  test('that a release sends late drops nothing of the cache cluster that has the pod by then', async () => {
    const pod = await farm.pod();
    const next: HeldClaim = { kind: 'bound', partition: 'Session::3', epoch: 9 };
    expect(await statusesOf(leads, claim(pod, HELD, 'User.id'))).toEqual(['Done']);
    const late = heldUp(async () => {
      const done = await statusesOf(leads, release(pod, HELD), claim(pod, next, 'Session'));
      expect(done).toEqual(['Done', 'Done']);
      expect(await ask(pod.at, application('Session'), 'SET', 'k', 'v')).toBe('OK');
    });
    expect(await statusesOf(late, release(pod, HELD))).not.toEqual(['Done']);
    expect(await ask(pod.at, application('Session'), 'GET', 'k')).toBe('v');
  });

  test('that a claim sends late drops nothing of what another Barn has opened by then', async () => {
    const pod = await farm.pod();
    await pod.barn('SET', 'left', 'behind');
    const late = heldUp(async () => {
      // A pod that is only incoming is given back, and may be claimed anew.
      const done = await statusesOf(
        leads,
        release(pod, { ...HELD, kind: 'incoming' }),
        claim(pod, { ...HELD, epoch: 9 }, 'User.id'),
      );
      expect(done).toEqual(['Done', 'Done']);
      expect(await ask(pod.at, application('User.id'), 'SET', 'k', 'v')).toBe('OK');
    });
    expect(await statusesOf(late, claim(pod, HELD, 'User.id', true))).not.toEqual(['Done']);
    expect(await ask(pod.at, application('User.id'), 'GET', 'k')).toBe('v');
  });

  test('of a claim that is opened by another Barn meanwhile never arrives', async () => {
    const pod = await farm.pod();
    const late = heldUp(async () => {
      // As a Barn of an older version leaves it: the real claim, shut.
      const [from, to] = ['incoming/User.id::0/7', 'bound/User.id::0/7'];
      await pod.barn('ACL', 'SETUSER', 'marker', `<${from}`, `>${to}`, 'resetkeys', `~${to}`);
      const open: Action = { kind: 'open-pod', pod: refOf(pod), claim: HELD, applicationUser: 'User.id' };
      expect(await statusesOf(leads, open)).toEqual(['Done']);
      expect(await ask(pod.at, application('User.id'), 'SET', 'k', 'v')).toBe('OK');
    });
    expect(await statusesOf(late, claim(pod, HELD, 'User.id', true))).not.toEqual(['Done']);
    expect(await ask(pod.at, application('User.id'), 'GET', 'k')).toBe('v');
  });
});
