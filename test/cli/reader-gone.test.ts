/** Output into a pipe whose reader has gone: by bash, for a pipe of the kernel, which the stdio of `spawn` is not. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type RunningFarm, runFarm, smallFarm } from '../builders/running-farm.js';

const PROGRAM = fileURLToPath(new URL('../../lib/src/cli/main.js', import.meta.url));
const BUNDLE = fileURLToPath(new URL('../../lib/cachefarm.cjs', import.meta.url));

interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** @param words $1 and on of the script, and $PROGRAM */
function bash(script: string, program: string, ...words: readonly string[]): Promise<Ended> {
  const env = { ...process.env, CACHEFARM_STATE: '', NO_COLOR: '1', NODE: process.execPath, PROGRAM: program };
  return new Promise((resolve) => {
    execFile('bash', ['-c', script, 'bash', ...words], { env }, (error, stdout, stderr) =>
      resolve({ status: typeof error?.code === 'number' ? error.code : error ? 1 : 0, stdout, stderr }),
    );
  });
}

/** The reader is gone before the program begins: its first line meets nobody. */
const NOBODY = 'exec 3> >(exec true); wait $!; ';
const toNobody = `${NOBODY} "$NODE" "$PROGRAM" "$@" >&3`;
const saysToNobody = `${NOBODY} "$NODE" "$PROGRAM" "$@" 2>&3`;
/** The reader takes a line and goes. What the pipe holds (64 KiB) is written before anybody notices. */
const firstLine = '"$NODE" "$PROGRAM" "$@" | head -n 1; exit $PIPESTATUS';

describe('output that nobody reads any more', () => {
  let farm: RunningFarm;
  let state: string;
  const folder = mkdtempSync(join(tmpdir(), 'cachefarm-pipe-'));
  beforeAll(async () => {
    farm = await runFarm(smallFarm());
    state = dirname(farm.embedded.kubeconfig);
  }, 60_000);
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await farm?.stop();
  });

  const quietly = { status: 0, stdout: '', stderr: '' };

  test.each([
    ['the program', PROGRAM],
    ["the program of Barn's image", BUNDLE],
  ])(
    'ends %s quietly, with 0',
    async (_, program) => {
      expect(await bash(toNobody, program, 'get', '--help')).toEqual(quietly);
      expect(await bash(toNobody, program, 'get', 'pods', '--state', state, '-o', 'json')).toEqual(quietly);
    },
    30_000,
  );

  test('with 0 too where it would be another status: there is something to do', async () => {
    expect(await bash(toNobody, PROGRAM, 'plan', '--state', state)).toEqual(quietly);
  }, 30_000);

  test('is no error when it is the errors that nobody reads', async () => {
    expect(await bash(saysToNobody, PROGRAM, 'get', 'shards')).toEqual(quietly);
  }, 30_000);

  test('ends one that would print without end', async () => {
    expect(await bash(toNobody, PROGRAM, 'get', 'pods', '-w', '--state', state)).toEqual(quietly);
  }, 30_000);

  test('is cut off in the middle when there is more of it than a pipe holds', async () => {
    const configMap = (n: number): string =>
      `---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: many-${n}}\ndata: {text: x}\n`;
    for (const [name, count] of [['few', 1] as const, ['many', 4_000] as const]) {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, 'all.k8s.yaml'), Array.from({ length: count }, (_, n) => configMap(n)).join(''));
    }
    const words = ['diff', join(folder, 'few'), join(folder, 'many')];
    const whole = await bash('"$NODE" "$PROGRAM" "$@"', PROGRAM, ...words);
    expect([whole.status, whole.stderr]).toEqual([1, '']);
    expect(whole.stdout.length).toBeGreaterThan(65_536);
    expect(await bash(firstLine, PROGRAM, ...words)).toEqual({
      status: 0,
      stdout: `${whole.stdout.split('\n')[0]}\n`,
      stderr: '',
    });
  }, 30_000);

  test('the first line of a plan is read and the rest is not missed', async () => {
    const ended = await bash(firstLine, PROGRAM, 'plan', '--state', state);
    expect([ended.stdout.split('\n').length, ended.stderr]).toEqual([2, '']);
    expect(ended.stdout).toMatch(/^PartitionUnbound: /);
  }, 30_000);

  test('does not keep what changes something from ending it, with its own status', async () => {
    const scaled = await bash(toNobody, PROGRAM, 'scale', 'User.id', '--size', '8', '--state', state);
    expect(scaled).toEqual(quietly);
    const { world } = await farm.look();
    expect(world.cacheClusters.find(({ clusterName }) => clusterName === 'User.id')?.clusterSize).toBe(8);
    for (const copy of world.copies ?? []) if (copy.clusterName === 'User.id') expect(copy.clusterSize).toBe(8);
    expect((await bash(saysToNobody, PROGRAM, 'scale', 'User.id', '--size', '9000', '--state', state)).status).toBe(1);
  }, 30_000);
});
