import { defineFarm } from '../farm/define.js';

/**
 * A small sibling of the talk farm for one machine: 3 datacenters x 4 machines, 45 pods, 2 sentinel groups. Every unreplicated cache cluster
 * has a standby in each datacenter, idle pods remain beside them, and each can be spread evenly over datacenters and machines.
 */
export const farm = defineFarm({
  name: 'demo',
  datacenters: ['a', 'b', 'c'].map((name) => ({ name, machines: { count: 4, memory: '2Gi' } })),
  tiers: [
    { name: 'M1', maxMemory: '64mb', memory: '96Mi', ports: [6378, 6379], replicas: 4 },
    { name: 'M4', maxMemory: '128mb', memory: '192Mi', ports: [6381], replicas: 4 },
    { name: 'M16', maxMemory: '256mb', memory: '384Mi', ports: [6383], replicas: 3 },
  ],
  web: { changes: 'all' },
  sentinelGroups: [{ name: 'main' }, { name: 'replicated', replicated: true }],
  cacheClusters: [
    { clusterName: 'User.id', clusterSize: 10, tier: 'M1', importance: 1, backingGroup: 'user-db' },
    { clusterName: 'Session', clusterSize: 3, tier: 'M1', importance: 1 },
    { clusterName: 'Friend.list', clusterSize: 5, tier: 'M4', backingGroup: 'user-db' },
    { clusterName: 'Chat.room', clusterSize: 2, partitionSize: 3, tier: 'M16', importance: 2 },
  ],
});
