/**
 * When is a pod dead? Never because something is missing: only positive evidence from several places counts (design.md 4.9, 6).
 */
import { type Facts, majorityOf, type PartitionFact } from './facts.js';
import type { NameView } from './model.js';

/**
 * crash: its machine refuses our connection and a majority of the group's sentinels has lost theirs, milliseconds after a kill.
 * silence: it does not answer us and a majority of the group's sentinels has not heard of it for down-after.
 */
export type Death = 'crash' | 'silence';

/** A sentinel that has just been given an address is not connected to it yet, which is no sign of death; ms until it must be */
const CONNECTED_WITHIN_MS = 1_000;

type Says = (flags: readonly string[], view: NameView) => boolean;

/** Sentinels of the group that name this address, are not tilted, and say one of the flags of it. */
function voices(fact: PartitionFact, address: string, says: Says): number {
  let count = 0;
  for (const { sentinel, view } of fact.known) {
    if (sentinel.tilt) continue;
    if (view.address === address) count += Number(says(view.flags, view));
    else if (view.replicas.some((replica) => replica.address === address && says(replica.flags, view))) count++;
  }
  return count;
}

const isDown: Says = (flags) => flags.includes('s_down') || flags.includes('o_down');
const isCut: Says = (flags, view) =>
  isDown(flags, view) ||
  (flags.includes('disconnected') && (view.roleMs ?? CONNECTED_WITHIN_MS) >= CONNECTED_WITHIN_MS);

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
