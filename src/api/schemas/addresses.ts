/** Where clients find partitions and sentinels. */
import { z } from 'zod';
import { address, clusterNameSchema, count, freshnessSchema, partitionNameSchema } from './common.js';

export const topologySchema = z
  .object({
    clusterName: clusterNameSchema,
    hash: z.enum(['jump', 'ketama']),
    clusterSize: count,
    /** rises with every change of size or address, by the clock of who answers; the ETag is made of the content, alike on all replicas */
    generation: count,
    partitions: z.array(
      z.object({
        index: count,
        name: partitionNameSchema,
        /** null: nobody serves it now */
        address: address.nullable(),
        ip: z.string().nullable(),
        port: z.number().int().nullable(),
      }),
    ),
    sentinelGroup: z.string(),
    freshness: freshnessSchema,
  })
  .meta({ id: 'Topology' });

/** The form that clients of kredis know. */
export const nodesSchema = z.array(z.object({ ip: z.string(), port: z.number().int() })).meta({ id: 'Nodes' });

export const sentinelsSchema = z
  .array(
    z.object({
      group: z.string(),
      replicated: z.boolean(),
      quorum: count,
      sentinels: z.array(
        z.object({ datacenter: z.string(), ip: z.string(), port: z.number().int(), address, up: z.boolean() }),
      ),
    }),
  )
  .meta({ id: 'Sentinels' });

export type Topology = z.infer<typeof topologySchema>;
export type Nodes = z.infer<typeof nodesSchema>;
export type Sentinels = z.infer<typeof sentinelsSchema>;
