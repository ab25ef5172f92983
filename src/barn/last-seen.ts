/**
 * Where each un-replicated partition was when it was last seen, and which process served it there. What is another now than then tells of
 *  - a replacement: its pod is gone, or another cache cluster's, and another pod has its name, which is cold. Not a move: there the pod that takes
 *    over was seen to be filled, or the one that is left goes on
 *  - a restart: it is at the same address in another process, open again for it, and cold too
 * whoever did it: another Barn, Sentinel, the pod's own fence. Of what was never seen before nothing follows.
 */
import { isAnothers } from '../plan/move-reason.js';
import { type Facts, type PartitionFact, upInstance } from '../world/facts.js';

export interface Seen {
  readonly kind: 'replaced' | 'restarted';
  readonly partition: PartitionFact;
  /** `ip:port` where it was: of a restart that where it is */
  readonly from: string;
}

interface Place {
  readonly address: string;
  /** of the process that was there; undefined: none has answered yet */
  readonly runId: string | undefined;
  /** the pod said that it is another cache cluster's */
  readonly isAnothers: boolean;
  /** addresses of pods that were seen to be filled from there */
  readonly heirs: ReadonlySet<string>;
}

const NOBODY: ReadonlySet<string> = new Set();

const runIdOf = ({ at }: PartitionFact): string | undefined => (at && upInstance(at))?.runId;

function placeOf(partition: PartitionFact, address: string): Place {
  const runId = runIdOf(partition);
  return { address, runId, isAnothers: isAnothers(partition), heirs: heirsOf(partition, NOBODY) };
}

const heirsOf = ({ incoming }: PartitionFact, known: ReadonlySet<string>): ReadonlySet<string> =>
  incoming.every(({ address }) => known.has(address))
    ? known
    : new Set([...known, ...incoming.map(({ address }) => address)]);

function isOpenForIt({ name, at }: PartitionFact): boolean {
  const instance = at && upInstance(at);
  const claim = instance?.claim;
  return claim?.kind === 'bound' && claim.partition === name && instance !== undefined && instance.openFor.length > 0;
}

/** A process that is not open yet is not its: it is told of when it is. */
function stillAt(place: Place, partition: PartitionFact, isUnderWay: boolean): Place {
  const now = runIdOf(partition);
  const isIts = place.runId === undefined || (isOpenForIt(partition) && !isUnderWay);
  const runId = now !== undefined && isIts ? now : place.runId;
  const others = now === undefined ? place.isAnothers : isAnothers(partition);
  const heirs = heirsOf(partition, place.heirs);
  if (runId === place.runId && others === place.isAnothers && heirs === place.heirs) return place;
  return { address: place.address, runId, isAnothers: others, heirs };
}

/** @param before facts of the look before */
function isReplaced(place: Place, { cluster, agreed = '' }: PartitionFact, facts: Facts, before?: Facts): boolean {
  if (place.heirs.has(agreed)) return false;
  const pod = facts.podAt.get(place.address);
  const instance = pod && upInstance(pod);
  if (place.isAnothers || instance === undefined || instance.runId !== place.runId) return true;
  // It hung, and goes on by now: a partition is moved to an idle pod, and never to a standby.
  return (before?.standbys.get(cluster.clusterName) ?? []).some(({ address }) => address === agreed);
}

export class LastSeen {
  #order: Facts['order'] = new Map();
  /** by place of the partition: nearly all are the same from pass to pass */
  #places: (Place | undefined)[] = [];
  #before: Facts | undefined;

  /** @param underWay what was worked on when the look began: that is compared by a later one */
  next(facts: Facts, underWay: ReadonlySet<string>): readonly Seen[] {
    this.#follow(facts);
    const seen: Seen[] = [];
    facts.partitions.forEach((partition, i) => {
      const { agreed, cluster, name } = partition;
      if (agreed === undefined || cluster.partitionSize > 1) return;
      const place = this.#places[i];
      if (place?.address === agreed) {
        const still = stillAt(place, partition, underWay.has(name));
        if (place.runId !== undefined && still.runId !== place.runId)
          seen.push({ kind: 'restarted', partition, from: agreed });
        this.#places[i] = still;
      } else if (place === undefined || !underWay.has(name)) {
        if (place && isReplaced(place, partition, facts, this.#before))
          seen.push({ kind: 'replaced', partition, from: place.address });
        this.#places[i] = placeOf(partition, agreed);
      }
    });
    this.#before = facts;
    return seen;
  }

  /** Partitions come and go with what is declared. */
  #follow({ order, partitions }: Facts): void {
    if (order === this.#order) return;
    const [places, old] = [this.#places, this.#order];
    this.#places = partitions.map(({ name }) => places[old.get(name) ?? -1]);
    this.#order = order;
  }
}
