import { setTimeout as delay } from 'node:timers/promises';
import { list, record, records, text } from '../../../src/farm/loose.js';
import type { Farm } from '../../../src/farm/model.js';
import { DOMAIN, parsePartitionName } from '../../../src/farm/words.js';
import type { KubeHttp } from './kubelet-http.js';
import type { Gap } from './traffic.js';

/** The condition Ready of one cache cluster as an API server gave it. */
interface Said {
  readonly clusterName: string;
  readonly datacenter: string;
  readonly status: string;
  readonly reason: string;
  readonly asked: number;
  readonly answered: number;
}

const EVERY_MS = 150;

/** What every API server says of every cache cluster, again and again. */
export class StatusWatch {
  #said: Said[] = [];
  #stopped = false;
  readonly #loops: readonly Promise<void>[];

  constructor(
    readonly farm: Farm,
    readonly http: (datacenter: string) => KubeHttp,
  ) {
    this.#loops = farm.datacenters.map(({ name }) => this.#follow(name));
  }

  async #read(datacenter: string): Promise<readonly Said[]> {
    const asked = performance.now();
    const path = `/apis/${DOMAIN}/v1alpha1/namespaces/${this.farm.namespace}/cacheclusters`;
    const { items } = await this.http(datacenter).get<{ items: readonly unknown[] }>(path);
    const answered = performance.now();
    return list(items).map((item) => {
      const { spec, status } = record(item);
      const ready = records(record(status).conditions).find(({ type }) => type === 'Ready') ?? {};
      const clusterName = text(record(spec).clusterName) ?? '';
      const [said = '', reason = ''] = [text(ready.status), text(ready.reason)];
      return { clusterName, datacenter, status: said, reason, asked, answered };
    });
  }

  async #follow(datacenter: string): Promise<void> {
    while (!this.#stopped) {
      await this.#read(datacenter).then(
        (said) => this.#said.push(...said),
        () => undefined,
      );
      await delay(EVERY_MS);
    }
  }

  /** Every cache cluster is Ready in every KubeCluster. */
  async ready(): Promise<boolean> {
    try {
      const all = await Promise.all(this.farm.datacenters.map(({ name }) => this.#read(name)));
      return all.every((said) => said.length > 0 && said.every(({ status }) => status === 'True'));
    } catch {
      return false;
    }
  }

  /** How long into an outage of one of its partitions a cache cluster was still called Ready, ms; 0: never. */
  lateness(outages: readonly Gap[]): number {
    const late = outages.flatMap(({ partition, from, to }) => {
      const clusterName = parsePartitionName(partition)?.clusterName;
      return this.#said
        .filter((one) => one.clusterName === clusterName && one.status === 'True')
        .filter(({ asked, answered }) => asked >= from && answered <= to)
        .map(({ asked }) => asked - from);
    });
    return Math.round(Math.max(0, ...late));
  }

  /** What was said but True, e.g. `False PodCrashed`. */
  words(): readonly string[] {
    const doubts = this.#said.filter(({ status }) => status !== 'True');
    return [...new Set(doubts.map(({ status, reason }) => `${status} ${reason}`))].sort();
  }

  forget(): void {
    this.#said = [];
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#loops);
  }
}
