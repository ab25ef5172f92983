/** FarmSpec -> Farm: defaults filled in, sizes in bytes, sentinel groups expanded and given their cache clusters. Checks nothing: check.ts does. */
import { parseBytes } from './bytes.js';
import type { CacheCluster, Datacenter, Farm, SentinelGroup, Tier } from './model.js';
import type { CacheClusterSpec, DatacenterSpec, FarmSpec, SentinelGroupSpec, TierSpec } from './schema.js';
import { PORT, sentinelPort } from './words.js';

export const DEFAULT_IMAGES = {
  redis: 'docker.io/library/redis:7.4.6',
  exporter: 'docker.io/oliver006/redis_exporter:v1.74.0',
  cachefarm: 'ghcr.io/cachefarm/cachefarm:0.1.0',
} as const;

const bytesOr0 = (value: string | number): number => parseBytes(value) ?? 0;

const resolveDatacenter = (farm: string, spec: DatacenterSpec): Datacenter => ({
  name: spec.name,
  context: spec.context ?? spec.name,
  witness: spec.witness ?? false,
  machines: { count: spec.machines?.count ?? 0, memoryBytes: spec.machines ? bytesOr0(spec.machines.memory) : 0 },
  domain: spec.domain ?? `${spec.name}.${farm}.internal`,
});

const resolveTier = (spec: TierSpec): Tier => ({
  name: spec.name,
  maxMemoryBytes: bytesOr0(spec.maxMemory),
  memoryBytes: bytesOr0(spec.memory),
  ports: spec.ports,
  replicas: spec.replicas,
  maxMemoryPolicy: spec.maxMemoryPolicy ?? 'allkeys-lru',
  persistence: spec.persistence ?? 'none',
  volumeBytes: spec.volume === undefined ? 2 * bytesOr0(spec.maxMemory) : bytesOr0(spec.volume),
  ...(spec.storageClass === undefined ? {} : { storageClass: spec.storageClass }),
  cpuMillis: spec.cpuMillis ?? 100,
  podManagement: spec.podManagement ?? 'Parallel',
});

const isReplicated = (spec: CacheClusterSpec): boolean => (spec.partitionSize ?? 1) > 1;

/** The pools of sentinel groups a farm has when it declares none. */
export function sentinelPools(spec: FarmSpec): readonly SentinelGroupSpec[] {
  if (spec.sentinelGroups) return spec.sentinelGroups;
  const replicated: SentinelGroupSpec = { name: 'replicated', replicated: true };
  return spec.cacheClusters.some(isReplicated) ? [{ name: 'main' }, replicated] : [{ name: 'main' }];
}

/** Sentinels are dealt to the datacenters in turn, so that a group of 3 has one in each of three. */
function dealMembers(size: number, datacenters: readonly DatacenterSpec[]): SentinelGroup['members'] {
  const [each, rest] = [Math.floor(size / datacenters.length), size % datacenters.length];
  return datacenters
    .map(({ name }, i) => ({ datacenter: name, replicas: each + (i < rest ? 1 : 0) }))
    .filter(({ replicas }) => replicas > 0);
}

interface Bin {
  readonly pool: SentinelGroupSpec;
  readonly name: string;
  readonly replicated: boolean;
  readonly capacity: number;
  used: number;
}

/** First fit in declared order: appending a cache cluster moves no other. */
function fillGroups(spec: FarmSpec): { bins: readonly Bin[]; groupOf: ReadonlyMap<string, string> } {
  const pools = sentinelPools(spec);
  const bins: Bin[] = [];
  const open = (pool: SentinelGroupSpec): Bin => {
    const ordinal = bins.filter((bin) => bin.pool === pool).length;
    const bin = {
      pool,
      name: `${pool.name}-${ordinal}`,
      replicated: pool.replicated ?? false,
      capacity: pool.maxPartitions ?? 100,
      used: 0,
    };
    bins.push(bin);
    return bin;
  };
  for (const pool of pools) {
    const count = pool.count === undefined || pool.count === 'auto' ? 1 : pool.count;
    for (let i = 0; i < Math.min(count, 1_000); i++) open(pool);
  }
  const groupOf = new Map<string, string>();
  for (const cluster of spec.cacheClusters) {
    const fits = (bin: Bin): boolean =>
      bin.replicated === isReplicated(cluster) && bin.used + cluster.clusterSize <= bin.capacity;
    const pinned =
      cluster.sentinelGroup === undefined ? undefined : bins.find((bin) => bin.name === cluster.sentinelGroup);
    const growing = pools.find(
      (pool) => (pool.replicated ?? false) === isReplicated(cluster) && (pool.count ?? 'auto') === 'auto',
    );
    const bin = cluster.sentinelGroup === undefined ? (bins.find(fits) ?? (growing && open(growing))) : pinned;
    if (bin) bin.used += cluster.clusterSize;
    groupOf.set(cluster.clusterName, bin?.name ?? cluster.sentinelGroup ?? '');
  }
  return { bins, groupOf };
}

function resolveGroup(bin: Bin, index: number, datacenters: readonly DatacenterSpec[]): SentinelGroup {
  const { pool } = bin;
  const size = pool.size ?? 3;
  return {
    name: bin.name,
    pool: pool.name,
    port: sentinelPort(index),
    size,
    quorum: pool.quorum ?? Math.floor(size / 2) + 1,
    downAfterMs: pool.downAfterMs ?? 1_000,
    failoverTimeoutMs: pool.failoverTimeoutMs ?? (bin.replicated ? 30_000 : 5_000),
    maxPartitions: bin.capacity,
    replicated: bin.replicated,
    members: dealMembers(size, datacenters),
  };
}

function resolveCluster(
  spec: CacheClusterSpec,
  sentinelGroup: string,
  datacenters: readonly DatacenterSpec[],
): CacheCluster {
  const partitionSize = spec.partitionSize ?? 1;
  return {
    clusterName: spec.clusterName,
    clusterSize: spec.clusterSize,
    partitionSize,
    tier: spec.tier,
    standbys: spec.standbys ?? (partitionSize > 1 ? 0 : 1),
    hash: spec.hash ?? 'jump',
    importance: spec.importance ?? 3,
    ...(spec.backingGroup === undefined ? {} : { backingGroup: spec.backingGroup }),
    sentinelGroup,
    datacenters: spec.placement?.datacenters ?? datacenters.filter((d) => !d.witness).map((d) => d.name),
  };
}

export function resolveFarm(spec: FarmSpec): Farm {
  const { bins, groupOf } = fillGroups(spec);
  return {
    name: spec.name,
    namespace: spec.namespace ?? 'cachefarm',
    datacenters: spec.datacenters.map((d) => resolveDatacenter(spec.name, d)),
    tiers: spec.tiers.map(resolveTier),
    sentinelGroups: bins.map((bin, index) => resolveGroup(bin, index, spec.datacenters)),
    auth: spec.security?.auth ?? 'password',
    exporter: spec.exporter ?? true,
    images: {
      redis: spec.images?.redis ?? DEFAULT_IMAGES.redis,
      exporter: spec.images?.exporter ?? DEFAULT_IMAGES.exporter,
      cachefarm: spec.images?.cachefarm ?? DEFAULT_IMAGES.cachefarm,
    },
    barnPort: PORT.barn,
    cacheClusters: spec.cacheClusters.map((c) => resolveCluster(c, groupOf.get(c.clusterName) ?? '', spec.datacenters)),
  };
}
