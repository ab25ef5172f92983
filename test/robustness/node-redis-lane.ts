import { createSentinel } from 'redis';
import type { CacheClusterOptions } from '../../src/client/index.js';
import type { Connection } from './application.js';

/** As short as those of our own options (src/client/partition-options.ts), else it stays on a hung pod. */
const SOCKET = {
  connectTimeout: 1_000,
  socketTimeout: 2_000,
  reconnectStrategy: (times: number) => Math.min(50 * (times + 1), 250),
};
/** ms between two looks at the sentinels, beside what they publish */
const SCAN_MS = 1_000;

/** node-redis with its own support of Sentinel. Which pod answers it does not say. */
export async function nodeRedisLane(cluster: CacheClusterOptions, partition: string): Promise<Connection> {
  const { clusterName, sentinels, password } = cluster;
  const login = (username: string) => (password === undefined ? {} : { username, password });
  const client = createSentinel({
    name: partition,
    sentinelRootNodes: sentinels.map(({ host, port }) => ({ host, port })),
    nodeClientOptions: { ...login(clusterName), socket: SOCKET },
    sentinelClientOptions: { ...login('app'), socket: SOCKET },
    scanInterval: SCAN_MS,
  });
  client.on('error', () => undefined);
  await client.connect();
  return {
    set: (key, value) => client.set(key, value),
    get: (key) => client.get(key),
    address: undefined,
  };
}
