import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { EmbeddedFarm } from '../../src/local/embedded-farm.js';
import { namesIn, podOf, restarts, TestFarms } from './run-farm.js';
import { configMap, type SmallSet, statefulSet, writeDist } from './small-dist.js';
import { until } from './until.js';

const farms = new TestFarms();
afterEach(() => farms.end());

const says = (word: string) => ['sh', '-c', `echo ${word}; exec sleep 1000`];
const set = (word: string, more: Partial<SmallSet> = {}) =>
  statefulSet({ name: 's', replicas: 2, command: says(word), ...more });
const apply = (farm: EmbeddedFarm, ...manifests: readonly Record<string, unknown>[]) =>
  farm.apply(writeDist(join(farm.state, '..', 'dist'), { datacenters: { a: manifests } }));
const revision = async (farm: EmbeddedFarm, pod: string) =>
  (await podOf(farm, 'a', pod)).metadata.labels['controller-revision-hash'];

describe('OnDelete', () => {
  test('a changed template moves no pod, and a restart in place keeps the old one', async () => {
    const farm = await farms.run({ datacenters: { a: [set('old')] } });
    const before = await podOf(farm, 'a', 's-0');
    await apply(farm, set('new'));
    farm.killContainer('a', 's-0', 'main');
    await until('restarted', async () => restarts(await podOf(farm, 'a', 's-0')) === 1);
    await until('old again', () => farm.logs('a', 's-0') === 'old\nold\n');
    expect((await podOf(farm, 'a', 's-0')).metadata).toMatchObject({
      uid: before.metadata.uid,
      labels: before.metadata.labels,
    });
  });

  test('a deleted pod comes back with the new template, the others keep the old one', async () => {
    const farm = await farms.run({ datacenters: { a: [set('old')] } });
    const [before, old] = [await podOf(farm, 'a', 's-0'), await revision(farm, 's-0')];
    await apply(farm, set('new'));
    await farm.deletePod('a', 's-0');
    await farm.ready();
    await until('new', () => farm.logs('a', 's-0') === 'new\n');
    expect((await podOf(farm, 'a', 's-0')).metadata.uid).not.toBe(before.metadata.uid);
    expect(await revision(farm, 's-0')).not.toBe(old);
    expect(await revision(farm, 's-1')).toBe(old);
  });

  test('a set grows and shrinks by ordinal', async () => {
    const farm = await farms.run({ datacenters: { a: [set('x')] } });
    await apply(farm, set('x', { replicas: 4 }));
    await farm.ready();
    expect(await namesIn(farm, 'a')).toEqual(['s-0', 's-1', 's-2', 's-3']);
    await apply(farm, set('x', { replicas: 1 }));
    await until('one is left', async () => (await namesIn(farm, 'a')).join() === 's-0');
  });

  test('a set that is no longer declared is gone', async () => {
    const farm = await farms.run({ datacenters: { a: [set('x')] } });
    await apply(farm);
    await until('none is left', async () => (await namesIn(farm, 'a')).length === 0);
  });

  test('a changed ConfigMap reaches pods that run', async () => {
    const mounted = {
      command: ['sh', '-c', 'while :; do cat /etc/c/k; sleep 0.05; done'],
      container: { volumeMounts: [{ name: 'c', mountPath: '/etc/c' }] },
      pod: { volumes: [{ name: 'c', configMap: { name: 'c' } }] },
    };
    const farm = await farms.run({ datacenters: { a: [configMap('c', { k: 'one\n' }), set('', mounted)] } });
    await apply(farm, configMap('c', { k: 'two\n' }), set('', mounted));
    await until('the new text', () => farm.logs('a', 's-0').endsWith('two\n'));
  });
});

describe('other rules of a set', () => {
  test('OrderedReady waits for each pod before the next', async () => {
    const ordered = set('', {
      command: ['sh', '-c', 'date +%s%N; sleep 0.3; touch /tmp/c/up; exec sleep 1000'],
      container: {
        readinessProbe: { exec: { command: ['test', '-e', '/tmp/c/up'] } },
        volumeMounts: [{ name: 'c', mountPath: '/tmp/c' }],
      },
      pod: { volumes: [{ name: 'c', emptyDir: {} }] },
      set: { podManagementPolicy: 'OrderedReady' },
    });
    const farm = await farms.run({ datacenters: { a: [ordered] } }, { wait: false });
    expect(await namesIn(farm, 'a')).toEqual(['s-0']);
    await until('both', async () => (await namesIn(farm, 'a')).length === 2);
    await farm.ready();
    const [first, second] = [farm.logs('a', 's-0'), farm.logs('a', 's-1')].map((log) => Number(log) / 1e6);
    expect((second ?? 0) - (first ?? 0)).toBeGreaterThanOrEqual(300);
  });

  test('RollingUpdate replaces pods by itself', async () => {
    const rolling = { set: { updateStrategy: { type: 'RollingUpdate' } } };
    const farm = await farms.run({ datacenters: { a: [set('old', rolling)] } });
    const old = await revision(farm, 's-0');
    await apply(farm, set('new', rolling));
    await until(
      'all are new',
      async () => (await revision(farm, 's-0')) !== old && (await revision(farm, 's-1')) !== old,
    );
  });
});
