/**
 * Cold starts that nobody has told yet. A pod that restarts at the address of its partition is opened again by its own fence or by Barn; what Barn
 * does it tells as a decision, what the fence does it tells here, once for each restart:
 *  1. who leads tells what it sees
 *  2. who follows leaves that to the leader; what began after the leader was last heard of it keeps until it leads itself
 */
import { LOCKED } from '../farm/access.js';
import type { Farm } from '../farm/model.js';
import type { Decision } from '../plan/action.js';
import { podRef } from '../plan/planning.js';
import { applicationUserOf, claimOf, type PartitionFact, upInstance } from '../world/facts.js';

/** A leader that was heard of so long after the process began has told of it: ms. A fence asks for a second, a pass comes every other. */
const TOLD_WITHIN_MS = 3_000;
/** What Barn itself has opened is seen by the next pass; ms until that is waited for no longer */
const SEEN_WITHIN_MS = 60_000;
/** While nobody leads: more are not kept */
const MOST = 1_000;

interface Waiting {
  readonly decision: Decision;
  /** of the process; ms on the clock of `now` */
  readonly beganAt: number;
}

/** What the fence of a pod did, in the words of the decision that does the same (readmit-restarted.ts). */
function readmission({ auth }: Pick<Farm, 'auth'>, { name, cluster, at }: PartitionFact): Decision | undefined {
  const claim = at && claimOf(at);
  if (!at || claim?.kind !== 'bound') return undefined;
  return {
    reason: 'PodRestartedInPlace',
    subject: name,
    detail: `${at.name} at ${at.address}, up for ${upInstance(at)?.uptimeSeconds ?? 0} s, by its own fence`,
    actions: [
      {
        kind: 'claim-pod',
        pod: podRef(at),
        expect: LOCKED,
        claim,
        applicationUser: applicationUserOf(auth, cluster.clusterName),
        flush: false,
      },
    ],
  };
}

export class ColdStarts {
  #waiting: readonly Waiting[] = [];
  /** partition -> when Barn itself had opened its pod again */
  readonly #ours = new Map<string, number>();

  /** Barn has opened it, and told so. */
  opened(partition: string, now: number): void {
    this.#ours.set(partition, now);
  }

  /** @param now ms on a steady clock */
  saw(farm: Pick<Farm, 'auth'>, partition: PartitionFact, now: number): void {
    const isOurs = now - (this.#ours.get(partition.name) ?? Number.NEGATIVE_INFINITY) < SEEN_WITHIN_MS;
    this.#ours.delete(partition.name);
    const decision = isOurs ? undefined : readmission(farm, partition);
    if (!decision) return;
    const uptimeMs = ((partition.at && upInstance(partition.at))?.uptimeSeconds ?? 0) * 1_000;
    this.#waiting = [...this.#waiting, { decision, beganAt: now - uptimeMs }].slice(-MOST);
  }

  /**
   * @param heardAt when another Barn that leads was last heard of, on the same clock
   * @returns what is to be told now
   */
  due(leads: boolean, heardAt: number): readonly Decision[] {
    if (this.#waiting.length === 0) return [];
    const untold = this.#waiting.filter(({ beganAt }) => heardAt < beganAt + TOLD_WITHIN_MS);
    this.#waiting = leads ? [] : untold;
    return leads ? untold.map(({ decision }) => decision) : [];
  }
}
