import { type Loose, list, record, text } from '../farm/loose.js';
import type { FarmFrame } from '../farm/model.js';
import { LABEL } from '../farm/words.js';
import type { KubeObject, ManifestFile } from '../review/manifests.js';
import type { KubeEndpoint } from '../world/kube.js';
import { KubePaths } from './kube-paths.js';
import { RefusedByKube } from './kube-port.js';
import { ask, read } from './kube-request.js';

/** Field manager of dry runs on objects that nobody applied by server-side apply. */
const MANAGER = 'cachefarm-diff';
const HOOK = 'argocd.argoproj.io/hook';
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
/** written by the API server, or by who applied: no difference that a reader of the review asked for */
const OWN_METADATA = ['uid', 'resourceVersion', 'generation', 'creationTimestamp', 'managedFields', 'selfLink'];
const AT_ONCE = 8;
/** ms; a dry run passes admission as a write does */
const TIMEOUT_MS = 10_000;

export interface LiveDifference {
  /** the running farm's objects, as files of a dist */
  readonly live: readonly ManifestFile[];
  /** the same after an apply */
  readonly applied: readonly ManifestFile[];
  /** `a: StatefulSet redis-m1-6378`: runs, and is not in the dist; an apply leaves it */
  readonly onlyLive: readonly string[];
  /** what the API server would refuse, with its words */
  readonly refused: readonly string[];
}

interface Sides {
  readonly object: KubeObject;
  readonly before: Loose | undefined;
  readonly after: Loose;
}

/** What counts for a reader. */
function bare(object: Loose): Loose {
  const { status: _, ...rest } = object;
  const metadata = Object.fromEntries(
    Object.entries(record(object.metadata)).filter(([key]) => !OWN_METADATA.includes(key)),
  );
  const annotations = Object.fromEntries(
    Object.entries(record(metadata.annotations)).filter(
      ([key]) => key !== LAST_APPLIED && key !== 'argocd.argoproj.io/tracking-id',
    ),
  );
  const { annotations: __, ...others } = metadata;
  return { ...rest, metadata: Object.keys(annotations).length > 0 ? { ...others, annotations } : others };
}

/** Who applied the object: only that manager's dry run shows what a field left out of the dist takes away. */
function managerOf(live: Loose): string {
  const applied = list(record(live.metadata).managedFields)
    .map(record)
    .find(({ operation, subresource }) => operation === 'Apply' && subresource === undefined);
  return text(applied?.manager) ?? MANAGER;
}

/** Fields that the last client-side apply set and the dist no longer has: a dry run by another manager keeps them. */
function withoutDropped(after: Loose, last: Loose, wanted: Loose): Loose {
  const kept = Object.entries(after).filter(([key]) => !(key in last) || key in wanted);
  return Object.fromEntries(
    kept.map(([key, value]) => {
      const nested = [value, last[key], wanted[key]];
      const plain = nested.every((one) => typeof one === 'object' && one !== null && !Array.isArray(one));
      return [key, plain ? withoutDropped(record(value), record(last[key]), record(wanted[key])) : value];
    }),
  );
}

function lastApplied(live: Loose): Loose | undefined {
  const value = text(record(record(live.metadata).annotations)[LAST_APPLIED]);
  return value === undefined ? undefined : record(JSON.parse(value));
}

const isGone = (error: unknown): boolean => error instanceof RefusedByKube && error.code === 404;

class LiveSide {
  readonly #paths: KubePaths;
  constructor(readonly endpoint: KubeEndpoint) {
    this.#paths = new KubePaths(endpoint);
  }

  async #get(path: string): Promise<Loose | undefined> {
    try {
      return await read<Loose>(this.endpoint, path, TIMEOUT_MS);
    } catch (error) {
      if (isGone(error)) return undefined;
      throw error;
    }
  }

  /** @throws RefusedByKube when the apply would be refused */
  async sidesOf(object: KubeObject): Promise<Sides> {
    const { json, kind, namespace, name } = object;
    const path = await this.#paths.of(text(json.apiVersion) ?? '', kind, namespace, name);
    const live = path === undefined ? undefined : await this.#get(path);
    if (path === undefined || live === undefined) return { object, before: undefined, after: json };
    const manager = managerOf(live);
    const query = new URLSearchParams({ dryRun: 'All', force: 'true', fieldManager: manager });
    const call = {
      method: 'PATCH' as const,
      path: `${path}?${query}`,
      // As it is: a typed model would drop what it does not know.
      body: json,
      type: 'application/apply-patch+yaml',
    };
    const after = await ask<Loose>(this.endpoint, call, TIMEOUT_MS);
    const last = manager === MANAGER ? lastApplied(live) : undefined;
    return { object, before: live, after: last ? withoutDropped(after, last, json) : after };
  }

  /** Pools and cache clusters of the farm that are not among the objects. */
  async others(frame: FarmFrame, objects: readonly KubeObject[]): Promise<readonly string[]> {
    const kinds = [
      ['apps/v1', 'StatefulSet', `?${new URLSearchParams({ labelSelector: `${LABEL.farm}=${frame.name}` })}`],
      ['cachefarm.dev/v1alpha1', 'CacheCluster', ''],
    ] as const;
    const found = await Promise.all(
      kinds.map(async ([apiVersion, kind, query]) => {
        const path = await this.#paths.of(apiVersion, kind, frame.namespace);
        const items = path === undefined ? [] : list((await this.#get(`${path}${query}`))?.items).map(record);
        const known = new Set(objects.filter((one) => one.kind === kind).map(({ name }) => name));
        return items
          .map(({ metadata }) => text(record(metadata).name) ?? '')
          .filter((name) => !known.has(name))
          .map((name) => `${this.endpoint.datacenter}: ${kind} ${name}`);
      }),
    );
    return found.flat();
  }
}

async function inTurns<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = [];
  for (let at = 0; at < items.length; at += AT_ONCE)
    results.push(...(await Promise.all(items.slice(at, at + AT_ONCE).map(work))));
  return results;
}

const isHook = ({ json }: KubeObject): boolean => HOOK in record(record(json.metadata).annotations);

const fileOf = (folder: string, { kind, name, group }: KubeObject, json: Loose): ManifestFile => ({
  path: `${folder}/${kind}.${group}.${name}.yaml`,
  text: JSON.stringify(json),
});

/**
 * What an apply of the objects would make of the running farm, by dry runs of server-side apply: nothing is written. Objects of `all` are
 * compared in the first KubeCluster for the review, and in the others too where they differ there. Hooks are left out: they run anew.
 * @param endpoints one for each KubeCluster that the kubeconfig reaches
 * @throws Error when one does not answer
 */
export async function liveDifference(
  frame: FarmFrame,
  endpoints: readonly KubeEndpoint[],
  objects: readonly KubeObject[],
): Promise<LiveDifference> {
  const found = { live: new Map<string, ManifestFile>(), applied: new Map<string, ManifestFile>() };
  const more = { onlyLive: [] as string[], refused: [] as string[] };
  const note = ({ object, before, after }: Sides, datacenter: string): void => {
    const [old, next] = [before && bare(before), bare(after)];
    const shared = fileOf('all', object, next);
    const isNew = object.folder !== 'all' || !found.applied.has(shared.path);
    const same =
      !isNew &&
      JSON.stringify(old) === found.live.get(shared.path)?.text &&
      shared.text === found.applied.get(shared.path)?.text;
    const folder = object.folder === 'all' && (isNew || same) ? 'all' : datacenter;
    const [from, to] = [old && fileOf(folder, object, old), fileOf(folder, object, next)];
    if (from) found.live.set(from.path, from);
    found.applied.set(to.path, to);
  };
  for (const endpoint of endpoints) {
    const { datacenter } = endpoint;
    const side = new LiveSide(endpoint);
    const own = objects.filter((object) => [datacenter, 'all'].includes(object.folder) && !isHook(object));
    await inTurns(own, async (object) => {
      try {
        note(await side.sidesOf(object), datacenter);
      } catch (error) {
        if (!(error instanceof RefusedByKube)) throw error;
        more.refused.push(`${datacenter}: ${object.kind} ${object.name}: ${error.message}`);
      }
    });
    more.onlyLive.push(...(await side.others(frame, own)));
  }
  return { live: [...found.live.values()], applied: [...found.applied.values()], ...more };
}
