import type { Redis } from 'ioredis';
import { claimedCluster, parseClaim } from '../../src/farm/access.js';
import type { Connections } from '../../src/observe/connections.js';
import { partitionIn } from './check-owners.js';
import type { StrayKey } from './history.js';
import { clusterOf } from './spans.js';

async function claimOf(redis: Redis): Promise<string> {
  const acl = (await redis.call('ACL', 'LIST')) as readonly string[];
  return /~(\S+)/.exec(acl.find((line) => line.startsWith('user marker ')) ?? '')?.[1] ?? '';
}

async function allKeys(redis: Redis): Promise<readonly string[]> {
  const keys: string[] = [];
  for (let cursor = '0'; ; ) {
    const [next, page] = await redis.scan(cursor, 'COUNT', 2_000);
    keys.push(...page);
    if (next === '0') return keys;
    cursor = next;
  }
}

/** The cache cluster whose client wrote a key, as key or, where every partition has the key, value say; undefined: gone meanwhile. */
async function writerOf(redis: Redis, key: string): Promise<string | undefined> {
  if (!key.startsWith('common:')) return clusterOf(key.split(':').slice(0, 3).join(':'));
  const value = await redis.get(key);
  return value === null ? undefined : (clusterOf(partitionIn(value)) ?? '');
}

async function strayAt(redis: Redis, address: string): Promise<readonly StrayKey[]> {
  const claim = await claimOf(redis);
  const parsed = parseClaim(claim);
  const owner = parsed && claimedCluster(parsed);
  const stray: StrayKey[] = [];
  for (const key of await allKeys(redis)) {
    const writer = await writerOf(redis, key);
    if (writer !== undefined && writer !== owner) stray.push({ address, claim, key });
  }
  // Bound or released meanwhile: nothing is certain.
  return (await claimOf(redis)) === claim ? stray : [];
}

/** Keys on pods of another cache cluster, or of nobody; and pods that could not be read. */
export async function findStrayKeys(
  connections: Connections,
  addresses: readonly string[],
): Promise<{ readonly strayKeys: readonly StrayKey[]; readonly unread: readonly string[] }> {
  const unread: string[] = [];
  const found = await Promise.all(
    addresses.map((address) =>
      connections
        .use(address, (redis) => strayAt(redis, address))
        .catch(() => {
          unread.push(address);
          return [];
        }),
    ),
  );
  return { strayKeys: found.flat(), unread };
}
