import { isDeepStrictEqual } from 'node:util';
import { type Loose, records } from '../farm/loose.js';
import { DOMAIN } from '../farm/words.js';
import type { ClusterStatus, CopyStatus } from '../plan/cluster-status.js';
import { KUBE_KIND, type KubeHand } from './kube-hand.js';

export interface KubeStatusParts {
  readonly hands: readonly KubeHand[];
  readonly namespace: string;
  /** ms on a steady clock */
  now(): number;
  /** a write that failed: it is tried again, as long as it is still needed */
  failed(datacenter: string, error: unknown): void;
}

type Copy = CopyStatus['copy'];

interface Written {
  readonly uid: string | undefined;
  readonly status: ClusterStatus;
  /** on the clock of the parts */
  readonly at: number;
}

/** What was written may not have come back through a watch yet: so long it counts as what is there; ms */
const COMES_BACK_MS = 10_000;
/** Words and figures that change while the conditions stay are written this often at most; ms */
const WORDS_EVERY_MS = 5_000;
/** After a failure the KubeCluster rests, twice as long each time. Not for long: when it is back, what it says of us is as old as the rest; ms */
const REST_MS = 1_000;
const LONGEST_REST_MS = 5_000;

const OWN = ['observedGeneration', 'serving', 'standbys', 'sentinelGroup', 'spread', 'lastMove'] as const;

const conditionsOf = (status: Loose | ClusterStatus | undefined): readonly Loose[] =>
  records((status as Loose | undefined)?.conditions)
    .map(({ type, status: is, observedGeneration, lastTransitionTime, reason, message }) => ({
      type,
      is,
      observedGeneration,
      lastTransitionTime,
      reason,
      message,
    }))
    .sort((x, y) => (String(x.type) < String(y.type) ? -1 : 1));

const essenceOf = (status: Loose | ClusterStatus | undefined): unknown => [
  ...OWN.map((field) => (status as Loose | undefined)?.[field]),
  conditionsOf(status),
];

/** What must not wait: conditions and counts, but not their words. */
const urgentOf = (status: Loose | ClusterStatus | undefined): unknown => {
  const { observedGeneration, serving, standbys } = (status ?? {}) as Loose;
  return [
    observedGeneration,
    serving,
    standbys,
    conditionsOf(status).map(({ type, is, reason }) => [type, is, reason]),
  ];
};

/** Writes to one KubeCluster, one after the other; of several for one object only the last counts. */
class Lane {
  readonly #due = new Map<string, CopyStatus>();
  #working: Promise<void> | undefined;
  #restMs = 0;
  #restsUntil = Number.NEGATIVE_INFINITY;

  constructor(
    readonly hand: KubeHand,
    readonly parts: KubeStatusParts,
    readonly written: (copy: Copy, status: ClusterStatus) => void,
  ) {}

  get working(): Promise<void> {
    return this.#working ?? Promise.resolve();
  }

  put(next: CopyStatus): void {
    if (this.parts.now() < this.#restsUntil) return;
    this.#due.set(next.copy.name, next);
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined;
    });
  }

  async #work(): Promise<void> {
    for (const [name, next] of this.#due) {
      this.#due.delete(name);
      try {
        await this.#write(next);
        this.#restMs = 0;
      } catch (error) {
        // What is due is due again in the next pass.
        this.#due.clear();
        this.#restMs = Math.min(LONGEST_REST_MS, this.#restMs === 0 ? REST_MS : 2 * this.#restMs);
        this.#restsUntil = this.parts.now() + this.#restMs;
        this.parts.failed(this.hand.datacenter, error);
      }
    }
  }

  async #write({ copy, status }: CopyStatus): Promise<void> {
    const { name } = copy;
    await this.hand.applyStatus(KUBE_KIND.cacheCluster, name, {
      apiVersion: `${DOMAIN}/${KUBE_KIND.cacheCluster.version}`,
      kind: 'CacheCluster',
      // Without its uid, which an API server does not look at here: one that was made anew in this moment is told right in the next pass.
      metadata: { name, namespace: this.parts.namespace },
      status,
    });
    this.written(copy, status);
  }
}

/** Writes the status of CacheClusters to their KubeClusters, only where it differs. Nothing here ever throws or keeps a pass waiting. */
export class KubeStatus {
  readonly #written = new Map<string, Written>();
  readonly #lanes: ReadonlyMap<string, Lane>;

  constructor(readonly parts: KubeStatusParts) {
    this.#lanes = new Map(
      parts.hands.map((hand) => [
        hand.datacenter,
        new Lane(hand, parts, (copy, status) => {
          this.#written.set(keyOf(copy), { uid: copy.uid, status, at: parts.now() });
        }),
      ]),
    );
  }

  /** The status as it was last written, while what is seen may be older. */
  previousOf(copy: Copy): Loose | undefined {
    const written = this.#written.get(keyOf(copy));
    if (written?.uid !== copy.uid || written === undefined) return undefined;
    return this.parts.now() - written.at < COMES_BACK_MS ? { ...written.status } : undefined;
  }

  /** Starts what must be written; what fails is needed again with the next pass. */
  tell(statuses: readonly CopyStatus[]): void {
    const now = this.parts.now();
    for (const next of statuses) {
      const { copy, status } = next;
      const written = this.#written.get(keyOf(copy));
      const known = this.previousOf(copy) ?? copy.status;
      if (isDeepStrictEqual(essenceOf(known), essenceOf(status))) continue;
      const isFresh = written !== undefined && now - written.at < WORDS_EVERY_MS;
      if (isFresh && isDeepStrictEqual(urgentOf(known), urgentOf(status))) continue;
      this.#lanes.get(copy.datacenter)?.put(next);
    }
  }

  /** All writes that were started have ended. */
  async settled(): Promise<void> {
    await Promise.all([...this.#lanes.values()].map(({ working }) => working));
  }
}

const keyOf = ({ datacenter, name }: Copy): string => `${datacenter}/${name}`;
