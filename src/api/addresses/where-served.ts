/**
 * Where clients find a partition, and how sure that is. Sentinel says where a partition is; whether it serves there is asked of the pod:
 *  1. the pod is open for it: there
 *  2. the pod says otherwise, refuses connections, or is no longer there: nobody serves it
 *  3. the pod cannot be asked (its KubeCluster cannot be read, or it is silent for Barn), and the sentinels do not call it down: still there, but
 *     nobody has looked
 *  4. most of the sentinels do not answer: as it was last
 * Unknown is not dead: a Barn that is cut off must not tell all clients that nobody serves.
 */
import { type Facts, majorityOf, type PartitionFact } from '../../world/facts.js';
import { isServing } from '../../world/progress.js';
import type { Pass } from '../parts.js';

export type Served =
  | { readonly kind: 'at'; readonly address: string }
  | { readonly kind: 'nobody' }
  /** `address` left out: as it was last */
  | { readonly kind: 'unseen'; readonly address?: string; readonly why: string };

const NOBODY: Served = { kind: 'nobody' };

/** More than half of the sentinels that know it call its address down. */
const isCalledDown = ({ known }: PartitionFact): boolean =>
  known.filter(({ view }) => view.flags.includes('s_down') || view.flags.includes('o_down')).length * 2 > known.length;

/** Why nothing is concluded from a pod that is missing; undefined: all KubeClusters could be read. */
export function unreadDatacenters({ world }: Pick<Pass, 'world'>): string | undefined {
  const unread = world.datacenters.filter(({ complete }) => !complete).map(({ name }) => name);
  return unread.length === 0 ? undefined : `the KubeCluster of ${unread.join(', ')} cannot be read`;
}

function whereNobodyAgrees(facts: Facts, { group }: PartitionFact): Served {
  const up = facts.upSentinels.get(group.name)?.length ?? 0;
  if (up >= majorityOf(group.size)) return NOBODY;
  return { kind: 'unseen', why: `${up} of ${group.size} sentinels of ${group.name} answer` };
}

/** @param unread of unreadDatacenters */
export function whereServed({ farm, facts }: Pass, partition: PartitionFact, unread: string | undefined): Served {
  const { agreed: address } = partition;
  if (address === undefined) return whereNobodyAgrees(facts, partition);
  if (isServing(farm, facts, partition)) return { kind: 'at', address };
  const pod = facts.podAt.get(address);
  if (isCalledDown(partition)) return NOBODY;
  if (!pod) return unread === undefined ? NOBODY : { kind: 'unseen', address, why: unread };
  if (pod.instance.state === 'up' || pod.instance.refused) return NOBODY;
  return { kind: 'unseen', address, why: `${address} does not answer Barn` };
}
