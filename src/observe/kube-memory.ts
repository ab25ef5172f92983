/** The objects of one list as they were last seen. */
import { type Loose, record } from '../farm/loose.js';

export type KubeChange = 'ADDED' | 'MODIFIED' | 'DELETED';

export interface MemoryParts<T> {
  /** the part of an object that is remembered: what the operator reads, a tenth of what Kubernetes tells */
  keep(object: Loose): T;
  /** what of it wakes Barn when it changes; @default all */
  essence?(kept: T): unknown;
}

interface Held<T> {
  readonly uid: unknown;
  readonly version: unknown;
  readonly kept: T;
}

/** One object as told, reduced to what is remembered of it. */
export interface KubeEntry<T> extends Held<T> {
  readonly key: string;
}

const alike = (x: unknown, y: unknown): boolean => JSON.stringify(x) === JSON.stringify(y);

export class KubeMemory<T> {
  #held = new Map<string, Held<T>>();
  #items: readonly T[] | undefined;

  constructor(readonly parts: MemoryParts<T>) {}

  /** @throws Error for what is no object of Kubernetes */
  entryOf(object: Loose): KubeEntry<T> {
    const { namespace, name, uid, resourceVersion: version } = record(object.metadata);
    if (typeof name !== 'string') throw new Error('an object without a name');
    const key = `${typeof namespace === 'string' ? namespace : ''}/${name}`;
    return { key, uid, version, kept: this.parts.keep(object) };
  }

  /** In the order of their names; the same array until something differs. */
  get items(): readonly T[] {
    this.#items ??= [...this.#held].sort(([x], [y]) => (x < y ? -1 : x > y ? 1 : 0)).map(([, { kept }]) => kept);
    return this.#items;
  }

  /** Everything there is. @returns whether what matters differs from before */
  replace(entries: readonly KubeEntry<T>[]): boolean {
    const after = new Map<string, Held<T>>();
    let differs = false;
    for (const entry of entries) if (this.#put(after, entry)) differs = true;
    // What is missing now was deleted while nobody watched.
    const gone = [...this.#held.keys()].some((key) => !after.has(key));
    if (gone) this.#items = undefined;
    this.#held = after;
    return differs || gone;
  }

  /** One event; the same one twice changes nothing. @returns whether what matters differs from before */
  apply(change: KubeChange, entry: KubeEntry<T>): boolean {
    const held = this.#held.get(entry.key);
    if (change !== 'DELETED') return this.#put(this.#held, entry);
    // Deleted was another one of that name: its successor is here already.
    if (!held || held.uid !== entry.uid) return false;
    this.#items = undefined;
    return this.#held.delete(entry.key);
  }

  #put(into: Map<string, Held<T>>, { key, ...fresh }: KubeEntry<T>): boolean {
    const held = this.#held.get(key);
    if (held === undefined || held.uid !== fresh.uid) {
      into.set(key, fresh);
      this.#items = undefined;
      return true;
    }
    const isKnown = fresh.version !== undefined && held.version === fresh.version;
    if (isKnown || alike(held.kept, fresh.kept)) {
      into.set(key, { ...fresh, kept: held.kept });
      return false;
    }
    into.set(key, fresh);
    this.#items = undefined;
    const { essence = (whole: T): unknown => whole } = this.parts;
    return !alike(essence(held.kept), essence(fresh.kept));
  }
}
