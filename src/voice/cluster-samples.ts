import type { CacheCluster, Farm } from '../farm/model.js';
import { applicationUserOf, claimOf, type Facts, isOpen, type PartitionFact } from '../world/facts.js';
import type { World } from '../world/model.js';
import { PARTITION_STATES, partitionState } from '../world/partition-state.js';
import { isArmed } from '../world/progress.js';
import type { PassEvent } from './barn-events.js';
import type { Sample } from './metric-list.js';
import { excessMeter } from './placement-excess.js';

function byCluster(facts: Facts): ReadonlyMap<CacheCluster, readonly PartitionFact[]> {
  const groups = new Map<CacheCluster, PartitionFact[]>();
  for (const partition of facts.partitions) {
    const group = groups.get(partition.cluster);
    if (group) group.push(partition);
    else groups.set(partition.cluster, [partition]);
  }
  return groups;
}

/** Cache cluster -> its standbys that are open and serve nothing. */
function freeStandbys(farm: Farm, world: World, facts: Facts): ReadonlyMap<string, number> {
  const serving = new Set(facts.partitions.map(({ leading }) => leading));
  const free = new Map<string, number>();
  for (const pod of world.pods) {
    const claim = claimOf(pod);
    if (claim?.kind !== 'standby' || serving.has(pod.address)) continue;
    if (!isOpen(pod, applicationUserOf(farm.auth, claim.clusterName))) continue;
    free.set(claim.clusterName, (free.get(claim.clusterName) ?? 0) + 1);
  }
  return free;
}

const stateSamples = (pass: PassEvent, facts: Facts, name: string, partitions: readonly PartitionFact[]) => {
  const states = partitions.map((partition) => partitionState(pass.farm, facts, partition));
  return PARTITION_STATES.map(
    (state): Sample => ({
      name: 'cachefarm_partitions',
      labels: { cache_cluster: name, state },
      value: states.filter((one) => one === state).length,
    }),
  );
};

function standbySamples(
  { farm }: PassEvent,
  facts: Facts,
  cluster: CacheCluster,
  partitions: readonly PartitionFact[],
  open: number,
): readonly Sample[] {
  const labels = { cache_cluster: cluster.clusterName };
  const armed = cluster.partitionSize > 1 ? [] : partitions.filter((partition) => isArmed(farm, facts, partition));
  const used = new Set(armed.map(({ known }) => known[0]?.view.replicas[0]?.address));
  const declared = cluster.partitionSize > 1 ? 0 : cluster.standbys * cluster.datacenters.length;
  const standbys = { declared, open, armed: used.size };
  return [
    { name: 'cachefarm_partitions_armed', labels, value: armed.length },
    ...Object.entries(standbys).map(
      ([state, value]): Sample => ({ name: 'cachefarm_standbys', labels: { ...labels, state }, value }),
    ),
  ];
}

/** All gauges that have a cache cluster as label. */
export function clusterSamples(pass: PassEvent, facts: Facts): readonly Sample[] {
  const { farm, world, budget } = pass;
  const free = freeStandbys(farm, world, facts);
  const excessOf = excessMeter(world, facts);
  const partitionsOf = byCluster(facts);
  return farm.cacheClusters.flatMap((cluster) => {
    const name = cluster.clusterName;
    const partitions = partitionsOf.get(cluster) ?? [];
    const excess = excessOf(cluster, partitions);
    const left = budget?.replacements.get(name);
    return [
      ...stateSamples(pass, facts, name, partitions),
      ...standbySamples(pass, facts, cluster, partitions, free.get(name) ?? 0),
      ...Object.entries(excess).map(
        ([level, value]): Sample => ({
          name: 'cachefarm_placement_excess',
          labels: { cache_cluster: name, level },
          value,
        }),
      ),
      ...(left === undefined
        ? []
        : [{ name: 'cachefarm_replacement_budget_left' as const, labels: { cache_cluster: name }, value: left }]),
    ];
  });
}
