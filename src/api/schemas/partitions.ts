/** One partition, what happened to it, and who uses it. */
import { z } from 'zod';
import { decisionSchema } from './cache-clusters.js';
import { address, clusterNameSchema, count, freshnessSchema, ms, partitionNameSchema } from './common.js';
import { mapPodSchema } from './farm-map.js';

export const eventSchema = z
  .object({
    seq: count,
    at: ms,
    level: z.enum(['debug', 'info', 'warn', 'error']),
    msg: z.string(),
    reason: z.string().optional(),
    subject: z.string().optional(),
    cluster: z.string().optional(),
    partition: z.string().optional(),
    detail: z.string().optional(),
    actions: z.array(z.string()).optional(),
    status: z.string().optional(),
    ms: ms.optional(),
    /** of a recovery: from the moment the partition was first seen not to serve until it served again */
    recoveryMs: ms.optional(),
    receipts: z.array(z.object({ action: z.string(), status: z.string(), reason: z.string(), ms })).optional(),
    count: count.optional(),
    subjects: z.array(z.string()).optional(),
    error: z.object({ name: z.string(), message: z.string() }).optional(),
  })
  .meta({ id: 'Event' });
export const eventsSchema = z
  .object({ events: z.array(eventSchema), last: count, /** older ones are forgotten */ first: count })
  .meta({ id: 'Events' });

export const partitionSchema = z
  .object({
    name: partitionNameSchema,
    clusterName: clusterNameSchema,
    index: count,
    state: z.string(),
    address: address.nullable(),
    epoch: z.number(),
    pod: mapPodSchema.nullable(),
    standby: z
      .object({ address, pod: z.string().nullable(), machine: z.string().nullable(), open: z.boolean() })
      .nullable(),
    replicas: z.array(
      z.object({
        address,
        pod: z.string().nullable(),
        machine: z.string().nullable(),
        offset: z.number().nullable(),
        linkUp: z.boolean().nullable(),
      }),
    ),
    /** side by side: what each sentinel of its group says; address null: it does not know the name, or does not answer */
    sentinels: z.array(
      z.object({
        sentinel: z.string(),
        datacenter: z.string(),
        address,
        up: z.boolean(),
        tilt: z.boolean(),
        says: address.nullable(),
        epoch: z.number().nullable(),
        flags: z.array(z.string()),
        replicas: z.array(address),
      }),
    ),
    /** newest first */
    history: z.array(eventSchema),
    /** what Barn would do now, and what it leaves alone */
    decisions: z.array(decisionSchema),
    notes: z.array(z.object({ reason: z.string(), why: z.string(), subject: z.string(), detail: z.string() })),
    freshness: freshnessSchema,
  })
  .meta({ id: 'Partition' });

/** CLIENT LIST of its pod, without our own and the sentinels' connections. */
export const clientsSchema = z
  .object({
    address: address.nullable(),
    clients: z.array(
      z.object({
        name: z.string(),
        address: z.string(),
        user: z.string(),
        ageSeconds: count,
        idleSeconds: count,
        lastCommand: z.string(),
        count: count,
      }),
    ),
    /** more than are told */
    truncated: z.boolean(),
  })
  .meta({ id: 'Clients' });

export type EventView = z.infer<typeof eventSchema>;
export type EventsView = z.infer<typeof eventsSchema>;
export type PartitionView = z.infer<typeof partitionSchema>;
export type ClientsView = z.infer<typeof clientsSchema>;
