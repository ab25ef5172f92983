import type { Loose } from '../farm/loose.js';
import { type ApiPath, KINDS, type Resource } from './api-path.js';
import { ApiRefusal } from './api-refusal.js';
import type { KubeStore, Markable } from './kube-store.js';
import type { ApiObject, WatchLog } from './watch-log.js';

/** One datacenter as the API serves it. */
export interface ApiSource {
  readonly store: KubeStore;
  readonly pods: () => readonly ApiObject[];
  readonly nodes: () => readonly ApiObject[];
  /** @param force grace period 0 @throws NotFound */
  readonly deletePod: (name: string, force: boolean) => void;
  /** Writes labels and annotations. */
  readonly mark: (resource: Markable, name: string, patch: Loose) => void;
}

export function allObjects({ store, pods, nodes }: ApiSource, resource: Resource): readonly ApiObject[] {
  return {
    pods,
    nodes,
    cacheclusters: () => store.declared.list(),
    leases: () => store.leases.list(),
    events: () => store.events.list(),
  }[resource]();
}

export const logOf = ({ store }: ApiSource, resource: Resource): WatchLog =>
  ({
    pods: store.pods.log,
    nodes: store.nodes.log,
    cacheclusters: store.declared.log,
    leases: store.leases.log,
    events: store.events.log,
  })[resource];

/** @throws ApiRefusal 404 */
export function findObject(
  source: ApiSource,
  { resource, namespace, name }: Pick<ApiPath, 'resource' | 'namespace' | 'name'>,
): ApiObject {
  const object = allObjects(source, resource).find(
    ({ metadata }) => metadata.name === name && (namespace === undefined || metadata.namespace === namespace),
  );
  const [, apiGroup] = KINDS[resource].path.split('/');
  const group = apiGroup === 'v1' ? resource : `${resource}.${apiGroup}`;
  if (!object) throw new ApiRefusal(404, 'NotFound', `${group} "${name}" not found`);
  return object;
}
