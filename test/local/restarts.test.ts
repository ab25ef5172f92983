import { afterEach, describe, expect, test } from '@jest/globals';
import { isReady, podOf, restarts, stateOf, TestFarms } from './run-farm.js';
import { SLEEPER, statefulSet } from './small-dist.js';
import { until } from './until.js';

const farms = new TestFarms();
afterEach(() => farms.end());

/** Ready while its port answers. */
const server = (name: string) =>
  statefulSet({
    name,
    command: ['sh', '-c', 'exec redis-server --bind $FARM_IP --port 7001 --save "" --dir /run'],
    container: {
      env: [{ name: 'FARM_IP', valueFrom: { fieldRef: { fieldPath: 'status.hostIP' } } }],
      ports: [{ name: 'redis', containerPort: 7001 }],
      readinessProbe: { tcpSocket: { port: 'redis' }, periodSeconds: 1, failureThreshold: 1 },
      volumeMounts: [{ name: 'run', mountPath: '/run' }],
    },
    pod: { volumes: [{ name: 'run', emptyDir: {} }] },
  });

describe('a container', () => {
  test('that is killed is back at once, in the same pod on the same machine', async () => {
    const farm = await farms.run({ datacenters: { a: [server('s')] } });
    const before = await podOf(farm, 'a', 's-0');
    farm.killContainer('a', 's-0', 'main');
    await until('restarted', async () => restarts(await podOf(farm, 'a', 's-0')) === 1);
    await farm.ready();
    const after = await podOf(farm, 'a', 's-0');
    expect(after.metadata.uid).toBe(before.metadata.uid);
    expect(after.spec.nodeName).toBe(before.spec.nodeName);
  });

  test('that keeps failing waits longer each time', async () => {
    const starts: number[] = [];
    const farm = await farms.run(
      { datacenters: { a: [statefulSet({ name: 's', command: ['sh', '-c', 'date +%s%N; exit 3'] })] } },
      { backOff: { baseMs: 300, maxMs: 60_000 }, wait: false },
    );
    await until(
      'CrashLoopBackOff',
      async () => stateOf(await podOf(farm, 'a', 's-0')).waiting?.reason === 'CrashLoopBackOff',
    );
    await until('four starts', () => farm.logs('a', 's-0').split('\n').length > 4);
    starts.push(
      ...farm
        .logs('a', 's-0')
        .split('\n')
        .slice(0, 4)
        .map((line) => Number(line) / 1e6),
    );
    const [, second = 0, third = 0, fourth = 0] = starts;
    expect(third - second).toBeGreaterThanOrEqual(300);
    expect(fourth - third).toBeGreaterThanOrEqual(600);
  });

  test('that hangs is not ready, and is again when it goes on', async () => {
    const exec = { command: ['redis-cli', '-h', '$(FARM_IP)', '-p', '7001', 'ping'] };
    const set = server('s') as { spec: { template: { spec: { containers: Record<string, unknown>[] } } } };
    const container = set.spec.template.spec.containers[0];
    if (container) container.readinessProbe = { exec, periodSeconds: 1, failureThreshold: 1 };
    const farm = await farms.run({ datacenters: { a: [set] } });
    farm.pauseContainer('a', 's-0', 'main');
    await until('not ready', async () => !isReady(await podOf(farm, 'a', 's-0')));
    farm.resumeContainer('a', 's-0', 'main');
    await farm.ready();
  });

  test('takes what it started with it when its first process ends', async () => {
    const set = statefulSet({
      name: 's',
      command: ['sh', '-c', '(while :; do sleep 1; done) & echo $! ; exec sleep 1000'],
    });
    const farm = await farms.run({ datacenters: { a: [set] } });
    await until('started', () => farm.logs('a', 's-0') !== '');
    const child = Number(farm.logs('a', 's-0'));
    farm.killContainer('a', 's-0', 'main');
    await until('the child is gone', () => {
      try {
        return !process.kill(child, 0);
      } catch {
        return true;
      }
    });
  });

  test('that fails its liveness probe is restarted', async () => {
    const set = statefulSet({
      name: 's',
      command: SLEEPER,
      // Not at the first failure: the farm is to be seen ready before.
      container: { livenessProbe: { exec: { command: ['false'] }, periodSeconds: 1, failureThreshold: 5 } },
    });
    const farm = await farms.run({ datacenters: { a: [set] } });
    await until('restarted', async () => restarts(await podOf(farm, 'a', 's-0')) >= 1);
  });
});
