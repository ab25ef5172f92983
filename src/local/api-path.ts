import { ApiRefusal } from './api-refusal.js';

export const KINDS = {
  pods: { path: 'api/v1', list: 'PodList', apiVersion: 'v1' },
  nodes: { path: 'api/v1', list: 'NodeList', apiVersion: 'v1' },
  cacheclusters: {
    path: 'apis/cachefarm.dev/v1alpha1',
    list: 'CacheClusterList',
    apiVersion: 'cachefarm.dev/v1alpha1',
  },
  leases: { path: 'apis/coordination.k8s.io/v1', list: 'LeaseList', apiVersion: 'coordination.k8s.io/v1' },
  events: { path: 'apis/events.k8s.io/v1', list: 'EventList', apiVersion: 'events.k8s.io/v1' },
} as const;
export type Resource = keyof typeof KINDS;

export interface ApiPath {
  readonly datacenter: string;
  readonly resource: Resource;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly status: boolean;
}

const PATH =
  /^\/(?<datacenter>[^/]+)\/(?<group>api\/v1|apis\/[a-z0-9.]+\/v1(?:alpha1)?)(?:\/namespaces\/(?<namespace>[^/]+))?\/(?<resource>[a-z]+)(?:\/(?<name>[^/]+)(?<status>\/status)?)?$/;

/** @throws ApiRefusal 404 for a path that leads nowhere */
export function parsePath(path: string): ApiPath {
  const { datacenter = '', group, namespace, resource = '', name, status } = PATH.exec(path)?.groups ?? {};
  const kind = Object.hasOwn(KINDS, resource) ? KINDS[resource as Resource] : undefined;
  if (kind?.path !== group || kind === undefined || (status !== undefined && resource !== 'cacheclusters'))
    throw new ApiRefusal(404, 'NotFound', 'the server could not find the requested resource');
  return { datacenter, resource: resource as Resource, namespace, name, status: status !== undefined };
}
