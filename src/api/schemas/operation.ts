/** Sentinel groups, brakes, health, and what a form has to know. */
import { z } from 'zod';
import { address, count, freshnessSchema, ms, partitionNameSchema } from './common.js';

export const groupsSchema = z
  .object({
    freshness: freshnessSchema,
    groups: z.array(
      z.object({
        name: z.string(),
        replicated: z.boolean(),
        quorum: count,
        size: count,
        up: count,
        tilted: count,
        partitions: count,
        maxPartitions: count,
        /** partitions at one address for a majority; the rest differ or are unknown */
        agreed: count,
        downAfterMs: ms,
        failoverTimeoutMs: ms,
        /** what one change costs each sentinel: its whole sentinel.conf is written again, so many bytes (estimated by its names) */
        rewriteBytes: count,
        clusters: z.array(z.object({ clusterName: z.string(), partitions: count })),
        sentinels: z.array(
          z.object({
            pod: z.string(),
            datacenter: z.string(),
            machine: z.string(),
            address,
            up: z.boolean(),
            why: z.string().optional(),
            tilt: z.boolean(),
            names: count,
            /** names it gives another address than the majority */
            differs: count,
          }),
        ),
      }),
    ),
  })
  .meta({ id: 'SentinelGroups' });

export const brakesSchema = z
  .object({
    freshness: freshnessSchema,
    leads: z.boolean(),
    budget: z.object({
      binds: z.number().nullable(),
      moves: z.number().nullable(),
      replacements: z.array(z.object({ clusterName: z.string(), left: z.number() })),
      backing: z.array(z.object({ backingGroup: z.string(), left: z.number() })),
    }),
    held: z.array(
      z.object({
        reason: z.string(),
        why: z.string(),
        subject: z.string(),
        detail: z.string(),
        /** a person may say: go on */ askable: z.boolean(),
      }),
    ),
  })
  .meta({ id: 'Brakes' });

export const approvalSchema = z.object({ partition: partitionNameSchema }).strict().meta({ id: 'Approval' });

export const healthSchema = z
  .object({
    farm: z.string(),
    version: z.string(),
    leads: z.boolean(),
    ready: z.boolean(),
    why: z.string().optional(),
    freshness: freshnessSchema.nullable(),
    partitions: z.object({ declared: count, serving: count, named: count, armed: count, toArm: count }).nullable(),
    pods: z.object({ all: count, idle: count, unreachable: count }).nullable(),
  })
  .meta({ id: 'Health' });

/** What a form needs to know to be checked as it is filled in. */
export const limitsSchema = z
  .object({
    farm: z.string(),
    tiers: z.array(z.object({ name: z.string(), maxMemoryBytes: count, idle: count, pods: count })),
    datacenters: z.array(z.string()),
    groups: z.array(z.object({ name: z.string(), replicated: z.boolean(), partitions: count, maxPartitions: count })),
    clusterNames: z.array(z.string()),
    maxClusterSize: count,
    maxPartitionSize: count,
  })
  .meta({ id: 'Limits' });

export type GroupsView = z.infer<typeof groupsSchema>;
export type BrakesView = z.infer<typeof brakesSchema>;
export type HealthView = z.infer<typeof healthSchema>;
export type LimitsView = z.infer<typeof limitsSchema>;
