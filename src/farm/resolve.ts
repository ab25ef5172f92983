/** FarmSpec -> Farm: defaults filled in, sizes in bytes, sentinel groups expanded and given their cache clusters. Checks nothing: check.ts does. */
import { parseBytes } from './bytes.js';
import type { CacheCluster, Datacenter, ExporterForm, Farm, SentinelGroup, Tier, Web } from './model.js';
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
  readonly poolIndex: number;
  readonly ordinal: number;
  readonly name: string;
  readonly replicated: boolean;
  readonly capacity: number;
  used: number;
}

const isAuto = (pool: SentinelGroupSpec): boolean => (pool.count ?? 'auto') === 'auto';

/** The group `<pool>-<ordinal>` that a cache cluster names; undefined when no pool can have it. */
function parseGroup(name: string, pools: readonly SentinelGroupSpec[]): { pool: number; ordinal: number } | undefined {
  const dash = name.lastIndexOf('-');
  const pool = pools.findIndex((candidate) => candidate.name === name.slice(0, dash));
  const digits = name.slice(dash + 1);
  return pool >= 0 && /^(0|[1-9]\d?)$/.test(digits) ? { pool, ordinal: Number(digits) } : undefined;
}

/** How many groups each pool has before cache clusters are dealt: as declared, or as many as the highest that is named, at least one. */
function namedCounts(spec: FarmSpec, pools: readonly SentinelGroupSpec[]): readonly number[] {
  const named = spec.cacheClusters.flatMap((cluster) => parseGroup(cluster.sentinelGroup ?? '', pools) ?? []);
  return pools.map((pool, i) =>
    isAuto(pool)
      ? Math.max(1, ...named.filter((group) => group.pool === i).map((group) => group.ordinal + 1))
      : Math.min(Number(pool.count), 1_000),
  );
}

/**
 * Cache clusters that name their group first, then the others, first fit in declared order: appending a cache cluster moves no other. A resize
 * can, which is why a farm of several groups is asked to name them (check-group-ceilings.ts).
 */
function fillGroups(spec: FarmSpec): { bins: readonly Bin[]; groupOf: ReadonlyMap<string, string> } {
  const pools = sentinelPools(spec);
  const bins: Bin[] = [];
  const open = (poolIndex: number): Bin => {
    const pool = pools[poolIndex] as SentinelGroupSpec;
    const ordinal = bins.filter((bin) => bin.poolIndex === poolIndex).length;
    const [name, replicated] = [`${pool.name}-${ordinal}`, pool.replicated ?? false];
    const bin = { pool, poolIndex, ordinal, name, replicated, capacity: pool.maxPartitions ?? 100, used: 0 };
    bins.push(bin);
    return bin;
  };
  for (const [i, count] of namedCounts(spec, pools).entries()) for (let n = 0; n < count; n++) open(i);
  const groupOf = new Map<string, string>();
  const put = (cluster: CacheClusterSpec, bin: Bin | undefined): void => {
    if (bin) bin.used += cluster.clusterSize;
    groupOf.set(cluster.clusterName, bin?.name ?? cluster.sentinelGroup ?? '');
  };
  for (const cluster of spec.cacheClusters.filter(({ sentinelGroup }) => sentinelGroup !== undefined))
    put(
      cluster,
      bins.find((bin) => bin.name === cluster.sentinelGroup),
    );
  for (const cluster of spec.cacheClusters.filter(({ sentinelGroup }) => sentinelGroup === undefined)) {
    const replicated = isReplicated(cluster);
    const isOpen = (pool: SentinelGroupSpec): boolean => (pool.replicated ?? false) === replicated && isAuto(pool);
    const holds = (pool: SentinelGroupSpec): boolean => cluster.clusterSize <= (pool.maxPartitions ?? 100);
    const wide = pools.findIndex((pool) => isOpen(pool) && holds(pool));
    // Where none is wide enough the check says so.
    const growing = wide < 0 ? pools.findIndex(isOpen) : wide;
    const fits = (bin: Bin): boolean => bin.replicated === replicated && bin.used + cluster.clusterSize <= bin.capacity;
    put(cluster, bins.find(fits) ?? (growing < 0 ? undefined : open(growing)));
  }
  return { bins: bins.sort((x, y) => x.poolIndex - y.poolIndex || x.ordinal - y.ordinal), groupOf };
}

function resolveGroup(bin: Bin, datacenters: readonly DatacenterSpec[]): SentinelGroup {
  const { pool } = bin;
  const size = pool.size ?? 3;
  return {
    name: bin.name,
    pool: pool.name,
    port: sentinelPort(bin.poolIndex, bin.ordinal),
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
    ...(spec.minReplicas === undefined || spec.minReplicas === 0 ? {} : { minReplicas: spec.minReplicas }),
    tier: spec.tier,
    standbys: spec.standbys ?? (partitionSize > 1 ? 0 : 1),
    hash: spec.hash ?? 'jump',
    importance: spec.importance ?? 3,
    ...(spec.backingGroup === undefined ? {} : { backingGroup: spec.backingGroup }),
    sentinelGroup,
    datacenters: spec.placement?.datacenters ?? datacenters.filter((d) => !d.witness).map((d) => d.name),
  };
}

/** true is what most people write, and means the form that is best where Kubernetes has it. */
export const exporterForm = (exporter: FarmSpec['exporter'] = true): ExporterForm | false =>
  exporter === true ? 'sidecar' : exporter;

/** Reading is open as /metrics is: what is told there (names, addresses, figures) is no secret, and clients in any language ask for addresses. */
export const webOf = (web: FarmSpec['web'] = {}): Web | undefined =>
  web === false
    ? undefined
    : { port: web.port ?? PORT.web, openReading: web.openReading ?? true, changes: web.changes ?? 'clusters' };

export function resolveFarm(spec: FarmSpec): Farm {
  const { bins, groupOf } = fillGroups(spec);
  const web = webOf(spec.web);
  return {
    name: spec.name,
    namespace: spec.namespace ?? 'cachefarm',
    datacenters: spec.datacenters.map((d) => resolveDatacenter(spec.name, d)),
    tiers: spec.tiers.map(resolveTier),
    sentinelGroups: bins.map((bin) => resolveGroup(bin, spec.datacenters)),
    auth: spec.security?.auth ?? 'password',
    exporter: exporterForm(spec.exporter),
    images: {
      redis: spec.images?.redis ?? DEFAULT_IMAGES.redis,
      exporter: spec.images?.exporter ?? DEFAULT_IMAGES.exporter,
      cachefarm: spec.images?.cachefarm ?? DEFAULT_IMAGES.cachefarm,
    },
    barnPort: PORT.barn,
    ...(web ? { web } : {}),
    cacheClusters: spec.cacheClusters.map((c) => resolveCluster(c, groupOf.get(c.clusterName) ?? '', spec.datacenters)),
  };
}
