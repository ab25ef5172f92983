import { type Loose, list, record, text } from '../farm/loose.js';
import type { KubeEndpoint } from '../observe/kube-request.js';
import { RefusedByKube } from './kube-port.js';
import { sendToKube } from './kube-send.js';

/** How a kind is called in paths. */
interface Resource {
  readonly plural: string;
  readonly namespaced: boolean;
}

const groupPath = (apiVersion: string): string =>
  apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;

/** Where the objects of a KubeCluster are; each API group is asked for once. */
export class KubePaths {
  readonly #groups = new Map<string, Promise<ReadonlyMap<string, Resource>>>();

  constructor(readonly endpoint: KubeEndpoint) {}

  #resources(apiVersion: string): Promise<ReadonlyMap<string, Resource>> {
    const known = this.#groups.get(apiVersion);
    if (known) return known;
    const asked = this.#ask(apiVersion);
    this.#groups.set(apiVersion, asked);
    return asked;
  }

  async #ask(apiVersion: string): Promise<ReadonlyMap<string, Resource>> {
    let answer: Loose;
    try {
      answer = await sendToKube(this.endpoint, { method: 'GET', path: groupPath(apiVersion) });
    } catch (error) {
      // Not there yet: its CRD is one of the objects that would be new.
      if (error instanceof RefusedByKube && error.code === 404) return new Map();
      throw error;
    }
    return new Map(
      list(answer.resources)
        .map(record)
        .flatMap((one): [string, Resource][] => {
          const [kind, plural] = [text(one.kind), text(one.name)];
          // `pods/status` and its like are no objects.
          return kind && plural && !plural.includes('/')
            ? [[kind, { plural, namespaced: one.namespaced === true }]]
            : [];
        }),
    );
  }

  /** @returns undefined when the KubeCluster does not know the kind */
  async of(apiVersion: string, kind: string, namespace: string, name?: string): Promise<string | undefined> {
    const resource = (await this.#resources(apiVersion)).get(kind);
    if (!resource) return undefined;
    const home = resource.namespaced ? `/namespaces/${encodeURIComponent(namespace)}` : '';
    const end = name === undefined ? '' : `/${encodeURIComponent(name)}`;
    return `${groupPath(apiVersion)}${home}/${resource.plural}${end}`;
  }
}
