import { defineFarm } from '../../src/farm/define.js';
import type { Farm } from '../../src/farm/model.js';
import type { FarmSpec } from '../../src/farm/schema.js';
import type { FarmKind } from './scenario.js';

/** 3 datacenters x 3 machines x 2 ports: half of the pods serve or stand by, the rest is idle. */
const plain: FarmSpec = {
  name: 'robust',
  datacenters: ['a', 'b', 'c'].map((name) => ({ name, machines: { count: 3, memory: '2Gi' } })),
  tiers: [{ name: 'M1', maxMemory: '64mb', memory: '96Mi', ports: [6378, 6379], replicas: 3 }],
  sentinelGroups: [{ name: 'main', size: 3, downAfterMs: 1_000 }],
  exporter: false,
  cacheClusters: [
    { clusterName: 'User.id', clusterSize: 4, tier: 'M1' },
    { clusterName: 'Session', clusterSize: 2, tier: 'M1' },
  ],
};

const replicated: FarmSpec = {
  ...plain,
  tiers: [...(plain.tiers ?? []), { name: 'M4', maxMemory: '128mb', memory: '192Mi', ports: [6381], replicas: 3 }],
  sentinelGroups: [...(plain.sentinelGroups ?? []), { name: 'twins', replicated: true }],
  cacheClusters: [
    ...(plain.cacheClusters ?? []),
    { clusterName: 'Chat', clusterSize: 2, partitionSize: 2, tier: 'M4' },
  ],
};

export const farmOf = (kind: FarmKind): Farm => defineFarm(kind === 'plain' ? plain : replicated);
