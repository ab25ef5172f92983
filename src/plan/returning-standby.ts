import type { CacheCluster } from '../farm/model.js';
import { type Facts, partitionsOf, upInstance } from '../world/facts.js';
import type { RedisPod } from '../world/model.js';
import { isTaken, type Planning } from './planning.js';

const isOwn = ({ clusterName }: CacheCluster, names: ReadonlySet<string>): boolean =>
  [...names].every((name) => name.slice(0, name.lastIndexOf('::')) === clusterName);

/** Some sentinel gives it to a partition: as master it is not to be a standby, whatever others say of it. */
const isMaster = (facts: Facts, cluster: CacheCluster, { address }: RedisPod): boolean =>
  partitionsOf(facts, cluster).some(({ uniform, leading, known }) =>
    uniform ? leading === address : known.some(({ view }) => view.address === address),
  );

const known = new WeakMap<Facts, readonly RedisPod[]>();

/** Locked, empty, and listed by some sentinel: few or none. Looked for once a pass, for it asks every pod of the farm. */
function restarted({ facts, input }: Planning): readonly RedisPod[] {
  const kept = known.get(facts);
  if (kept) return kept;
  const found = input.world.pods.filter((pod) => {
    const instance = upInstance(pod);
    if (instance?.claim?.kind !== 'locked' || instance.role !== 'master' || instance.loading || pod.draining)
      return false;
    return instance.keys === 0 && instance.openFor.length === 0 && facts.listed.has(pod.address);
  });
  known.set(facts, found);
  return found;
}

/**
 * A pod that has restarted, empty, while the sentinels list it behind partitions of the cache cluster still: as their standby, or at the address that
 * they have lost. It is not idle, for who is listed may be promoted; but it is what a standby is but for the claim, and armed as soon as it
 * has that. Its own start script comes to the same after the sentinels have greeted it, some seconds later (redis-fence.sh).
 */
export function returningStandby(planning: Planning, cluster: CacheCluster, datacenter: string): RedisPod | undefined {
  return restarted(planning).find((pod) => {
    if (pod.datacenter !== datacenter || pod.tier !== cluster.tier || isTaken(planning, pod.address)) return false;
    const names = planning.facts.listed.get(pod.address);
    return names !== undefined && isOwn(cluster, names) && !isMaster(planning.facts, cluster, pod);
  });
}
