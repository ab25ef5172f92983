import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type BareMachine, type Ended, readyMachine } from './bare-machine.js';

let machine: BareMachine;
const setup = (...args: readonly string[]): Ended => machine.node('tools/setup.mjs', ...args);
const removeRedis = (): void => {
  for (const role of ['server', 'cli', 'sentinel']) machine.remove(`bin/redis-${role}`);
};

beforeEach(() => {
  machine = readyMachine();
});
afterEach(() => machine.destroy());

describe('set-up when all is there', () => {
  test('runs nothing and says nothing', () => {
    expect(setup()).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(machine.log).toEqual([]);
  });
  test('--check says what it found, on stderr', () => {
    const { status, stdout, stderr } = setup('--check');
    expect([status, stdout]).toEqual([0, '']);
    expect(stderr).toContain('redis 7.0.15');
  });
  test('takes Valkey where there is no Redis', () => {
    removeRedis();
    machine.redis('valkey', '8.1.1');
    expect(setup('--check').stderr).toContain('valkey 8.1.1');
  });
  test('leaves an optional package of another platform out', () => {
    expect(setup().status).toBe(0);
    expect(machine.log).toEqual([]);
  });
});

describe('set-up on a Node that is too old', () => {
  const setupWith = (version: string): Ended =>
    machine.node(
      '--input-type=module',
      '--eval',
      `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } });
await import('./tools/setup.mjs');`,
    );

  test.each(['18.20.4', '20.18.3'])('%s: stops before anything else, and says what to do', (version) => {
    machine.installed('0.9.0');
    const { status, stderr } = setupWith(version);
    expect(status).toBe(1);
    expect(stderr).toContain(`Node ${version} is too old; cachefarm needs 20.19 or newer`);
    expect(stderr).toContain('Install a newer one');
    expect(machine.log).toEqual([]);
  });
  test.each(['20.19.0', '22.0.0', '24.11.1'])('%s is new enough', (version) => {
    expect(setupWith(version).status).toBe(0);
  });
});

describe('set-up installs the packages', () => {
  const expectCi = (reason: string): void => {
    const { status, stdout, stderr } = setup();
    expect([status, stdout]).toEqual([0, '']);
    expect(stderr).toContain(`${reason}: running \`npm ci\``);
    expect(machine.log).toEqual(['npm ci --no-audit --no-fund']);
  };

  test('when node_modules is missing', () => {
    machine.remove('node_modules');
    expectCi('node_modules is missing');
  });
  test('when package-lock.json asks for another version', () => {
    machine.lock('1.0.1');
    expectCi('node_modules/a is 1.0.0, not 1.0.1');
  });
  test('but --check only says so', () => {
    machine.installed('0.9.0');
    expect(setup('--check').status).toBe(1);
    expect(machine.log).toEqual([]);
  });
  test('and fails with a way out when npm ci fails', () => {
    machine.program('npm', 'exit 7');
    machine.installed('0.9.0');
    const { status, stderr } = setup();
    expect(status).toBe(1);
    expect(stderr).toContain('`npm ci` failed');
  });
});

describe('set-up without a usable Redis', () => {
  test('--check names what is missing and installs nothing', () => {
    removeRedis();
    const { status, stderr } = setup('--check');
    expect(status).toBe(1);
    expect(stderr).toContain('redis-server, redis-cli and redis-sentinel are not on the PATH');
  });
  test('an old one: says which and what is needed', () => {
    machine.redis('redis', '6.0.16');
    const { status, stderr } = setup('--check');
    expect(status).toBe(1);
    expect(stderr).toContain('redis-server is 6.0.16; 6.2 or newer is needed');
  });
  test('a server without its sentinel: says which is missing', () => {
    machine.remove('bin/redis-sentinel');
    expect(setup('--check').stderr).toContain('redis is here, but redis-sentinel is not on the PATH');
  });
  test('no package manager: says what to install', () => {
    removeRedis();
    const { status, stderr } = setup();
    expect(status).toBe(1);
    expect(stderr).toContain('Install Redis 6.2 or newer (or Valkey)');
  });
  test('an installation that leaves nothing usable fails', () => {
    removeRedis();
    machine.program('brew', 'exit 0');
    const { status, stderr } = setup();
    expect(status).toBe(1);
    expect(stderr).toContain('after the installation');
  });
  test('a package manager that needs no root: installs and says so', () => {
    removeRedis();
    machine.borrow('cp');
    machine.program('new-redis', 'echo "Redis server v=8.0.6 sha=0"');
    machine.program(
      'brew',
      `echo "brew $*" >>"$FOLDER/log"
for role in server cli sentinel; do cp "$FOLDER/bin/new-redis" "$FOLDER/bin/redis-$role"; done`,
    );
    const { status, stderr } = setup();
    expect(status).toBe(0);
    expect(machine.log).toEqual(['brew install redis']);
    expect(stderr).toContain('running `brew install redis`');
  });

  describe('and a package manager that needs root', () => {
    beforeEach(() => {
      removeRedis();
      machine.program('apk', 'echo "apk $*" >>"$FOLDER/log"');
    });

    test('no right to use it: fails with the exact command', () => {
      machine.program('id', 'echo 1000');
      machine.program('sudo', 'exit 1');
      const { status, stderr } = setup();
      expect(status).toBe(1);
      expect(machine.log).toEqual([]);
      expect(stderr).toContain("sudo sh -c 'apk add redis'");
    });
    test('as root: runs it', () => {
      machine.program('id', 'echo 0');
      expect(setup().stderr).toContain('running `apk add redis`');
      expect(machine.log).toEqual(['apk add redis']);
    });
    test('with a sudo that asks for no password: runs it through sudo', () => {
      machine.program('id', 'echo 1000');
      machine.program('sudo', 'echo "sudo $*" >>"$FOLDER/log"');
      setup();
      expect(machine.log).toEqual(['sudo -n true', 'sudo -n sh -c apk add redis']);
    });
  });
});
