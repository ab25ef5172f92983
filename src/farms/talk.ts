import { defineFarm } from '../farm/define.js';

/** The farm of a messenger (requirements S1): 3 datacenters x 60 machines of 64 GiB, 720 pods, about 60 % of them used. */
export const farm = defineFarm({
  name: 'talk',
  datacenters: ['a', 'b', 'c'].map((name) => ({ name, machines: { count: 60, memory: '64Gi' } })),
  tiers: [
    { name: 'M1', maxMemory: '1gb', memory: '1.5Gi', ports: [6378, 6379, 6380], replicas: 40 },
    { name: 'M4', maxMemory: '4gb', memory: '6Gi', ports: [6381, 6382], replicas: 30 },
    { name: 'M16', maxMemory: '16gb', memory: '24Gi', ports: [6383], replicas: 60 },
  ],
  cacheClusters: [
    { clusterName: 'User.id', clusterSize: 10, tier: 'M1', importance: 1 },
    { clusterName: 'User.profile', clusterSize: 60, tier: 'M1' },
  ],
});
