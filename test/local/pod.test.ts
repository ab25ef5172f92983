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

/** A pod without a farm around it. @param given what its volume holds when it is asked for */
function podOf(spec: PodSpec, given: () => Promise<string> = async () => 'from elsewhere'): Pod {
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
      otherFiles: async () => ({ text: new Map([['file', await given()]]), mode: 0o444 }),
      ...{ log: () => undefined, changed: () => undefined },
    },
  );
  pod.machine = machine;
  return pod;
}

const volumeMounts = [{ name: 'v', mountPath: '/etc/given' }];
const main = { name: 'main', image: 'i', command: SLEEPER };

test('a pod has the uid it was born with, variables and volumes of its surroundings, and shows what its init containers did', async () => {
  const env = [{ name: 'OWN', value: 'own' }];
  const init = { name: 'init', image: 'i', command: ['sh', '-c', 'echo $OWN; cat $GIVEN'], env, volumeMounts };
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

/** Does not end before its file says `new`. */
const waiting = {
  ...{ name: 'init', image: 'i', volumeMounts },
  command: ['sh', '-c', 'echo waits; until grep -q new /etc/given/file; do sleep 0.02; done'],
};
const waitingSpec = { initContainers: [waiting], containers: [main], volumes: [{ name: 'v' }] };

test('files that change while a pod is not running yet are brought up to date', async () => {
  let held = 'old';
  const pod = podOf(waitingSpec, async () => held);
  const run = pod.run();
  await until('the init container to wait', () => pod.containers[0]?.log.text().includes('waits'));
  held = 'new';
  await pod.refresh();
  await until('ready', () => pod.ready);
  await pod.terminate(1_000);
  await run;
});

test('of two changes the later one stays, though the files of the first take longer to be had', async () => {
  const held: (() => void)[] = [];
  let text = 'old';
  const pod = podOf(waitingSpec, async () => {
    const now = text;
    if (now === 'stale') await new Promise<void>((resolve) => held.push(resolve));
    return now;
  });
  const run = pod.run();
  await until('the init container to wait', () => pod.containers[0]?.log.text().includes('waits'));
  text = 'stale';
  const first = pod.refresh();
  await until('the first to be asked for', () => held.length === 1);
  text = 'new';
  const second = pod.refresh();
  held[0]?.();
  await Promise.all([first, second]);
  await until('ready', () => pod.ready);
  await pod.terminate(1_000);
  await run;
});

test('files of a pod that has not begun, or is on its way out, are left alone', async () => {
  const asked: string[] = [];
  const pod = podOf(
    { containers: [{ ...main, volumeMounts }], volumes: [{ name: 'v' }] },
    async () => `${asked.push('once')}`,
  );
  await pod.refresh();
  expect(asked).toEqual([]);
  const run = pod.run();
  await until('ready', () => pod.ready);
  expect(asked).toEqual(['once']);
  pod.deletedAt = Date.now();
  await pod.refresh();
  expect(asked).toEqual(['once']);
  await pod.terminate(1_000);
  await run;
});
