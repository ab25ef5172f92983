import type { FarmFrame } from '../farm/model.js';
import { assignGroups } from '../world/assign-groups.js';
import type { KubeObjects } from '../world/kube.js';
import type { GroupView, RedisPod, World } from '../world/model.js';
import { type DatacenterReading, readKube } from '../world/read-kube.js';
import type { Connections } from './connections.js';
import { probeInstance, probeSentinel } from './probe.js';

/** Where the objects of one KubeCluster come from: the real API, or the embedded farm. */
export interface KubeSource {
  readonly datacenter: string;
  /** @throws when the KubeCluster cannot be read */
  read(): Promise<KubeObjects>;
}

async function readSource(source: KubeSource): Promise<DatacenterReading> {
  const { datacenter } = source;
  try {
    return { datacenter, objects: await source.read() };
  } catch (error) {
    return { datacenter, problem: error instanceof Error ? error.message : String(error) };
  }
}

/** Reads all KubeClusters, every instance and every sentinel at once; whatever does not answer is a fact in the World. */
export async function observeWorld(
  frame: FarmFrame,
  sources: readonly KubeSource[],
  connections: Connections,
): Promise<World> {
  const kube = readKube(frame, await Promise.all(sources.map(readSource)));
  const [pods, sentinels] = await Promise.all([
    Promise.all(
      kube.pods.map(
        async (pod): Promise<RedisPod> => ({ ...pod, instance: await probeInstance(connections, pod.address) }),
      ),
    ),
    Promise.all(kube.sentinels.map((record) => probeSentinel(connections, record))),
  ]);
  const groups: readonly GroupView[] = frame.sentinelGroups.map(({ name }) => ({
    name,
    sentinels: sentinels.filter((s) => s.group === name),
  }));
  const { datacenters, disputes, copies } = kube;
  const cacheClusters = assignGroups(frame, kube.cacheClusters, groups);
  return { observedAt: Date.now(), datacenters, pods, groups, cacheClusters, disputes, copies };
}
