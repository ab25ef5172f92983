import { setTimeout as delay } from 'node:timers/promises';
import type { KubeObject } from './kube-objects.js';
import { APPLY, isRefusal, type KubeHttp } from './kubelet-http.js';

interface Resource {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

const RETRY_MS = 200;

const groupPath = (apiVersion: string): string =>
  apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;

/** Path of an object, by what the API server says of its kind; undefined while it does not know the kind. */
class Paths {
  readonly #known = new Map<string, readonly Resource[]>();

  constructor(readonly http: KubeHttp) {}

  async of({ apiVersion, kind, metadata }: KubeObject): Promise<string | undefined> {
    const group = groupPath(apiVersion);
    const resource = (await this.#resources(group, kind)).find((one) => one.kind === kind && !one.name.includes('/'));
    if (!resource) return undefined;
    const namespace = resource.namespaced ? `/namespaces/${metadata.namespace ?? 'default'}` : '';
    return `${group}${namespace}/${resource.name}/${metadata.name}`;
  }

  async #resources(group: string, kind: string): Promise<readonly Resource[]> {
    const known = this.#known.get(group);
    if (known?.some((one) => one.kind === kind)) return known;
    const { resources } = await this.http.get<{ resources: readonly Resource[] }>(group).catch((error: unknown) => {
      if (isRefusal(error, 404)) return { resources: [] };
      throw error;
    });
    this.#known.set(group, resources);
    return resources;
  }
}

/**
 * What `kubectl apply --server-side --force-conflicts -f folder` does, again and again until nothing is refused for what is not there yet:
 * a namespace, a kind.
 * @returns how many rounds it took
 * @throws KubeRefusal for any other refusal, Error after timeoutMs
 */
export async function applyObjects(
  http: KubeHttp,
  objects: readonly KubeObject[],
  timeoutMs = 30_000,
): Promise<number> {
  const paths = new Paths(http);
  const until = Date.now() + timeoutMs;
  let left = objects;
  for (let round = 1; ; round++) {
    const refused: KubeObject[] = [];
    for (const object of left) if (!(await applyOne(http, paths, object))) refused.push(object);
    left = refused;
    if (left.length === 0) return round;
    if (Date.now() > until)
      throw new Error(`not applied: ${left.map(({ kind, metadata }) => `${kind} ${metadata.name}`).join(', ')}`);
    await delay(RETRY_MS);
  }
}

async function applyOne(http: KubeHttp, paths: Paths, object: KubeObject): Promise<boolean> {
  const path = await paths.of(object);
  if (path === undefined) return false;
  try {
    await http.send('PATCH', `${path}?fieldManager=e2e&force=true`, object, APPLY);
    return true;
  } catch (error) {
    if (isRefusal(error, 404)) return false;
    throw error;
  }
}
