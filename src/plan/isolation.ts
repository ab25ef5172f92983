import { lostVoices } from '../world/evidence.js';
import type { RedisPod } from '../world/model.js';
import type { Planning } from './planning.js';

/** At least so many, and at least this share of what has an address: fewer may be a real failure that the sentinels have yet to see. */
const MIN_PODS = 3;
const MIN_SHARE = 0.25;

/** A refused connection was answered by the machine: whoever hears that is not cut off from it. */
const isUnseen = ({ instance }: RedisPod): boolean => instance.state === 'unreachable' && !instance.refused;

/**
 * Pods that do not answer us while no sentinel misses them, and many of them: then it is we who are cut off (kube's node lifecycle has the same
 * rule). Adds the note.
 */
export function isIsolated(planning: Planning): boolean {
  if (planning.facts.silent.length === 0) return false;
  const named = planning.facts.partitions.filter(({ agreed }) => agreed !== undefined);
  const unseen = named.filter((partition) => {
    const address = partition.agreed as string;
    const pod = partition.at;
    return pod !== undefined && isUnseen(pod) && lostVoices(partition, address) === 0;
  });
  if (unseen.length < MIN_PODS || unseen.length < MIN_SHARE * named.length) return false;
  planning.notes.push({
    reason: 'BarnIsolated',
    subject: 'barn',
    detail: `${unseen.length} of ${named.length} partitions do not answer us, and no sentinel has lost them`,
  });
  return true;
}
