import type { FarmFrame } from '../farm/model.js';
import { DOMAIN, LABEL } from '../farm/words.js';
import type { KubeEndpoint, KubeObjects } from '../world/kube.js';
import { kubeEndpoints } from './kube-config.js';
import { type Listing, listKube } from './kube-list.js';
import { keepCacheCluster, keepNode, keepPod } from './kube-objects.js';
import type { KubeSource } from './observe-world.js';

/** ms without a byte after which a KubeCluster does not answer */
const SILENT_MS = 10_000;

/** What of a KubeCluster concerns a farm. */
export function farmListings({ name, namespace }: FarmFrame): {
  readonly pods: Listing;
  readonly nodes: Listing;
  readonly cacheClusters: Listing;
} {
  return {
    pods: { path: `/api/v1/namespaces/${namespace}/pods`, labelSelector: `${LABEL.farm}=${name}` },
    nodes: { path: '/api/v1/nodes' },
    cacheClusters: { path: `/apis/${DOMAIN}/v1alpha1/namespaces/${namespace}/cacheclusters` },
  };
}

/** Lists everything at each read: for a command that looks once or twice. */
export function listedSource(frame: FarmFrame, endpoint: KubeEndpoint): KubeSource {
  const { datacenter } = endpoint;
  const listings = farmListings(frame);
  return {
    datacenter,
    read: async (): Promise<KubeObjects> => {
      const limits = { signal: new AbortController().signal, silentMs: SILENT_MS };
      const [pods, nodes, cacheClusters] = await Promise.all([
        listKube(endpoint, listings.pods, keepPod, limits),
        listKube(endpoint, listings.nodes, keepNode, limits),
        listKube(endpoint, listings.cacheClusters, keepCacheCluster, limits),
      ]);
      return { datacenter, pods: pods.objects, nodes: nodes.objects, cacheClusters: cacheClusters.objects };
    },
  };
}

/**
 * One source for each datacenter of the farm that a kubeconfig, or the pod's own service account, leads to: each read lists everything.
 * Who reads again and again takes watchedSources.
 * @param ownDatacenter the datacenter this process runs in, when it runs in a pod
 */
export const kubeSources = (
  frame: FarmFrame,
  kubeconfig: string | undefined,
  ownDatacenter: string | undefined,
): readonly KubeSource[] =>
  kubeEndpoints(frame, kubeconfig, ownDatacenter).map((endpoint) => listedSource(frame, endpoint));
