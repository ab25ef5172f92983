import type { MapPod } from '../schemas.js';

export interface MapChange {
  readonly pods: MapPod[];
  /** ids */
  readonly gone: string[];
}

/**
 * Load and memory of a busy farm are never twice the same: told again is what a person could see in a colour or a bar. Share of what was told
 * last; of small numbers so much at least.
 */
const NOTICEABLE = { filling: 0.05, load: 0.15 };
const LEAST = { count: 5, bytes: 64 * 1024, ratio: 0.02 };

function differs(before: number | null, now: number | null, share: number, least: number): boolean {
  if (before === now) return false;
  if (before === null || now === null || before === 0 || now === 0) return true;
  return Math.abs(now - before) >= Math.max(least, before * share);
}

const sameNames = (x: readonly string[], y: readonly string[]): boolean =>
  x === y || (x.length === y.length && x.every((name, i) => name === y[i]));

/** What it is and where. */
const isSamePod = (before: MapPod, now: MapPod): boolean =>
  before.state === now.state &&
  before.draining === now.draining &&
  before.address === now.address &&
  before.machine === now.machine &&
  before.tier === now.tier &&
  before.clusterName === now.clusterName &&
  before.maxMemoryBytes === now.maxMemoryBytes &&
  sameNames(before.partitions, now.partitions);

/** How much it has to do, roughly. */
const isAsBusy = (before: MapPod, now: MapPod): boolean =>
  !differs(before.keys, now.keys, NOTICEABLE.filling, LEAST.count) &&
  !differs(before.usedMemoryBytes, now.usedMemoryBytes, NOTICEABLE.filling, LEAST.bytes) &&
  !differs(before.opsPerSecond, now.opsPerSecond, NOTICEABLE.load, LEAST.count) &&
  !differs(before.clients, now.clients, NOTICEABLE.load, LEAST.count) &&
  !differs(before.hitRatio, now.hitRatio, 0, LEAST.ratio);

/** What watchers of the map do not know yet. One for all of them: who joins gets the whole map first. */
export class MapChanges {
  #told = new Map<string, MapPod>();

  /**
   * @param pods the whole map as it is now; each change is measured against what was told, so that small ones add up
   * @param figures false: not what only has more or less to do; it is told another time
   */
  next(pods: readonly MapPod[], figures = true): MapChange {
    const told = new Map<string, MapPod>();
    const changed: MapPod[] = [];
    for (const pod of pods) {
      const before = this.#told.get(pod.id);
      const known = before !== undefined && isSamePod(before, pod) && (!figures || isAsBusy(before, pod));
      if (!known) changed.push(pod);
      told.set(pod.id, known ? before : pod);
    }
    const gone = [...this.#told.keys()].filter((id) => !told.has(id));
    this.#told = told;
    return { pods: changed, gone };
  }
}
