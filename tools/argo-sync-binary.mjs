// The program tools/argo-sync: found in the user's cache folder, else built once from its pinned Go modules and put there. No dependency.
//   node tools/argo-sync-binary.mjs
// prints its path; what it does goes to stderr.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MODULE = join(dirname(fileURLToPath(import.meta.url)), 'argo-sync');
/** Where Go's own installer puts it: not on everybody's PATH. */
const GO_FOLDER = '/usr/local/go/bin';

const say = (text) => process.stderr.write(`argo-sync: ${text}\n`);

/** Of all that the program is made of. */
function hash() {
  const sum = createHash('sha256');
  for (const name of readdirSync(MODULE).sort())
    if (/^go\.(mod|sum)$|\.go$/.test(name)) sum.update(`${name}\n`).update(readFileSync(join(MODULE, name)));
  return sum.digest('hex').slice(0, 16);
}

const target = () =>
  join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'cachefarm', 'argo-sync', hash(), 'argo-sync');

/** @throws Error that says what to install */
function build(path) {
  const env = { ...process.env, PATH: `${process.env.PATH ?? ''}${delimiter}${GO_FOLDER}`, CGO_ENABLED: '0' };
  if (spawnSync('go', ['version'], { env }).status !== 0)
    throw new Error(
      'argo-sync is not built yet, and there is no Go: install Go 1.21 or newer from go.dev/dl, then run `node tools/argo-sync-binary.mjs`',
    );
  say("building Argo CD's sync engine once (some minutes of CPU)");
  mkdirSync(dirname(path), { recursive: true });
  const scratch = `${path}.${process.pid}`;
  const start = Date.now();
  const { status } = spawnSync(
    'go',
    ['build', '-trimpath', '-buildvcs=false', '-ldflags', '-s -w', '-o', scratch, '.'],
    {
      cwd: MODULE,
      env,
      stdio: ['ignore', 2, 2],
    },
  );
  if (status !== 0) {
    rmSync(scratch, { force: true });
    throw new Error('`go build` in tools/argo-sync failed; its message is above');
  }
  // At once: two that build side by side end with the same file.
  renameSync(scratch, path);
  say(`built in ${Math.round((Date.now() - start) / 1000)} s: ${path}`);
}

/** @returns path of the program @throws Error */
export function argoSync() {
  const path = target();
  if (!existsSync(path)) build(path);
  return path;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    process.stdout.write(`${argoSync()}\n`);
  } catch (error) {
    say(error.message);
    process.exitCode = 1;
  }
}
