import { checkFarm } from '../../src/farm/check.js';
import type { Problem } from '../../src/farm/model.js';
import type { CacheClusterSpec, DatacenterSpec, FarmSpec, SentinelGroupSpec, TierSpec } from '../../src/farm/schema.js';

/** A small farm without problems or warnings; a test says only in what its own differs. */
export const farmSpec = (changes: Partial<FarmSpec> = {}): FarmSpec => ({
  name: 'small',
  datacenters: ['a', 'b', 'c'].map((name) => datacenter({ name })),
  tiers: [tier(), tier({ name: 'M4', maxMemory: '4gb', memory: '6Gi', ports: [6381] })],
  sentinelGroups: [sentinelGroup(), sentinelGroup({ name: 'replicated', replicated: true })],
  cacheClusters: [
    cacheCluster(),
    cacheCluster({ clusterName: 'Chat.room', clusterSize: 2, partitionSize: 3, tier: 'M4' }),
  ],
  ...changes,
});

export const datacenter = (changes: Partial<DatacenterSpec> = {}): DatacenterSpec => ({
  name: 'a',
  machines: { count: 4, memory: '16Gi' },
  ...changes,
});

/** 8 pods in each datacenter with machines */
export const tier = (changes: Partial<TierSpec> = {}): TierSpec => ({
  name: 'M1',
  maxMemory: '1gb',
  memory: '1.5Gi',
  ports: [6378, 6379],
  replicas: 4,
  ...changes,
});

export const sentinelGroup = (changes: Partial<SentinelGroupSpec> = {}): SentinelGroupSpec => ({
  name: 'main',
  ...changes,
});

export const cacheCluster = (changes: Partial<CacheClusterSpec> = {}): CacheClusterSpec => ({
  clusterName: 'User.id',
  clusterSize: 6,
  tier: 'M1',
  ...changes,
});

const lines = (found: readonly Problem[]): readonly string[] =>
  found.map(({ path, message }) => `[${path}] ${message}`);

/** `[path] message` of every problem */
export const problemsOf = (spec: unknown): readonly string[] => lines(checkFarm(spec).problems);

/** `[path] message` of every warning */
export const warningsOf = (spec: unknown): readonly string[] => lines(checkFarm(spec).warnings);
