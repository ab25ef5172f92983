import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { KubeConfig, KubernetesObjectApi } from '@kubernetes/client-node';
import { parse } from 'yaml';
import { apiRequest } from './api-request.js';
import type { ControlPlane } from './control-plane-options.js';

const DIST = join(import.meta.dirname, '../../../dist');

/** A Kubernetes object as tests need it: what is read out of it is the test's business. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly generation?: number;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
}

/** @param path in dist, `a/00-Namespace.cachefarm.k8s.yaml` */
export const readDistObject = (path: string): KubeObject => parse(readFileSync(join(DIST, path), 'utf8')) as KubeObject;

/** @param folder of dist, `all` */
export const readDistFolder = (folder: string): readonly KubeObject[] =>
  readdirSync(join(DIST, folder))
    .sort()
    .map((file) => readDistObject(`${folder}/${file}`));

/** A client of its own, as any program has one. Not for definitions: its serializer drops what it has no name for (`enum`, CEL rules). */
export function clientOf(kubeconfig: string): KubernetesObjectApi {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  return KubernetesObjectApi.makeApiClient(config);
}

interface Resource {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

/**
 * Where an object is served, asked of the API server's own discovery.
 * @throws Error when it serves no such kind
 */
export async function pathOf(plane: ControlPlane, { apiVersion, kind, metadata }: KubeObject): Promise<string> {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const { url, caData, adminToken: token } = plane;
  const { code, body } = await apiRequest<{ resources?: readonly Resource[] }>({ url, caData, token }, { path: root });
  const resource = body.resources?.find((one) => one.kind === kind && !one.name.includes('/'));
  if (!resource) throw new Error(`${apiVersion} ${kind} is not served (${code})`);
  const namespace = resource.namespaced ? `/namespaces/${metadata.namespace ?? 'default'}` : '';
  return `${root}${namespace}/${resource.name}/${metadata.name}`;
}

/**
 * `kubectl apply --server-side --force-conflicts` as the administrator, byte for byte what is in the manifest.
 * @returns the object as the API server has it now
 * @throws Error with the API server's message when it refuses
 */
export async function applyObject(plane: ControlPlane, object: KubeObject): Promise<KubeObject> {
  const { url, caData, adminToken: token } = plane;
  const { code, body } = await apiRequest<KubeObject & { readonly message?: string }>(
    { url, caData, token },
    {
      method: 'PATCH',
      path: `${await pathOf(plane, object)}?fieldManager=e2e&force=true`,
      contentType: 'application/apply-patch+yaml',
      body: object,
    },
  );
  if (code >= 300) throw new Error(`${object.kind} ${object.metadata.name}: ${code} ${body.message}`);
  return body;
}
