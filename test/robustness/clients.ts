import { join } from 'node:path';
import type { CacheClusterOptions } from '../../src/client/index.js';
import { CLIENT_KINDS, type ClientKind } from './application.js';
import { Child } from './child.js';

/** `127.251.0.x`: machines of the applications */
export const clientAddress = (kind: ClientKind): string => `127.251.0.${CLIENT_KINDS.indexOf(kind) + 1}`;

export const requestFile = (kind: string): string => `requests-${kind}.jsonl`;

/** The applications: processes that write and read all the time. */
export class Clients {
  readonly #children: readonly { readonly kind: ClientKind; readonly child: Child }[];
  #silence: Readonly<Record<string, number>> = {};
  readonly #timer: NodeJS.Timeout;

  private constructor(kinds: readonly ClientKind[]) {
    this.#children = kinds.map((kind) => ({
      kind,
      child: new Child('traffic-process', [kind, clientAddress(kind)]),
    }));
    this.#timer = setInterval(() => {
      this.#look().catch(() => undefined);
    }, 100);
  }

  static async start(kinds: readonly ClientKind[], clusters: readonly CacheClusterOptions[]): Promise<Clients> {
    const clients = new Clients(kinds);
    await clients.#all((child) => child.ask('open', clusters));
    return clients;
  }

  #all<T>(ask: (child: Child, kind: ClientKind) => Promise<T>): Promise<readonly T[]> {
    return Promise.all(this.#children.map(({ child, kind }) => ask(child, kind)));
  }

  async #look(): Promise<void> {
    const asked = this.#children.filter(({ kind }) => kind !== 'node-redis');
    const all = await Promise.all(asked.map(({ child }) => child.ask<Readonly<Record<string, number>>>('silence')));
    const partitions = Object.keys(all[0] ?? {});
    this.#silence = Object.fromEntries(
      partitions.map((partition) => [
        partition,
        Math.max(...all.map((one) => one[partition] ?? Number.POSITIVE_INFINITY)),
      ]),
    );
  }

  get kinds(): readonly ClientKind[] {
    return this.#children.map(({ kind }) => kind);
  }

  /** Every client but node-redis (judge.ts) has acknowledged a write within the last 300 ms, of each partition or of these. */
  flows(partitions: readonly string[] = Object.keys(this.#silence)): boolean {
    return partitions.length > 0 && partitions.every((partition) => (this.#silence[partition] ?? Infinity) < 300);
  }

  get silent(): readonly string[] {
    return Object.keys(this.#silence).filter((partition) => (this.#silence[partition] ?? Infinity) >= 300);
  }

  async record(folder: string): Promise<void> {
    await this.#all((child, kind) => child.ask('record', join(folder, requestFile(kind))));
  }

  async collect(): Promise<void> {
    await this.#all((child) => child.ask('collect'));
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#children.map(({ child }) => child.end()));
  }
}
