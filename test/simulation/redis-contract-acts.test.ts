/**
 * What Barn sees and does (src/observe, src/act), over ioredis: on a RedisPod by its scripts, and on a simulated one behind a TCP port. Both must look
 * the same after each step.
 */
import { afterAll, describe, expect, test } from '@jest/globals';
import type { Redis } from 'ioredis';
import { allowCopy, allowInfo, claimPod, openPod, releasePod, setMinReplicas } from '../../src/act/act-on-pod.js';
import type { Claim } from '../../src/farm/access.js';
import { Connections } from '../../src/observe/connections.js';
import { probeInstance } from '../../src/observe/probe.js';
import type { PodRef } from '../../src/plan/action.js';
import { freeAddress } from '../builders/processes.js';
import { passwordOf, RealStage } from './contract-stage.js';
import type { Surroundings } from './parts.js';
import { serveListener } from './serve-listener.js';
import { SimRedis } from './sim-redis.js';

const real = new RealStage();
const ends: (() => void)[] = [() => connections.close()];
const connections = new Connections({
  barn: passwordOf('barn'),
  sentinel: passwordOf('sentinel'),
  application: passwordOf('application'),
});
const addressOf = ({ ip, port }: { ip: string; port: number }): string => `${ip}:${port}`;

/** Real time, and nobody to connect to. */
const around: Surroundings = {
  now: () => performance.now(),
  wallClock: () => Date.now(),
  random: Math.random,
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
  connect: (_, __, answer) => void setTimeout(() => answer('refused'), 0),
};

async function simulated(): Promise<string> {
  const address = addressOf(freeAddress());
  const passwords = {
    barn: passwordOf('barn'),
    sentinel: passwordOf('sentinel'),
    exporter: passwordOf('exporter'),
    replication: passwordOf('replication'),
  };
  const server = await serveListener(new SimRedis({ address, around, passwords }));
  ends.push(() => server.close());
  return address;
}

const pod: PodRef = { name: 'redis-m1-6379-0', address: 'here' } as PodRef;
const LOCKED: Claim = { kind: 'locked' };
const bound = { kind: 'bound', partition: 'Talk::0', epoch: 7 } as const;
const member = { kind: 'member', partition: 'Talk::0', epoch: 7 } as const;
const standby = { kind: 'standby', clusterName: 'Talk', epoch: 7 } as const;
const claim =
  (to: typeof bound | typeof member | typeof standby, more = {}) =>
  (redis: Redis) =>
    claimPod(redis, { kind: 'claim-pod', pod, expect: LOCKED, claim: to, flush: true, ...more }, 'app');
const applicationUser = 'Talk';

type Step = (redis: Redis) => Promise<unknown>;
const STORIES: Readonly<Record<string, readonly Step[]>> = {
  'claimed, opened and released': [
    (redis) => redis.set('left', 'behind'),
    claim(bound, { applicationUser }),
    claim(bound, { applicationUser }),
    (redis) => redis.set('key', 'value'),
    (redis) => allowInfo(redis, { kind: 'allow-info', pod, claim: { ...bound, epoch: 8 }, allowed: true }),
    (redis) => allowInfo(redis, { kind: 'allow-info', pod, claim: bound, allowed: true }),
    (redis) => allowCopy(redis, { kind: 'allow-copy', pod, claim: bound, allowed: true }),
    (redis) => releasePod(redis, { kind: 'release-pod', pod, expect: { ...bound, epoch: 8 }, applicationUser }),
    (redis) => releasePod(redis, { kind: 'release-pod', pod, expect: bound, applicationUser }),
  ],
  'claimed by a crashed Barn and opened by the next': [
    claim(bound),
    (redis) => openPod(redis, { kind: 'open-pod', pod, claim: bound, applicationUser }, 'app'),
    (redis) => openPod(redis, { kind: 'open-pod', pod, claim: { ...bound, epoch: 9 }, applicationUser }, 'app'),
  ],
  'a member that requires a replica': [
    claim(member, { applicationUser, minReplicas: 1 }),
    (redis) => redis.set('key', 'value').catch(String),
    (redis) => setMinReplicas(redis, { kind: 'set-min-replicas', pod, claim: member, replicas: 2 }),
    (redis) => allowCopy(redis, { kind: 'allow-copy', pod, claim: member, allowed: false }),
    (redis) => redis.set('key', 'value').catch(String),
    (redis) => releasePod(redis, { kind: 'release-pod', pod, expect: member, applicationUser }),
  ],
  'a standby for an application without a password': [
    claim(standby, { applicationUser: 'default' }),
    (redis) => releasePod(redis, { kind: 'release-pod', pod, expect: standby, applicationUser: 'default' }),
    claim(bound, { applicationUser: 'default' }),
  ],
  'told to follow a master that is gone': [
    claim({ ...bound }),
    (redis) => redis.replicaof('127.0.0.1', 1),
    (redis) => redis.set('key', 'value').catch(String),
    (redis) => releasePod(redis, { kind: 'release-pod', pod, expect: bound, applicationUser }),
  ],
};

/** What differs from run to run; how busy a pod is nobody decides by, and the simulation does not tell. */
const FIELDS = { runId: 'an id', uptimeSeconds: 0, usedMemoryBytes: 0, load: undefined };
async function tell(address: string, steps: readonly Step[]): Promise<readonly unknown[]> {
  const told: unknown[] = [{ ...(await probeInstance(connections, address)), ...FIELDS }];
  for (const step of steps) {
    const came = await connections.use(address, step);
    told.push({ came }, { ...(await probeInstance(connections, address)), ...FIELDS });
  }
  return told;
}

describe('Barn sees and does the same on the simulated and the real pod that is', () => {
  afterAll(async () => {
    for (const end of ends) end();
    await real.stop();
  });

  test.each(Object.entries(STORIES))('%s', async (_, steps) => {
    const expected = await tell(addressOf(await real.pod()), steps);
    expect(await tell(await simulated(), steps)).toEqual(expected);
  });
});
