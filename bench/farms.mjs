// The farms of the benchmark: the talk farm, and one of 2,000 StatefulSets.
import { defineFarm } from '../lib/src/index.js';

const range = (count, make) => Array.from({ length: count }, (_, index) => make(index));

/** 5 datacenters x 10 tiers x 40 ports; exporter and bus ports lie 5,000 and 10,000 above. */
const large = () =>
  defineFarm({
    name: 'large',
    datacenters: range(5, (d) => ({ name: `dc${d}`, machines: { count: 50, memory: '64Gi' } })),
    tiers: range(10, (t) => ({
      name: `T${t}`,
      maxMemory: '64mb',
      memory: '96Mi',
      ports: range(40, (p) => 1_500 + 40 * t + p),
      replicas: 2,
    })),
    cacheClusters: range(10, (c) => ({ clusterName: `Cluster.${c}`, clusterSize: 10, tier: `T${c}` })),
  });

export const FARMS = {
  talk: async () => (await import('../lib/src/farms/talk.js')).farm,
  large: async () => large(),
};
