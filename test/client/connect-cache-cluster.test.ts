/** A cache cluster as an application sees it: fenced pods and sentinels with users and passwords, by our own scripts; and the end of a process. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import ts from 'typescript';
import { connectCacheCluster, partitioner, SentinelResolver } from '../../src/client/index.js';
import { type Address, until } from '../builders/processes.js';
import { claimAsBarn, hello, type LiveGroup, monitor, type Pod, ScriptFarm, secretOf } from '../scripts/script-farm.js';

const password = secretOf('application');
const hosts = (sentinels: readonly Address[]) => sentinels.map(({ ip, port }) => ({ host: ip, port }));

let farm: ScriptFarm;
let group: LiveGroup;
const pods: Pod[] = [];

beforeAll(async () => {
  farm = new ScriptFarm();
  group = await farm.group('main-0');
  for (const index of [0, 1]) {
    const partition = `User.id::${index}`;
    const pod = await farm.pod();
    expect(await claimAsBarn(pod, { kind: 'bound', partition, epoch: 1 })).toBeUndefined();
    await monitor(group.sentinels, partition, pod.at);
    pods.push(pod);
  }
}, 60_000);
afterAll(() => farm.room.stopAll());

const cluster = () => ({ clusterName: 'User.id', clusterSize: 2, sentinels: hosts(group.sentinels), password });

describe('a cache cluster with passwords', () => {
  test('keys go to their partitions, connections are made when used, quit ends them all', async () => {
    const cache = connectCacheCluster(cluster());
    const partitionOf = partitioner(cluster());
    for (let i = 0; i < 20; i += 1) await cache.for(`user:${i}`).set(`user:${i}`, partitionOf(`user:${i}`));
    expect(cache.for('user:1')).toBe(cache.partition(partitionOf('user:1')));
    expect(await cache.partition(1).get('user:1')).toBe(partitionOf('user:1') === 1 ? '1' : null);
    expect(cache.resolver.liveSubscriptions).toBe(3);
    const connections = [cache.partition(0), cache.partition(1)];
    await cache.quit();
    await until('ended', () => connections.every(({ status }) => status === 'end'));
    expect(cache.resolver.liveSentinels + cache.resolver.liveSubscriptions).toBe(0);
    await expect(connections[0]?.get('k')).rejects.toThrow('Connection is closed.');
  });

  test('a connection that is asked for while quit runs or later is ended too', async () => {
    const cache = connectCacheCluster(cluster());
    await cache.partition(0).set('k', 'v');
    const quitting = cache.quit();
    const late = cache.partition(1);
    await quitting;
    await until('ended', () => late.status === 'end');
    expect(cache.partition(1)).toBe(late);
    const later = connectCacheCluster(cluster());
    await later.quit();
    await expect(later.partition(0).get('k')).rejects.toThrow('Connection is closed.');
    await until('ended', () => later.partition(0).status === 'end');
  });

  test('follows a move to another claimed pod', async () => {
    const cache = connectCacheCluster(cluster());
    const next = await farm.pod();
    await cache.partition(0).set('where', 'old');
    await claimAsBarn(next, { kind: 'bound', partition: 'User.id::0', epoch: 5 });
    await hello(group, 'User.id::0', next.at, 5);
    await until(
      'moved',
      async () =>
        (await cache
          .partition(0)
          .get('where')
          .catch(() => 'old')) === null,
      1_000,
    );
    await cache.quit();
  });

  test.each([-1, 2, 0.5])('has no partition %s', async (index) => {
    const cache = connectCacheCluster(cluster());
    expect(() => cache.partition(index)).toThrow('User.id has the partitions 0 to 1');
    await cache.quit();
  });

  test('a wrong password of the sentinels is named as such', async () => {
    const cache = connectCacheCluster({ ...cluster(), password: 'wrong' });
    const redis = cache.partition(0);
    redis.on('error', () => undefined);
    await expect(redis.get('k')).rejects.toThrow(/User\.id::0: none of its sentinels answers .*WRONGPASS/);
    await cache.quit();
  });

  test('no password where sentinels want one is named as such', async () => {
    const resolver = new SentinelResolver({ sentinels: hosts(group.sentinels) });
    await expect(resolver.resolve('User.id::0')).rejects.toThrow(/User\.id::0: none of its sentinels answers .*NOAUTH/);
    resolver.close();
  });

  test('a wrong password of the pods is named as such', async () => {
    const cache = connectCacheCluster(cluster(), { password: 'wrong' });
    const redis = cache.partition(1);
    redis.on('error', () => undefined);
    await expect(redis.get('k')).rejects.toThrow(/WRONGPASS .*User\.id::1/);
    await cache.quit();
  });
});

test('a farm without passwords: the sentinels let us ask and subscribe', async () => {
  const open = await farm.group('open-0', 'unreplicated', 'none');
  const pod = await farm.pod({ auth: 'none' });
  await monitor(open.sentinels, 'Open.x::0', pod.at);
  const resolver = new SentinelResolver({ sentinels: hosts(open.sentinels) });
  expect(await resolver.resolve('Open.x::0')).toEqual({ host: pod.at.ip, port: pod.at.port });
  await until('subscribed', () => resolver.liveSubscriptions === 3);
  resolver.close();
});

/** The client as an application has it: JavaScript, run by node alone. */
function compiledClient(): string {
  const folder = mkdtempSync(join(tmpdir(), 'cachefarm-client-'));
  const root = join(import.meta.dirname, '../..');
  for (const room of ['client', 'keyspace', 'wire']) {
    mkdirSync(join(folder, room));
    for (const file of readdirSync(join(root, 'src', room))) {
      const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
      const { outputText } = ts.transpileModule(readFileSync(join(root, 'src', room, file), 'utf8'), {
        compilerOptions,
      });
      writeFileSync(join(folder, room, file.replace(/\.ts$/, '.js')), outputText);
    }
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  return folder;
}

/** Runs a script against the cluster; it has to end by itself. */
function runApplication(folder: string, script: string): Promise<{ readonly ms: number; readonly stdout: string }> {
  writeFileSync(join(folder, 'application.js'), script);
  const from = performance.now();
  return new Promise((resolve, reject) => {
    execFile(process.execPath, ['application.js'], { cwd: folder, timeout: 15_000 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${error.message} ${stdout} ${stderr}`));
      else resolve({ ms: performance.now() - from, stdout });
    });
  });
}

describe('the process of an application', () => {
  let folder: string;
  beforeAll(() => {
    folder = compiledClient();
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const start = () => `
    import { connectCacheCluster } from './client/index.js';
    const cache = connectCacheCluster(${JSON.stringify(cluster())});`;

  test('ends by itself after quit', async () => {
    const script = `${start()}
      process.stdout.write(await cache.partition(1).set('k', 'v'));
      await cache.quit();`;
    expect((await runApplication(folder, script)).stdout).toBe('OK');
  });

  test('ends by itself after quit when nothing was ever reached', async () => {
    const script = `${start().replaceAll(/"port":\d+/g, '"port":1')}
      cache.partition(1).on('error', () => undefined);
      const failed = cache.partition(1).get('k').catch((error) => process.stdout.write(error.name));
      await failed;
      await cache.quit();`;
    expect((await runApplication(folder, script)).stdout).toBe('MaxRetriesPerRequestError');
  });

  test('ends by itself after quit at once', async () => {
    const script = `${start()}
      cache.partition(0).on('error', () => undefined);
      cache.partition(0).get('k').catch(() => undefined);
      await cache.quit();
      process.stdout.write('end');`;
    expect((await runApplication(folder, script)).stdout).toBe('end');
  });
});
