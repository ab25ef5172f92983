import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { startFarm } from '../../src/cli/start-farm.js';
import { attach, FarmIsRunning, lockState } from '../../src/local/state-lock.js';
import { smallFarm } from '../builders/running-farm.js';

const path = process.env.PATH;
let state: string;
beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'cachefarm-start-'));
});
afterEach(() => {
  process.env.PATH = path;
  rmSync(state, { recursive: true, force: true });
});
const start = () => startFarm({ farm: smallFarm(), state, log: () => undefined });

describe('a start in the state folder of a farm that runs', () => {
  test('is refused before anything is written there', async () => {
    const release = lockState(state, { farm: 'other', address: 'http://127.64.0.1:1', kubeconfig: '/k' });
    for (const folder of ['dist', 'programs']) {
      mkdirSync(join(state, folder));
      writeFileSync(join(state, folder, 'theirs'), folder);
    }
    writeFileSync(join(state, 'farm.json'), 'theirs');
    const before = readdirSync(state, { recursive: true });
    const lock = readFileSync(join(state, 'lock.json'), 'utf8');
    await expect(start()).rejects.toThrow(FarmIsRunning);
    expect(readdirSync(state, { recursive: true })).toEqual(before);
    expect(readFileSync(join(state, 'farm.json'), 'utf8')).toBe('theirs');
    expect(readFileSync(join(state, 'lock.json'), 'utf8')).toBe(lock);
    release();
  });

  test('is refused from the first moment on, while the other one is still starting', async () => {
    const first = start();
    const second = start();
    await expect(second).rejects.toThrow(FarmIsRunning);
    const embedded = await first;
    expect(attach(state)).toMatchObject({ farm: 'small', address: embedded.address, kubeconfig: embedded.kubeconfig });
    await embedded.stop();
    expect(attach(state)).toBeUndefined();
  }, 60_000);
});

test('a start that fails gives the state folder back', async () => {
  process.env.PATH = state;
  await expect(start()).rejects.toThrow('redis-server is not on the PATH');
  expect(existsSync(join(state, 'lock.json'))).toBe(false);
});
