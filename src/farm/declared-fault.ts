import { RESERVED_CLUSTER_NAMES } from './access.js';
import { LIMITS } from './limits.js';
import { show } from './quote.js';
import { type CacheClusterSpec, cacheClusterSchema } from './schema.js';
import { valueAt } from './spec-path.js';
import { parsePartitionName, partitionName } from './words.js';

const BOUNDED = ['clusterSize', 'partitionSize', 'minReplicas', 'standbys', 'importance'] as const;

/**
 * What keeps the spec of a CacheCluster object from being read. Its CRD lets none of it in; where something got in all the same, a size that is
 * none must not be taken for 0, which would give all its partitions back.
 * @returns undefined: nothing
 */
export function declaredFault(spec: unknown): string | undefined {
  const { error } = cacheClusterSchema.safeParse(spec);
  // Fields of a later version are no fault.
  const issue = error?.issues.find(({ code }) => code !== 'unrecognized_keys');
  if (issue) return `${['spec', ...issue.path].map(String).join('.')} is ${show(valueAt(spec, issue.path))}`;
  const data = spec as CacheClusterSpec;
  if (!parsePartitionName(partitionName(data.clusterName, 0))) return `spec.clusterName is ${show(data.clusterName)}`;
  if (RESERVED_CLUSTER_NAMES.includes(data.clusterName))
    return `spec.clusterName ${data.clusterName} is a name of the farm itself`;
  for (const field of BOUNDED) {
    const { min, max } = LIMITS[`cacheClusters.${field}`] ?? { min: 0, max: 0 };
    const value = data[field];
    if (value !== undefined && (value < min || value > max)) return `spec.${field} is ${value}, not ${min} to ${max}`;
  }
  return undefined;
}
