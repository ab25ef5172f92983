import { randomBytes } from 'node:crypto';
import type { Loose } from '../farm/loose.js';
import { DOMAIN } from '../farm/words.js';
import type { Decision } from '../plan/action.js';
import type { CopyStatus } from '../plan/cluster-status.js';
import type { Reason } from '../plan/reasons.js';
import type { Receipt } from '../plan/receipt.js';
import { EventBook, type Happening } from './event-book.js';
import { KUBE_KIND, type KubeHand } from './kube-hand.js';

export interface KubeEventsParts {
  readonly hands: readonly KubeHand[];
  readonly namespace: string;
  /** who says it: a pod, a process */
  readonly instance: string;
  /** ms on a steady clock */
  now(): number;
  /** ms since the epoch */
  wallClock(): number;
  failed(datacenter: string, error: unknown): void;
}

type Copy = Pick<CopyStatus['copy'], 'clusterName' | 'datacenter' | 'name' | 'uid' | 'deleted'>;

/** What happened to the farm rather than what was asked of it. */
const TROUBLE: ReadonlySet<Reason> = new Set<Reason>([
  'PodCrashed',
  'PodSilent',
  'PodClaimedByOther',
  'PodRestartedInPlace',
  'FailoverAdopted',
  'CopiesLost',
  'ReplicaPromoted',
  'SentinelsDisagree',
]);

/** Follows on each binding, and changes nothing that anybody sees. */
const UNTOLD: ReadonlySet<Reason> = new Set<Reason>(['InfoAllowed', 'InfoWithheld']);

/** The API takes 1,024 and 128 characters. */
const LONGEST_NOTE = 1_000;
const LONGEST_WORD = 128;
/** More than this many wait for a KubeCluster that is slow: the newest are not told. */
const LONGEST_QUEUE = 100;

/** RFC 3339 with microseconds, as a MicroTime has to be written. */
export const microTime = (ms: number): string => new Date(ms).toISOString().replace('Z', '000Z');

const clusterOf = (subject: string): string => {
  const at = subject.lastIndexOf('::');
  return at < 0 ? subject : subject.slice(0, at);
};

/** A decision and what came of it in one Event. */
export function happeningOf({ reason, subject, detail, actions }: Decision, receipts: readonly Receipt[]): Happening {
  const stopped = receipts.find(({ status }) => status !== 'Done');
  const outcome = stopped
    ? `${stopped.action.kind} was ${stopped.status}: ${stopped.reason}`
    : `${actions.map(({ kind }) => kind).join(', ')} done`;
  return {
    clusterName: clusterOf(subject),
    subject,
    reason,
    action: stopped?.action.kind ?? actions[0]?.kind ?? 'none',
    note: `${subject}: ${detail}; ${outcome}`.slice(0, LONGEST_NOTE),
    type: stopped?.status === 'Failed' || TROUBLE.has(reason) ? 'Warning' : 'Normal',
  };
}

/** Events of one KubeCluster, written one after the other. */
class Lane {
  readonly #book = new EventBook();
  readonly #names = new Map<string, string>();
  #queued = 0;
  #tail: Promise<void> = Promise.resolve();

  constructor(
    readonly hand: KubeHand,
    readonly parts: KubeEventsParts,
  ) {}

  get working(): Promise<void> {
    return this.#tail;
  }

  put(copy: Copy, happening: Happening): void {
    if (this.#queued >= LONGEST_QUEUE) return;
    const entry = this.#book.enter(happening, this.parts.now());
    if (entry.kind === 'none') return;
    const at = microTime(this.parts.wallClock());
    if (entry.kind === 'create') {
      const name = `${copy.name}.${randomBytes(8).toString('hex')}`;
      this.#names.set(entry.key, name);
      if (this.#names.size > 10 * LONGEST_QUEUE) this.#names.delete(this.#names.keys().next().value ?? '');
      this.#write(() => this.hand.create(KUBE_KIND.event, this.#event(name, copy, entry.happening, at)));
      return;
    }
    const name = this.#names.get(entry.key);
    const series = { count: entry.count, lastObservedTime: at };
    if (name !== undefined) this.#write(() => this.hand.merge(KUBE_KIND.event, name, { series }));
  }

  #write(work: () => Promise<unknown>): void {
    this.#queued++;
    this.#tail = this.#tail
      .then(work)
      .catch((error: unknown) => this.parts.failed(this.hand.datacenter, error))
      .then(() => {
        this.#queued--;
      });
  }

  #event(name: string, copy: Copy, { reason, action, note, type }: Happening, eventTime: string): Loose {
    const { namespace, instance } = this.parts;
    return {
      apiVersion: `${KUBE_KIND.event.group}/${KUBE_KIND.event.version}`,
      kind: 'Event',
      metadata: { name, namespace },
      eventTime,
      reportingController: `${DOMAIN}/barn`,
      reportingInstance: instance.slice(0, LONGEST_WORD),
      action,
      reason,
      regarding: {
        apiVersion: `${DOMAIN}/${KUBE_KIND.cacheCluster.version}`,
        kind: 'CacheCluster',
        namespace,
        name: copy.name,
        ...(copy.uid === undefined ? {} : { uid: copy.uid }),
      },
      note,
      type,
    };
  }
}

/** An Event for every decision that was carried out, at the CacheCluster, in each KubeCluster that has it. Never throws, never waits. */
export class KubeEvents {
  readonly #lanes: ReadonlyMap<string, Lane>;

  constructor(readonly parts: KubeEventsParts) {
    this.#lanes = new Map(parts.hands.map((hand) => [hand.datacenter, new Lane(hand, parts)]));
  }

  /** @param copies all CacheCluster objects, as they were last seen */
  ended(decision: Decision, receipts: readonly Receipt[], copies: readonly Copy[]): void {
    if (UNTOLD.has(decision.reason) && receipts.every(({ status }) => status === 'Done')) return;
    const happening = happeningOf(decision, receipts);
    for (const copy of copies)
      if (copy.clusterName === happening.clusterName) this.#lanes.get(copy.datacenter)?.put(copy, happening);
  }

  /** All writes that were started have ended. */
  async settled(): Promise<void> {
    await Promise.all([...this.#lanes.values()].map(({ working }) => working));
  }
}
