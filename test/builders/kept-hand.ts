import { type KubeHand, type KubeKind, KubeRefused } from '../../src/act/kube-hand.js';
import { type Loose, record } from '../../src/farm/loose.js';

/** A KubeCluster in memory that takes what a hand writes, with optimistic locking; test/act/hands.test.ts holds it to the embedded API. */
export class KeptHand implements KubeHand {
  readonly objects = new Map<string, Loose>();
  /** every write, in order: `create events user.id.1` */
  readonly calls: string[] = [];
  /** what every call meets; undefined: it works */
  failure: Error | undefined;
  /** ms that a call takes */
  slow: Promise<void> | undefined;
  #version = 0;

  constructor(readonly datacenter: string) {}

  of(plural: string): readonly Loose[] {
    return [...this.objects].filter(([key]) => key.startsWith(`${plural}/`)).map(([, object]) => object);
  }

  async #call(what: string, { plural }: KubeKind, name: string): Promise<string> {
    this.calls.push(`${what} ${plural} ${name}`);
    await this.slow;
    if (this.failure) throw this.failure;
    return `${plural}/${name}`;
  }

  #put(key: string, body: Loose): Loose {
    const object = { ...body, metadata: { ...record(body.metadata), resourceVersion: String(++this.#version) } };
    this.objects.set(key, object);
    return object;
  }

  #known(key: string): Loose {
    const known = this.objects.get(key);
    if (!known) throw new KubeRefused(404, `${key} not found`);
    return known;
  }

  async get(kind: KubeKind, name: string): Promise<Loose | undefined> {
    return this.objects.get(await this.#call('get', kind, name));
  }

  async create(kind: KubeKind, body: Loose): Promise<Loose> {
    const key = await this.#call('create', kind, String(record(body.metadata).name));
    if (this.objects.has(key)) throw new KubeRefused(409, 'already exists');
    return this.#put(key, body);
  }

  async replace(kind: KubeKind, name: string, body: Loose): Promise<Loose> {
    const key = await this.#call('replace', kind, name);
    const { resourceVersion } = record(body.metadata);
    const known = record(this.#known(key).metadata);
    if (resourceVersion !== undefined && resourceVersion !== known.resourceVersion)
      throw new KubeRefused(409, 'modified');
    return this.#put(key, body);
  }

  async merge(kind: KubeKind, name: string, patch: Loose): Promise<Loose> {
    const key = await this.#call('merge', kind, name);
    return this.#put(key, { ...this.#known(key), ...patch });
  }

  async applyStatus(kind: KubeKind, name: string, body: Loose): Promise<Loose> {
    const key = await this.#call('applyStatus', kind, name);
    return this.#put(key, { ...this.objects.get(key), ...body });
  }
}
