import { type Loose, list, records } from '../../src/farm/loose.js';
import { KubeMemory } from '../../src/observe/kube-memory.js';
import { keepCacheCluster, keepNode, keepPod } from '../../src/observe/kube-objects.js';
import type { KubeObjects } from '../../src/world/kube.js';

const kept = <T>(objects: unknown, keep: (object: Loose) => T): readonly T[] => {
  const memory = new KubeMemory<T>({ keep });
  memory.replace(records(list(objects)).map((object) => memory.entryOf(object)));
  return memory.items;
};

/** As a list of the API comes through the watches: what is remembered of each object. @throws Error, as a list does that cannot be read */
export function listKept(datacenter: string, told: unknown): KubeObjects {
  const found = records(told).find((one) => one.datacenter === datacenter);
  if (!found) throw new Error('the KubeCluster does not answer');
  return {
    datacenter,
    pods: kept(found.pods, keepPod),
    nodes: kept(found.nodes, keepNode),
    cacheClusters: kept(found.cacheClusters, keepCacheCluster),
  };
}
