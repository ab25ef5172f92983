/**
 * When is a pod dead? Never because something is missing: only positive evidence from several places counts (design.md 4.9, 6).
 */
import { type Facts, majorityOf, type PartitionFact } from './facts.js';

/**
 * crash: its machine refuses our connection and a majority of the group's sentinels has lost theirs, milliseconds after a kill.
 * silence: it does not answer us and a majority of the group's sentinels has not heard of it for down-after.
 */
export type Death = 'crash' | 'silence';

/** Sentinels of the group that name this address, are not tilted, and say one of the flags of it. */
function voices(fact: PartitionFact, address: string, says: (flags: readonly string[]) => boolean): number {
  let count = 0;
  for (const { sentinel, view } of fact.known) {
    if (sentinel.tilt) continue;
    if (view.address === address) count += Number(says(view.flags));
    else if (view.replicas.some((replica) => replica.address === address && says(replica.flags))) count++;
  }
  return count;
}

const isDown = (flags: readonly string[]): boolean => flags.includes('s_down') || flags.includes('o_down');
const isCut = (flags: readonly string[]): boolean => flags.includes('disconnected') || isDown(flags);

/** Sentinels that have lost the address: no connection, or no answer for down-after. */
export const lostVoices = (fact: PartitionFact, address: string): number => voices(fact, address, isCut);

/** @returns undefined when the pod answers us, or when too few others have lost it too: unknown is not dead */
export function deathOf(facts: Facts, fact: PartitionFact, address: string): Death | undefined {
  const instance = facts.podAt.get(address)?.instance;
  if (instance?.state === 'up') return undefined;
  const needed = majorityOf(fact.group.size);
  if (instance?.refused && lostVoices(fact, address) >= needed) return 'crash';
  return voices(fact, address, isDown) >= needed ? 'silence' : undefined;
}
