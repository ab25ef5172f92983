import { createHash, randomUUID } from 'node:crypto';
import { type Loose, record } from '../farm/loose.js';
import type { KubeCacheCluster } from '../world/kube.js';
import { ApiRefusal } from './api-refusal.js';
import {
  API_VERSION,
  admit,
  type CacheClusterSchemas,
  checkPreconditions,
  type FieldValidation,
  KIND,
  missing,
  PLURAL,
  readWish,
  type StoredCacheCluster,
  type Wish,
} from './cache-cluster-object.js';
import { applied, created, type Ownership, replaced, updated } from './field-managers.js';
import { sameValue } from './field-ownership.js';
import { mergePatch } from './merge-patch.js';
import { canonicalText } from './revision.js';
import { type Versions, WatchLog } from './watch-log.js';

/** `cachefarm up` applies the manifests: their fields are the command-line program's, as those that `cachefarm apply` writes. */
export const CLI_MANAGER = 'cachefarm-cli';

export interface WriteOptions {
  /** who writes */
  readonly manager: string;
  readonly validation: FieldValidation;
  /** all but the writing itself */
  readonly dryRun: boolean;
  /** server-side apply: take fields from other managers */
  readonly force: boolean;
}

export interface Written {
  readonly object: StoredCacheCluster;
  readonly created: boolean;
  readonly warnings: readonly string[];
}

type Digests = Readonly<Record<string, string>>;
const digestOf = (manifest: KubeCacheCluster): string =>
  createHash('sha256').update(canonicalText(manifest)).digest('hex');
const now = (): string => new Date().toISOString().replace(/\.\d+Z$/, 'Z');

/** What a write that changes nothing leaves as it was: time stamps of managers are no change. */
const essence = ({ metadata: { managedFields, resourceVersion: _, ...metadata }, ...object }: StoredCacheCluster) =>
  canonicalText({ ...object, metadata, managers: (managedFields ?? []).map(({ time: __, ...entry }) => entry) });

/** The CacheClusters of one KubeCluster, written as a real API server takes writes. */
export class DeclaredObjects {
  readonly log: WatchLog;
  readonly #objects = new Map<string, StoredCacheCluster>();
  #manifests: Digests;

  /** @param changed called after every write, with all that is to be kept */
  constructor(
    readonly versions: Versions,
    readonly namespace: string,
    public schemas: CacheClusterSchemas,
    kept: { readonly cacheClusters: readonly StoredCacheCluster[]; readonly manifests: Digests },
    readonly changed: () => void,
  ) {
    this.log = new WatchLog(versions.current);
    this.#manifests = kept.manifests;
    for (const object of kept.cacheClusters) this.#objects.set(object.metadata.name, object);
  }

  list(): readonly StoredCacheCluster[] {
    return [...this.#objects.values()].sort((x, y) => (x.metadata.name < y.metadata.name ? -1 : 1));
  }

  /** Manifests by name as last taken over. */
  get manifests(): Digests {
    return this.#manifests;
  }

  /** @throws ApiRefusal 404 */
  get(name: string): StoredCacheCluster {
    const object = this.#objects.get(name);
    if (!object) throw missing(name);
    return object;
  }

  #ownership(options: Pick<WriteOptions, 'manager'>): Ownership {
    return { manager: options.manager, apiVersion: API_VERSION, time: now() };
  }

  #admitSpec(wish: Wish, validation: FieldValidation): { wish: Wish; warnings: readonly string[] } {
    const { value, warnings } = admit(this.schemas.spec, wish.spec, { root: 'spec', name: wish.name, validation });
    return { wish: { ...wish, spec: value }, warnings };
  }

  /** Keeps an object as it shall be, unless nothing changes; generation and resourceVersion are the store's. */
  #put(before: StoredCacheCluster | undefined, draft: StoredCacheCluster, dryRun: boolean): StoredCacheCluster {
    const generation = (before?.metadata.generation ?? 0) + (sameValue(before?.spec, draft.spec) ? 0 : 1);
    const next = { ...draft, metadata: { ...draft.metadata, generation } };
    if (before && essence(before) === essence(next)) return before;
    if (dryRun) return next;
    const version = this.versions.next();
    const object = { ...next, metadata: { ...next.metadata, resourceVersion: String(version) } };
    this.#objects.set(object.metadata.name, object);
    this.log.append({ type: before ? 'MODIFIED' : 'ADDED', object, before, version });
    this.changed();
    return object;
  }

  #draft(wish: Wish, before: StoredCacheCluster | undefined): StoredCacheCluster {
    const { labels, annotations } = wish;
    const { managedFields } = before?.metadata ?? {};
    return {
      apiVersion: API_VERSION,
      kind: KIND,
      metadata: {
        name: wish.name,
        namespace: this.namespace,
        uid: before?.metadata.uid ?? randomUUID(),
        generation: before?.metadata.generation ?? 0,
        resourceVersion: before?.metadata.resourceVersion ?? String(this.versions.current),
        creationTimestamp: before?.metadata.creationTimestamp ?? now(),
        ...(Object.keys(labels).length === 0 ? {} : { labels }),
        ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
        ...(managedFields === undefined ? {} : { managedFields }),
      },
      spec: wish.spec,
      ...(before?.status === undefined ? {} : { status: before.status }),
    };
  }

  /** POST @throws ApiRefusal */
  create(body: Loose, options: WriteOptions): Written {
    const asked = readWish(body, this.namespace, undefined);
    if (this.#objects.has(asked.name))
      throw new ApiRefusal(409, 'AlreadyExists', `${PLURAL} "${asked.name}" already exists`);
    const { wish, warnings } = this.#admitSpec(asked, options.validation);
    const draft = created(this.#draft(wish, undefined), this.#ownership(options), 'Update');
    return { object: this.#put(undefined, draft, options.dryRun), created: true, warnings };
  }

  /** PUT @throws ApiRefusal; a custom resource asks for its resourceVersion */
  replace(name: string, body: Loose, options: WriteOptions): Written {
    const before = this.get(name);
    const asked = readWish(body, this.namespace, name);
    if (record(body.metadata).resourceVersion === undefined)
      throw new ApiRefusal(
        422,
        'Invalid',
        `${PLURAL} "${name}" is invalid: metadata.resourceVersion: Invalid value: 0x0: must be specified for an update`,
      );
    return this.#update(before, asked, body, options);
  }

  /** PATCH application/merge-patch+json @throws ApiRefusal */
  merge(name: string, patch: Loose, options: WriteOptions): Written {
    const before = this.get(name);
    const body = record(mergePatch(before, patch));
    return this.#update(before, readWish(body, this.namespace, name), patch, options);
  }

  #update(before: StoredCacheCluster, asked: Wish, body: Loose, options: WriteOptions): Written {
    checkPreconditions(body, before);
    const { wish, warnings } = this.#admitSpec(asked, options.validation);
    const draft = updated(before, this.#draft(wish, before), this.#ownership(options));
    return { object: this.#put(before, draft, options.dryRun), created: false, warnings };
  }

  /** PATCH application/apply-patch+yaml: merges what the manager says, drops what it said before and says no more. @throws ApiRefusal */
  apply(name: string, body: Loose, options: WriteOptions): Written {
    const before = this.#objects.get(name);
    const asked = readWish({ ...body, spec: body.spec ?? before?.spec }, this.namespace, name);
    if (before) checkPreconditions(body, before);
    const said = { labels: asked.labels, annotations: asked.annotations, spec: record(body.spec) };
    const draft = this.#draft(asked, before);
    const merged = applied(before, draft, said, { ...this.#ownership(options), force: options.force });
    const { wish, warnings } = this.#admitSpec({ ...asked, spec: record(merged.spec) }, options.validation);
    const object = this.#put(before, { ...merged, spec: wish.spec }, options.dryRun);
    return { object, created: before === undefined, warnings };
  }

  /** PUT and PATCH of the status subresource: only the status is taken. @throws ApiRefusal */
  writeStatus(name: string, body: Loose, options: WriteOptions, merging: boolean): Written {
    const before = this.get(name);
    checkPreconditions(body, before);
    const asked = merging ? mergePatch(before.status ?? {}, record(body.status)) : record(body.status);
    const at = { root: 'status' as const, name, validation: options.validation };
    const { value: status, warnings } = admit(this.schemas.status, record(asked), at);
    return { object: this.#put(before, { ...before, status }, options.dryRun), created: false, warnings };
  }

  /** DELETE @throws ApiRefusal */
  remove(name: string, preconditions: Loose, dryRun: boolean): StoredCacheCluster {
    const object = this.get(name);
    checkPreconditions({ metadata: preconditions }, object);
    if (!dryRun) this.#drop(object);
    return object;
  }

  #drop(object: StoredCacheCluster): void {
    this.#objects.delete(object.metadata.name);
    const version = this.versions.next();
    const last = { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
    this.log.append({ type: 'DELETED', object: last, before: object, version });
    this.changed();
  }

  /**
   * Takes the manifests over as an apply from Git does that only carries what changed:
   * 1. a manifest that is not as it was last time wins: labels, annotations and spec become its own, identity and status stay;
   * 2. one that is as it was leaves alone what was written since, a deletion too;
   * 3. one that is gone takes its object with it;
   * 4. objects that no manifest ever declared stay.
   * @returns a line for each manifest that the CRD refuses; it is not taken over
   */
  takeManifests(manifests: readonly KubeCacheCluster[]): readonly string[] {
    const digests = new Map(manifests.map((manifest) => [manifest.metadata.name, digestOf(manifest)]));
    const refused: string[] = [];
    for (const manifest of manifests) {
      const { name } = manifest.metadata;
      if (this.#manifests[name] === digests.get(name)) continue;
      try {
        this.#takeManifest(manifest);
      } catch (error) {
        if (!(error instanceof ApiRefusal)) throw error;
        refused.push(`manifest of CacheCluster ${name} is not taken over: ${error.message}`);
        digests.delete(name);
      }
    }
    for (const name of Object.keys(this.#manifests)) {
      const object = manifests.some((manifest) => manifest.metadata.name === name)
        ? undefined
        : this.#objects.get(name);
      if (object) this.#drop(object);
    }
    this.#manifests = Object.fromEntries(digests);
    this.changed();
    return refused;
  }

  #takeManifest(manifest: KubeCacheCluster): void {
    const { name } = manifest.metadata;
    const before = this.#objects.get(name);
    const body = { apiVersion: API_VERSION, kind: KIND, ...manifest };
    const { wish } = this.#admitSpec(readWish(body, this.namespace, name), 'Strict');
    const draft = replaced(this.#draft(wish, before), this.#ownership({ manager: CLI_MANAGER }));
    this.#put(before, draft, false);
  }
}
