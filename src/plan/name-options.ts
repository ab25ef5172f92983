import type { PartitionFact } from '../world/facts.js';
import type { RedisPod } from '../world/model.js';
import type { NameOptions } from './action.js';

/**
 * A partition with a standby may be failed over by Sentinel; one without would only start elections that cannot succeed, so its quorum is out
 * of reach (design.md 4.2).
 */
export function optionsFor(partition: PartitionFact, standby: RedisPod | undefined): NameOptions {
  const { group, cluster } = partition;
  const reachable = cluster.partitionSize > 1 || standby !== undefined;
  return {
    quorum: reachable ? group.quorum : group.size + 1,
    downAfterMs: group.downAfterMs,
    failoverTimeoutMs: group.failoverTimeoutMs,
  };
}
