import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { EmbeddedFarm } from '../../src/local/embedded-farm.js';
import { processesOf } from './processes-of.js';
import { isReady, namesIn, podOf, restarts, TestFarms } from './run-farm.js';
import { apart, statefulSet } from './small-dist.js';
import { until } from './until.js';

const farms = new TestFarms();
afterEach(() => farms.end());

const set = statefulSet({
  name: 's',
  replicas: 2,
  command: ['sh', '-c', 'touch /run/x/$(date +%s%N); exec sleep 1000'],
  container: { volumeMounts: [{ name: 'run', mountPath: '/run/x' }] },
  pod: { ...apart('s'), volumes: [{ name: 'run', emptyDir: { medium: 'Memory' } }] },
});

const podsOn = (farm: EmbeddedFarm, pod: string): readonly string[] =>
  processesOf(join(farm.state, 'pods', 'a', `${pod}.`));
const memoryOf = (farm: EmbeddedFarm, pod: string): readonly string[] => {
  const pods = join(farm.state, 'pods', 'a');
  const folder = readdirSync(pods).find((name) => name.startsWith(`${pod}.`)) ?? '';
  const run = join(pods, folder, 'v', 'run');
  return existsSync(run) ? readdirSync(run) : [];
};
const nodeReady = async (farm: EmbeddedFarm, name: string) => {
  const nodes = (await farm.kube()).flatMap((kube) => kube.nodes);
  return nodes.find((node) => node.metadata.name === name)?.status.conditions.find((one) => one.type === 'Ready')
    ?.status;
};

describe('a machine without power', () => {
  test('ends its processes at once; its pods stay on it, not ready, and come back in place with nothing in memory', async () => {
    const farm = await farms.run({ datacenters: { a: [set] } });
    await until('it wrote', () => memoryOf(farm, 's-0').length === 1);
    const [written] = memoryOf(farm, 's-0');
    const before = await podOf(farm, 'a', 's-0');
    await farm.stopMachine('a-m1');
    expect(podsOn(farm, 's-0')).toEqual([]);
    expect(podsOn(farm, 's-1')).not.toEqual([]);
    expect(await nodeReady(farm, 'a-m1')).toBe('Unknown');
    expect(await nodeReady(farm, 'a-m2')).toBe('True');
    expect(isReady(await podOf(farm, 'a', 's-0'))).toBe(false);
    expect(farm.unready()).toEqual([{ datacenter: 'a', pod: 's-0', phase: 'Running', why: 'machine a-m1 is down' }]);
    await farm.startMachine('a-m1');
    await farm.ready();
    const after = await podOf(farm, 'a', 's-0');
    expect(after.metadata.uid).toBe(before.metadata.uid);
    expect(after.spec.nodeName).toBe('a-m1');
    expect(restarts(after)).toBe(1);
    await until('it wrote again', () => memoryOf(farm, 's-0').length === 1);
    expect(memoryOf(farm, 's-0')).not.toContain(written);
  });

  test('keeps a deleted pod terminating until it is back', async () => {
    const farm = await farms.run({ datacenters: { a: [set] } });
    const before = await podOf(farm, 'a', 's-0');
    await farm.stopMachine('a-m1');
    await farm.deletePod('a', 's-0');
    const dying = await podOf(farm, 'a', 's-0');
    expect(dying.metadata).toMatchObject({ uid: before.metadata.uid, deletionTimestamp: expect.any(String) });
    await farm.startMachine('a-m1');
    await until(
      'another pod',
      async () =>
        (await namesIn(farm, 'a')).includes('s-0') &&
        (await podOf(farm, 'a', 's-0')).metadata.uid !== before.metadata.uid,
    );
    await farm.ready();
  });

  test('loses a pod that is deleted by force to another machine', async () => {
    const farm = await farms.run({ machines: 3, datacenters: { a: [set] } });
    await farm.stopMachine('a-m1');
    await farm.deletePod('a', 's-0', true);
    await farm.ready();
    expect((await podOf(farm, 'a', 's-0')).spec.nodeName).toBe('a-m3');
  });

  test('is refused by a name that is not there', async () => {
    const farm = await farms.run({ datacenters: { a: [] } });
    await expect(farm.stopMachine('a-m9')).rejects.toThrow('nodes "a-m9" not found');
  });
});

describe('a datacenter without power', () => {
  test('cannot be read, runs nothing, and comes back', async () => {
    const farm = await farms.run({ datacenters: { a: [set], b: [set] } });
    await farm.stopDatacenter('a');
    expect((await farm.kube()).map((kube) => kube.datacenter)).toEqual(['b']);
    expect(podsOn(farm, 's-0')).toEqual([]);
    expect(farm.machines().filter((machine) => machine.running)).toHaveLength(2);
    await farm.startDatacenter('a');
    await farm.ready();
    expect((await farm.kube()).map((kube) => kube.datacenter)).toEqual(['a', 'b']);
  });
});
