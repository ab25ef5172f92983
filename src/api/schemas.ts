/**
 * Every JSON shape of the HTTP API, once: what is validated, what OpenAPI says, and (as types) what the page reads.
 * Times are ms since the epoch, durations ms, sizes bytes, addresses `ip:port`.
 */
import { z } from 'zod';
import { CLUSTER_NAME } from '../farm/words.js';

const count = z.number().int().min(0);
const ms = z.number();
const address = z.string().meta({ example: '10.0.1.7:6378' });

export const clusterNameSchema = z
  .string()
  .regex(CLUSTER_NAME, 'begins with a letter; letters, digits, `.`, `_` and `-`, 1 to 63 of them')
  .meta({ example: 'User.id' });
export const partitionNameSchema = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9._-]{0,62}::(0|[1-9]\d{0,5})$/, 'is <cache cluster>::<index>')
  .meta({ example: 'User.id::0' });

/** RFC 9457; `errors` name the user's own fields. */
export const problemSchema = z
  .object({
    type: z.string().meta({ example: 'about:blank' }),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    instance: z.string().optional(),
    /** `field` as in the request: clusterSize */
    errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
    /** a cache cluster that Git owns: what to change there instead */
    changeElsewhere: z.object({ owner: z.string(), typescript: z.string(), yaml: z.string() }).optional(),
  })
  .meta({ id: 'Problem' });

/** How old is what is answered; `stale`: Barn could not look lately, and why. */
export const freshnessSchema = z
  .object({ observedAt: ms, ageMs: ms, stale: z.boolean(), why: z.string().optional() })
  .meta({ id: 'Freshness' });

// ---- addresses

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

// ---- the farm map

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

// ---- cache clusters

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

// ---- drain, rebalance

export const drainRequestSchema = z
  .object({ kind: z.enum(['machine', 'datacenter', 'pod']), name: z.string().min(1), undo: z.boolean().optional() })
  .strict()
  .meta({ id: 'DrainRequest' });
export const drainSchema = z
  .object({
    kind: z.enum(['machine', 'datacenter', 'pod']),
    name: z.string(),
    undo: z.boolean(),
    dryRun: z.boolean(),
    /** objects that carry the mark now */
    targets: z.array(z.object({ datacenter: z.string(), kind: z.enum(['node', 'pod']), name: z.string() })),
    /** in use there: these move */
    inUse: z.array(z.object({ pod: z.string(), use: z.string() })),
    problems: z.array(z.string()),
  })
  .meta({ id: 'Drain' });

export const rebalanceSchema = z
  .object({
    moves: z.array(z.object({ partition: z.string(), from: z.string(), to: z.string(), shareOfCluster: z.number() })),
    worstBefore: z.object({ datacenter: z.number(), machine: z.number() }),
    worstAfter: z.object({ datacenter: z.number(), machine: z.number() }),
    keys: count,
    shareOfKeys: z.number(),
  })
  .meta({ id: 'Rebalance' });

// ---- partition

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

// ---- sentinel groups, brakes, health

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

// ---- who is there

export const sessionSchema = z
  .object({
    /** null: nobody logged in */
    user: z.string().nullable(),
    groups: z.array(z.string()),
    may: z.object({ read: z.boolean(), change: z.boolean(), drain: z.boolean() }),
    /** reading needs no token */
    openReading: z.boolean(),
  })
  .meta({ id: 'Session' });
export const loginSchema = z
  .object({ token: z.string().min(1).max(16_384) })
  .strict()
  .meta({ id: 'Login' });

export type Problem = z.infer<typeof problemSchema>;
export type Freshness = z.infer<typeof freshnessSchema>;
export type Topology = z.infer<typeof topologySchema>;
export type Nodes = z.infer<typeof nodesSchema>;
export type Sentinels = z.infer<typeof sentinelsSchema>;
export type PodState = z.infer<typeof podStateSchema>;
export type MapPod = z.infer<typeof mapPodSchema>;
export type FarmMap = z.infer<typeof farmMapSchema>;
export type Loss = z.infer<typeof lossSchema>;
export type NewCluster = z.infer<typeof newClusterSchema>;
export type ClusterChange = z.infer<typeof clusterChangeSchema>;
export type ClusterView = z.infer<typeof clusterSchema>;
export type ClustersView = z.infer<typeof clustersSchema>;
export type ClusterDetail = z.infer<typeof clusterDetailSchema>;
export type DecisionView = z.infer<typeof decisionSchema>;
export type Change = z.infer<typeof changeSchema>;
export type DrainRequest = z.infer<typeof drainRequestSchema>;
export type DrainView = z.infer<typeof drainSchema>;
export type RebalanceView = z.infer<typeof rebalanceSchema>;
export type EventView = z.infer<typeof eventSchema>;
export type EventsView = z.infer<typeof eventsSchema>;
export type PartitionView = z.infer<typeof partitionSchema>;
export type ClientsView = z.infer<typeof clientsSchema>;
export type GroupsView = z.infer<typeof groupsSchema>;
export type BrakesView = z.infer<typeof brakesSchema>;
export type HealthView = z.infer<typeof healthSchema>;
export type LimitsView = z.infer<typeof limitsSchema>;
export type SessionView = z.infer<typeof sessionSchema>;
