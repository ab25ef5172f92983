import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Ended } from './bare-machine.js';
import { KubernetesMachine } from './kubernetes-machine.js';

let machine: KubernetesMachine;
beforeEach(() => {
  machine = new KubernetesMachine();
  for (const version of ['v1.36.3', 'v1.28.15']) {
    machine.release(version, version, '3.6.8');
    machine.caches(version);
  }
});
afterEach(() => machine.bare.destroy());

const e2e = (...args: readonly string[]): Ended => machine.node(['tools/e2e.mjs', ...args]);

interface FileResult {
  readonly passed?: number;
  readonly failed?: number;
  readonly pending?: number;
  /** it cannot be loaded */
  readonly broken?: boolean;
}

/** A jest whose files have one test that passes unless said otherwise; it logs what it was asked on which version. */
const jest = (results: Readonly<Record<string, FileResult>> = {}): void => {
  for (const name of ['crd', 'gitops', 'failures', 'novel']) machine.bare.file(`test/kubernetes/${name}.e2e.ts`, '');
  machine.bare.file(
    'node_modules/jest/bin/jest.js',
    `const { appendFileSync, readdirSync, writeFileSync } = require('node:fs');
const { basename } = require('node:path');
const results = ${JSON.stringify(results)};
const args = process.argv.slice(2);
const files = readdirSync('test/kubernetes').filter((file) => args.some((arg) => file.startsWith(basename(arg, '.e2e.ts'))));
if (args.includes('--listTests')) {
  console.log(files.map((file) => '/x/test/kubernetes/' + file).join('\\n'));
  process.exit();
}
const asked = args.filter((arg) => !arg.startsWith('--outputFile=')).slice(2).join(' ');
const lane = process.env.CACHEFARM_LANE === undefined ? '' : ' beside';
appendFileSync(process.env.FOLDER + '/log', process.env.CACHEFARM_KUBERNETES + ':' + lane + ' jest ' + asked + '\\n');
const times = (n, status) => Array.from({ length: n }, (_, i) => ({ status, fullName: status + ' ' + i }));
const only = args.includes('--json') && args[args.indexOf('-t') + 1];
const titles = /^\\^\\((.*)\\)\\$$/.exec(only || '')?.[1].split('|');
const testResults = files.map((file) => {
  const { passed = 1, failed = 0, pending = 0, broken } = results[basename(file, '.e2e.ts')] ?? {};
  if (titles) return { name: '/x/' + file, status: pending ? 'focused' : 'passed', startTime: 0, endTime: 2000, assertionResults: [...titles.map((title) => ({ status: 'passed', fullName: title })), ...times(pending, 'pending')] };
  const assertionResults = broken ? [] : [...times(passed, 'passed'), ...times(failed, 'failed'), ...times(pending, 'pending')];
  return { name: '/x/' + file, status: broken || failed ? 'failed' : 'passed', startTime: 0, endTime: 2000, assertionResults };
});
writeFileSync(args.find((arg) => arg.startsWith('--outputFile=')).slice('--outputFile='.length), JSON.stringify({ testResults }));
process.exitCode = testResults.some(({ status }) => status === 'failed') ? 1 : 0;`,
  );
};
const jestRuns = (): readonly string[] => machine.bare.log.filter((line) => line.includes('jest'));
const ran = (): readonly string[] =>
  jestRuns()
    .map((line) =>
      line.replace(/jest --json --runTestsByPath test\/kubernetes\/(.*)\.e2e\.ts/, '$1').replace(/ -t .*/, ' (some)'),
    )
    .sort();

describe('npm run e2e', () => {
  beforeEach(() => machine.go('1.26.0'));

  test('sets up, builds, and runs everything on the newest version, what is cheap on the older too, and says what was not run', () => {
    jest();
    const { status, stdout, stderr } = e2e();
    expect(machine.bare.log[0]).toBe('npm run --silent build');
    expect(ran()).toEqual([
      ...['v1.28.15: beside crd', 'v1.36.3: beside crd', 'v1.36.3: beside gitops'],
      ...['v1.36.3: failures (some)', 'v1.36.3: novel'],
    ]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^v1\.36\.3 +crd +1 +0 +0 +2$/m);
    expect(stdout).toContain('not run on v1.28.15: failures, gitops, novel\n');
    expect(stdout).toContain(
      'kubernetes v1.36.3: 4 files, 12 passed, 0 failed; etcd v3.6.8 (cache), kube-apiserver v1.36.3',
    );
    expect(stdout).toContain('kubernetes v1.28.15: 1 file, 1 passed, 0 failed; etcd v3.6.8 (cache)');
    expect(stdout).toContain('argo-sync (built)\n');
    expect(stdout).toMatch(
      /\nall: 13 passed, 0 failed, \d+ s \(set-up and build \d+ s, programs \d+ s, tests \d+ s\)\n$/,
    );
    expect(stderr).toContain('kube-scheduler v1.28.15 (cache) ');
  });

  test('what has the machine for itself runs when nothing runs beside anything any more', () => {
    jest();
    e2e();
    expect(jestRuns().map((line) => line.includes('beside'))).toEqual([true, true, true, false, false]);
  });

  test('--kubernetes all runs everything on each version, --kubernetes 1.28 everything on that one', () => {
    jest();
    expect(e2e('--kubernetes', 'all').stdout).not.toContain('not run');
    expect(ran()).toHaveLength(8);
    machine.bare.file('log', '');
    expect(e2e('--kubernetes=1.28').stdout).not.toContain('not run');
    expect(ran()).toHaveLength(4);
  });

  test('of the failures some run, once each, and how many do not is said; --all-failures runs all', () => {
    jest({ failures: { pending: 3 } });
    const { status, stdout } = e2e();
    expect([status, stdout]).toEqual([
      0,
      expect.stringContaining('not run on v1.36.3: 3 of 12 failures (npm run e2e -- failures runs all)\n'),
    ]);
    machine.bare.file('log', '');
    e2e('--all-failures');
    expect(ran().at(-2)).toBe('v1.36.3: failures');
  });

  test('--lanes 1 runs one file at a time', () => {
    jest();
    e2e('--lanes', '1');
    expect(ran().filter((line) => line.includes('beside'))).toEqual([]);
  });

  test('other arguments go to jest, on the newest version; argo-sync is built only for what needs it', () => {
    jest();
    const { status, stdout } = e2e('crd', '-t', 'rule');
    expect(jestRuns()).toEqual(['v1.36.3: jest --json crd -t rule']);
    expect([status, stdout]).toEqual([0, expect.stringContaining('all: 1 passed, 0 failed')]);
    expect(stdout).not.toContain('argo-sync');
    expect(e2e('gitops').stdout).toContain('argo-sync (built)');
    expect(e2e('gitops').stdout).toContain('argo-sync (cache)');
  });

  test('fails when a test failed, and names the file', () => {
    jest({ novel: { failed: 1 } });
    const { status, stdout } = e2e();
    expect([status, stdout]).toEqual([1, expect.stringMatching(/^v1\.36\.3 +novel +1 +1 +0 +2 +FAILED$/m)]);
    expect(stdout).toContain('all: 13 passed, 1 failed');
  });

  test('fails when a file could not run, when jest wrote nothing, and when nothing ran', () => {
    jest({ crd: { broken: true } });
    expect(e2e()).toMatchObject({
      status: 1,
      stdout: expect.stringContaining('11 passed, 0 failed, 2 files could not run'),
    });
    expect(e2e('nothing')).toMatchObject({ status: 1 });
    machine.bare.file('node_modules/jest/bin/jest.js', '');
    expect(e2e('--kubernetes', 'newest')).toMatchObject({
      status: 1,
      stdout: expect.stringContaining('0 passed, 0 failed, 4 files could not run'),
    });
  });

  test('a skipped test is told, and counts for nothing', () => {
    jest({ crd: { pending: 1 }, gitops: { passed: 0, pending: 1 } });
    const { stdout } = e2e('crd');
    expect(stdout).toContain('skipped on v1.36.3: crd: pending 0\n');
    expect(stdout).toContain('all: 1 passed, 0 failed, 1 skipped');
    expect(e2e('gitops').status).toBe(1);
    expect(e2e('--kubernetes', 'newest')).toMatchObject({ status: 1 });
  });
});

describe('npm run e2e without Go', () => {
  test('and without the programs fails with the commands that help, and runs no test', () => {
    jest();
    machine.bare.remove('cache');
    expect(e2e()).toMatchObject({ status: 1, stderr: expect.stringContaining('there is no Go') });
    expect(jestRuns()).toEqual([]);
  });

  test('and without argo-sync does so too, before any test', () => {
    jest();
    const { status, stderr } = e2e();
    expect([status, stderr]).toEqual([1, expect.stringContaining('then run:  node tools/argo-sync-binary.mjs')]);
    expect(jestRuns()).toEqual([]);
  });
});

describe('what the plan names', () => {
  const kubernetes = join(import.meta.dirname, '../kubernetes');
  const plan = async () =>
    (await import(join(import.meta.dirname, '../../tools/e2e-plan.mjs'))) as Readonly<
      Record<'BESIDE' | 'OLDER_TOO', readonly string[]>
    > & { readonly SOME: Readonly<Record<string, readonly string[]>> };

  test('is there: files, and titles of failures', async () => {
    const there = readdirSync(kubernetes).flatMap((file) => /^(.*)\.e2e\.ts$/.exec(file)?.[1] ?? []);
    const { BESIDE, OLDER_TOO, SOME } = await plan();
    expect(there).toEqual(expect.arrayContaining([...BESIDE, ...OLDER_TOO, ...Object.keys(SOME)]));
    const sources = readdirSync(join(kubernetes, 'rig')).filter((file) => file.startsWith('fail-'));
    const text = sources.map((file) => readFileSync(join(kubernetes, 'rig', file), 'utf8')).join('\n');
    expect(SOME.failures?.filter((title) => !text.includes(title))).toEqual([]);
  });
});
