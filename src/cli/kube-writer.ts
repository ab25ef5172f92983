import { CoreV1Api, CustomObjectsApi, KubeConfig, PatchStrategy } from '@kubernetes/client-node';
import type { FarmFrame } from '../farm/model.js';
import { DOMAIN } from '../farm/words.js';
import { type DeclaredObject, FIELD_MANAGER, type KubeWriter, type WriteMode } from './kube-port.js';
import { answered, calling, patching } from './kube-request.js';

const KIND = { group: DOMAIN, version: 'v1alpha1', plural: 'cacheclusters' };
/** ms; an API server that answers at all answers sooner */
const TIMEOUT_MS = 5_000;

class ClientNodeWriter implements KubeWriter {
  readonly #custom: CustomObjectsApi;
  readonly #core: CoreV1Api;

  constructor(
    readonly datacenter: string,
    readonly namespace: string,
    readonly timeoutMs: number,
    config: KubeConfig,
  ) {
    this.#custom = config.makeApiClient(CustomObjectsApi);
    this.#core = config.makeApiClient(CoreV1Api);
  }

  async list(): Promise<readonly DeclaredObject[]> {
    const { namespace } = this;
    const list = await answered<{ readonly items: readonly DeclaredObject[] }>(
      this.#custom.listNamespacedCustomObject({ ...KIND, namespace }, calling(this.timeoutMs)),
    );
    return list.items;
  }

  apply(object: DeclaredObject, { dryRun, force }: WriteMode): Promise<DeclaredObject> {
    const { namespace } = this;
    const { name } = object.metadata;
    const request = { ...KIND, namespace, name, body: object, fieldManager: FIELD_MANAGER, force };
    return answered(
      this.#custom.patchNamespacedCustomObject(
        { ...request, ...(dryRun ? { dryRun: 'All' } : {}) },
        patching(this.timeoutMs, PatchStrategy.ServerSideApply),
      ),
    );
  }

  async remove({ metadata: { name, uid, resourceVersion } }: DeclaredObject, dryRun: boolean): Promise<void> {
    const { namespace } = this;
    const preconditions = {
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    };
    await answered(
      this.#custom.deleteNamespacedCustomObject(
        { ...KIND, namespace, name, body: { preconditions }, ...(dryRun ? { dryRun: 'All' } : {}) },
        calling(this.timeoutMs),
      ),
    );
  }

  async annotate(
    kind: 'node' | 'pod',
    name: string,
    annotations: Readonly<Record<string, string | null>>,
  ): Promise<void> {
    const body = { metadata: { annotations } };
    const options = patching(this.timeoutMs, PatchStrategy.MergePatch);
    await answered(
      kind === 'node'
        ? this.#core.patchNode({ name, body, fieldManager: FIELD_MANAGER }, options)
        : this.#core.patchNamespacedPod(
            { namespace: this.namespace, name, body, fieldManager: FIELD_MANAGER },
            options,
          ),
    );
  }
}

/**
 * One writer for each datacenter whose KubeCluster the kubeconfig names; without a kubeconfig the one this pod runs in.
 * @param kubeconfig path
 * @param timeoutMs of one request
 */
export function kubeWriters(
  frame: FarmFrame,
  kubeconfig: string | undefined,
  ownDatacenter: string | undefined,
  timeoutMs = TIMEOUT_MS,
): readonly KubeWriter[] {
  const load = (): KubeConfig => {
    const config = new KubeConfig();
    if (kubeconfig === undefined) config.loadFromCluster();
    else config.loadFromFile(kubeconfig);
    return config;
  };
  const contexts = new Set(load().contexts.map((context) => context.name));
  return frame.datacenters.flatMap(({ name, context }) => {
    const config = load();
    if (kubeconfig === undefined)
      return name === ownDatacenter ? [new ClientNodeWriter(name, frame.namespace, timeoutMs, config)] : [];
    if (!contexts.has(context)) return [];
    config.setCurrentContext(context);
    return [new ClientNodeWriter(name, frame.namespace, timeoutMs, config)];
  });
}
