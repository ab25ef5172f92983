import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Watchdog } from '../../src/local/watchdog.js';
import { until } from '../builders/processes.js';

/** A process group of its own, which does nothing. */
function sleeper(): ChildProcess & { readonly pid: number } {
  const child = spawn('sleep', ['300'], { detached: true, stdio: 'ignore' });
  if (child.pid === undefined) throw new Error('sleep did not start');
  return child as ChildProcess & { readonly pid: number };
}

describe('the watchdog of an embedded farm', () => {
  const NAME = `watched-${process.pid}`;
  let sleepers: readonly (ChildProcess & { readonly pid: number })[] = [];
  const living = (): readonly boolean[] =>
    sleepers.map(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
  const find = (): string =>
    spawnSync('pgrep', ['-f', `cachefarm-watchdog ${NAME}`], { encoding: 'utf8' }).stdout.trim();

  beforeEach(() => {
    sleepers = [sleeper(), sleeper(), sleeper(), sleeper()];
  });
  afterEach(() => {
    for (const child of sleepers) child.kill('SIGKILL');
  });

  test('kills what is listed when its farm ends, and nothing else', async () => {
    const [one, gone, never, last] = sleepers.map(({ pid }) => pid) as [number, number, number, number];
    process.env[`group_${never}`] = 'a variable of the farm is no process group';
    try {
      const watchdog = new Watchdog(NAME);
      for (const pid of [one, gone, last]) watchdog.add(pid);
      watchdog.remove(gone);
      watchdog.remove(gone);
      await watchdog.close();
    } finally {
      delete process.env[`group_${never}`];
    }
    await until('the listed ones to be gone', () => living()[0] === false && living()[3] === false, 10_000);
    expect(living()).toEqual([false, true, true, false]);
  });

  test('is born with what it has to know when it dies itself', async () => {
    const [one, gone, , later] = sleepers.map(({ pid }) => pid) as [number, number, number, number];
    const watchdog = new Watchdog(NAME);
    for (const pid of [one, gone]) watchdog.add(pid);
    await until('it to run', () => find() !== '', 10_000);
    const first = find();
    process.kill(Number(first), 'SIGKILL');
    await until('another one to run', () => find() !== '' && find() !== first, 10_000);
    watchdog.remove(gone);
    watchdog.add(later);
    await watchdog.close();
    await until('the listed ones to be gone', () => living()[0] === false && living()[3] === false, 10_000);
    expect(living()).toEqual([false, true, true, false]);
  });
});
