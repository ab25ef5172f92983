import type { KubeEvents } from '../act/kube-events.js';
import type { KubeStatus } from '../act/kube-status.js';
import { clusterStatuses } from '../plan/cluster-status.js';
import type { Facts } from '../world/facts.js';
import type { DeclaredCopy } from '../world/model.js';
import type { BarnEvent } from './barn-event.js';

export interface FarmReportsParts {
  readonly status: Pick<KubeStatus, 'tell' | 'previousOf'>;
  readonly events: Pick<KubeEvents, 'ended'>;
  /** one tells, those who follow only remember */
  leads(): boolean;
  /** ms since the epoch */
  wallClock(): number;
  /** ms on a steady clock */
  now(): number;
  wait(ms: number): Promise<void>;
}

type Pass = Extract<BarnEvent, { kind: 'pass' }>;

/** Passes follow each other closely while much is done; nobody reads a status more often than this: ms */
const EVERY_MS = 200;

const time = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');

/** What the KubeClusters are told of each pass and of each decision. All it knows itself is where partitions were. */
export class FarmReports {
  readonly #addresses = new Map<string, string>();
  readonly #moves = new Map<string, string>();
  #copies: readonly DeclaredCopy[] = [];
  #toldAt = Number.NEGATIVE_INFINITY;
  /** the last pass that came too early to be told: it is told when it is time, for the next one may be long in coming */
  #due: { readonly pass: Pass; readonly moment: string } | undefined;

  constructor(readonly parts: FarmReportsParts) {}

  told(event: BarnEvent): void {
    if (event.kind === 'pass') this.#passed(event);
    if (event.kind === 'ended' && this.parts.leads())
      this.parts.events.ended(event.decision, event.receipts, this.#copies);
    if (event.kind === 'cold' && this.parts.leads()) this.parts.events.ended(event.decision, [], this.#copies);
  }

  #passed(pass: Pass): void {
    const moment = time(this.parts.wallClock());
    this.#copies = pass.world.copies ?? [];
    this.#follow(pass.facts, moment);
    if (!this.parts.leads()) return;
    const restMs = this.#toldAt + EVERY_MS - this.parts.now();
    const isAwaited = this.#due !== undefined;
    this.#due = { pass, moment };
    if (restMs <= 0) this.#tell();
    else if (!isAwaited) void this.parts.wait(restMs).then(() => this.#tell());
  }

  #tell(): void {
    const due = this.#due;
    this.#due = undefined;
    if (!due || !this.parts.leads()) return;
    this.#toldAt = this.parts.now();
    const { status } = this.parts;
    const { world, farm, facts, plan } = due.pass;
    const previousOf = (copy: DeclaredCopy) => status.previousOf(copy);
    status.tell(clusterStatuses({ farm, world, facts, plan, moves: this.#moves, previousOf, now: due.moment }));
  }

  /** An address that is another one than before is a move, whoever made it. */
  #follow({ partitions, order }: Facts, now: string): void {
    for (const { name, agreed, cluster } of partitions) {
      if (agreed === undefined) continue;
      const before = this.#addresses.get(name);
      if (before === agreed) continue;
      if (before !== undefined) this.#moves.set(cluster.clusterName, now);
      this.#addresses.set(name, agreed);
    }
    if (this.#addresses.size > order.size)
      for (const name of this.#addresses.keys()) if (!order.has(name)) this.#addresses.delete(name);
  }
}
