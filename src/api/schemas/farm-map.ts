/** Pods where they are, and what is lost with a place. */
import { z } from 'zod';
import { address, count, freshnessSchema } from './common.js';

export const POD_STATES = [
  'serving',
  'standby',
  'replica',
  'idle',
  'moving',
  'locked',
  'unreachable',
  'draining',
] as const;
export const podStateSchema = z.enum(POD_STATES);

export const mapPodSchema = z
  .object({
    /** `<datacenter>/<name>`: unique in the farm */
    id: z.string(),
    name: z.string(),
    datacenter: z.string(),
    machine: z.string(),
    tier: z.string(),
    port: z.number().int(),
    address,
    state: podStateSchema,
    draining: z.boolean(),
    /** partitions it serves or, as a standby, covers */
    partitions: z.array(z.string()),
    clusterName: z.string().nullable(),
    keys: count.nullable(),
    usedMemoryBytes: count.nullable(),
    maxMemoryBytes: count,
    opsPerSecond: count.nullable(),
    /** 0..1 since the last look; null: nothing was read */
    hitRatio: z.number().nullable(),
    clients: count.nullable(),
  })
  .meta({ id: 'MapPod' });

export const farmMapSchema = z
  .object({
    farm: z.string(),
    freshness: freshnessSchema,
    datacenters: z.array(
      z.object({
        name: z.string(),
        complete: z.boolean(),
        problem: z.string().optional(),
        machines: z.array(
          z.object({ name: z.string(), address: z.string(), ready: z.boolean(), draining: z.boolean() }),
        ),
      }),
    ),
    /** columns of the grid */
    tiers: z.array(z.object({ name: z.string(), ports: z.array(z.number().int()), maxMemoryBytes: count })),
    pods: z.array(mapPodSchema),
    sentinels: z.array(
      z.object({
        group: z.string(),
        datacenter: z.string(),
        machine: z.string(),
        address,
        up: z.boolean(),
        tilt: z.boolean(),
      }),
    ),
  })
  .meta({ id: 'FarmMap' });

/** What is lost when a machine, a datacenter or a pod goes. */
export const lossSchema = z
  .object({
    kind: z.enum(['machine', 'datacenter', 'pod']),
    name: z.string(),
    pods: count,
    /** masters there: each is an outage until its standby has it */
    partitions: z.array(
      z.object({ name: z.string(), clusterName: z.string(), standby: address.nullable(), keys: count.nullable() }),
    ),
    standbys: count,
    replicas: count,
    /** sentinels there, and groups that would have no majority left */
    sentinels: z.array(z.string()),
    groupsWithoutMajority: z.array(z.string()),
    /** share of each cache cluster, 0..1, the largest first */
    clusters: z.array(z.object({ clusterName: z.string(), partitions: count, share: z.number() })),
    /** idle pods elsewhere against what is needed, for each tier */
    capacity: z.array(z.object({ tier: z.string(), needed: count, idleElsewhere: count })),
  })
  .meta({ id: 'Loss' });

export type PodState = z.infer<typeof podStateSchema>;
export type MapPod = z.infer<typeof mapPodSchema>;
export type FarmMap = z.infer<typeof farmMapSchema>;
export type Loss = z.infer<typeof lossSchema>;
