/**
 * The words that manifests and operator share: labels, annotations, object names, ports, environment names.
 * Constructs write them, observers read them; nothing else may spell them out (the round-trip test guards it).
 */

export const DOMAIN = 'cachefarm.dev';

/** Label keys. A pod's labels are all that the operator needs to know what it is. */
export const LABEL = {
  farm: `${DOMAIN}/farm`,
  datacenter: `${DOMAIN}/datacenter`,
  role: `${DOMAIN}/role`,
  tier: `${DOMAIN}/tier`,
  port: `${DOMAIN}/port`,
  sentinelGroup: `${DOMAIN}/sentinel-group`,
  hostname: 'kubernetes.io/hostname',
  zone: 'topology.kubernetes.io/zone',
  revision: 'controller-revision-hash',
} as const;

/** Annotation keys. */
export const ANNOTATION = {
  /** on a KubeNode or a pod: since when it is being emptied (RFC 3339) */
  drain: `${DOMAIN}/drain`,
  /** on a CacheCluster: when somebody last said what it is, over all KubeClusters (RFC 3339) */
  declaredAt: `${DOMAIN}/declared-at`,
  /** on a CacheCluster, in place of the other: since when it is deleted, though the object is still there (RFC 3339) */
  deletedAt: `${DOMAIN}/deleted-at`,
} as const;

export type Role = 'redis' | 'sentinel' | 'seed' | 'barn';

/** Container names inside the pods. */
export const CONTAINER = {
  redis: 'redis',
  sentinel: 'sentinel',
  exporter: 'exporter',
  seed: 'seed',
  barn: 'barn',
} as const;

/** Distances and bases of host ports; requirements S2 for exporter and bus, Sentinel's default for its base. */
export const PORT = {
  exporterOffset: 5_000,
  busOffset: 10_000,
  sentinelBase: 26_379,
  /** room for the groups of one declaration, so that one more of them moves no other group's port; the most that `count` may be */
  sentinelGroups: 100,
  barn: 9_180,
  /** the page and the HTTP API */
  web: 9_190,
} as const;

export const exporterPort = (redisPort: number): number => redisPort + PORT.exporterOffset;
export const busPort = (redisPort: number): number => redisPort + PORT.busOffset;
/** Port of group `<pool>-<ordinal>`, by the position of its pool among the declared ones. */
export const sentinelPort = (pool: number, ordinal: number): number =>
  PORT.sentinelBase + pool * PORT.sentinelGroups + ordinal;

/** Object names. A renamed StatefulSet is a lost cache, so every name is derived here and pinned by a test. */
export const NAME = {
  redisSet: (tier: string, port: number): string => `redis-${tier.toLowerCase()}-${port}`,
  sentinelSet: (group: string): string => `sentinel-${group}`,
  sentinelService: (group: string): string => `sentinel-${group}`,
  redisScripts: 'redis-scripts',
  sentinelScripts: 'sentinel-scripts',
  /** ConfigMap with `farm.json`: the farm without its cache clusters (those are CRs). */
  farmConfig: 'farm',
  secret: 'cachefarm-auth',
  /** Secret with one kubeconfig for all KubeClusters (key `config`); without it a pod of ours sees its own KubeCluster only. */
  kubeconfig: 'cachefarm-kubeconfig',
  seedJob: 'cachefarm-seed',
  barn: 'cachefarm-barn',
  priorityRedis: 'cachefarm-redis',
  prioritySentinel: 'cachefarm-sentinel',
} as const;

/** Keys of the Secret `cachefarm-auth`; every value is one line without white space. */
export const SECRET_KEYS = ['barn', 'sentinel', 'peer', 'pod', 'exporter', 'replication', 'application'] as const;
export type SecretKey = (typeof SECRET_KEYS)[number];

/**
 * Environment of our containers. Paths are absolute in a container; the embedded farm puts its own folders in their place.
 * `ip` is the machine's address (downward API status.hostIP).
 */
export const ENV = {
  ip: 'FARM_IP',
  port: 'FARM_PORT',
  podName: 'FARM_POD',
  namespace: 'FARM_NAMESPACE',
  datacenter: 'FARM_DATACENTER',
  /** none | password */
  auth: 'FARM_AUTH',
  /** folder with the Secret's keys as files */
  secrets: 'FARM_SECRETS',
  /** folder with the ConfigMap of the container: scripts and ACL rules */
  scripts: 'FARM_SCRIPTS',
  /** private, memory-backed folder for rendered configuration */
  run: 'FARM_RUN',
  /** working folder of redis (persistence) */
  data: 'FARM_DATA',
  /** bytes */
  maxMemory: 'FARM_MAXMEMORY',
  maxMemoryPolicy: 'FARM_MAXMEMORY_POLICY',
  /** none | aof | rdb */
  persistence: 'FARM_PERSISTENCE',
  /** sentinel: name of the group */
  sentinelGroup: 'FARM_SENTINEL_GROUP',
  /** folder with farm.json (ConfigMap `farm`) */
  farm: 'FARM_CONFIG',
} as const;

/** Files inside the ConfigMap `redis-scripts` beside the ACL rule files of access.ts. */
export const SCRIPT = {
  redisStart: 'redis-start.sh',
  redisFence: 'redis-fence.sh',
  /** read in by the fence, as are the next three */
  redisAsk: 'redis-ask.sh',
  redisNames: 'redis-names.sh',
  redisTally: 'redis-tally.sh',
  redisOpen: 'redis-open.sh',
  /** read in by both start scripts; in the ConfigMap `sentinel-scripts` too */
  startChecks: 'start-checks.sh',
  sentinelStart: 'sentinel-start.sh',
  /** one line a sentinel group: `<group> <replicated|unreplicated> <size> <host>:<port> ...` */
  sentinels: 'sentinels',
} as const;

/** Names of cache clusters: others break Sentinel in different silent ways (design.md 10). */
export const CLUSTER_NAME = /^[A-Za-z][A-Za-z0-9._-]{0,62}$/;
/** A backing group: as a cache cluster, but it may begin with a digit. */
export const BACKING_GROUP = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

/** `User.id`, 3 -> `User.id::3`: the name Sentinel knows. */
export const partitionName = (clusterName: string, index: number): string => `${clusterName}::${index}`;

/** `User.id::3` -> {clusterName: 'User.id', index: 3}; undefined for anything that is not canonical (`::03`, `::-1`). */
export function parsePartitionName(name: string): { readonly clusterName: string; readonly index: number } | undefined {
  const match = /^(?<cluster>[A-Za-z][A-Za-z0-9._-]{0,62})::(?<index>0|[1-9]\d{0,5})$/.exec(name);
  const groups = match?.groups;
  return groups ? { clusterName: groups.cluster as string, index: Number(groups.index) } : undefined;
}

/** A cache cluster's name as a Kubernetes object name: lower case, `_` as `-`. Two names that meet here are refused by the check. */
export const kubernetesName = (clusterName: string): string => clusterName.toLowerCase().replaceAll('_', '-');

/** `10.1.2.3:6378` in its parts; the last colon parts them. */
export function splitAddress(address: string): { readonly host: string; readonly port: number } {
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon), port: Number(address.slice(colon + 1)) };
}
