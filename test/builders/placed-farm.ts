import { claimText, LOCKED } from '../../src/farm/access.js';
import type { Farm } from '../../src/farm/model.js';
import { partitionName } from '../../src/farm/words.js';
import type { RedisPod } from '../../src/world/model.js';
import { ImaginaryFarm } from './imaginary-farm.js';

type Pod = ImaginaryFarm['pods'][number];

/** Serves there, and every sentinel of its group says so; whatever held it before is released. */
export function put(imaginary: ImaginaryFarm, clusterName: string, index: number, pod: Pod, standby?: Pod): void {
  const cluster = imaginary.farm.cacheClusters.find((c) => c.clusterName === clusterName);
  const partition = partitionName(clusterName, index);
  if (!cluster || claimText(pod.state.claim) !== 'locked') throw new Error(`${partition} cannot go to ${pod.address}`);
  const claim = { kind: 'bound', partition, epoch: 1 } as const;
  for (const before of imaginary.pods)
    if ('partition' in before.state.claim && before.state.claim.partition === partition)
      Object.assign(before.state, { claim: LOCKED, access: 'locked', openFor: [], keys: 0 });
  Object.assign(pod.state, { claim, access: 'bound', openFor: [clusterName], keys: 100 });
  for (const { group, names } of imaginary.sentinels) {
    if (group !== cluster.sentinelGroup) continue;
    const replicas = standby ? [{ address: standby.address, flags: ['slave'] }] : [];
    const options = { quorum: 2, downAfterMs: 1_000, failoverTimeoutMs: 5_000, otherSentinels: 2 };
    const kept = standby ? undefined : names.get(partition)?.replicas;
    names.set(partition, {
      partition,
      address: pod.address,
      epoch: 1,
      flags: ['master'],
      ...options,
      replicas: kept ?? replicas,
    });
  }
}

export function keepStandby(imaginary: ImaginaryFarm, clusterName: string, pod: Pod): void {
  const claim = { kind: 'standby', clusterName, epoch: 1 } as const;
  Object.assign(imaginary.pod(pod.address).state, { claim, access: 'standby', openFor: [clusterName] });
}

const isFree = (cluster: Farm['cacheClusters'][number]) => (pod: Pod) =>
  pod.tier === cluster.tier &&
  pod.state.up &&
  pod.state.claim.kind === 'locked' &&
  cluster.datacenters.includes(pod.datacenter);

/** Every un-replicated partition on a pod that `draw` picks among those that are free: as bad as it comes. */
export function scatter(farm: Farm, draw: (below: number) => number, down: readonly string[] = []): ImaginaryFarm {
  const imaginary = new ImaginaryFarm(farm);
  for (const pod of imaginary.pods) if (down.includes(pod.address)) pod.state.up = false;
  for (const cluster of farm.cacheClusters) {
    if (cluster.partitionSize > 1) continue;
    for (let index = 0; index < cluster.clusterSize; index++) {
      const free = imaginary.pods.filter(isFree(cluster));
      const pod = free[draw(free.length)];
      if (!pod) throw new Error(`no pod left for ${cluster.clusterName}`);
      put(imaginary, cluster.clusterName, index, pod);
    }
  }
  return imaginary;
}

/** The planned target as it is in the imaginary farm. */
export const podOf = (imaginary: ImaginaryFarm, { address }: RedisPod): Pod => imaginary.pod(address);
