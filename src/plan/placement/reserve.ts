import type { CacheCluster } from '../../farm/model.js';
import type { Layout } from './layout.js';
import { FlowNetwork } from './max-flow.js';

/** A change of counts: one partition of the cache cluster from one datacenter to another. */
export interface Crossing {
  readonly cluster: CacheCluster;
  readonly from: string;
  readonly to: string;
}

/**
 * Partitions that would find no idle pod if the datacenter were lost, each where its placement allows: demand less maximum flow.
 * @param after as if this had been moved already
 */
function shortageWithout(
  layout: Layout,
  tier: string,
  lost: string,
  datacenters: readonly string[],
  after?: Crossing,
): number {
  const clusters = layout.farm.cacheClusters.filter((cluster) => cluster.tier === tier);
  const left = datacenters.filter((name) => name !== lost);
  const network = new FlowNetwork(2 + clusters.length + left.length);
  const sink = 1 + clusters.length + left.length;
  let wanted = 0;
  clusters.forEach((cluster, i) => {
    const moved = after?.cluster === cluster ? Number(after.to === lost) - Number(after.from === lost) : 0;
    const held = layout.inDatacenter(cluster, lost) + moved;
    wanted += held;
    network.connect(0, 1 + i, held);
    left.forEach((name, j) => {
      if (cluster.datacenters.includes(name)) network.connect(1 + i, 1 + clusters.length + j, held);
    });
  });
  left.forEach((name, j) => {
    const freed = after ? Number(after.from === name) - Number(after.to === name) : 0;
    network.connect(1 + clusters.length + j, sink, layout.idleCount(tier, name) + freed);
  });
  return wanted - network.fill(0, sink);
}

/**
 * Whether a move keeps what losing a datacenter needs. Where every cache cluster of the tier may use the same datacenters it always does:
 * what is idle elsewhere falls with what would have to go there. A shortage that is there already may stay, not grow.
 */
export function keepsReserve(layout: Layout, crossing: Crossing): boolean {
  const { tier } = crossing.cluster;
  if (crossing.from === crossing.to) return true;
  const placements = layout.farm.cacheClusters.filter((cluster) => cluster.tier === tier).map((c) => c.datacenters);
  const datacenters = [...new Set(placements.flat())];
  if (placements.every((placement) => placement.length === datacenters.length)) return true;
  return datacenters.every(
    (lost) =>
      shortageWithout(layout, tier, lost, datacenters, crossing) <= shortageWithout(layout, tier, lost, datacenters),
  );
}
