import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { parse } from 'yaml';
import type { EmbeddedFarm } from '../../src/local/embedded-farm.js';

/** The CRD as the constructs write it. */
export const CRD = parse(
  readFileSync(
    join(import.meta.dirname, '../../dist/a/00-CustomResourceDefinition.cacheclusters.cachefarm.dev.k8s.yaml'),
    'utf8',
  ),
) as Record<string, unknown>;

export interface Served {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly generation: number;
    readonly resourceVersion: string;
    readonly creationTimestamp: string;
    readonly labels?: Record<string, string>;
    readonly annotations?: Record<string, string>;
    readonly managedFields?: readonly {
      readonly manager: string;
      readonly operation: string;
      readonly fieldsV1: unknown;
    }[];
  };
  readonly spec: Record<string, unknown>;
  readonly status?: Record<string, unknown>;
}

export const MERGE = 'application/merge-patch+json';
export const APPLY = 'application/apply-patch+yaml';

export const cluster = (spec: Record<string, unknown> = {}, metadata: Record<string, unknown> = {}) => ({
  apiVersion: 'cachefarm.dev/v1alpha1',
  kind: 'CacheCluster',
  metadata: { name: 'user.id', namespace: 'cachefarm', ...metadata },
  spec: { clusterName: 'User.id', clusterSize: 3, tier: 'M1', ...spec },
});

export function configOf(farm: EmbeddedFarm, context = 'ctx-a'): KubeConfig {
  const loaded = new KubeConfig();
  loaded.loadFromFile(farm.kubeconfig);
  loaded.setCurrentContext(context);
  return loaded;
}

export interface Reply {
  readonly code: number;
  readonly body: Served & { readonly reason?: string; readonly message?: string; readonly items?: readonly Served[] };
  readonly warning: string | null;
}

/** Plain HTTP, to see what is really answered. */
export async function call(
  farm: EmbeddedFarm,
  method: string,
  path: string,
  body?: unknown,
  type = 'application/json',
): Promise<Reply> {
  const token = configOf(farm).getCurrentUser()?.token;
  const response = await fetch(`${farm.address}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      'user-agent': 'tester/1',
      ...(body === undefined ? {} : { 'content-type': type }),
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return {
    code: response.status,
    body: (await response.json()) as Reply['body'],
    warning: response.headers.get('warning'),
  };
}

export const list = '/a/apis/cachefarm.dev/v1alpha1/namespaces/cachefarm/cacheclusters';
export const one = `${list}/user.id`;
