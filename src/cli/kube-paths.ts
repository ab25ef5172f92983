import { type Loose, list, record, text } from '../farm/loose.js';
import type { KubeEndpoint } from '../world/kube.js';
import { CliError } from './cli-error.js';
import { RefusedByKube } from './kube-port.js';
import { read } from './kube-request.js';

/** ms; an API server that answers at all answers sooner */
const TIMEOUT_MS = 10_000;

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
      answer = await read<Loose>(this.endpoint, groupPath(apiVersion), TIMEOUT_MS);
    } catch (error) {
      if (!(error instanceof RefusedByKube) || error.code !== 404) throw error;
      if (apiVersion === 'v1')
        throw new CliError(
          `the KubeCluster of ${this.endpoint.datacenter} does not say which kinds it has; an embedded farm does not: compare its manifests instead`,
        );
      // Not there yet: its CRD is one of the objects that would be new.
      return new Map();
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
