import { defineFarm } from '../../src/farm/define.js';
import type { Farm } from '../../src/farm/model.js';
import type { FarmSpec } from '../../src/farm/schema.js';

const datacenters = (count: number): FarmSpec['datacenters'] =>
  ['a', 'b', 'c'].map((name) => ({ name, machines: { count, memory: '2Gi' } }));

const tier = (ports: readonly number[], replicas: number, name = 'M1'): FarmSpec['tiers'] => [
  { name, maxMemory: '64mb', memory: '96Mi', ports: [...ports], replicas },
];

/** Small farms, each tight in another way. */
export const SHAPES: readonly Farm[] = [
  // Room for the loss of a machine; two cache clusters beside each other.
  defineFarm({
    name: 'sim',
    datacenters: datacenters(3),
    tiers: tier([6378, 6379], 3),
    sentinelGroups: [{ name: 'main' }],
    cacheClusters: [
      { clusterName: 'User.id', clusterSize: 3, tier: 'M1' },
      { clusterName: 'Session', clusterSize: 2, tier: 'M1' },
    ],
  }),
  // Hardly a pod to spare.
  defineFarm({
    name: 'sim',
    datacenters: datacenters(2),
    tiers: tier([6378, 6379], 2),
    sentinelGroups: [{ name: 'main' }],
    cacheClusters: [
      { clusterName: 'User.id', clusterSize: 4, tier: 'M1' },
      { clusterName: 'Session', clusterSize: 2, tier: 'M1' },
    ],
  }),
  // A replicated cache cluster beside one that is not.
  defineFarm({
    name: 'sim',
    datacenters: datacenters(2),
    tiers: tier([6378, 6379], 2),
    sentinelGroups: [{ name: 'main' }, { name: 'replicated', replicated: true }],
    cacheClusters: [
      { clusterName: 'User.id', clusterSize: 3, tier: 'M1' },
      { clusterName: 'Chat.room', clusterSize: 1, partitionSize: 3, tier: 'M1' },
    ],
  }),
  // Five sentinels, one of them in a datacenter without pods.
  defineFarm({
    name: 'sim',
    datacenters: [...datacenters(2).slice(0, 2), { name: 'c', witness: true }],
    tiers: tier([6378, 6379, 6380], 2),
    sentinelGroups: [{ name: 'main', size: 5 }],
    cacheClusters: [
      { clusterName: 'User.id', clusterSize: 3, tier: 'M1' },
      { clusterName: 'Session', clusterSize: 2, tier: 'M1' },
    ],
  }),
  // No passwords, two tiers, and writes that need a replica.
  defineFarm({
    name: 'sim',
    security: { auth: 'none' },
    datacenters: datacenters(2),
    tiers: [...tier([6378], 2), ...tier([6379], 2, 'M2')],
    sentinelGroups: [{ name: 'main' }, { name: 'replicated', replicated: true }],
    cacheClusters: [
      { clusterName: 'User.id', clusterSize: 2, tier: 'M1' },
      { clusterName: 'Chat.room', clusterSize: 1, partitionSize: 3, minReplicas: 1, tier: 'M2' },
    ],
  }),
];

/** The first half of the seeds has the farm that is easiest to read. */
export const shapeOf = (seed: number): number =>
  seed % 2 === 0 ? 0 : 1 + (Math.floor(seed / 2) % (SHAPES.length - 1));

/** One seed in eight has none: what Sentinel and the fences do by themselves must be safe. */
export const barnsOf = (seed: number): number => (seed % 16 === 10 || seed % 32 === 5 || seed % 32 === 17 ? 0 : 2);
