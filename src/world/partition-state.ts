import type { Farm } from '../farm/model.js';
import { claimOf, type Facts, majorityOf, type PartitionFact } from './facts.js';
import { isServing } from './progress.js';

/**
 * - serving: a majority gives the address of a pod that is open for it
 * - sheltered: the same, on a standby that is not its own yet
 * - shut: its pod answers but is not open for it
 * - unreachable: its pod does not answer us, or is not there
 * - unnamed: no sentinel that answers knows it
 * - disputed: some know it and no address has a majority
 * - unknown: too few sentinels of its group answer to say
 */
export const PARTITION_STATES = [
  'serving',
  'sheltered',
  'shut',
  'unreachable',
  'unnamed',
  'disputed',
  'unknown',
] as const;
export type PartitionState = (typeof PARTITION_STATES)[number];

export function partitionState(farm: Pick<Farm, 'auth'>, facts: Facts, partition: PartitionFact): PartitionState {
  const { agreed, known, bare, group } = partition;
  if (agreed === undefined) {
    if (known.length + bare.length < majorityOf(group.size)) return 'unknown';
    return known.length === 0 ? 'unnamed' : 'disputed';
  }
  const pod = facts.podAt.get(agreed);
  if (pod?.instance.state !== 'up') return 'unreachable';
  if (!isServing(farm, facts, partition)) return 'shut';
  return claimOf(pod)?.kind === 'standby' ? 'sheltered' : 'serving';
}

/** The sentinels that answer do not all say the same of it: other addresses, or some none at all. */
export const isDisputed = ({ known, bare }: PartitionFact): boolean =>
  known.length > 0 && (bare.length > 0 || known.some(({ view }) => view.address !== known[0]?.view.address));
