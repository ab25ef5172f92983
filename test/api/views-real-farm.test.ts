/** What only real servers can tell: that INFO has the figures, and that a sentinel.conf is as long as it is said to be. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import type { Pass } from '../../src/api/parts.js';
import { clustersView } from '../../src/api/views/clusters.js';
import { mapPods } from '../../src/api/views/farm-map.js';
import { groupsView } from '../../src/api/views/groups.js';
import { LoadBook } from '../../src/api/views/load.js';
import { partitionView } from '../../src/api/views/partition.js';
import { seedFarm } from '../../src/cli/seed-farm.js';
import { splitAddress } from '../../src/farm/words.js';
import { partitionOf } from '../../src/world/facts.js';
import { until } from '../builders/processes.js';
import { type RunningFarm, runFarm, smallFarm } from '../builders/running-farm.js';
import { everyView, FRESH, passOf, unlike } from './views-scene.js';

let running: RunningFarm;
beforeAll(async () => {
  running = await runFarm(smallFarm());
  await seedFarm(running.access, { timeoutMs: 60_000 });
}, 90_000);
afterAll(() => running.stop());

const look = async (): Promise<Pass> => {
  const { farm, world } = await running.look();
  return passOf(farm, world);
};

/** Every sentinel.conf below a folder: bytes, and names in it. */
const sentinelConfs = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('sentinel.conf'))
    .map((path) => {
      const text = readFileSync(join(folder, path), 'utf8');
      return {
        bytes: Buffer.byteLength(text),
        names: text.split('\n').filter((line) => line.startsWith('sentinel monitor ')).length,
      };
    });

test('views of a real farm are what their schemas say', async () => {
  expect(unlike(everyView(await look(), new LoadBook()))).toEqual([]);
});

test('operations, clients and the hit ratio are what the application does', async () => {
  const loads = new LoadBook();
  const partition = partitionOf((await look()).facts, 'User.id::0');
  const { host, port } = splitAddress(partition?.agreed ?? '');
  const application = new Redis({
    host,
    port,
    username: 'User.id',
    password: running.access.credentials.application,
    lazyConnect: true,
  });
  try {
    await application.connect();
    await application.set('there', '1');
    loads.passed(await look());
    for (let i = 0; i < 40; i++) await application.get(i % 4 === 0 ? 'not there' : 'there');
    const seen = await look();
    loads.passed(seen);
    const pod = mapPods(seen, loads).find(({ address }) => address === partition?.agreed);
    expect(pod).toMatchObject({ state: 'serving', hitRatio: 0.75, partitions: [partition?.name] });
    expect(pod?.clients).toBeGreaterThan(1);
    const { clusters } = clustersView(seen, loads, FRESH);
    expect(clusters.find(({ clusterName }) => clusterName === 'User.id')).toMatchObject({ hitRatio: 0.75 });
    await until(
      'operations a second',
      async () => {
        await application.get('there');
        const next = await look();
        loads.passed(next);
        return (partitionView(next, loads, [], partition?.name ?? '', FRESH)?.pod?.opsPerSecond ?? 0) > 0;
      },
      10_000,
    );
  } finally {
    application.disconnect();
  }
});

test('the cost of a rewrite is that of a real sentinel.conf, within a twentieth', async () => {
  const real = sentinelConfs(running.embedded.state);
  for (const group of groupsView(await look(), FRESH).groups) {
    const files = real.filter(({ names }) => names === group.partitions);
    expect(files).toHaveLength(3);
    for (const { bytes } of files) {
      expect(group.rewriteBytes / bytes).toBeGreaterThan(0.95);
      expect(group.rewriteBytes / bytes).toBeLessThan(1.05);
    }
  }
});
