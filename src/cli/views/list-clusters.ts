import type { CacheCluster, Farm } from '../../farm/model.js';
import { measureSpread, type Spread } from '../../plan/placement/bounds.js';
import { conditionsOf, troubleOf } from '../../world/cluster-conditions.js';
import { claimOf, type Facts } from '../../world/facts.js';
import type { World } from '../../world/model.js';
import { isServing } from '../../world/progress.js';
import type { Listing, Row } from './row.js';

const against = ({ most, bound }: Spread['machine']): string => `${most}/${bound}`;

/** Somebody writes the status of cache clusters; where no Barn has ever led, a column for it would say nothing. */
const isTold = ({ copies = [] }: World): boolean => copies.some(({ status }) => status !== undefined);

function row(farm: Farm, world: World, facts: Facts, cluster: CacheCluster, spread: Spread | undefined): Row {
  const { clusterName, clusterSize } = cluster;
  const serving = facts.partitions.filter(
    (partition) => partition.cluster === cluster && isServing(farm, facts, partition),
  ).length;
  const standbys = world.pods.filter((pod) => {
    const claim = claimOf(pod);
    return claim?.kind === 'standby' && claim.clusterName === clusterName;
  }).length;
  const conditions = conditionsOf(world, clusterName);
  const wanted = cluster.standbys * cluster.datacenters.length;
  return {
    name: clusterName,
    cells: [
      clusterName,
      String(clusterSize),
      `${serving}/${clusterSize}`,
      `${standbys}/${wanted}`,
      cluster.tier,
      serving === clusterSize ? 'True' : 'False',
      ...(isTold(world) ? [conditions.length === 0 ? '<unknown>' : (troubleOf(conditions) ?? '<none>')] : []),
      cluster.sentinelGroup,
      String(cluster.partitionSize),
      spread ? against(spread.datacenter) : '<unknown>',
      spread ? against(spread.machine) : '<unknown>',
      String(cluster.importance),
    ],
    record: {
      ...cluster,
      serving,
      standbysReady: standbys,
      ready: serving === clusterSize,
      spread: spread ?? null,
      conditions,
    },
  };
}

export const listClusters = (farm: Farm, world: World, facts: Facts): Listing => {
  const spreads = new Map(measureSpread(farm, world, facts).map((spread) => [spread.clusterName, spread]));
  return {
    kind: 'cachecluster',
    columns: ['NAME', 'SIZE', 'SERVING', 'STANDBY', 'TIER', 'READY', ...(isTold(world) ? ['REASON'] : [])],
    wide: ['GROUP', 'COPIES', 'SPREAD-DC', 'SPREAD-MACHINE', 'IMPORTANCE'],
    rows: farm.cacheClusters.map((cluster) => row(farm, world, facts, cluster, spreads.get(cluster.clusterName))),
  };
};
