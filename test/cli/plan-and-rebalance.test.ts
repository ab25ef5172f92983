/** `plan` and `rebalance` of a farm that has something to move: real processes, and no Barn. */
import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { PlanOfBarn } from '../../src/barn/plan-as-barn.js';
import { runBarn } from '../../src/cli/run-barn.js';
import { seedFarm } from '../../src/cli/seed-farm.js';
import { until } from '../builders/processes.js';
import { type RunningFarm, runFarm, smallFarm } from '../builders/running-farm.js';

const PROGRAM = fileURLToPath(new URL('../../lib/src/cli/main.js', import.meta.url));

interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Ten partitions on two machines, five on each: the third has been empty until now. */
const FARM = smallFarm({
  datacenters: ['a', 'b', 'c'].map((name) => ({ name, machines: { count: 1, memory: '2Gi' } })),
  tiers: [{ name: 'M1', maxMemory: '64mb', memory: '96Mi', ports: [6378, 6379, 6380, 6381, 6382, 6383], replicas: 1 }],
  sentinelGroups: [{ name: 'main' }],
  cacheClusters: [{ clusterName: 'User.id', clusterSize: 10, tier: 'M1', standbys: 0 }],
});

describe('a farm with a datacenter that has just come back', () => {
  let farm: RunningFarm;
  let state: string;

  const run = (...args: readonly string[]): Promise<Ended> =>
    new Promise((resolve) => {
      const env = { ...process.env, CACHEFARM_STATE: '', NO_COLOR: '1' };
      execFile(process.execPath, [PROGRAM, ...args, '--state', state], { env }, (error, stdout, stderr) =>
        resolve({ status: typeof error?.code === 'number' ? error.code : error ? 1 : 0, stdout, stderr }),
      );
    });
  async function drain(...args: readonly string[]): Promise<void> {
    expect(await run('drain', ...args)).toMatchObject({ status: 0, stderr: '' });
  }
  const partitionsIn = async (datacenter: string): Promise<readonly string[]> =>
    (await farm.look()).facts.partitions
      .filter(({ at }) => at?.datacenter === datacenter)
      .map(({ name }) => name)
      .sort();

  beforeAll(async () => {
    farm = await runFarm(FARM);
    state = dirname(farm.embedded.kubeconfig);
    await drain('datacenter', 'c');
    expect((await seedFarm(farm.access, { timeoutMs: 60_000 })).settled).toBe(true);
    await drain('datacenter', 'c', '--undo');
    expect([await partitionsIn('a'), await partitionsIn('b')].map(({ length }) => length)).toEqual([5, 5]);
  }, 120_000);
  afterAll(async () => {
    await farm?.stop();
  });

  test('plan ends with 2: one partition moves for a better spread', async () => {
    const { status, stdout, stderr } = await run('plan');
    expect([status, stderr]).toEqual([2, '']);
    expect(stdout).toMatch(
      /^SpreadBetter: .*\n {2}\+ User\.id::\d: \S+ \([ab]-m1, [ab]\) -> \S+ \(c-m1, c\)\n1 decisions/,
    );
  }, 30_000);

  test('seed leaves the spread to Barn', async () => {
    expect((await run('seed', '--dry-run')).stdout).toBe('Nothing to do.\n');
  }, 30_000);

  test('rebalance ends with 2: every move, what is gained, what it costs', async () => {
    const { status, stdout, stderr } = await run('rebalance');
    expect([status, stderr]).toEqual([2, '']);
    const lines = stdout.trimEnd().split('\n');
    const move =
      /^User\.id::\d: redis-m1-\d+-0 on [ab]-m1 \([ab]\) -> redis-m1-\d+-0 on c-m1 \(c\), 10\.0 % of its cache cluster$/;
    // Four in the fullest datacenter is the least that ten partitions can have in one of three: one from each of the others will do.
    expect(lines.slice(0, -2)).toEqual([expect.stringMatching(move), expect.stringMatching(move)]);
    expect(lines.at(-2)).toBe('Worst excess over the bound: 1 -> 0 in a datacenter, 1 -> 0 on a machine.');
    expect(lines.at(-1)).toMatch(/^Cost: 0 keys are copied, 0\.0 % of all\. Barn makes these moves by itself, /);
  }, 30_000);

  test('rebalance shows no more moves than it is asked for', async () => {
    const { status, stdout } = await run('rebalance', '--max', '1', '--json');
    expect([status, JSON.parse(stdout)]).toMatchObject([
      2,
      {
        moves: [{ to: { datacenter: 'c' }, cost: { share: 0.1 } }],
        before: { datacenter: { worst: 1 } },
        after: { datacenter: { worst: 1 } },
        keys: 0,
        replicated: { heldTiers: [] },
      },
    ]);
  }, 30_000);

  test('plan of a drain names the four that Barn moves first, and the one that waits', async () => {
    await drain('machine', 'a-m1');
    const leaving = await partitionsIn('a');
    const { status, stdout } = await run('plan', '--json');
    const { decisions, notes, held } = JSON.parse(stdout) as PlanOfBarn;
    expect([status, held]).toEqual([2, []]);
    expect(decisions.map(({ reason }) => reason)).toEqual(Array(4).fill('Draining'));
    const [count, ...waiting] = notes;
    expect(count).toEqual({ reason: 'MovesLimited', subject: 'barn', detail: '1 partitions wait to move' });
    expect(waiting).toMatchObject([{ reason: 'MovesLimited', detail: 'Draining: waits while 4 others move' }]);
    expect([...decisions, ...waiting].map(({ subject }) => subject).sort()).toEqual(leaving);

    const { stdout: text } = await run('plan');
    expect(text.match(/^ {2}\+ User\.id::\d: /gm)).toHaveLength(4);
    expect(text).toMatch(
      /^MovesLimited: .*\n {2}! barn: 1 partitions wait to move\n {2}! User\.id::\d: Draining: waits while 4 others move\n/m,
    );

    // And that is what a Barn does which begins now.
    const begun: string[] = [];
    const barn = runBarn(farm.access, {
      controller: 7,
      intervalMs: 60_000,
      told: (event) => {
        if (event.kind === 'decided') begun.push(event.decision.subject);
      },
    });
    await until('Barn to begin', () => begun.length > 0, 10_000);
    expect(begun.slice(0, 4)).toEqual(decisions.map(({ subject }) => subject));
    await barn.stop();
  }, 60_000);
});
