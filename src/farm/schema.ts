/**
 * What a person writes. Shapes only: whether a farm holds together is decided in check.ts, which gathers every problem.
 * The CRD of a CacheCluster is generated from `cacheClusterSchema`.
 */
import { z } from 'zod';

/** Kubernetes (`1.5Gi`, `500M`) or Redis (`1gb`, `512mb`: powers of 1024) memory, or bytes. */
const memory = z.union([z.string(), z.number()]);

export const machinesSchema = z.strictObject({
  count: z.int(),
  memory,
});

export const datacenterSchema = z.strictObject({
  name: z.string(),
  /** kube context of its KubeCluster; @default the name */
  context: z.string().optional(),
  /** machines for pods; left out for a witness */
  machines: machinesSchema.optional(),
  /** holds only sentinels; @default false */
  witness: z.boolean().optional(),
  /** DNS domain under which its sentinels are found from every datacenter; @default `<datacenter>.<farm>.internal` */
  domain: z.string().optional(),
});

export const tierSchema = z.strictObject({
  name: z.string(),
  maxMemory: memory,
  /** memory request = limit of the redis container */
  memory,
  ports: z.array(z.number()),
  /** pods for every port, in each datacenter */
  replicas: z.int(),
  /** @default allkeys-lru */
  maxMemoryPolicy: z.string().optional(),
  /** @default none */
  persistence: z.enum(['none', 'aof', 'rdb']).optional(),
  /** size of the volume where persistence is aof or rdb; @default 2 x maxMemory */
  volume: memory.optional(),
  /** storage class of that volume; @default the KubeCluster's */
  storageClass: z.string().optional(),
  /** millicores; @default 100 */
  cpuMillis: z.number().optional(),
  /** @default Parallel */
  podManagement: z.enum(['Parallel', 'OrderedReady']).optional(),
});

export const sentinelGroupSchema = z.strictObject({
  /** groups are named `<name>-0`, `<name>-1`, ... */
  name: z.string(),
  /** sentinels a group: 3 or 5; @default 3 */
  size: z.int().optional(),
  /** number of groups, or as many as the cache clusters need; @default auto */
  count: z.union([z.int(), z.literal('auto')]).optional(),
  /** @default size/2+1 */
  quorum: z.int().optional(),
  /** @default 1000 */
  downAfterMs: z.number().optional(),
  /** @default 5000, or 30000 for replicated groups */
  failoverTimeoutMs: z.number().optional(),
  /** @default 100 */
  maxPartitions: z.int().optional(),
  /** serves cache clusters with partitionSize > 1; @default false */
  replicated: z.boolean().optional(),
});

export const securitySchema = z.strictObject({
  /** `password`: every CacheCluster has an ACL user of its own name; `none`: the default user, no password. @default password */
  auth: z.enum(['password', 'none']).optional(),
});

export const imagesSchema = z.strictObject({
  redis: z.string().optional(),
  exporter: z.string().optional(),
  cachefarm: z.string().optional(),
});

export const cacheClusterSchema = z.strictObject({
  clusterName: z
    .string()
    .meta({ description: 'Name of the cache cluster; its partitions are <clusterName>::0 ... ::<clusterSize-1>' }),
  clusterSize: z.int().meta({ description: 'Number of partitions' }),
  partitionSize: z
    .int()
    .optional()
    .meta({ description: 'Pods a partition: 1 = no replica, k = one master and k-1 replicas (default 1)' }),
  minReplicas: z.int().optional().meta({
    description: 'Replicas in step without which a master refuses writes, below partitionSize (default 0: never)',
  }),
  tier: z.string().meta({ description: 'Memory class of its pods' }),
  standbys: z.int().optional().meta({
    description:
      'Idle pods kept for it in each datacenter, shared by its partitions (default 1; 0 for replicated clusters)',
  }),
  hash: z
    .enum(['jump', 'ketama'])
    .optional()
    .meta({ description: 'How clients map keys to partitions (default jump)' }),
  importance: z.int().optional().meta({ description: 'Order of recovery: 1 first ... 5 last (default 3)' }),
  backingGroup: z.string().optional().meta({
    description: 'What takes the misses, e.g. the database; cache clusters that share it share a replacement budget',
  }),
  sentinelGroup: z.string().optional().meta({
    description:
      'Sentinel group that names its partitions, `main-0`; a farm of several groups should say it (default: the first with room, in declared order)',
  }),
  placement: z
    .strictObject({
      datacenters: z
        .array(z.string())
        .optional()
        .meta({ description: 'Only these datacenters (default: all that have pods)' }),
    })
    .optional()
    .meta({ description: 'Where its pods may be (default: everywhere)' }),
});

/** What Barn may change for somebody who asks over HTTP: nothing; cache clusters; drain marks on machines and pods too. */
export const WEB_CHANGES = ['none', 'clusters', 'all'] as const;

export const webSchema = z.strictObject({
  /** @default 9190 */
  port: z.number().optional(),
  /** addresses, map and events are told without a token; changes always need one. @default true */
  openReading: z.boolean().optional(),
  /** what Barn's ServiceAccount may write for people, each of whom is asked about in the KubeCluster as well. @default clusters */
  changes: z.enum(WEB_CHANGES).optional(),
});

export const farmSchema = z.strictObject({
  name: z.string(),
  /** @default cachefarm */
  namespace: z.string().optional(),
  datacenters: z.array(datacenterSchema),
  tiers: z.array(tierSchema),
  /** @default one auto pool `main`, and one auto pool `replicated` where a cluster asks for replicas */
  sentinelGroups: z.array(sentinelGroupSchema).optional(),
  security: securitySchema.optional(),
  /**
   * Metrics of each redis, from a container beside it: `sidecar` is a native one, for Kubernetes 1.29 or newer; `container` a plain one, for
   * 1.28 too; true means sidecar, false none. @default sidecar
   */
  exporter: z.union([z.boolean(), z.enum(['sidecar', 'container'])]).optional(),
  images: imagesSchema.optional(),
  /** the page and the HTTP API, which every Barn serves; false: none. @default on */
  web: z.union([z.literal(false), webSchema]).optional(),
  cacheClusters: z.array(cacheClusterSchema),
});

export type FarmSpec = z.input<typeof farmSchema>;
export type DatacenterSpec = z.input<typeof datacenterSchema>;
export type TierSpec = z.input<typeof tierSchema>;
export type SentinelGroupSpec = z.input<typeof sentinelGroupSchema>;
export type CacheClusterSpec = z.input<typeof cacheClusterSchema>;
