import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type BareMachine, readyMachine } from './bare-machine.js';

let machine: BareMachine;
beforeEach(() => {
  machine = readyMachine();
});
afterEach(() => machine.destroy());

describe('npm test', () => {
  /** A jest that writes this result and ends with this status. */
  const jest = (result: object | undefined, status: number): void =>
    machine.file(
      'node_modules/jest/bin/jest.js',
      `const { appendFileSync, writeFileSync } = require('node:fs');
const [, , ...args] = process.argv;
const output = args.find((arg) => arg.startsWith('--outputFile=')).slice('--outputFile='.length);
const result = ${JSON.stringify(result)};
appendFileSync(process.env.FOLDER + '/log', 'jest ' + args.filter((arg) => !arg.startsWith('--outputFile=')).join(' ') + '\\n');
appendFileSync(process.env.FOLDER + '/log', process.env.NODE_OPTIONS.includes('--experimental-vm-modules') + '\\n');
if (result) writeFileSync(output, JSON.stringify(result));
console.log('summary of jest');
process.exitCode = ${status};`,
    );
  const counts = (passed: number, failed: number, skipped = 0, broken = 0): object => ({
    numPassedTests: passed,
    numFailedTests: failed,
    numPendingTests: skipped,
    numTodoTests: 0,
    numRuntimeErrorTestSuites: broken,
  });

  test('sets up, builds, then runs jest with the arguments given and ES modules on', () => {
    jest(counts(3, 0), 0);
    machine.node('tools/test.mjs', 'test/farm', '-t', 'ports');
    expect(machine.log).toEqual(['npm run --silent build', 'jest --json test/farm -t ports', 'true']);
  });
  test('ends with what jest counted, alone on stdout, and with the status of jest', () => {
    jest(counts(120, 0), 0);
    const { status, stdout, stderr } = machine.node('tools/test.mjs');
    expect([status, stdout]).toEqual([0, '120 passed, 0 failed\n']);
    expect(stderr).toContain('summary of jest');
  });
  test('fails when a test failed', () => {
    jest(counts(118, 2), 1);
    expect(machine.node('tools/test.mjs')).toMatchObject({ status: 1, stdout: '118 passed, 2 failed\n' });
  });
  test('names what is in neither number: skipped tests, files that could not run', () => {
    jest(counts(5, 0, 2, 1), 1);
    expect(machine.node('tools/test.mjs').stdout).toBe('1 test file could not run\n2 skipped\n5 passed, 0 failed\n');
  });
  test('fails when no test ran', () => {
    jest(counts(0, 0), 0);
    const { status, stderr } = machine.node('tools/test.mjs', '--passWithNoTests');
    expect(status).toBe(1);
    expect(stderr).toContain('no test ran');
  });
  test('prints no number when jest wrote none', () => {
    jest(undefined, 1);
    expect(machine.node('tools/test.mjs')).toMatchObject({ status: 1, stdout: '' });
  });
  test('fails before the tests when the build fails', () => {
    jest(counts(3, 0), 0);
    machine.program('npm', 'echo "x.ts(1,1): error"; exit 2');
    const { status, stdout, stderr } = machine.node('tools/test.mjs');
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain('x.ts(1,1): error');
    expect(stderr).toContain('build failed with status 2');
    expect(machine.log).toEqual([]);
  });
});

describe('npm run demo', () => {
  const program = (body: string): void => machine.file('lib/src/cli/main.js', body);

  test('passes its arguments to the demo, whose stdout is the only one', () => {
    machine.installed('0.9.0');
    machine.program('npm', 'echo "npm talks: $*"');
    program('console.log(JSON.stringify(process.argv.slice(2)))');
    const { status, stdout, stderr } = machine.node('tools/demo.mjs', '--for', '30', '--json');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toEqual(['demo', '--for', '30', '--json']);
    expect(stderr).toContain('npm talks: ci');
    expect(stderr).toContain('npm talks: run --silent build');
  });
  test('gives Valkey the names of Redis where only Valkey is installed', () => {
    for (const role of ['server', 'cli', 'sentinel']) machine.remove(`bin/redis-${role}`);
    machine.redis('valkey', '8.1.1');
    program(`const { spawnSync } = require('node:child_process');
for (const role of ['server', 'cli', 'sentinel']) process.stdout.write(spawnSync('redis-' + role, ['--version']).stdout);`);
    expect(machine.node('tools/demo.mjs').stdout.match(/v=8\.1\.1/g)).toHaveLength(3);
  });
  test('ends with the status of the demo', () => {
    program('process.exitCode = 3');
    expect(machine.node('tools/demo.mjs').status).toBe(3);
  });
});
