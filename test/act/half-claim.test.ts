/** A claim that is to flush, cut off before its flush: what an earlier owner left is never served to the next one. */
import { afterAll, expect, test } from '@jest/globals';
import type { Redis } from 'ioredis';
import { Executor } from '../../src/act/executor.js';
import { Connections } from '../../src/observe/connections.js';
import { probeInstance } from '../../src/observe/probe.js';
import type { Action, HeldClaim, PodRef } from '../../src/plan/action.js';
import type { Receipt } from '../../src/plan/receipt.js';
import type { InstanceView } from '../../src/world/model.js';
import { ask, until } from '../builders/processes.js';
import { application, type Pod, ScriptFarm, secretOf } from '../scripts/script-farm.js';

const farm = new ScriptFarm();
const credentials = { barn: secretOf('barn'), sentinel: secretOf('sentinel'), application: secretOf('application') };
const impatient = new Connections(credentials, { commandTimeoutMs: 700 });
const successor = new Connections(credentials);
afterAll(async () => {
  impatient.close();
  successor.close();
  await farm.room.stopAll();
});

const USER = 'User.id';
const BOUND = { kind: 'bound', partition: 'User.id::0', epoch: 7 } as const;
const INCOMING = { ...BOUND, kind: 'incoming' } as const;
const refOf = (pod: Pod): PodRef => ({
  name: 'p',
  datacenter: 'a',
  machine: 'm',
  address: `${pod.at.ip}:${pod.at.port}`,
});
async function run(executor: Executor, action: Action): Promise<Receipt> {
  const [receipt] = await executor.run([
    { reason: 'PartitionUnbound', subject: BOUND.partition, detail: '', actions: [action] },
  ]);
  if (!receipt) throw new Error('no receipt');
  return receipt;
}
const claim = (pod: Pod): Action => ({
  kind: 'claim-pod',
  pod: refOf(pod),
  expect: { kind: 'locked' },
  claim: BOUND,
  applicationUser: USER,
  flush: true,
});

async function up(pod: Pod): Promise<Extract<InstanceView, { state: 'up' }>> {
  const view = await probeInstance(successor, refOf(pod).address);
  if (view.state !== 'up') throw new Error(view.why);
  return view;
}

/** A pod of which an earlier owner's data is left. */
async function usedPod(): Promise<Pod> {
  const pod = await farm.pod();
  await pod.barn('SET', 'left', 'of Session');
  return pod;
}

/** What the planner decides about a pod that it finds claimed and shut (finish-opening.ts, continue-moves.ts), and what the application then reads. */
async function afterSuccessor(pod: Pod): Promise<unknown> {
  const held = (await up(pod)).claim;
  const executor = new Executor(successor, credentials);
  if (held?.kind === 'incoming')
    await run(executor, { kind: 'release-pod', pod: refOf(pod), expect: held, applicationUser: USER });
  else if (held?.kind === 'bound')
    await run(executor, { kind: 'open-pod', pod: refOf(pod), claim: held as HeldClaim, applicationUser: USER });
  return ask(pod.at, application(USER), 'GET', 'left');
}

test('a claim that ended before its flush leaves what is given back, emptied', async () => {
  const pod = await usedPod();
  const ending = new Executor(
    {
      use: (address, work) =>
        successor.use(address, (redis) =>
          work(
            new Proxy(redis, {
              get: (target, key) => {
                if (key === 'flushall') throw new Error('it has ended');
                return Reflect.get(target, key);
              },
            }) as Redis,
          ),
        ),
    },
    credentials,
  );
  expect(await run(ending, claim(pod))).toMatchObject({ status: 'Failed', reason: 'it has ended' });
  expect(await up(pod)).toMatchObject({ claim: INCOMING, openFor: [] });
  expect(await afterSuccessor(pod)).not.toBe('of Session');
  expect(await up(pod)).toMatchObject({ claim: { kind: 'locked' }, keys: 0 });
});

test('a claim that was done, and taken for not done because the pod froze, is given back as well', async () => {
  const pod = await usedPod();
  await impatient.use(refOf(pod).address, (redis) => redis.ping());
  pod.process.signal('SIGSTOP');
  const receipt = await run(new Executor(impatient, credentials), claim(pod)).finally(() =>
    pod.process.signal('SIGCONT'),
  );
  expect(receipt.status).toBe('Failed');
  await until('the claim is taken', async () => (await up(pod)).claim?.kind === 'incoming');
  expect(await up(pod)).toMatchObject({ openFor: [] });
  expect(await afterSuccessor(pod)).not.toBe('of Session');
  expect(await up(pod)).toMatchObject({ claim: { kind: 'locked' }, keys: 0 });
}, 20_000);

test('a claim that goes through ends with the real one, emptied and open', async () => {
  const pod = await usedPod();
  expect(await run(new Executor(successor, credentials), claim(pod))).toMatchObject({ status: 'Done' });
  expect(await up(pod)).toMatchObject({ claim: BOUND, openFor: [USER], keys: 0 });
});
