import { type Loose, record, strings } from '../farm/loose.js';
import { cacheClusterSchemas } from './cache-cluster-object.js';
import { DeclaredObjects } from './declared-objects.js';
import type { ServedNode, ServedPod } from './kube-view.js';
import type { Machine } from './machine.js';
import { composePatches, mergePatch } from './merge-patch.js';
import { type PlainKind, PlainObjects } from './plain-objects.js';
import type { KubeManifests } from './read-dist.js';
import { readStore, writeStore } from './store-file.js';
import { Versions, ViewLog } from './watch-log.js';

export type Markable = 'pods' | 'nodes';

const LEASE: PlainKind = {
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  plural: 'leases.coordination.k8s.io',
  most: 100,
};
const EVENT: PlainKind = {
  apiVersion: 'events.k8s.io/v1',
  kind: 'Event',
  plural: 'events.events.k8s.io',
  most: 500,
};

/** What the API of one KubeCluster keeps beyond the manifests: CacheClusters, marks on pods and machines, versions, history. */
export class KubeStore {
  readonly versions: Versions;
  readonly declared: DeclaredObjects;
  readonly leases: PlainObjects;
  readonly events: PlainObjects;
  readonly pods: ViewLog<ServedPod>;
  readonly nodes: ViewLog<ServedNode>;
  /** ended when the datacenter loses its power */
  readonly streams = new Set<() => void>();
  readonly #marks: Map<string, Loose>;
  readonly #file: string;

  /**
   * @param file kept over restarts
   * @throws Error when the file cannot be read
   */
  constructor(file: string, manifests: KubeManifests) {
    const kept = readStore(file);
    this.#file = file;
    this.#marks = new Map(Object.entries(kept.marks));
    this.versions = new Versions(kept.version + 1);
    this.pods = new ViewLog(this.versions);
    this.nodes = new ViewLog(this.versions);
    const { namespace } = manifests.frame;
    this.leases = new PlainObjects(this.versions, namespace, LEASE);
    this.events = new PlainObjects(this.versions, namespace, EVENT);
    this.declared = new DeclaredObjects(
      this.versions,
      namespace,
      cacheClusterSchemas(manifests.cacheClusterSchema),
      kept,
      () => this.#save(),
    );
  }

  #save(): void {
    writeStore(this.#file, {
      version: this.versions.current,
      manifests: this.declared.manifests,
      cacheClusters: this.declared.list(),
      marks: Object.fromEntries(this.#marks),
    });
  }

  /** @returns a line for each CacheCluster that its CRD refuses */
  takeManifests(manifests: KubeManifests): readonly string[] {
    this.declared.schemas = cacheClusterSchemas(manifests.cacheClusterSchema);
    return this.declared.takeManifests(manifests.cacheClusters);
  }

  /** The patch that all writes to a pod or a machine make together. */
  mark(resource: Markable, name: string): Loose {
    return this.#marks.get(`${resource}/${name}`) ?? {};
  }

  addMark(resource: Markable, name: string, patch: Loose): void {
    this.#marks.set(`${resource}/${name}`, record(composePatches(this.mark(resource, name), patch)));
    this.#save();
  }

  /** With the pod goes what was written on it. */
  dropMark(resource: Markable, name: string): void {
    if (this.#marks.delete(`${resource}/${name}`)) this.#save();
  }

  marked<T extends { readonly metadata: { readonly name: string } }>(resource: Markable, view: T): T {
    const mark = this.#marks.get(`${resource}/${view.metadata.name}`);
    return mark === undefined ? view : (mergePatch(view, mark) as T);
  }

  /** What the scheduler reads of a machine, as written on it. */
  markedMachine({ name, labels }: Machine): { readonly labels: Machine['labels']; readonly unschedulable: boolean } {
    const { metadata, spec } = this.mark('nodes', name);
    return {
      labels: strings(mergePatch(labels, record(record(metadata).labels))),
      unschedulable: record(spec).unschedulable === true,
    };
  }

  /** The datacenter has no power: nobody is told anything any more. */
  cut(): void {
    for (const end of this.streams) end();
  }
}
