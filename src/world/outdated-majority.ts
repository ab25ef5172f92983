import type { Farm } from '../farm/model.js';
import { applicationUserOf, claimOf, isOpen, type PartitionFact } from './facts-model.js';
import type { RedisPod } from './model.js';

type Named = Pick<PartitionFact, 'known'>;

/** The highest epoch at which a sentinel gives the partition this address; 0: none does. */
export const epochGiven = ({ known }: Named, address: string): number => {
  let highest = 0;
  for (const { view } of known) if (view.address === address && view.epoch > highest) highest = view.epoch;
  return highest;
};

const claimsAbove = (pod: RedisPod, epoch: number): boolean => {
  const claim = claimOf(pod);
  return claim?.kind === 'bound' && claim.epoch > epoch;
};

/**
 * Two witnesses are against a majority that gives the address: a sentinel gives another one at a newer epoch, and the pod there is open under
 * a claim that is newer too. Sentinels that came back with an old sentinel.conf say so until they have heard of it.
 */
export function isOutdated(
  auth: Farm['auth'],
  partition: Named & Pick<PartitionFact, 'claimedBy' | 'cluster'>,
  address: string,
): boolean {
  const epoch = epochGiven(partition, address);
  const user = applicationUserOf(auth, partition.cluster.clusterName);
  return partition.claimedBy.some(
    (pod) =>
      pod.address !== address &&
      claimsAbove(pod, epoch) &&
      isOpen(pod, user) &&
      epochGiven(partition, pod.address) > epoch,
  );
}
