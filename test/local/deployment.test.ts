import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { namesIn, TestFarms } from './run-farm.js';
import { SLEEPER, writeDist } from './small-dist.js';
import { until } from './until.js';

const farms = new TestFarms();
afterEach(() => farms.end());

const deployment = (command: readonly string[]) => ({
  kind: 'Deployment',
  metadata: { name: 'barn', namespace: 'cachefarm' },
  spec: {
    replicas: 1,
    template: { spec: { terminationGracePeriodSeconds: 1, containers: [{ name: 'barn', image: 'x/y:1', command }] } },
  },
});
const small = { datacenters: { a: [deployment(SLEEPER)] } };

describe('a Deployment', () => {
  test('is not run unless it is asked for, and says so once', async () => {
    const lines: string[] = [];
    const farm = await farms.run(
      { datacenters: { ...small.datacenters, b: [deployment(SLEEPER)] } },
      { log: (line) => lines.push(line) },
    );
    expect(await namesIn(farm, 'a')).toEqual([]);
    expect(lines).toEqual(['Deployment barn is not run; start it when it is wanted']);
  });

  test('runs when it is started, and ends when it is stopped', async () => {
    const farm = await farms.run(small);
    farm.startDeployment('barn');
    await farm.ready();
    const names = await namesIn(farm, 'a');
    expect(names).toEqual([expect.stringMatching(/^barn-[b-z2-9]{10}-0$/)]);
    await farm.stopDeployment('barn');
    expect(await namesIn(farm, 'a')).toEqual([]);
  });

  test('runs from the start where that is wanted, and takes a new template at once', async () => {
    const farm = await farms.run(small, { deployments: true });
    const [before] = await namesIn(farm, 'a');
    await farm.apply(
      writeDist(join(farm.state, '..', 'dist'), { datacenters: { a: [deployment(['sleep', '1000'])] } }),
    );
    await until('the old pod is gone', async () => (await namesIn(farm, 'a')).every((name) => name !== before));
    await farm.ready();
    expect(await namesIn(farm, 'a')).toHaveLength(1);
  });

  test('is refused by a name that is not there', async () => {
    const farm = await farms.run({ datacenters: { a: [] } });
    expect(() => farm.startDeployment('barn')).toThrow('deployments "barn" not found');
  });
});
