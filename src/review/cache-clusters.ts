/** The CacheClusters of a dist (their custom resources), every default filled in as the farm model does. */
import { integer, list, record, text } from '../farm/loose.js';
import type { CacheCluster } from '../farm/model.js';
import { DOMAIN } from '../farm/words.js';
import { type KubeObject, type Manifests, UnreadableInput } from './manifests.js';
import { poolsOf } from './pools.js';

export const isCacheCluster = (object: KubeObject): boolean =>
  object.kind === 'CacheCluster' && object.group === DOMAIN;

function count(object: KubeObject, source: string, field: string, fallback?: number): number {
  const value = record(object.json.spec)[field];
  const number = value === undefined ? fallback : integer(value);
  if (number === undefined || number < 0)
    throw new UnreadableInput(
      `${source}/${object.file}: spec.${field} is ${JSON.stringify(value) ?? 'missing'}, need a whole number`,
    );
  return number;
}

function clusterOf(object: KubeObject, source: string, datacenters: readonly string[]): CacheCluster {
  const spec = record(object.json.spec);
  const partitionSize = count(object, source, 'partitionSize', 1);
  const backingGroup = text(spec.backingGroup);
  const minReplicas = count(object, source, 'minReplicas', 0);
  const placed = list(record(spec.placement).datacenters).map(String);
  return {
    clusterName: text(spec.clusterName) ?? object.name,
    clusterSize: count(object, source, 'clusterSize'),
    partitionSize,
    ...(minReplicas === 0 ? {} : { minReplicas }),
    tier: text(spec.tier) ?? '',
    standbys: count(object, source, 'standbys', partitionSize > 1 ? 0 : 1),
    hash: spec.hash === 'ketama' ? 'ketama' : 'jump',
    importance: count(object, source, 'importance', 3),
    ...(backingGroup === undefined ? {} : { backingGroup }),
    sentinelGroup: text(spec.sentinelGroup) ?? '',
    datacenters: placed.length > 0 ? placed : datacenters,
  };
}

export const podDatacenters = ({ objects }: Manifests): readonly string[] =>
  [...new Set(poolsOf(objects).map(({ datacenter }) => datacenter))].sort();

/**
 * By name. One that lies in several folders is taken once.
 * @throws UnreadableInput for a custom resource whose numbers are none
 */
export function cacheClustersOf(manifests: Manifests): ReadonlyMap<string, CacheCluster> {
  const datacenters = podDatacenters(manifests);
  const clusters = manifests.objects
    .filter(isCacheCluster)
    .map((object) => clusterOf(object, manifests.source, datacenters));
  return new Map(clusters.reverse().map((cluster): [string, CacheCluster] => [cluster.clusterName, cluster]));
}
