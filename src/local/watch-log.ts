/** What happened to the objects of one list, as far back as it is kept: what a watch is fed from. */

export interface ApiObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
}

export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: ApiObject;
  /** as it was; a label selector may have chosen it then and not now */
  readonly before: ApiObject | undefined;
  readonly version: number;
}

/** Resource versions of one KubeCluster: they rise for ever, also over restarts. */
export class Versions {
  #current: number;

  /** @param floor at least this; the clock's milliseconds lie above everything that was given out before a restart */
  constructor(floor: number) {
    this.#current = Math.max(Date.now(), floor);
  }
  get current(): number {
    return this.#current;
  }
  next(): number {
    return ++this.#current;
  }
}

const KEPT = 2_000;

export class WatchLog {
  readonly #events: WatchEvent[] = [];
  readonly #listeners = new Set<(event: WatchEvent) => void>();
  /** everything after this version is still here */
  #from: number;

  constructor(from: number) {
    this.#from = from;
  }

  get watched(): boolean {
    return this.#listeners.size > 0;
  }

  append(event: WatchEvent): void {
    this.#events.push(event);
    while (this.#events.length > KEPT) this.#from = this.#events.shift()?.version ?? this.#from;
    for (const listener of this.#listeners) listener(event);
  }

  /** @returns undefined when something after that version is forgotten already */
  since(version: number): readonly WatchEvent[] | undefined {
    return version < this.#from ? undefined : this.#events.filter((event) => event.version > version);
  }

  /** @returns the function that ends it */
  subscribe(listener: (event: WatchEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}

interface Seen<T> {
  readonly text: string;
  readonly object: T;
}

/** Objects that are derived and not stored (pods, machines): compared with how they were, so that each has a version of its own. */
export class ViewLog<T extends ApiObject> {
  readonly log: WatchLog;
  #seen = new Map<string, Seen<T>>();

  constructor(readonly versions: Versions) {
    this.log = new WatchLog(versions.current);
  }

  #add(type: WatchEvent['type'], view: T, before: T | undefined): T {
    const version = this.versions.next();
    const object = { ...view, metadata: { ...view.metadata, resourceVersion: String(version) } };
    this.log.append({ type, object, before, version });
    return object;
  }

  #step(view: T, text: string): T {
    const known = this.#seen.get(view.metadata.name);
    if (known?.text === text) return known.object;
    if (!known) return this.#add('ADDED', view, undefined);
    if (known.object.metadata.uid === view.metadata.uid) return this.#add('MODIFIED', view, known.object);
    this.#add('DELETED', known.object, known.object);
    return this.#add('ADDED', view, undefined);
  }

  /** @param views as they are now, without resourceVersion @returns the same with it */
  refresh(views: readonly T[]): readonly T[] {
    const names = new Set(views.map((view) => view.metadata.name));
    for (const [name, { object }] of this.#seen) if (!names.has(name)) this.#add('DELETED', object, object);
    const seen = views.map((view) => {
      const text = JSON.stringify(view);
      return { text, object: this.#step(view, text) };
    });
    this.#seen = new Map(seen.map((one) => [one.object.metadata.name, one]));
    return seen.map(({ object }) => object);
  }
}
