import { defineFarm } from '../../src/farm/define.js';
import type { Farm } from '../../src/farm/model.js';
import type { FarmSpec } from '../../src/farm/schema.js';

const datacenters = (count: number): FarmSpec['datacenters'] =>
  ['a', 'b', 'c'].map((name) => ({ name, machines: { count, memory: '2Gi' } }));

const tier = (ports: readonly number[], replicas: number): FarmSpec['tiers'] => [
  { name: 'M1', maxMemory: '64mb', memory: '96Mi', ports: [...ports], replicas },
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
];

/** The first half of the seeds has the farm that is easiest to read. */
export const shapeOf = (seed: number): Farm => SHAPES[seed % 2 === 0 ? 0 : 1 + (Math.floor(seed / 2) % 2)] as Farm;
