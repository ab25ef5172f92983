import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { processStart } from '../../src/local/process-start.js';
import { attach, FarmIsRunning, lockState, tellLock } from '../../src/local/state-lock.js';
import { scratch } from './small-dist.js';

let state: string;
beforeEach(() => {
  state = scratch();
});
afterEach(() => rmSync(state, { recursive: true }));
const farm = { farm: 'demo', address: 'http://127.64.0.1:1', kubeconfig: '/k' };
const write = (lock: unknown): void => writeFileSync(join(state, 'lock.json'), JSON.stringify(lock));

describe('a state folder', () => {
  test('is held until it is given back', () => {
    const release = lockState(state, farm);
    expect(attach(state)).toEqual({ ...farm, pid: process.pid, started: processStart(process.pid) });
    expect(() => lockState(state, farm)).toThrow(FarmIsRunning);
    release();
    expect(attach(state)).toBeUndefined();
    expect(readdirSync(state)).toEqual([]);
  });

  const stale: Record<string, () => void> = {
    'whose process is gone': () => write({ ...farm, pid: 2 ** 22 + 1, started: '1' }),
    'whose pid is another process by now': () => write({ ...farm, pid: process.pid, started: '1' }),
    'whose lock is damaged': () => writeFileSync(join(state, 'lock.json'), '{'),
  };
  test.each(Object.entries(stale))('%s can be taken', (_, prepare) => {
    prepare();
    expect(attach(state)).toBeUndefined();
    lockState(state, farm)();
  });
});

describe('who holds a state folder', () => {
  test('tells later where its farm answers', () => {
    const release = lockState(state, { ...farm, address: '' });
    tellLock(state, farm);
    expect(attach(state)).toEqual({ ...farm, pid: process.pid, started: processStart(process.pid) });
    expect(readdirSync(state)).toEqual(['lock.json']);
    release();
  });

  test('gives it back once: the next one keeps it', () => {
    const first = lockState(state, farm);
    first();
    const second = lockState(state, farm);
    first();
    expect(attach(state)).toBeDefined();
    second();
  });
});
