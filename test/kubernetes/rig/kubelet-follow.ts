import { setTimeout as delay } from 'node:timers/promises';
import { type KubeHttp, KubeRefusal } from './kubelet-http.js';

export interface Followed {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly resourceVersion: string;
  };
}

interface List<T> {
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly T[];
}

/** waits between two attempts after an error, ms; with jitter */
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 2_000;

/**
 * All objects of a list, as they are: lists, then watches from there; on any error lists again and says what changed meanwhile. An object
 * that was deleted and made again under its name is two objects.
 */
export class Follow<T extends Followed> {
  /** by uid */
  readonly objects = new Map<string, T>();
  /** it was listed once */
  readonly listed: Promise<void>;
  #listed: () => void = () => undefined;
  readonly #end = new AbortController();
  #version = '';

  /**
   * @param path of the list, `/api/v1/pods?fieldSelector=...`
   * @param told of every object that is new or different, and of every one that is gone
   */
  constructor(
    readonly http: Pick<KubeHttp, 'get' | 'watch'>,
    readonly path: string,
    readonly told: (object: T, gone: boolean) => void,
    readonly log: (line: string) => void,
  ) {
    this.listed = new Promise((resolve) => {
      this.#listed = resolve;
    });
    this.#follow().catch((error: Error) => log(`${path}: ${error.message}`));
  }

  find(name: string, namespace?: string): T | undefined {
    for (const object of this.objects.values())
      if (object.metadata.name === name && object.metadata.namespace === namespace) return object;
    return undefined;
  }

  async #follow(): Promise<void> {
    const { signal } = this.#end;
    for (let wait = FIRST_WAIT_MS; !signal.aborted; wait = Math.min(2 * wait, LONGEST_WAIT_MS)) {
      try {
        await this.#list();
        wait = FIRST_WAIT_MS;
        while (!signal.aborted) await this.#watch(signal);
      } catch (error) {
        if (signal.aborted) return;
        this.log(`${this.path}: ${(error as Error).message}: listing again`);
        await delay(wait * (0.5 + Math.random()), undefined, { signal, ref: false }).catch(() => undefined);
      }
    }
  }

  async #list(): Promise<void> {
    const list = await this.http.get<List<T>>(this.path);
    if (this.#end.signal.aborted) return;
    this.#version = list.metadata.resourceVersion;
    const now = new Set(list.items.map(({ metadata }) => metadata.uid));
    for (const [uid, object] of this.objects) if (!now.has(uid)) this.#take(object, true);
    for (const object of list.items)
      if (this.objects.get(object.metadata.uid)?.metadata.resourceVersion !== object.metadata.resourceVersion)
        this.#take(object, false);
    this.#listed();
  }

  #take(object: T, gone: boolean): void {
    if (gone) this.objects.delete(object.metadata.uid);
    else this.objects.set(object.metadata.uid, object);
    this.told(object, gone);
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const query = `watch=true&allowWatchBookmarks=true&timeoutSeconds=300&resourceVersion=${this.#version}`;
    const path = `${this.path}${this.path.includes('?') ? '&' : '?'}${query}`;
    await this.http.watch(path, (event) => this.#event(event), signal);
  }

  #event({ type, object }: { type: string; object: unknown }): void {
    if (type === 'ERROR') {
      const { code = 0, reason = '', message = '' } = object as { code?: number; reason?: string; message?: string };
      throw new KubeRefusal(code, reason, message);
    }
    const seen = object as T;
    this.#version = seen.metadata.resourceVersion;
    if (type !== 'BOOKMARK') this.#take(seen, type === 'DELETED');
  }

  stop(): void {
    this.#end.abort();
  }
}
