import type { CacheCluster } from '../../farm/model.js';
import { type PartitionFact, partitionsOf } from '../../world/facts.js';
import type { RedisPod } from '../../world/model.js';
import { IdleReserve } from '../idle-reserve.js';
import { misplaced } from '../move-reason.js';
import { bestMemberMove, type MemberMove } from '../placement/member-places.js';
import { isTaken, type Planning, sentinelRef, writable } from '../planning.js';
import { join } from './keep-members.js';
import { minReplicasOf } from './keep-min-replicas.js';
import { healthyMembers } from './release-surplus.js';

export const wayText = (from: RedisPod, to: RedisPod): string =>
  `${from.address} (${from.machine}, ${from.datacenter}) -> ${to.address} (${to.machine}, ${to.datacenter})`;

/** Has all its copies, in step, and nobody is about to change that. */
function isAtRest(planning: Planning, partition: PartitionFact): boolean {
  const { cluster, claimedBy, known, agreed } = partition;
  if (agreed === undefined || claimedBy.length !== cluster.partitionSize) return false;
  if (healthyMembers(planning, partition).length !== claimedBy.length) return false;
  if (claimedBy.some((pod) => misplaced(partition, pod) || isTaken(planning, pod.address))) return false;
  return known.every(({ view }) => view.flags.length === 1 && view.address === agreed);
}

/** Replicated partitions that may be touched. Half a world would show crowds and room that are not there: none then. */
const atRest = (planning: Planning): readonly PartitionFact[] =>
  planning.input.world.datacenters.every(({ complete }) => complete)
    ? planning.partitions.filter((partition) => partition.cluster.partitionSize > 1 && isAtRest(planning, partition))
    : [];

/** The next pod of a replicated partition that would be better placed elsewhere. */
export const nextMemberMove = (planning: Planning): MemberMove | undefined =>
  bestMemberMove(planning.ledger, planning.input.world, atRest(planning));

function mastersByDatacenter(planning: Planning, cluster: CacheCluster): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { at } of partitionsOf(planning.facts, cluster))
    if (at) counts.set(at.datacenter, (counts.get(at.datacenter) ?? 0) + 1);
  return counts;
}

/**
 * A partition whose master is one of too many in its datacenter, which would all stop writing together. Sentinel chooses the heir, so only
 * where each of its replicas is in a datacenter with two masters less: whoever it is, the most become fewer.
 */
export function nextMasterMove(planning: Planning): PartitionFact | undefined {
  const byCluster = new Map<CacheCluster, ReadonlyMap<string, number>>();
  return atRest(planning).find(({ cluster, claimedBy, at }) => {
    const counts = byCluster.get(cluster) ?? mastersByDatacenter(planning, cluster);
    byCluster.set(cluster, counts);
    const heirs = claimedBy.filter((pod) => pod !== at);
    // The old master follows the heir, and whoever else there is.
    if (!at || heirs.length < Math.max(1, minReplicasOf(cluster))) return false;
    const here = counts.get(at.datacenter) ?? 0;
    return heirs.every(({ datacenter }) => (counts.get(datacenter) ?? 0) <= here - 2);
  });
}

/**
 * One voluntary step that spreads replicated partitions better: the successor of a pod joins, and when it is in step the one that is placed
 * worst leaves (release-surplus.ts); or a master hands over to a replica.
 */
export function spreadMembers(planning: Planning): void {
  const move = nextMemberMove(planning);
  if (move && !new IdleReserve(planning).holds(move.to.tier, move.from)) {
    const { partition, from, to } = move;
    planning.decisions.push({ ...join(planning, partition, to, 'SpreadBetter'), detail: wayText(from, to) });
    return;
  }
  const partition = nextMasterMove(planning);
  const [sentinel] = partition ? writable(planning, partition.group) : [];
  if (!partition?.agreed || !sentinel) return;
  planning.decisions.push({
    reason: 'SpreadBetter',
    subject: partition.name,
    detail: `${partition.agreed} is to hand over to a replica: its datacenter ${partition.at?.datacenter} has too many masters of the cache cluster`,
    actions: [
      { kind: 'fail-over', partition: partition.name, sentinel: sentinelRef(sentinel), from: partition.agreed },
    ],
  });
}
