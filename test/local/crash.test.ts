import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { killLeftovers, ProcessGroups } from '../../src/local/process-groups.js';
import { processStart } from '../../src/local/process-start.js';
import { attach } from '../../src/local/state-lock.js';
import { processesOf } from './processes-of.js';
import { TestFarms } from './run-farm.js';
import { type Parent, runParent } from './run-parent.js';
import { statefulSet, writeDist } from './small-dist.js';
import { until } from './until.js';

const farms = new TestFarms();
const parents: Parent[] = [];
afterEach(async () => {
  for (const { child } of parents.splice(0)) child.kill('SIGKILL');
  await farms.end();
});

/** Two pods with a process in the background and one that ignores all signals but SIGKILL. */
const set = statefulSet({
  name: 's',
  replicas: 2,
  command: ['sh', '-c', 'trap "" TERM HUP INT PIPE; sleep 1000 & while :; do sleep 1; echo x; done'],
  pod: { terminationGracePeriodSeconds: 1 },
});

async function start(): Promise<Parent & { readonly dist: string; readonly state: string }> {
  const folder = farms.folder();
  const [dist, state] = [writeDist(join(folder, 'dist'), { datacenters: { a: [set] } }), join(folder, 'state')];
  const parent = runParent(join(folder, 'code'), dist, state);
  parents.push(parent);
  await until('the farm is ready', () => parent.output().includes('ready'), 20_000);
  return { ...parent, dist, state };
}

const watchdogLine = (state: string): string =>
  processesOf(state).find((line) => line.includes('cachefarm-watchdog')) ?? '';

const watchdogPid = (state: string): number => Number(watchdogLine(state).split(' ')[0]);

/** Pids of the process groups that the journal of a farm names and that still run. */
const journalled = (state: string): readonly string[] =>
  readFileSync(join(state, 'processes'), 'utf8')
    .split('\n')
    .map((line) => line.split(/ (.*)/))
    .filter(([pid, start]) => start !== undefined && processStart(Number(pid)) === start)
    .map(([pid]) => pid as string);

describe('a farm whose process is killed', () => {
  test('leaves nothing running', async () => {
    const { child, state } = await start();
    expect(processesOf(state).length).toBeGreaterThan(4);
    child.kill('SIGKILL');
    // A killed process shows no command line before it shows that it has ended.
    await until('nothing runs', () => processesOf(state).length === 0 && attach(state) === undefined);
  });

  test('can be started again on the same state, with the same addresses', async () => {
    const { child, state, dist } = await start();
    const { address } = attach(state) ?? {};
    child.kill('SIGKILL');
    const farm = await farms.start({ dist, state, log: () => undefined });
    await farm.ready();
    expect(farm.address).toBe(address);
  });

  test('is cleaned up after at the next start when its watchdog was killed too', async () => {
    const { child, state, dist } = await start();
    process.kill(child.pid ?? 0, 'SIGSTOP');
    process.kill(watchdogPid(state), 'SIGKILL');
    child.kill('SIGKILL');
    await until('it is dead', () => attach(state) === undefined);
    const orphans = processesOf(state);
    expect(orphans.length).toBeGreaterThan(2);
    const lines: string[] = [];
    const farm = await farms.start({ dist, state, log: (line) => lines.push(line) });
    expect(lines).toContain(`ended 2 processes that an earlier farm in ${state} left running`);
    await until('the orphans are gone', () => orphans.every((one) => !processesOf(state).includes(one)));
    await farm.ready();
  });

  test('refuses a second process meanwhile, which ends without touching it', async () => {
    const { child, state, dist } = await start();
    const second = runParent(join(farms.folder(), 'code'), dist, state);
    parents.push(second);
    await until('it ended', () => second.child.exitCode !== null);
    expect(second.output()).toContain(`process ${child.pid}`);
    expect(attach(state)?.pid).toBe(child.pid);
  });
});

describe('a watchdog that is killed', () => {
  test('is replaced by one that knows every process', async () => {
    const { child, state } = await start();
    const first = watchdogPid(state);
    process.kill(first, 'SIGKILL');
    await until('there is another', () => watchdogPid(state) > 0 && watchdogPid(state) !== first);
    // Born knowing them: the farm may be killed before it can say another word.
    expect(watchdogLine(state).split(' ')).toEqual(expect.arrayContaining([...journalled(state)]));
    child.kill('SIGKILL');
    await until('nothing runs', () => processesOf(state).length === 0);
  });
});

describe('leftovers', () => {
  test('are killed only when they are the very process of the journal', async () => {
    const journal = join(farms.folder(), 'processes');
    const groups = new ProcessGroups(journal);
    const env = { PATH: process.env.PATH ?? '' };
    const one = groups.start({ file: '/bin/sleep', args: ['1000'], env, cwd: '/' }, () => undefined);
    expect(readFileSync(journal, 'utf8')).toBe(`${one.pid} ${processStart(one.pid)}\n`);
    const other = join(farms.folder(), 'other');
    await groups.close();
    expect(existsSync(journal)).toBe(false);
    expect(killLeftovers(journal)).toBe(0);
    writeFileSync(other, `${process.pid} 1\n${one.pid} ${processStart(process.pid)}\nnonsense\n`);
    expect(killLeftovers(other)).toBe(0);
  });
});
