/**
 * The eyes of a process that looks again and again: what a KubeCluster holds is watched, and every read is answered from memory, without a
 * request. A KubeCluster that cannot be reached any more is told as it was last seen, with the problem; after a while it is not told at all.
 */
import type { FarmFrame } from '../farm/model.js';
import type { KubeCacheCluster, KubeEndpoint, KubeNode, KubeObjects, KubePod } from '../world/kube.js';
import { farmListings } from './kube-client.js';
import { kubeEndpoints } from './kube-config.js';
import { declarationOf, keepCacheCluster, keepNode, keepPod } from './kube-objects.js';
import { KubePulse, type PulseTimes } from './kube-pulse.js';
import { KubeWatch, type WatchTimes } from './kube-watch.js';
import type { KubeSource } from './observe-world.js';

export interface EyesOptions {
  /** something that matters is another than it was: a pass is due; never called twice within `debounceMs` */
  changed(): void;
  /** changes so close to each other are one: ms; @default 50 */
  readonly debounceMs?: number;
  /** the first read waits for so long at most: ms; @default 5000 */
  readonly firstSyncMs?: number;
  /** out of touch for so long is no problem yet: ms; @default 5000 */
  readonly graceMs?: number;
  /** out of touch for so long, a memory is worth nothing: ms; @default 600000 */
  readonly limitMs?: number;
  readonly times?: WatchTimes;
  readonly pulse?: PulseTimes;
}

/** How good the eyes on one KubeCluster are. */
export interface KubeSight {
  readonly datacenter: string;
  /** all of its lists are watched */
  readonly inSync: boolean;
  /**
   * Seconds since the last proof that what is remembered is up to date (a list, a byte of a watch), of the oldest of the lists; Infinity
   * before the first. On a KubeCluster where nothing happens it rises up to the length of a watch, some 55 s, and falls to 0.
   */
  readonly staleSeconds: number;
  readonly problem?: string;
  /** lists and watches asked for since the start */
  readonly requests: number;
}

type AnyWatch = KubeWatch<KubePod> | KubeWatch<KubeNode> | KubeWatch<KubeCacheCluster>;

class WatchedKubeCluster implements KubeSource {
  readonly datacenter: string;
  readonly #pods: KubeWatch<KubePod>;
  readonly #nodes: KubeWatch<KubeNode>;
  readonly #cacheClusters: KubeWatch<KubeCacheCluster>;
  readonly #pulse: KubePulse;
  readonly #firstOutcome: Promise<void>;
  #stopped = false;
  #objects: KubeObjects | undefined;

  constructor(
    frame: FarmFrame,
    endpoint: KubeEndpoint,
    readonly options: EyesOptions,
  ) {
    this.datacenter = endpoint.datacenter;
    const { pods, nodes, cacheClusters } = farmListings(frame);
    const { changed, times = {} } = options;
    const common = { endpoint, times, changed };
    this.#pods = new KubeWatch({ ...common, listing: pods, keep: keepPod });
    this.#nodes = new KubeWatch({ ...common, listing: nodes, keep: keepNode });
    const essence = declarationOf;
    this.#cacheClusters = new KubeWatch({ ...common, listing: cacheClusters, keep: keepCacheCluster, essence });
    const recovered = (): void => {
      for (const watch of this.#watches) watch.renew();
    };
    this.#pulse = new KubePulse({ endpoint, times: options.pulse ?? {}, recovered });
    for (const watch of this.#watches) watch.start();
    this.#pulse.start();
    this.#firstOutcome = this.#awaitFirst();
  }

  get #watches(): readonly AnyWatch[] {
    return [this.#pods, this.#nodes, this.#cacheClusters];
  }

  /** All lists are there, or an attempt has failed, or it takes too long: whoever reads is not to wait for what may never come. */
  async #awaitFirst(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, this.options.firstSyncMs ?? 5_000);
    });
    await Promise.race([late, Promise.all(this.#watches.map(({ firstOutcome }) => firstOutcome))]);
    clearTimeout(timer);
  }

  /** The list that is out of touch for longest, or the whole API server. */
  get #lost(): KubeWatch<unknown>['lost'] {
    return [...this.#watches, this.#pulse]
      .flatMap(({ lost }) => (lost ? [lost] : []))
      .sort((x, y) => x.at - y.at)
      .at(0);
  }

  get #staleMs(): number {
    const now = performance.now();
    return Math.max(...this.#watches.map(({ freshAt }) => now - (freshAt ?? Number.NEGATIVE_INFINITY)));
  }

  /** The same text for as long as it is the same problem: whoever tells it tells it once. */
  #problem(): string | undefined {
    const lost = this.#lost;
    if (this.#stopped) return 'no longer watched';
    if (!lost || performance.now() - lost.at < (this.options.graceMs ?? 5_000)) return undefined;
    const since = new Date(performance.timeOrigin + lost.at).toISOString().slice(0, 19);
    return `out of touch since ${since}Z: ${lost.why}`;
  }

  async read(): Promise<KubeObjects> {
    await this.#firstOutcome;
    const problem = this.#problem();
    const lost = this.#lost;
    if (!Number.isFinite(this.#staleMs)) throw new Error(problem ?? lost?.why ?? 'no list yet');
    const tooOld = lost !== undefined && performance.now() - lost.at > (this.options.limitMs ?? 600_000);
    if (this.#stopped || tooOld) throw new Error(problem ?? lost?.why);
    return this.#as(problem);
  }

  /** The same record for as long as all is the same. */
  #as(problem: string | undefined): KubeObjects {
    const { datacenter } = this;
    const [pods, nodes, cacheClusters] = [this.#pods.items, this.#nodes.items, this.#cacheClusters.items];
    const last = this.#objects;
    if (last?.pods === pods && last.nodes === nodes && last.cacheClusters === cacheClusters && last.problem === problem)
      return last;
    this.#objects = { datacenter, pods, nodes, cacheClusters, ...(problem === undefined ? {} : { problem }) };
    return this.#objects;
  }

  sight(): KubeSight {
    const { datacenter } = this;
    const staleMs = this.#staleMs;
    const problem = this.#problem() ?? this.#lost?.why;
    return {
      datacenter,
      inSync: !this.#stopped && this.#watches.every(({ watched }) => watched),
      staleSeconds: staleMs / 1_000,
      requests: this.#watches.reduce((sum, { requests }) => sum + requests, 0),
      ...(problem === undefined ? {} : { problem }),
    };
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all([...this.#watches, this.#pulse].map((part) => part.stop()));
  }
}

/** Calls at the end of each span in which it was called at all. */
class Debounced {
  #timer: NodeJS.Timeout | undefined;

  constructor(
    readonly tell: () => void,
    readonly ms: number,
  ) {}

  due = (): void => {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.tell();
    }, this.ms);
  };

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}

/** The eyes on all KubeClusters of a farm. */
export interface KubeEyes {
  readonly sources: readonly KubeSource[];
  /** one for each KubeCluster that is watched */
  sights(): readonly KubeSight[];
  /** ends every connection; reads are refused from then on, and `changed` is called no more */
  stop(): Promise<void>;
}

/** Watches the farm's part of each of these KubeClusters, from now on. */
export function watchEndpoints(frame: FarmFrame, endpoints: readonly KubeEndpoint[], options: EyesOptions): KubeEyes {
  const changes = new Debounced(options.changed, options.debounceMs ?? 50);
  const sources = endpoints.map(
    (endpoint) => new WatchedKubeCluster(frame, endpoint, { ...options, changed: changes.due }),
  );
  return {
    sources,
    sights: () => sources.map((source) => source.sight()),
    stop: async () => {
      await Promise.all(sources.map((source) => source.stop()));
      changes.stop();
    },
  };
}

/**
 * kubeSources for a process that goes on: reads cost no request, and `changed` tells when there is something new to read.
 * @param ownDatacenter the datacenter this process runs in, when it runs in a pod
 */
export const watchedSources = (
  frame: FarmFrame,
  kubeconfig: string | undefined,
  ownDatacenter: string | undefined,
  options: EyesOptions,
): KubeEyes => watchEndpoints(frame, kubeEndpoints(frame, kubeconfig, ownDatacenter), options);
