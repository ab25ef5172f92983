import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { httpHand } from '../../src/act/http-hand.js';
import { KUBE_KIND, type KubeHand } from '../../src/act/kube-hand.js';
import type { BarnEvent } from '../../src/barn/barn.js';
import { type RunningOperator, runOperator } from '../../src/cli/run-operator.js';
import { seedFarm } from '../../src/cli/seed-farm.js';
import { record, records } from '../../src/farm/loose.js';
import { kubeEndpoints } from '../../src/observe/kube-config.js';
import { until } from '../builders/processes.js';
import { type RunningFarm, runFarm, smallFarm } from '../builders/running-farm.js';

/** A command is given up after 3 s, a pass comes each second: that, and more, is what it took while passes waited for it; ms */
const BY_PATIENCE_MS = 2_500;

describe('the status of a cache cluster in the KubeClusters of a real farm', () => {
  let running: RunningFarm;
  let operator: RunningOperator;
  let hands: readonly KubeHand[] = [];
  let passes: BarnEvent[] = [];

  beforeAll(async () => {
    running = await runFarm(
      smallFarm({
        tiers: [{ name: 'M1', maxMemory: '64mb', memory: '96Mi', ports: [6378, 6379], replicas: 3 }],
        // Nobody but Barn looks for so long: what a status says is what Barn has seen by itself.
        sentinelGroups: [{ name: 'main', downAfterMs: 10_000 }],
        cacheClusters: [{ clusterName: 'User.id', clusterSize: 4, tier: 'M1' }],
      }),
    );
    expect((await seedFarm(running.access, { timeoutMs: 60_000 })).settled).toBe(true);
    const { frame, kubeconfig, secrets } = running.embedded;
    hands = kubeEndpoints(frame, kubeconfig, undefined).map((endpoint) => httpHand(endpoint, 'cachefarm', 5_000));
    operator = runOperator({
      frame,
      kubeconfig,
      credentials: secrets,
      ownDatacenter: undefined,
      identity: 'in-process',
      voice: {
        told: (event) => void (event.kind === 'pass' && passes.push(event)),
        led: () => undefined,
        unwritten: () => undefined,
        say: () => undefined,
      },
    });
  }, 120_000);
  afterAll(async () => {
    await operator?.stop();
    await running?.stop();
  }, 30_000);

  async function readiness(): Promise<readonly string[]> {
    const objects = await Promise.all(hands.map((hand) => hand.get(KUBE_KIND.cacheCluster, 'user.id')));
    return objects.map((object) => {
      const ready = records(record(record(object).status).conditions).find(({ type }) => type === 'Ready');
      return `${ready?.status} ${ready?.reason}`;
    });
  }
  const isReady = async (): Promise<boolean> => (await readiness()).every((said) => said === 'True PartitionsServing');

  test('a pod hangs: it is Ready no more as soon as a pass has not heard it, and again when it answers', async () => {
    const took: number[] = [];
    for (let round = 0; round < 3; round++) {
      await until('it to be Ready', isReady, 30_000);
      const { facts } = await running.look();
      const [partition] = facts.partitions;
      const pod = facts.podAt.get(partition?.agreed ?? '');
      if (!pod) throw new Error('the partition has no pod');
      // The worst moment: it has just been heard.
      passes = [];
      await until('a pass', () => passes.length > 0);
      running.embedded.pauseContainer(pod.datacenter, pod.name, 'redis');
      const paused = performance.now();
      try {
        await until('all to say so', async () => (await readiness()).every((said) => said === 'False PodUnreachable'));
        took.push(Math.round(performance.now() - paused));
        passes = [];
        await until('more passes: others are seen as often as ever', () => passes.length > 2, 6_000);
        expect(await isReady()).toBe(false);
      } finally {
        running.embedded.resumeContainer(pod.datacenter, pod.name, 'redis');
      }
    }
    process.stderr.write(`a pod hangs, Ready no more after: ${took.join(', ')} ms\n`);
    expect(Math.max(...took)).toBeLessThan(BY_PATIENCE_MS);
  }, 120_000);
});
