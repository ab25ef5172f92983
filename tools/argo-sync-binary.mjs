// The program tools/argo-sync: found in the user's cache folder, else built once from its pinned Go modules and put there. No dependency.
//   node tools/argo-sync-binary.mjs
// prints its path; what it does goes to stderr.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { goBuild, whyNoGo } from './go.mjs';

const MODULE = join(dirname(fileURLToPath(import.meta.url)), 'argo-sync');

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
  const why = whyNoGo(`argo-sync is not in ${dirname(path)}`, 'node tools/argo-sync-binary.mjs');
  if (why) throw new Error(why);
  say(`building Argo CD's sync engine into ${dirname(path)} (minutes, once)`);
  mkdirSync(dirname(path), { recursive: true });
  // Under another name until it is whole; two that build side by side end with the same file.
  const fresh = `${path}.${process.pid}.new`;
  const start = Date.now();
  try {
    const args = ['-buildvcs=false', '-ldflags', '-s -w', '-o', fresh, '.'];
    goBuild('argo-sync', args, { folder: MODULE, env: { CGO_ENABLED: '0' } });
    renameSync(fresh, path);
  } finally {
    rmSync(fresh, { force: true });
  }
  say(`built in ${Math.round((Date.now() - start) / 1000)} s`);
}

/** @returns `{ path, from }`, `from` as of the programs of a control plane @throws Error with the commands that help */
export function argoSync() {
  const path = target();
  if (existsSync(path)) return { path, from: 'cache' };
  build(path);
  return { path, from: 'built' };
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    process.stdout.write(`${argoSync().path}\n`);
  } catch (error) {
    say(error.message);
    process.exitCode = 1;
  }
}
