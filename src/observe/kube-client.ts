import { CoreV1Api, CustomObjectsApi, KubeConfig } from '@kubernetes/client-node';
import type { FarmFrame } from '../farm/model.js';
import { DOMAIN, LABEL } from '../farm/words.js';
import type { KubeCacheCluster, KubeNode, KubeObjects, KubePod } from '../world/kube.js';
import type { KubeSource } from './observe-world.js';

const PAGE = 500;

interface Page<T> {
  readonly items: readonly T[];
  readonly metadata?: { readonly _continue?: string; readonly continue?: string };
}

/** All pages of a list. */
async function listAll<T>(ask: (token: string | undefined) => Promise<Page<T>>): Promise<readonly T[]> {
  const items: T[] = [];
  let token: string | undefined;
  do {
    const page = await ask(token);
    items.push(...page.items);
    token = page.metadata?._continue || page.metadata?.continue || undefined;
  } while (token);
  return items;
}

const paged = (token: string | undefined): { limit: number; _continue?: string } =>
  token ? { limit: PAGE, _continue: token } : { limit: PAGE };

/** client-node's own types are wider and optional where Kubernetes always answers; the narrow ones are what we read. */
const narrow = <T>(page: unknown): Page<T> => page as Page<T>;

class KubeClusterSource implements KubeSource {
  readonly #core: CoreV1Api;
  readonly #custom: CustomObjectsApi;

  constructor(
    readonly datacenter: string,
    readonly frame: FarmFrame,
    config: KubeConfig,
  ) {
    this.#core = config.makeApiClient(CoreV1Api);
    this.#custom = config.makeApiClient(CustomObjectsApi);
  }

  async read(): Promise<KubeObjects> {
    const { namespace, name } = this.frame;
    const labelSelector = `${LABEL.farm}=${name}`;
    const [pods, nodes, cacheClusters] = await Promise.all([
      listAll(async (token) =>
        narrow<KubePod>(await this.#core.listNamespacedPod({ namespace, labelSelector, ...paged(token) })),
      ),
      listAll(async (token) => narrow<KubeNode>(await this.#core.listNode(paged(token)))),
      listAll(async (token) =>
        narrow<KubeCacheCluster>(
          await this.#custom.listNamespacedCustomObject({
            group: DOMAIN,
            version: 'v1alpha1',
            namespace,
            plural: 'cacheclusters',
            ...paged(token),
          }),
        ),
      ),
    ]);
    return { datacenter: this.datacenter, pods, nodes, cacheClusters };
  }
}

/**
 * One source for each datacenter of the farm. A kubeconfig (path) has a context per datacenter; without one the pod's own service account
 * is used, and only the KubeCluster it runs in can be read.
 * @param ownDatacenter the datacenter this process runs in, when it runs in a pod
 */
export function kubeSources(
  frame: FarmFrame,
  kubeconfig: string | undefined,
  ownDatacenter: string | undefined,
): readonly KubeSource[] {
  const config = new KubeConfig();
  if (kubeconfig !== undefined) config.loadFromFile(kubeconfig);
  else config.loadFromCluster();
  const contexts = new Set(config.getContexts().map((context) => context.name));
  return frame.datacenters.flatMap((datacenter) => {
    if (kubeconfig === undefined)
      return datacenter.name === ownDatacenter ? [new KubeClusterSource(datacenter.name, frame, config)] : [];
    if (!contexts.has(datacenter.context)) return [];
    const own = new KubeConfig();
    own.loadFromFile(kubeconfig);
    own.setCurrentContext(datacenter.context);
    return [new KubeClusterSource(datacenter.name, frame, own)];
  });
}
