import { Redis } from 'ioredis';
import { partitionOptions } from '../../../src/client/index.js';
import { splitAddress } from '../../../src/farm/words.js';
import type { RunningFarm } from '../../builders/running-farm.js';

/** An application with nothing but ioredis in Sentinel mode: writes a key to a partition and reads it back. @returns what it read */
export async function writeThroughSentinel(
  running: RunningFarm,
  clusterName: string,
  index: number,
  value: string,
): Promise<string | null> {
  const { farm, world } = await running.look();
  const cluster = farm.cacheClusters.find((candidate) => candidate.clusterName === clusterName);
  const group = world.groups.find(({ name }) => name === cluster?.sentinelGroup);
  if (!cluster || !group) throw new Error(`${clusterName} is not declared, or has no sentinels`);
  const sentinels = group.sentinels.map(({ address }) => {
    const { host, port } = splitAddress(address);
    return { host, port };
  });
  const { application } = running.embedded.secrets;
  const { clusterSize } = cluster;
  const redis = new Redis({
    ...partitionOptions({ clusterName, clusterSize, sentinels, password: application }, index),
    maxRetriesPerRequest: 20,
  });
  redis.on('error', () => undefined);
  try {
    await redis.set('from-the-page', value);
    return await redis.get('from-the-page');
  } finally {
    redis.disconnect();
  }
}
