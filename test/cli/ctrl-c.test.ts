/** A farm that is told to end before it is ready: it ends then, and leaves nothing. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { attach } from '../../src/local/state-lock.js';

const PROGRAM = fileURLToPath(new URL('../../lib/src/cli/main.js', import.meta.url));

let state: string;
beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'cachefarm-ctrl-c-'));
});
afterEach(() => rmSync(state, { recursive: true, force: true }));

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly said: string;
}

/** Ends it as soon as it has said a certain word. */
function endAt(word: string, signal: NodeJS.Signals, ...args: readonly string[]): Promise<Ended> {
  const child = spawn(process.execPath, [PROGRAM, ...args, '--state', state], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  let sent = false;
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
    if (!sent && said.includes(word)) {
      sent = true;
      child.kill(signal);
    }
  });
  return new Promise((resolve) => child.once('close', (code, ended) => resolve({ code, signal: ended, said })));
}

function nothingIsLeft(): void {
  expect(attach(state)).toBeUndefined();
  for (const file of ['lock.json', 'kubeconfig', 'processes']) expect(existsSync(join(state, file))).toBe(false);
}

describe('a signal while the farm starts', () => {
  test.each([
    ['pods start', 'is not run; start it', 'SIGINT', 'running: '],
    ['it is seeded', 'running: ', 'SIGTERM', 'seeded'],
  ] as const)(
    'ends up while %s',
    async (_, word, signal, later) => {
      const ended = await endAt(word, signal, 'up');
      expect([ended.code, ended.signal]).toEqual([0, null]);
      expect(ended.said).toContain(`${signal}: stopping`);
      expect(ended.said).not.toContain(later);
      nothingIsLeft();
    },
    120_000,
  );
});

test('a signal while demo is not seeded yet ends it, with 1: nothing was shown', async () => {
  const ended = await endAt('running: ', 'SIGINT', 'demo', '--for', '30');
  expect([ended.code, ended.signal]).toEqual([1, null]);
  expect(ended.said).not.toContain('seeded');
  nothingIsLeft();
}, 120_000);

test('up whose words nobody reads any more ends in order', async () => {
  const child = spawn(process.execPath, [PROGRAM, 'up', '--state', state], { stdio: ['ignore', 'ignore', 'pipe'] });
  child.stderr.once('data', () => child.stderr.destroy());
  const ended = await new Promise((resolve) => child.once('exit', (code, signal) => resolve([code, signal])));
  expect(ended).toEqual([0, null]);
  nothingIsLeft();
}, 120_000);
