import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CliError } from '../../src/cli/cli-error.js';
import { drainCommand } from '../../src/cli/drain.js';
import { type RunningBarn, runBarn } from '../../src/cli/run-barn.js';
import { seedFarm } from '../../src/cli/seed-farm.js';
import { claimOf } from '../../src/world/facts.js';
import { type RunningFarm, runFarm, smallFarm } from '../builders/running-farm.js';

interface Ended {
  readonly out: string;
  readonly err: string;
  readonly error: string;
  readonly status: number;
}

describe('drain --wait', () => {
  let farm: RunningFarm;
  let barn: RunningBarn | undefined;

  beforeAll(async () => {
    farm = await runFarm(smallFarm());
    expect((await seedFarm(farm.access, { timeoutMs: 60_000 })).settled).toBe(true);
  }, 90_000);
  afterAll(async () => {
    await barn?.stop();
    await farm.stop();
  });

  async function drain(...args: readonly string[]): Promise<Ended> {
    const said = { out: '', err: '' };
    const out = (more: string): void => {
      said.out += more;
    };
    const err = (more: string): void => {
      said.err += more;
    };
    const command = drainCommand({ stdin: Readable.from(['']), out, err });
    command.exitOverride().configureOutput({ writeOut: out, writeErr: err });
    try {
      await command.parseAsync([...args, '--state', farm.embedded.state], { from: 'user' });
      return { ...said, error: '', status: 0 };
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      return { ...said, error: error.message, status: error instanceof CliError ? error.status : 2 };
    }
  }
  const held = async (machine: string): Promise<number> =>
    (await farm.look()).world.pods.filter((pod) => pod.machine === machine && claimOf(pod)?.kind !== 'locked').length;

  test('while Barn is away: status 1, with what is left and why', async () => {
    const ended = await drain('machine', 'a-m1', '--wait', '--timeout', '1');
    expect(ended.status).toBe(1);
    expect(ended.error).toMatch(
      /^machine a-m1 is not empty after \d s, \d+ left:\n {2}a\/redis-m\d-\d+-\d +\S.* \(\w+: .+\)/,
    );
    expect(ended.error).toContain('Barn is about to, if it runs');
    expect(ended.err).toMatch(/^0 s: \d+ left, a\/redis-m/);
    expect(await held('a-m1')).toBeGreaterThan(0);
  }, 30_000);

  test('while Barn runs: status 0 when the machine holds nothing, with each step on stderr', async () => {
    barn = runBarn(farm.access, { controller: 7, intervalMs: 250 });
    const ended = await drain('machine', 'a-m1', '--wait', '--timeout', '60');
    expect([ended.status, ended.error]).toEqual([0, '']);
    expect(ended.out).toMatch(/machine a-m1 is empty after \d+ s\n$/);
    expect(ended.err).toMatch(/^0 s: \d+ left, a\/redis-m/);
    expect(await held('a-m1')).toBe(0);
  }, 90_000);

  test('of what is empty already ends at once', async () => {
    const ended = await drain('machine', 'a-m1', '--wait');
    expect([ended.status, ended.err]).toEqual([0, '']);
    expect(ended.out).toMatch(/machine a-m1 is empty after \d+ s/);
    expect((await drain('machine', 'a-m1', '--undo')).status).toBe(0);
  }, 30_000);

  test.each([
    ['--undo', ['machine', 'a-m1', '--wait', '--undo'], /cannot be used with/],
    ['--dry-run', ['machine', 'a-m1', '--wait', '--dry-run'], /cannot be used with/],
    ['a time of nothing', ['machine', 'a-m1', '--wait', '--timeout', '0'], /more than 0 and at most 86400/],
  ])('is refused with %s', async (_, args, message) => {
    const ended = await drain(...args);
    expect(ended.status).toBe(2);
    expect(ended.error).toMatch(message);
  });
});
