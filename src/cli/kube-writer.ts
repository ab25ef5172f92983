import type { KubeCall } from '../act/http-hand.js';
import { declaredFault } from '../farm/declared-fault.js';
import { type Loose, records } from '../farm/loose.js';
import type { FarmFrame } from '../farm/model.js';
import { DOMAIN } from '../farm/words.js';
import { keepCacheCluster } from '../observe/kube-objects.js';
import type { KubeEndpoint } from '../world/kube.js';
import { farmEndpoints } from './farm-endpoints.js';
import { type DeclaredObject, FIELD_MANAGER, type KubeWriter, type WriteMode } from './kube-port.js';
import { ask, read } from './kube-request.js';

/** ms; an API server that answers at all answers sooner */
const TIMEOUT_MS = 5_000;

const query = (parameters: Readonly<Record<string, string>>): string =>
  `?${new URLSearchParams({ fieldManager: FIELD_MANAGER, ...parameters })}`;
const dry = (dryRun: boolean): Readonly<Record<string, string>> => (dryRun ? { dryRun: 'All' } : {});

/** @throws Error for one that cannot be read: nothing is changed in a KubeCluster that declares nobody knows what */
function declaredObject(object: Loose): DeclaredObject {
  const kept = keepCacheCluster(object) as unknown as DeclaredObject;
  const fault = declaredFault(kept.spec);
  if (fault !== undefined) throw new Error(`CacheCluster ${kept.metadata.name} cannot be read: ${fault}`);
  return kept;
}

class HttpWriter implements KubeWriter {
  constructor(
    readonly endpoint: KubeEndpoint,
    readonly namespace: string,
    readonly timeoutMs: number,
  ) {}

  get datacenter(): string {
    return this.endpoint.datacenter;
  }

  async list(): Promise<readonly DeclaredObject[]> {
    const path = this.#cacheClusters();
    const { items } = await read<{ readonly items?: unknown }>(this.endpoint, path, this.timeoutMs);
    if (!Array.isArray(items)) throw new Error('its list of cache clusters is no list');
    return records(items).map(declaredObject);
  }

  apply(object: DeclaredObject, { dryRun, force }: WriteMode): Promise<DeclaredObject> {
    return this.#ask({
      method: 'PATCH',
      path: `${this.#cacheClusters(object.metadata.name)}${query({ force: String(force), ...dry(dryRun) })}`,
      // As it is: a model of it would drop what it does not know.
      body: { ...object },
      type: 'application/apply-patch+yaml',
    });
  }

  async remove({ metadata: { name, uid, resourceVersion } }: DeclaredObject, dryRun: boolean): Promise<void> {
    const preconditions = {
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    };
    const path = `${this.#cacheClusters(name)}?${new URLSearchParams(dry(dryRun))}`;
    await this.#ask({ method: 'DELETE', path, body: { preconditions } });
  }

  async annotate(
    kind: 'node' | 'pod',
    name: string,
    annotations: Readonly<Record<string, string | null>>,
  ): Promise<void> {
    const path = kind === 'node' ? '/api/v1/nodes' : `/api/v1/namespaces/${encodeURIComponent(this.namespace)}/pods`;
    await this.#ask({
      method: 'PATCH',
      path: `${path}/${encodeURIComponent(name)}${query({})}`,
      body: { metadata: { annotations } },
      type: 'application/merge-patch+json',
    });
  }

  #cacheClusters(name?: string): string {
    const all = `/apis/${DOMAIN}/v1alpha1/namespaces/${encodeURIComponent(this.namespace)}/cacheclusters`;
    return name === undefined ? all : `${all}/${encodeURIComponent(name)}`;
  }

  #ask<T>(call: KubeCall): Promise<T> {
    return ask<T>(this.endpoint, call, this.timeoutMs);
  }
}

/**
 * One writer for each datacenter whose KubeCluster the kubeconfig names; without a kubeconfig the one this pod runs in.
 * @param kubeconfig as kubeconfigPath gives it
 * @param timeoutMs of one request
 */
export const kubeWriters = (
  frame: FarmFrame,
  kubeconfig: string | undefined,
  ownDatacenter: string | undefined,
  timeoutMs = TIMEOUT_MS,
): readonly KubeWriter[] => writersAt(frame, farmEndpoints(frame, kubeconfig, ownDatacenter), timeoutMs);

/** The same for endpoints that are known already. */
export const writersAt = (
  frame: FarmFrame,
  endpoints: readonly KubeEndpoint[],
  timeoutMs = TIMEOUT_MS,
): readonly KubeWriter[] => endpoints.map((endpoint) => new HttpWriter(endpoint, frame.namespace, timeoutMs));
