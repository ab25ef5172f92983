/**
 * Objects that a KubeCluster only keeps, without a schema: Leases and Events. Optimistic locking as in Kubernetes; gone when the farm stops, as
 * nobody asks for an old one.
 */
import { randomUUID } from 'node:crypto';
import { type Loose, record, strings, text } from '../farm/loose.js';
import { ApiRefusal, badRequest, stale } from './api-refusal.js';
import { mergePatch } from './merge-patch.js';
import { type ApiObject, type Versions, WatchLog } from './watch-log.js';

export interface PlainKind {
  readonly apiVersion: string;
  readonly kind: string;
  /** `leases.coordination.k8s.io` */
  readonly plural: string;
  /** more than this many: the oldest go, as Kubernetes lets Events go after an hour */
  readonly most: number;
}

export interface PlainObject extends ApiObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ApiObject['metadata'] & {
    readonly namespace: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly creationTimestamp: string;
  };
}

const OBJECT_NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;
const now = (): string => new Date().toISOString().replace(/\.\d+Z$/, 'Z');

export class PlainObjects {
  readonly log: WatchLog;
  /** oldest first */
  readonly #objects = new Map<string, PlainObject>();

  constructor(
    readonly versions: Versions,
    readonly namespace: string,
    readonly kind: PlainKind,
  ) {
    this.log = new WatchLog(versions.current);
  }

  list(): readonly PlainObject[] {
    return [...this.#objects.values()];
  }

  #get(name: string): PlainObject {
    const object = this.#objects.get(name);
    if (!object) throw new ApiRefusal(404, 'NotFound', `${this.kind.plural} "${name}" not found`);
    return object;
  }

  #check(body: Loose, name: string): void {
    const { apiVersion, kind } = this.kind;
    const { namespace = this.namespace } = record(body.metadata);
    if (body.apiVersion !== apiVersion || body.kind !== kind)
      throw badRequest(
        `the body is ${JSON.stringify(body.apiVersion)} ${JSON.stringify(body.kind)}, and ${apiVersion} ${kind} is wanted here`,
      );
    if (namespace !== this.namespace)
      throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
    if (text(record(body.metadata).name) !== name || !OBJECT_NAME.test(name))
      throw badRequest(`the name of the object (${String(record(body.metadata).name)}) is not ${name}, or is no name`);
  }

  #put(body: Loose, before: PlainObject | undefined): PlainObject {
    const { name, labels, annotations } = record(body.metadata);
    const version = this.versions.next();
    const object: PlainObject = {
      ...body,
      apiVersion: this.kind.apiVersion,
      kind: this.kind.kind,
      metadata: {
        name: String(name),
        namespace: this.namespace,
        uid: before?.metadata.uid ?? randomUUID(),
        creationTimestamp: before?.metadata.creationTimestamp ?? now(),
        resourceVersion: String(version),
        ...(labels === undefined ? {} : { labels: strings(labels) }),
        ...(annotations === undefined ? {} : { annotations: strings(annotations) }),
      },
    };
    this.#objects.set(object.metadata.name, object);
    this.log.append({ type: before ? 'MODIFIED' : 'ADDED', object, before, version });
    while (this.#objects.size > this.kind.most) this.#drop(this.list()[0] as PlainObject);
    return object;
  }

  #drop(object: PlainObject): void {
    this.#objects.delete(object.metadata.name);
    this.log.append({ type: 'DELETED', object, before: object, version: this.versions.next() });
  }

  /** POST @throws ApiRefusal */
  create(body: Loose): PlainObject {
    const name = text(record(body.metadata).name) ?? '';
    this.#check(body, name);
    if (this.#objects.has(name))
      throw new ApiRefusal(409, 'AlreadyExists', `${this.kind.plural} "${name}" already exists`);
    return this.#put(body, undefined);
  }

  #checkVersion(body: Loose, before: PlainObject): void {
    const { resourceVersion, uid } = record(body.metadata);
    const { metadata } = before;
    const isOld = resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion;
    if (isOld || (uid !== undefined && uid !== metadata.uid)) throw stale(`${this.kind.plural} "${metadata.name}"`);
  }

  /** PUT @throws ApiRefusal */
  replace(name: string, body: Loose): PlainObject {
    const before = this.#get(name);
    this.#check(body, name);
    this.#checkVersion(body, before);
    return this.#put(body, before);
  }

  /** PATCH application/merge-patch+json @throws ApiRefusal */
  merge(name: string, patch: Loose): PlainObject {
    const before = this.#get(name);
    this.#checkVersion(patch, before);
    const body = record(mergePatch(before, patch));
    this.#check(body, name);
    return this.#put(body, before);
  }

  /** DELETE @throws ApiRefusal */
  remove(name: string): PlainObject {
    const object = this.#get(name);
    this.#drop(object);
    return object;
  }
}
