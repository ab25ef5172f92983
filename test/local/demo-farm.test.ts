import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { synthesizeFarm } from '../../constructs/synthesize-farm.js';
import { NAME } from '../../src/farm/words.js';
import { farm as demo } from '../../src/farms/demo.js';
import type { EmbeddedFarm } from '../../src/local/embedded-farm.js';
import { processesOf } from './processes-of.js';
import { TestFarms } from './run-farm.js';

const farms = new TestFarms();
let farm: EmbeddedFarm;

beforeAll(async () => {
  const folder = farms.folder();
  synthesizeFarm(demo, join(folder, 'dist'));
  farm = await farms.start({ dist: join(folder, 'dist'), state: join(folder, 'state'), log: () => undefined });
  await farm.ready(60_000);
}, 90_000);
afterAll(() => farms.end());

async function pods(role: string) {
  return (await farm.kube()).flatMap((kube) =>
    kube.pods.filter((pod) => pod.metadata.labels['cachefarm.dev/role'] === role),
  );
}

async function ask<T>(port: number, host: string, user: 'barn', question: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis({ host, port, username: user, password: farm.secrets[user], lazyConnect: true });
  try {
    return await question(redis);
  } finally {
    redis.disconnect();
  }
}

const perDatacenter = demo.tiers.reduce((sum, tier) => sum + tier.ports.length * tier.replicas, 0);

describe('the demo farm, as it is synthesized', () => {
  test('runs every redis, reachable at its machine and port, born locked', async () => {
    const redis = await pods('redis');
    expect(redis).toHaveLength(3 * perDatacenter);
    const users = await Promise.all(
      redis.map((pod) =>
        ask(Number(pod.metadata.labels['cachefarm.dev/port']), pod.status.hostIP ?? '', 'barn', (one) =>
          one.acl('LIST'),
        ),
      ),
    );
    for (const list of users) expect(list.join('\n')).toMatch(/user marker off .*~locked/);
  });

  test('runs every sentinel, with an identity of its own', async () => {
    const sentinels = await pods('sentinel');
    expect(sentinels).toHaveLength(demo.sentinelGroups.reduce((sum, group) => sum + group.size, 0));
    const ids = await Promise.all(
      sentinels.map((pod) =>
        ask(pod.spec.containers[0]?.ports?.[0]?.containerPort ?? 0, pod.status.hostIP ?? '', 'barn', (one) =>
          one.call('SENTINEL', 'MYID'),
        ),
      ),
    );
    expect(new Set(ids).size).toBe(sentinels.length);
  });

  test('has the reasons in its logs: no sentinel knows a new pod', () => {
    expect(farm.logs('a', 'redis-m1-6378-0', 'redis')).toContain('fence: locked');
  });

  test('cannot seed without the program of this package, and says so', async () => {
    await expect(farm.runJob(NAME.seedJob)).rejects.toThrow('the cachefarm program is not built: npm run build');
  });

  test('leaves nothing running', async () => {
    await farm.stop();
    expect(processesOf(farm.state)).toEqual([]);
  });
});
