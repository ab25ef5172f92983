import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { PodSpec } from '../../src/local/manifest.js';
import { Pod } from '../../src/local/pod.js';
import { ProcessGroups } from '../../src/local/process-groups.js';
import { StartQueue } from '../../src/local/start-queue.js';
import { SLEEPER, scratch } from './small-dist.js';
import { until } from './until.js';

let folder: string;
let processes: ProcessGroups;
beforeEach(() => {
  folder = scratch();
  processes = new ProcessGroups(join(folder, 'processes'));
});
afterEach(async () => {
  await processes.close();
  rmSync(folder, { recursive: true });
});

const machine = { name: 'm', datacenter: 'a', address: '127.0.0.1', memoryBytes: undefined, labels: {}, running: true };
const none = { annotations: {}, labels: {}, claims: [], serviceName: undefined, ordinal: 0, revision: '' };

/** A pod without a farm around it. */
function podOf(spec: PodSpec): Pod {
  const owner = { kind: 'Pod', name: 'p' } as const;
  const pod = new Pod(
    { ...none, name: 'p', namespace: 'n', owner, uid: '12345678-given', template: { spec } },
    {
      ...{ datacenter: 'a', state: folder, processes, starts: new StartQueue() },
      ...{
        backOff: { baseMs: 100, maxMs: 100 },
        programs: { searchPath: process.env.PATH ?? '', cachefarm: undefined },
      },
      ...{ configMap: () => undefined, secret: () => undefined, hosts: () => (text: string) => text },
      env: { GIVEN: '/etc/given/file', OWN: 'not this' },
      otherFiles: async () => ({ text: new Map([['file', 'from elsewhere']]), mode: 0o444 }),
      ...{ log: () => undefined, changed: () => undefined },
    },
  );
  pod.machine = machine;
  return pod;
}

const volumeMounts = [{ name: 'v', mountPath: '/etc/given' }];

test('a pod has the uid it was born with, variables and volumes of its surroundings, and shows what its init containers did', async () => {
  const env = [{ name: 'OWN', value: 'own' }];
  const init = { name: 'init', image: 'i', command: ['sh', '-c', 'echo $OWN; cat $GIVEN'], env, volumeMounts };
  const main = { name: 'main', image: 'i', command: SLEEPER };
  const pod = podOf({ initContainers: [init], containers: [main], volumes: [{ name: 'v' }] });
  const before = Date.now();
  pod.run().catch(() => undefined);
  await until('ready', () => pod.ready);
  expect(pod.uid).toBe('12345678-given');
  const done = pod.initialised.get('init');
  expect(done?.log.text()).toBe('own\nfrom elsewhere');
  expect(done?.run.state).toMatchObject({ kind: 'terminated', exitCode: 0, reason: 'Completed' });
  const ended = done?.run.state.kind === 'terminated' ? done.run.state : undefined;
  expect(ended?.startedAt).toBeGreaterThanOrEqual(before);
  expect(ended?.startedAt).toBeLessThanOrEqual(ended?.finishedAt ?? 0);
  const [running] = pod.containers;
  expect(running?.startupPassed).toBe(true);
  expect(process.kill(running?.run.pid ?? 0, 0)).toBe(true);
  await pod.terminate(1_000);
  expect(running?.run.pid).toBeUndefined();
});
