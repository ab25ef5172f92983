import { afterEach, describe, expect, test } from '@jest/globals';
import { namesIn, TestFarms } from './run-farm.js';
import { job } from './small-dist.js';
import { until } from './until.js';

const farms = new TestFarms();
afterEach(() => farms.end());
const backOff = { baseMs: 20, maxMs: 100 };

describe('a Job', () => {
  test('that is a hook runs only when it is called, as often as it is', async () => {
    const farm = await farms.run({ datacenters: { a: [], b: [job('j', ['sh', '-c', 'echo done'])] } });
    expect(await namesIn(farm, 'b')).toEqual([]);
    expect(await farm.runJob('j')).toEqual({ succeeded: true, log: 'done\n' });
    expect(await farm.runJob('j')).toEqual({ succeeded: true, log: 'done\n' });
    expect(await namesIn(farm, 'b')).toEqual(['j-0']);
  });

  test('that is no hook runs by itself', async () => {
    const farm = await farms.run({ datacenters: { a: [job('j', ['true'], {}, false)] } });
    await until('it succeeded', async () => (await farm.kube())[0]?.pods[0]?.status.phase === 'Succeeded');
  });

  test('that fails is tried again as often as backoffLimit says', async () => {
    const farm = await farms.run(
      { datacenters: { a: [job('j', ['sh', '-c', 'echo no; exit 1'], { backoffLimit: 2 })] } },
      { backOff },
    );
    expect(await farm.runJob('j')).toEqual({ succeeded: false, reason: 'BackoffLimitExceeded', log: 'no\n' });
    expect(await namesIn(farm, 'a')).toEqual(['j-0', 'j-1', 'j-2']);
  });

  test('with restartPolicy OnFailure is tried again in its pod', async () => {
    const container = { name: 'main', image: 'x/y:1', command: ['sh', '-c', 'echo no; exit 1'] };
    const template = { spec: { restartPolicy: 'OnFailure', containers: [container] } };
    const farm = await farms.run({ datacenters: { a: [job('j', [], { backoffLimit: 1, template })] } }, { backOff });
    const result = await farm.runJob('j');
    expect(result).toMatchObject({ succeeded: false, reason: 'BackoffLimitExceeded' });
    expect(result.log.startsWith('no\nno\n')).toBe(true);
    expect(await namesIn(farm, 'a')).toEqual(['j-0']);
  });

  test('that takes too long is ended', async () => {
    const farm = await farms.run({ datacenters: { a: [job('j', ['sleep', '1000'], { activeDeadlineSeconds: 1 })] } });
    expect(await farm.runJob('j')).toEqual({ succeeded: false, reason: 'DeadlineExceeded', log: '' });
  });

  test('does not outlive its farm', async () => {
    const farm = await farms.run({ datacenters: { a: [job('j', ['sleep', '1000'])] } });
    const running = farm.runJob('j').catch((error: Error) => error.message);
    await until('it runs', async () => (await farm.kube())[0]?.pods[0]?.status.phase === 'Running');
    await farm.stop();
    expect(await running).toBe('the farm is stopped');
  });

  test('whose program is missing is refused', async () => {
    const farm = await farms.run({ datacenters: { a: [job('j', ['no-such-program'])] } });
    await expect(farm.runJob('j')).rejects.toThrow('program no-such-program is not installed');
  });

  test('is refused by a name that is not there', async () => {
    const farm = await farms.run({ datacenters: { a: [] } });
    await expect(farm.runJob('j')).rejects.toThrow('jobs "j" not found');
  });
});
