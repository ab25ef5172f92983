import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openState } from '../../src/local/farm-state.js';
import { attach } from '../../src/local/state-lock.js';
import { smallFarm } from '../builders/running-farm.js';

let state: string;
beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'cachefarm-secrets-'));
});
afterEach(() => rmSync(state, { recursive: true, force: true }));

describe('secrets that cannot be read', () => {
  test.each([
    ['half a file', '{"token":"hunter2'],
    ['a list', '["hunter2"]'],
    ['nothing', 'null'],
    ['a number', '{"token":7,"barn":"hunter2"}'],
  ])('%s: the file is named, its text is not, and the folder is given back', async (_, text) => {
    writeFileSync(join(state, 'secrets.json'), text);
    const failed = await openState(state, smallFarm(), createServer(), () => undefined).catch((error: Error) => error);
    expect(failed).toMatchObject({ name: 'UnreadableSecrets' });
    expect(String(failed)).toContain(join(state, 'secrets.json'));
    expect(String(failed)).not.toContain('hunter');
    expect(attach(state)).toBeUndefined();
    expect(readdirSync(state)).toEqual(['secrets.json']);
  });
});
