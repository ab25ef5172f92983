import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { BarnEvent } from '../../src/barn/barn.js';
import { type RunningBarn, runBarn } from '../../src/cli/run-barn.js';
import { seedFarm } from '../../src/cli/seed-farm.js';
import { createVoice, type Voice } from '../../src/voice/voice.js';
import { until } from '../builders/processes.js';
import { type RunningFarm, runFarm, smallFarm } from '../builders/running-farm.js';

/** A pod for each partition and none besides: whose pod is gone waits for it to come back. */
const FARM = smallFarm({
  tiers: [{ name: 'M1', maxMemory: '64mb', memory: '96Mi', ports: [6378], replicas: 1 }],
  cacheClusters: [{ clusterName: 'User.id', clusterSize: 3, tier: 'M1', standbys: 0 }],
});

describe('a pod that restarts at the address of its partition, on a farm of real processes', () => {
  let running: RunningFarm;
  let barn: RunningBarn;
  let voice: Voice;
  let events: BarnEvent[];
  let leadership: { leads: boolean; controller: number; heardAt: number };

  beforeAll(async () => {
    running = await runFarm(FARM);
    expect((await seedFarm(running.access, { timeoutMs: 60_000 })).settled).toBe(true);
  }, 90_000);
  afterAll(() => running.stop());

  beforeEach(async () => {
    events = [];
    voice = createVoice({ farm: 'small', out: { write: () => undefined }, level: 'info', now: () => Date.now() });
    leadership = { leads: true, controller: 1, heardAt: Number.NEGATIVE_INFINITY };
    barn = runBarn(running.access, {
      controller: 1,
      leadership,
      intervalMs: 200,
      told: (event) => {
        events.push(event);
        voice.told(event);
      },
    });
    await until(
      'nothing to be left to do',
      () => {
        const last = events.findLast(({ kind }) => kind === 'pass');
        return last?.kind === 'pass' && last.plan.decisions.length === 0;
      },
      30_000,
    );
  }, 40_000);
  afterEach(() => barn.stop());

  const passes = (): number => events.filter(({ kind }) => kind === 'pass').length;
  async function morePasses(count: number): Promise<void> {
    const wanted = passes() + count;
    await until(`${count} more passes`, () => {
      barn.barn.nudge();
      return passes() >= wanted;
    });
  }
  /** Its process is killed, and open again for the same partition in another one. */
  async function restart(name: string): Promise<void> {
    const { facts } = await running.look();
    const pod = facts.podAt.get(facts.partitions.find((one) => one.name === name)?.agreed ?? '');
    if (pod?.instance.state !== 'up') throw new Error(`${name} has no pod`);
    const { runId } = pod.instance;
    running.embedded.killContainer(pod.datacenter, pod.name, 'redis');
    await until(
      'it to be open again',
      async () => {
        const again = (await running.look()).facts.podAt.get(pod.address)?.instance;
        return again?.state === 'up' && again.runId !== runId && again.openFor.length > 0;
      },
      30_000,
    );
  }
  async function counted(): Promise<Readonly<Record<string, number>>> {
    const lines = (await voice.metrics()).matchAll(/^cachefarm_cold_starts_total\{(?=.*by="(\w+)").*\} (\d+)$/gm);
    return Object.fromEntries([...lines].map(([, by = '', count]) => [by, Number(count)]));
  }
  const told = (name: string): readonly string[] =>
    voice
      .events({ subject: name })
      .filter(({ reason, msg }) => reason === 'PodRestartedInPlace' && msg !== 'decided')
      .map(({ msg }) => msg);

  test('while no Barn leads is told once by the one that leads next, with its partition', async () => {
    leadership.leads = false;
    await restart('User.id::0');
    // Seen by one who follows: it keeps what no leader can have told.
    await morePasses(1);
    expect(await counted()).toEqual({ barn: 0, fence: 0 });
    leadership.controller = 2;
    leadership.leads = true;
    await morePasses(5);
    expect(await counted()).toEqual({ barn: 0, fence: 1 });
    expect(told('User.id::0')).toEqual(['cold']);
    expect(voice.events({ subject: 'User.id::0' }).findLast(({ msg }) => msg === 'cold')).toMatchObject({
      partition: 'User.id::0',
      cluster: 'User.id',
      reason: 'PodRestartedInPlace',
    });
  }, 60_000);

  test('while another Barn leads is that one’s to tell', async () => {
    leadership.leads = false;
    await restart('User.id::1');
    leadership.heardAt = Number.POSITIVE_INFINITY;
    await morePasses(1);
    leadership.controller = 2;
    leadership.leads = true;
    await morePasses(5);
    expect(await counted()).toEqual({ barn: 0, fence: 0 });
  }, 60_000);

  test('before the eyes of Barn is told once, whoever opens it: and again when it restarts again', async () => {
    for (const times of [1, 2]) {
      await restart('User.id::2');
      await morePasses(5);
      const { barn: ours = 0, fence = 0 } = await counted();
      expect(ours + fence).toBe(times);
      expect(told('User.id::2').filter((msg) => msg === 'cold')).toHaveLength(fence);
    }
  }, 90_000);
});
