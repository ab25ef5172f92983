import { claimOf } from '../world/facts.js';
import type { RedisPod } from '../world/model.js';
import type { Planning } from './planning.js';

const add = (counts: Map<string, number>, key: string): unknown => counts.set(key, (counts.get(key) ?? 0) + 1);

/**
 * Pods that losing any one machine needs: as many idle pods or standbys elsewhere as partitions have pods there. A voluntary move takes an
 * idle pod, for a while or, when its machine is being emptied, for good; it waits when that would eat into the reserve. Recoveries take what
 * there is, and so do moves that are declared (another tier or placement) or mend something (a shared shelter, a datacenter that must be left).
 */
export class IdleReserve {
  /** by tier */
  readonly #spare = new Map<string, number>();
  #leftDatacenters: ReadonlySet<string> | undefined;

  constructor(readonly planning: Planning) {}

  /** Idle pods of the tier beyond the reserve. */
  spare(tier: string): number {
    const known = this.#spare.get(tier);
    if (known !== undefined) return known;
    const counted = this.#count(tier);
    this.#spare.set(tier, counted);
    return counted;
  }

  /** One idle pod of the tier is taken. */
  take(tier: string): void {
    this.#spare.set(tier, this.spare(tier) - 1);
  }

  /** Whether the pod may be left for another one of the tier. @returns undefined, or what holds it back */
  holds(tier: string, from: RedisPod): string | undefined {
    if (this.spare(tier) > 0 || (from.draining && this.#leaving().has(from.datacenter))) return undefined;
    return `tier ${tier}: its idle pods are kept for the loss of a machine`;
  }

  #count(tier: string): number {
    const needed = new Map<string, number>();
    const free = new Map<string, number>();
    for (const pod of this.planning.ledger.idleOf(tier)) add(free, pod.machine);
    for (const pod of this.planning.input.world.pods) {
      const kind = claimOf(pod)?.kind;
      if (pod.tier !== tier || pod.draining || kind === undefined) continue;
      if (kind === 'bound' || kind === 'member') add(needed, pod.machine);
      else if (kind === 'standby' && !this.planning.facts.sheltering.has(pod.address)) add(free, pod.machine);
    }
    const all = [...free.values()].reduce((sum, count) => sum + count, 0);
    return Math.min(...[...needed].map(([machine, count]) => all - (free.get(machine) ?? 0) - count), all);
  }

  /** Datacenters of which every machine is being emptied. */
  #leaving(): ReadonlySet<string> {
    if (this.#leftDatacenters) return this.#leftDatacenters;
    const staying = new Set<string>();
    const leaving = new Set<string>();
    for (const { datacenter, draining } of this.planning.input.world.pods)
      (draining ? leaving : staying).add(datacenter);
    this.#leftDatacenters = new Set([...leaving].filter((name) => !staying.has(name)));
    return this.#leftDatacenters;
  }
}
