import { setTimeout as delay } from 'node:timers/promises';
import { CONTAINER, DOMAIN, kubernetesName, parsePartitionName } from '../../../src/farm/words.js';
import { claimOf, isIdle } from '../../../src/world/facts.js';
import type { RedisPod } from '../../../src/world/model.js';
import { until } from '../../local/until.js';
import { applyObjects } from './apply-objects.js';
import { BRIEF_MS, type Failures, nothing, type Repair } from './failure.js';
import type { Stage } from './stage.js';

const TIER = 'M1';
/** A cache cluster without standbys that takes every idle pod of the tier: what it loses stays lost. */
const ALONE = 'Alone.id';
/** Whose sentinels and password it has. */
const BESIDE = 'User.id';
const READY_WITHIN_MS = 30_000;
/** Longer than Barn and Sentinel take for anything: what serves again serves because its pod is back, ms. */
const OUT_MS = 12_000;

const pathOf = (namespace: string): string =>
  `/apis/${DOMAIN}/v1alpha1/namespaces/${namespace}/cacheclusters/${kubernetesName(ALONE)}`;

const isOfAlone = (pod: RedisPod): boolean => {
  const claim = claimOf(pod);
  return claim?.kind === 'bound' && parsePartitionName(claim.partition)?.clusterName === ALONE;
};

async function declare({ running }: Stage, clusterSize: number): Promise<void> {
  const { farm, http } = running;
  const group = farm.cacheClusters.find(({ clusterName }) => clusterName === BESIDE)?.sentinelGroup;
  const object = {
    ...{ apiVersion: `${DOMAIN}/v1alpha1`, kind: 'CacheCluster' },
    metadata: { name: kubernetesName(ALONE), namespace: farm.namespace },
    spec: { clusterName: ALONE, clusterSize, tier: TIER, standbys: 0, sentinelGroup: group },
  };
  for (const { name } of farm.datacenters) await applyObjects(http(name), [object]);
}

/** It grows until no pod of the tier is idle, and the application writes to every partition of it. */
async function takeAllPods(at: Stage): Promise<void> {
  let clusterSize = 0;
  const grow = async (): Promise<boolean> => {
    const { world, facts } = await at.look();
    const pods = world.pods.filter(({ tier }) => tier === TIER);
    const idle = pods.filter((pod) => isIdle(facts, pod)).length;
    const bound = pods.filter(isOfAlone).length;
    if (bound === clusterSize && idle > 0) {
      clusterSize += idle;
      await declare(at, clusterSize);
    }
    return clusterSize > 0 && bound === clusterSize && idle === 0;
  };
  await until('every pod of the tier is taken', grow, READY_WITHIN_MS);
  at.traffic.add({ ...(await at.running.cacheCluster(BESIDE)), clusterName: ALONE, clusterSize });
  await at.whole();
}

/** One of its pods neither answers nor is replaced, until it goes on. */
async function hangAlone(at: Stage): Promise<Repair> {
  const { world } = await at.look();
  const pod = world.pods.find(isOfAlone);
  if (!pod) throw new Error(`nothing serves ${ALONE}`);
  const { machines } = at.running;
  await at.strike(({ address }) => address === pod.address);
  machines.pauseContainer(pod.datacenter, pod.name, CONTAINER.redis);
  try {
    await delay(OUT_MS);
  } finally {
    machines.resumeContainer(pod.datacenter, pod.name, CONTAINER.redis);
  }
  return nothing;
}

/** It is gone everywhere, and its pods are idle again. */
async function giveBack(at: Stage): Promise<void> {
  const { farm, http } = at.running;
  await at.traffic.drop(ALONE);
  for (const { name } of farm.datacenters)
    await http(name)
      .send('DELETE', pathOf(farm.namespace))
      .catch(() => undefined);
  await until(
    'its pods are given back',
    async () => {
      const { world, facts } = await at.look();
      return !world.pods.some(isOfAlone) && world.pods.some((pod) => pod.tier === TIER && isIdle(facts, pod));
    },
    READY_WITHIN_MS,
  );
}

/** What nobody can take over stays out for as long as its pod does: long enough to see that no status says Ready meanwhile. */
export const ALONE_FAILURES: Failures = {
  'a Redis process hangs, and no pod is left to take over': {
    ...{ prepare: takeAllPods, fail: hangAlone, clear: giveBack },
    ...{ rounds: 1, strikes: 0, watchedMs: BRIEF_MS, outMs: OUT_MS },
  },
};
