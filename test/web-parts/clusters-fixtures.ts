import type { Change, ClusterView, LimitsView } from '../../src/api/schemas.js';

export const limits: LimitsView = {
  farm: 'demo',
  tiers: [
    { name: 'M1', maxMemoryBytes: 64 * 2 ** 20, idle: 8, pods: 24 },
    { name: 'M4', maxMemoryBytes: 128 * 2 ** 20, idle: 4, pods: 12 },
  ],
  datacenters: ['a', 'b', 'c'],
  groups: [
    { name: 'main-0', replicated: false, partitions: 18, maxPartitions: 20 },
    { name: 'replicated-0', replicated: true, partitions: 2, maxPartitions: 100 },
  ],
  clusterNames: ['User.id', 'Session'],
  maxClusterSize: 1_000,
  maxPartitionSize: 5,
};

export const cluster = (changes: Partial<ClusterView> = {}): ClusterView => ({
  clusterName: 'User.id',
  clusterSize: 10,
  partitionSize: 1,
  minReplicas: 0,
  tier: 'M1',
  standbys: 1,
  hash: 'jump',
  importance: 3,
  backingGroup: null,
  sentinelGroup: 'main-0',
  datacenters: ['a', 'b', 'c'],
  serving: 10,
  standbysReady: 3,
  standbysWanted: 3,
  keys: 1_000,
  usedMemoryBytes: 100,
  maxMemoryBytes: 1_000,
  opsPerSecond: 50,
  hitRatio: 0.9,
  spread: { datacenter: { most: 4, bound: 4 }, machine: { most: 1, bound: 1 } },
  conditions: [],
  ...changes,
});

export const change = (changes: Partial<Change> = {}): Change => ({
  clusterName: 'User.id',
  dryRun: false,
  kind: 'change',
  before: { clusterName: 'User.id', clusterSize: 10, tier: 'M1' },
  after: { clusterName: 'User.id', clusterSize: 12, tier: 'M1' },
  lines: [],
  warnings: [],
  movedShare: 0,
  decisions: [],
  capacity: [],
  writtenTo: ['a'],
  silent: [],
  version: 'v2',
  ...changes,
});
