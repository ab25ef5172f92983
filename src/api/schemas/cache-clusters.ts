/** Cache clusters, and what may be said of one. */
import { z } from 'zod';
import { address, clusterNameSchema, count, freshnessSchema, partitionNameSchema } from './common.js';

/** What a person or a program may say of a cache cluster; left out: the default, or as it is. */
export const clusterFieldsSchema = z
  .object({
    clusterSize: z.number().int().min(1).meta({ description: 'partitions' }),
    partitionSize: z.number().int().min(1).meta({ description: '1: no replica; k: a master and k - 1 replicas' }),
    tier: z.string().min(1),
    standbys: z.number().int().min(0).nullable().meta({ description: 'for each datacenter; null: the default' }),
    minReplicas: z.number().int().min(0).nullable(),
    hash: z.enum(['jump', 'ketama']),
    importance: z.number().int().nullable(),
    backingGroup: z.string().min(1).nullable(),
    sentinelGroup: z.string().min(1).nullable(),
  })
  .partial()
  .strict();
export const newClusterSchema = clusterFieldsSchema
  .extend({ clusterName: clusterNameSchema, clusterSize: z.number().int().min(1), tier: z.string().min(1) })
  .strict()
  .meta({ id: 'NewCacheCluster' });
export const clusterChangeSchema = clusterFieldsSchema.strict().meta({ id: 'CacheClusterChange' });

const conditionSchema = z.object({
  type: z.string(),
  status: z.string(),
  reason: z.string(),
  message: z.string(),
  since: z.string().optional(),
});

export const clusterSchema = z
  .object({
    clusterName: clusterNameSchema,
    clusterSize: count,
    partitionSize: count,
    minReplicas: count,
    tier: z.string(),
    standbys: count,
    hash: z.enum(['jump', 'ketama']),
    importance: z.number(),
    backingGroup: z.string().nullable(),
    sentinelGroup: z.string(),
    datacenters: z.array(z.string()),
    serving: count,
    standbysReady: count,
    standbysWanted: count,
    keys: count,
    usedMemoryBytes: count,
    maxMemoryBytes: count,
    opsPerSecond: count,
    hitRatio: z.number().nullable(),
    /** most partitions in one datacenter (on one machine) against the lowest that is possible */
    spread: z
      .object({
        datacenter: z.object({ most: count, bound: count }),
        machine: z.object({ most: count, bound: count }),
      })
      .nullable(),
    conditions: z.array(conditionSchema),
  })
  .meta({ id: 'CacheCluster' });
export const clustersSchema = z
  .object({ freshness: freshnessSchema, clusters: z.array(clusterSchema) })
  .meta({ id: 'CacheClusters' });

/** One cache cluster, whole: with what a change of it has to know. */
export const clusterDetailSchema = clusterSchema
  .extend({
    freshness: freshnessSchema,
    /** what `If-Match` takes; null: the KubeClusters could not be asked */
    version: z.string().nullable(),
    /** somebody else says what it is: it is read-only here */
    owner: z.string().nullable(),
    partitions: z.array(
      z.object({
        name: partitionNameSchema,
        index: count,
        state: z.string(),
        address: address.nullable(),
        pod: z.string().nullable(),
        machine: z.string().nullable(),
        datacenter: z.string().nullable(),
        behind: z.array(address),
        keys: count.nullable(),
        usedMemoryBytes: count.nullable(),
        opsPerSecond: count.nullable(),
        hitRatio: z.number().nullable(),
      }),
    ),
  })
  .meta({ id: 'CacheClusterDetail' });

/** One decision as `plan` prints it, with the pods it would use. */
export const decisionSchema = z
  .object({
    reason: z.string(),
    /** what the reason means, one sentence */
    why: z.string(),
    subject: z.string(),
    detail: z.string(),
    actions: z.array(z.string()),
    pods: z.array(z.object({ name: z.string(), datacenter: z.string(), machine: z.string(), address })),
  })
  .meta({ id: 'Decision' });

/** What a change would do, and (unless it was a dry run) has been written to do. */
export const changeSchema = z
  .object({
    clusterName: clusterNameSchema,
    dryRun: z.boolean(),
    kind: z.enum(['create', 'change', 'delete', 'none']),
    before: z.record(z.string(), z.unknown()).nullable(),
    after: z.record(z.string(), z.unknown()).nullable(),
    /** lines for a person: clusterSize 10 -> 12 */
    lines: z.array(z.string()),
    warnings: z.array(z.object({ field: z.string(), message: z.string() })),
    /** share of keys that another partition serves afterwards, 0..1 */
    movedShare: z.number(),
    decisions: z.array(decisionSchema),
    /** pods of each tier that are idle now and would be afterwards; negative: so many are missing */
    capacity: z.array(z.object({ tier: z.string(), idle: z.number().int(), idleAfter: z.number().int() })),
    /** KubeClusters that took it, and those that could not be asked */
    writtenTo: z.array(z.string()),
    silent: z.array(z.object({ datacenter: z.string(), problem: z.string() })),
    /** for the next If-Match; null: it is gone, or nothing was written */
    version: z.string().nullable(),
  })
  .meta({ id: 'Change' });

export const dryRunSchema = z.object({ dryRun: z.enum(['true', 'false']).optional() });

export type NewCluster = z.infer<typeof newClusterSchema>;
export type ClusterChange = z.infer<typeof clusterChangeSchema>;
export type ClusterView = z.infer<typeof clusterSchema>;
export type ClustersView = z.infer<typeof clustersSchema>;
export type ClusterDetail = z.infer<typeof clusterDetailSchema>;
export type DecisionView = z.infer<typeof decisionSchema>;
export type Change = z.infer<typeof changeSchema>;
