// Go, for the programs of the end-to-end tests that are built once. No dependency: it runs before there are any.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { isBelow } from './redis-programs.mjs';

/** The first Go that fetches the toolchain which a go.mod asks for. */
const GO_FLOOR = [1, 21];

/** Where Go comes from, by the package manager that is there. */
const GO_COMMANDS = [
  { binary: 'brew', command: 'brew install go' },
  { binary: 'apk', command: 'apk add go' },
  { binary: 'dnf', command: 'dnf install -y golang' },
  { binary: 'pacman', command: 'pacman -S --noconfirm go' },
  { binary: 'apt-get', command: 'apt-get update && apt-get install -y golang-go' },
];
const onPath = (binary) => (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, binary)));

function goVersion() {
  const { status, stdout } = spawnSync('go', ['version'], { encoding: 'utf8' });
  return status === 0 ? /go(\d+\.\d+[\d.]*)/.exec(stdout)?.[1] : undefined;
}

/**
 * Why nothing can be built, and the commands that mend it; undefined when Go is there.
 * @param missing what is to be built, and where it was looked for: `argo-sync is not in /x`
 * @param command builds it once Go is there
 */
export function whyNoGo(missing, command) {
  const found = goVersion();
  if (found && !isBelow(found.split('.').map(Number), GO_FLOOR)) return undefined;
  const install = GO_COMMANDS.find(({ binary }) => onPath(binary))?.command;
  return [
    `${missing},`,
    `and ${found ? `Go ${found} is too old` : 'there is no Go'} to build with (Go ${GO_FLOOR.join('.')} or newer; it fetches the newer toolchain that go.mod may ask for).`,
    ...(install ? [`Run:  ${install}`] : []),
    `${install ? 'If that is older, take' : 'Take'} Go from go.dev/dl, put its bin folder on the PATH, then run:  ${command}`,
  ].join('\n');
}

/**
 * `go build`; its messages go to stderr.
 * @throws Error when it fails
 */
export function goBuild(what, args, { folder, env = {} }) {
  const { status, error } = spawnSync('go', ['build', '-trimpath', ...args], {
    cwd: folder,
    // A workspace above the checkout is not asked.
    env: { ...process.env, GOWORK: 'off', ...env },
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0) throw new Error(`building ${what} failed: ${error?.message ?? `go ended with status ${status}`}`);
}
