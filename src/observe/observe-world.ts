import type { FarmFrame } from '../farm/model.js';
import { assignGroups } from '../world/assign-groups.js';
import type { KubeObjects } from '../world/kube.js';
import type { GroupView, RedisPod, SentinelView, World } from '../world/model.js';
import { type DatacenterReading, readKube, type SentinelRecord } from '../world/read-kube.js';
import type { Connections } from './connections.js';
import { hearGroup } from './hear-group.js';
import { hearInstance, probeSentinel } from './probe.js';

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

function hearSentinels(
  connections: Connections,
  records: readonly SentinelRecord[],
  patienceMs?: number,
): Promise<readonly SentinelView[]> {
  return hearGroup(
    records.map((record) => ({
      record,
      asked: connections.questions.ask(record.address, () => probeSentinel(connections, record)),
    })),
    patienceMs,
  );
}

/**
 * Reads all KubeClusters, every instance and every sentinel at once; whatever does not answer is a fact in the World.
 * @param patienceMs who has not answered by then is unreachable in this World; left out: until connections give the command up
 */
export async function observeWorld(
  frame: FarmFrame,
  sources: readonly KubeSource[],
  connections: Connections,
  patienceMs?: number,
): Promise<World> {
  const kube = readKube(frame, await Promise.all(sources.map(readSource)));
  const [pods, groups] = await Promise.all([
    Promise.all(
      kube.pods.map(
        async (pod): Promise<RedisPod> => ({
          ...pod,
          instance: await hearInstance(connections, pod.address, patienceMs),
        }),
      ),
    ),
    Promise.all(
      frame.sentinelGroups.map(async ({ name }): Promise<GroupView> => {
        const records = kube.sentinels.filter(({ group }) => group === name);
        return { name, sentinels: await hearSentinels(connections, records, patienceMs) };
      }),
    ),
  ]);
  const { datacenters, disputes, copies } = kube;
  const cacheClusters = assignGroups(frame, kube.cacheClusters, groups);
  return { observedAt: Date.now(), datacenters, pods, groups, cacheClusters, disputes, copies };
}
