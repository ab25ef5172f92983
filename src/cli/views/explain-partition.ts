import type { Farm } from '../../farm/model.js';
import { measureSpread } from '../../plan/placement/bounds.js';
import { claimOf, type Facts, isIdle, majorityOf, type PartitionFact } from '../../world/facts.js';
import type { RedisPod, World } from '../../world/model.js';
import { stateOf } from './list-partitions.js';

const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;

function whereLines(farm: Farm, facts: Facts, partition: PartitionFact, pod: RedisPod | undefined): readonly string[] {
  const { cluster, group } = partition;
  const claim = pod && claimOf(pod);
  return [
    `Partition:  ${partition.name} (${partition.index + 1} of ${cluster.clusterSize} of ${cluster.clusterName}, tier ${cluster.tier})`,
    `State:      ${stateOf(farm, facts, partition)}`,
    `Address:    ${partition.agreed ?? partition.leading ?? 'none'}${partition.agreed ? '' : ' (no majority)'}`,
    `Pod:        ${pod ? `${pod.name} on ${pod.machine}, datacenter ${pod.datacenter}` : 'none'}`,
    `Marker:     ${claim ? claim.kind : 'unknown'}${claim && claim.kind !== 'locked' ? `, epoch ${claim.epoch}` : ''}`,
    `Sentinels:  ${partition.known.length} of ${group.size} of group ${group.name} know it; epoch ${partition.epoch}`,
  ];
}

function whyLines(
  farm: Farm,
  world: World,
  facts: Facts,
  partition: PartitionFact,
  pod: RedisPod | undefined,
): readonly string[] {
  const { clusterName } = partition.cluster;
  const spread = measureSpread(farm, world, facts).find((candidate) => candidate.clusterName === clusterName);
  if (!pod || !spread) return [];
  const mates = facts.partitions
    .filter((other) => other.cluster.clusterName === clusterName && other.leading !== undefined)
    .flatMap((other) => facts.podAt.get(other.leading ?? '') ?? []);
  const here = (place: (mate: RedisPod) => string): number => mates.filter((mate) => place(mate) === place(pod)).length;
  return [
    `  ${plural(
      here((mate) => mate.datacenter),
      'partition',
    )} of ${clusterName} in datacenter ${pod.datacenter}; the fullest has ${spread.datacenter.most}, no placement has less than ${spread.datacenter.bound}`,
    `  ${plural(
      here((mate) => mate.machine),
      'partition',
    )} of ${clusterName} on machine ${pod.machine}; the fullest has ${spread.machine.most}, no placement has less than ${spread.machine.bound}`,
  ];
}

/** Who takes over when the pod's machine, or its whole datacenter, is gone. */
function takeover(
  world: World,
  facts: Facts,
  partition: PartitionFact,
  pod: RedisPod,
  lost: (other: RedisPod) => boolean,
): string {
  const listed = partition.known[0]?.view.replicas.flatMap((replica) => facts.podAt.get(replica.address) ?? []) ?? [];
  const heir = listed.find((candidate) => !lost(candidate));
  const sentinels = partition.known.filter(({ sentinel }) => !lostSentinel(pod, lost, sentinel));
  const enough = sentinels.length >= majorityOf(partition.group.size);
  const what = partition.cluster.partitionSize > 1 ? 'replica' : 'standby';
  if (heir && enough) {
    const data = partition.cluster.partitionSize > 1 ? 'with its data' : 'empty';
    return `Sentinel alone moves it to its ${what} ${heir.name} (${heir.machine}, datacenter ${heir.datacenter}), ${data}`;
  }
  if (heir)
    return `its ${what} ${heir.name} lives, but only ${sentinels.length} of ${partition.group.size} sentinels would: nothing moves until a majority is back`;
  const idle = world.pods.filter(
    (other) => other.tier === partition.cluster.tier && !lost(other) && isIdle(facts, other),
  ).length;
  return `no ${what} would live; ${plural(idle, 'idle pod')} of tier ${partition.cluster.tier} would be left for a replacement by the operator`;
}

const lostSentinel = (
  pod: RedisPod,
  lost: (other: RedisPod) => boolean,
  sentinel: { machine: string; datacenter: string },
): boolean => lost({ ...pod, machine: sentinel.machine, datacenter: sentinel.datacenter });

function lossLine(what: string, partition: PartitionFact, facts: Facts, lost: (other: RedisPod) => boolean): string {
  const mates = facts.partitions.filter((other) => other.cluster === partition.cluster);
  const gone = mates.filter((other) => {
    const at = other.leading === undefined ? undefined : facts.podAt.get(other.leading);
    return at !== undefined && lost(at);
  }).length;
  const share = Math.round((gone / partition.cluster.clusterSize) * 100);
  return `  ${what}: ${gone} of ${partition.cluster.clusterSize} partitions of ${partition.cluster.clusterName} (${share} % of its hits) are hit;`;
}

/** Lines for a person. */
export interface Explanation {
  readonly where: readonly string[];
  readonly why: readonly string[];
  /** empty: nothing is bound yet */
  readonly ifItDied: readonly string[];
}

/** Where a partition is, why there, and what would happen if its machine or datacenter died. */
export function explainPartition(farm: Farm, world: World, facts: Facts, partition: PartitionFact): Explanation {
  const address = partition.agreed ?? partition.leading;
  const pod = address === undefined ? partition.claimedBy[0] : facts.podAt.get(address);
  const where = whereLines(farm, facts, partition, pod);
  const why = whyLines(farm, world, facts, partition, pod);
  if (!pod)
    return {
      where,
      why: [...why, '  nothing is bound yet: `cachefarm seed --dry-run` shows what would be'],
      ifItDied: [],
    };
  const sameMachine = (other: RedisPod): boolean =>
    other.machine === pod.machine && other.datacenter === pod.datacenter;
  const sameDatacenter = (other: RedisPod): boolean => other.datacenter === pod.datacenter;
  return {
    where,
    why,
    ifItDied: [
      lossLine(`machine ${pod.machine}`, partition, facts, sameMachine),
      `    ${takeover(world, facts, partition, pod, sameMachine)}`,
      lossLine(`datacenter ${pod.datacenter}`, partition, facts, sameDatacenter),
      `    ${takeover(world, facts, partition, pod, sameDatacenter)}`,
    ],
  };
}

export const formatExplanation = ({ where, why, ifItDied }: Explanation): string =>
  [...where, '', 'Why there:', ...why, ...(ifItDied.length > 0 ? ['', 'If it died:', ...ifItDied] : []), ''].join('\n');
