import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { ask, freeAddress, until } from '../builders/processes.js';

const PROGRAM = fileURLToPath(new URL('../../lib/src/cli/main.js', import.meta.url));
const INDEX = fileURLToPath(new URL('../../lib/src/index.js', import.meta.url));

interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

function run(...args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [PROGRAM, ...args],
      { env: { ...process.env, CACHEFARM_STATE: '', NO_COLOR: '1' } },
      (error, stdout, stderr) =>
        resolve({ status: typeof error?.code === 'number' ? error.code : error ? 1 : 0, stdout, stderr }),
    );
  });
}

const SMALL = `import { defineFarm } from ${JSON.stringify(INDEX)};
export const farm = defineFarm({
  name: 'tiny',
  datacenters: ['a', 'b', 'c'].map((name) => ({ name, machines: { count: 2, memory: '1Gi' } })),
  tiers: [{ name: 'M1', maxMemory: '32mb', memory: '64Mi', ports: [6378], replicas: 2 }],
  exporter: false,
  cacheClusters: [{ clusterName: 'User.id', clusterSize: 3, tier: 'M1' }],
});
`;

describe('wrong usage', () => {
  test.each([
    ['an unknown command', ['partitons'], 2, /unknown command 'partitons'/],
    ['a mistyped command', ['sed'], 2, /Did you mean seed/],
    ['an unknown kind', ['get', 'shards'], 2, /Allowed choices are partitions, pods, clusters, sentinels, machines/],
    ['an unknown output', ['get', 'pods', '-o', 'xml'], 2, /Allowed choices are table, wide, json, yaml, name/],
    ['a size of eleven digits', ['scale', 'User.id', '--size', '99999999999'], 2, /1 to 1000/],
    ['a time of nothing', ['seed', '--timeout', '0'], 2, /more than 0 and at most 86400/],
    [
      'a farm that is no file',
      ['up', '--farm', './nowhere.js'],
      1,
      /farm \.\/nowhere\.js is neither talk nor demo nor a file/,
    ],
    [
      'a state folder without a farm',
      ['get', 'pods', '--state', '/tmp/no-such-farm'],
      1,
      /no farm is running in \/tmp\/no-such-farm/,
    ],
  ])('%s is said, with status %s', async (_, args, status, message) => {
    const ended = await run(...args);
    expect(ended.stderr).toMatch(message);
    expect(ended.stderr).not.toMatch(/ at .*\.js:\d+/);
    expect([ended.status, ended.stdout]).toEqual([status, '']);
  });

  test('a farm with problems is told them all, and nothing is written', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cachefarm-cli-'));
    try {
      const module = join(folder, 'bad.mjs');
      writeFileSync(
        module,
        SMALL.replace("memory: '64Mi'", "memory: '33Mi'").replace('clusterSize: 3', 'clusterSize: 99'),
      );
      const ended = await run('up', '--farm', module, '--state', join(folder, 'state'));
      expect(ended.status).toBe(1);
      expect(ended.stderr).toMatch(/farm tiny has \d problems/);
      expect(ended.stderr).toContain('[tiers.M1');
      expect(ended.stderr).toContain('[cacheClusters.User.id');
      expect(ended.stderr).not.toMatch(/ at .*\.js:\d+/);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test('help of every command names what it does, and ends with 0', async () => {
    const help = await run('--help');
    expect(help.status).toBe(0);
    for (const command of [
      'up',
      'demo',
      'seed',
      'get',
      'explain',
      'diff',
      'plan',
      'barn',
      'apply',
      'scale',
      'delete',
      'drain',
      'rebalance',
    ]) {
      expect(help.stdout).toMatch(new RegExp(`^  ${command} `, 'm'));
      expect((await run(command, '--help')).status).toBe(0);
    }
  });
});

describe('a farm that is up', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cachefarm-cli-'));
  const state = join(folder, 'state');
  let up: ChildProcess;
  let said = '';

  beforeAll(async () => {
    const module = join(folder, 'tiny.mjs');
    writeFileSync(module, SMALL);
    up = spawn(process.execPath, [PROGRAM, 'up', '--farm', module, '--state', state, '--no-seed', '--no-barn'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    up.stderr?.on('data', (data: Buffer) => {
      said += data.toString();
    });
    await until(
      'the farm to be up',
      () => said.includes('look at it') || (up.exitCode !== null && Promise.reject(new Error(said))),
      60_000,
    );
  }, 70_000);
  afterAll(async () => {
    const ended = new Promise((resolve) => up.once('exit', resolve));
    up.kill('SIGTERM');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  });

  test('a second up of the same state is refused, naming the process that runs it', async () => {
    const ended = await run('up', '--farm', join(folder, 'tiny.mjs'), '--state', state);
    expect(ended.status).toBe(1);
    expect(ended.stderr).toContain(`process ${up.pid}`);
  });

  test('seed --dry-run prints the plan with its reasons and does nothing', async () => {
    const dry = await run('seed', '--dry-run', '--state', state);
    expect(dry.status).toBe(0);
    expect(dry.stdout).toMatch(/^PartitionUnbound: No sentinel knows the partition/m);
    expect(dry.stdout).toMatch(/^ {2}\+ User\.id::2: redis-m1-6378-\d on [abc]-m\d/m);
    const pods = await run('get', 'pods', '--state', state, '-o', 'json');
    expect((JSON.parse(pods.stdout) as { state: string }[]).map((pod) => pod.state)).toEqual(Array(6).fill('Idle'));
  });

  test('plan says what would be done, and ends with 2', async () => {
    const ended = await run('plan', '--state', state);
    expect([ended.status, ended.stderr]).toEqual([2, '']);
    expect(ended.stdout).toMatch(/^StandbyMissing: /m);
  });

  test('explain of a partition that is not bound yet says what would show it', async () => {
    const ended = await run('explain', 'User.id::0', '--state', state);
    expect(ended.stdout).toMatch(/State: +Unbound/);
    expect(ended.stdout).toContain('cachefarm seed --dry-run');
  });

  test('seed binds everything, says how much, and a second one finds nothing to do', async () => {
    const first = await run('seed', '--state', state, '--json');
    expect([first.status, JSON.parse(first.stdout)]).toMatchObject([
      0,
      { declared: 3, serving: 3, armed: 3, toArm: 3, settled: true },
    ]);
    expect(first.stderr).toMatch(/^pass 1: 0\/3 serving/m);
    const second = await run('seed', '--state', state);
    expect(second.stdout).toMatch(/^Seeded: 3 of 3 partitions serve, 3 of 3 standbys armed/);
    expect(second.stderr.match(/^pass/gm)).toHaveLength(1);
  });

  test.each([
    ['partitions', 3, /NAME +STATE +ADDRESS +MACHINE +DATACENTER +BEHIND/],
    ['pods', 6, /NAME +DATACENTER +MACHINE +ADDRESS +TIER +STATE +FOR/],
    ['clusters', 1, /NAME +SIZE +SERVING +STANDBY +TIER +READY/],
    ['sentinels', 3, /NAME +GROUP +DATACENTER +MACHINE +ADDRESS +STATE +PARTITIONS/],
    ['machines', 6, /NAME +DATACENTER +ADDRESS +READY +PODS +PARTITIONS +STANDBYS +IDLE/],
  ])(
    'get %s lists %s of them in every form',
    async (kind, count, heading) => {
      const table = (await run('get', kind, '--state', state)).stdout.trimEnd().split('\n');
      expect(table[0]).toMatch(heading);
      expect(table).toHaveLength(count + 1);
      const bare = (await run('get', kind, '--state', state, '--no-headers', '-o', 'wide')).stdout
        .trimEnd()
        .split('\n');
      expect(bare).toHaveLength(count);
      const json = JSON.parse((await run('get', kind, '--state', state, '-o', 'json')).stdout) as object[];
      expect(json).toHaveLength(count);
      const yaml = parse((await run('get', kind, '--state', state, '-o', 'yaml')).stdout) as object[];
      expect(yaml.map((record) => Object.keys(record))).toEqual(json.map((record) => Object.keys(record)));
      const names = (await run('get', kind, '--state', state, '-o', 'name')).stdout.trimEnd().split('\n');
      expect(names).toHaveLength(count);
      expect(names[0]).toMatch(/^[a-z]+\/\S+$/);
    },
    60_000,
  );

  test('get of one cache cluster lists its partitions, of an unknown name is an error', async () => {
    expect(
      (await run('get', 'partitions', 'User.id', '--state', state, '--no-headers')).stdout.trimEnd().split('\n'),
    ).toHaveLength(3);
    const unknown = await run('get', 'partitions', 'Usr.id', '--state', state);
    expect([unknown.status, unknown.stderr]).toEqual([
      1,
      'no partition is called "Usr.id"; did you mean User.id? there is User.id, User.id::0, User.id::1, User.id::2\n',
    ]);
    const near = await run('get', 'partitions', 'Usr.id::0', '--state', state);
    expect(near.stderr).toContain('did you mean User.id::0?');
  });

  test('explain says where a partition is, why, and what its death would mean', async () => {
    const { stdout } = await run('explain', 'User.id::1', '--state', state);
    expect(stdout).toMatch(/^State: +Serving$/m);
    expect(stdout).toMatch(
      /1 partition of User\.id in datacenter [abc]; the fullest has 1, no placement has less than 1/,
    );
    expect(stdout).toMatch(
      /machine [abc]-m\d: 1 of 3 partitions of User\.id \(33 % of its hits\) are hit;\n +Sentinel alone moves it to its standby/,
    );
    const unknown = await run('explain', 'User.id::3', '--state', state);
    expect(unknown.status).toBe(1);
    expect(unknown.stderr).toContain('declared are User.id::0..2');
  });

  test('plan and rebalance of a whole farm find nothing to do, and end with 0', async () => {
    expect(await run('plan', '--state', state)).toEqual({ status: 0, stdout: 'Nothing to do.\n', stderr: '' });
    expect(await run('rebalance', '--state', state)).toEqual({
      status: 0,
      stdout: 'No move spreads better.\n',
      stderr: '',
    });
  });

  test('barn answers for its health, tells its figures, logs JSON lines, and ends at SIGTERM', async () => {
    const { ip, port } = freeAddress(19_180);
    const barn = spawn(process.execPath, [PROGRAM, 'barn', '--state', state, '--listen', `${ip}:${port}`], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let lines = '';
    barn.stdout.on('data', (data: Buffer) => {
      lines += data.toString();
    });
    const ended = new Promise((resolve) => barn.once('exit', resolve));
    try {
      await until(
        'barn to be ready',
        async () => (await fetch(`http://${ip}:${port}/readyz`).catch(() => undefined))?.status === 200,
        20_000,
      );
      expect((await fetch(`http://${ip}:${port}/healthz`)).status).toBe(200);
      const metrics = await (await fetch(`http://${ip}:${port}/metrics`)).text();
      expect(metrics).toMatch(/^cachefarm_partitions\{.*state="serving".*\} 3$/im);
      const named = () => run('get', 'clusters', 'User.id', '--state', state);
      await until('the status to be written', async () => (await named()).stdout.includes('PartitionsServing'), 20_000);
      const { stdout } = await named();
      expect(stdout).toMatch(/^NAME +SIZE +SERVING +STANDBY +TIER +READY +REASON$/m);
      expect(stdout).toMatch(/^Conditions of User\.id:\n {2}TYPE +STATUS +SINCE +REASON +MESSAGE$/m);
      expect(stdout).toMatch(/^ {2}Ready +True +\d+s +PartitionsServing +3 of 3 partitions serve$/m);
      expect(stdout).toMatch(/^Events of User\.id/m);
      const explained = await run('explain', 'User.id::0', '--state', state);
      expect(explained.stdout).toMatch(/^If it died:[\s\S]*^Conditions of User\.id:[\s\S]*^Events of User\.id/m);
      const [listed] = JSON.parse((await run('get', 'clusters', '--state', state, '-o', 'json')).stdout);
      const record = JSON.parse((await run('explain', 'User.id::0', '--state', state, '-o', 'json')).stdout);
      for (const one of [listed, record]) {
        expect(one.conditions).toContainEqual(
          expect.objectContaining({ type: 'Ready', status: 'True', datacenters: ['a', 'b', 'c'] }),
        );
        expect(one.events).toEqual(expect.any(Array));
      }
      expect(record).toMatchObject({ name: 'User.id::0', state: 'Serving', ifItDied: expect.any(Array) });
    } finally {
      barn.kill('SIGTERM');
    }
    expect(await ended).toBe(0);
    for (const line of lines.trimEnd().split('\n')) expect(() => JSON.parse(line)).not.toThrow();
    expect(lines).toContain('SIGTERM: stopping');
  }, 60_000);

  test('get -w prints a row again when it changes', async () => {
    const watch = spawn(process.execPath, [PROGRAM, 'get', 'partitions', '-w', '-o', 'wide', '--state', state], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let printed = '';
    watch.stdout.on('data', (data: Buffer) => {
      printed += data.toString();
    });
    const ended = new Promise((resolve) => watch.once('exit', resolve));
    try {
      await until('the first list', () => printed.trimEnd().split('\n').length === 4, 20_000);
      const [partition] = JSON.parse(
        (await run('get', 'partitions', 'User.id::2', '--state', state, '-o', 'json')).stdout,
      ) as {
        address: string;
      }[];
      const [ip = '', port = ''] = partition?.address.split(':') ?? [];
      const { application } = JSON.parse(readFileSync(join(state, 'secrets.json'), 'utf8')) as { application: string };
      expect(await ask({ ip, port: Number(port) }, { user: 'User.id', password: application }, 'SET', 'k', 'v')).toBe(
        'OK',
      );
      await until('the row of User.id::2 again', () => printed.match(/^User\.id::2 /gm)?.length === 2, 20_000);
      expect(printed.match(/^NAME/gm)).toHaveLength(1);
      expect(printed.match(/^User\.id::1 /gm)).toHaveLength(1);
    } finally {
      watch.kill('SIGTERM');
      await ended;
    }
  }, 60_000);
});
