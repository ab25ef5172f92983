// The programs of a Kubernetes control plane: found in KUBEBUILDER_ASSETS, on the PATH or in the user's cache folder, else built once from
// the Go modules pinned in tools/kubernetes and put into that folder. No dependency: it runs before there are any.
//   node tools/kubernetes-binaries.mjs [newest|1.28|v1.36.3|all] [--find-only]
// prints `{"v1.36.3": {"etcd": {"path", "version", "from"}, "kube-apiserver": ...}}` on stdout; what it does goes to stderr.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { goBuild, whyNoGo } from './go.mjs';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const MODULES = join(ROOT, 'tools/kubernetes');
const KUBE_PROGRAMS = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'];
export const PROGRAMS = ['etcd', ...KUBE_PROGRAMS, 'kubectl'];
/** The first etcd whose watch progress newer API servers rely on. */
const ETCD_FLOOR = [3, 5];
/** The first kubectl with everything that the tests ask of one. */
const KUBECTL_FLOOR = [1, 28];

const say = (text) => process.stderr.write(`kubernetes: ${text}\n`);
const numbers = (version) => version.replace(/^v/, '').split('.').map(Number);
const isBelow = (version, floor) => {
  const i = floor.findIndex((part, at) => (version[at] ?? 0) !== part);
  return i >= 0 && (version[i] ?? 0) < floor[i];
};
const sameMinor = (one, other) => numbers(one).slice(0, 2).join('.') === numbers(other).slice(0, 2).join('.');

/** The versions that tools/kubernetes pins, newest first: a folder each. */
export function pinnedVersions() {
  return readdirSync(MODULES)
    .filter((name) => /^v\d+\.\d+\.\d+$/.test(name))
    .sort((a, b) => (isBelow(numbers(a), numbers(b)) ? 1 : -1));
}

const pinnedEtcd = () =>
  /go\.etcd\.io\/etcd\/server\/v3 (v[\d.]+)/.exec(readFileSync(join(MODULES, 'etcd/go.mod'), 'utf8'))?.[1] ?? 'v3';

/**
 * @param asked `newest`, `all`, `1.28`, `v1.28.15`
 * @throws Error naming what there is
 */
export function chooseVersions(asked = 'newest') {
  const pinned = pinnedVersions();
  if (asked === 'all') return pinned;
  const chosen = asked === 'newest' ? pinned[0] : pinned.find((version) => sameMinor(version, asked));
  if (!chosen) throw new Error(`no Kubernetes ${asked}: choose newest, all or one of ${pinned.join(', ')}`);
  return [chosen];
}

const cacheFolder = () => join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'cachefarm', 'kubernetes');
/** The version that is built of a program beside an API server of `version`: one etcd for all, one kubectl (the newest) for all. */
function pinnedOf(program, version) {
  if (program === 'etcd') return pinnedEtcd();
  return program === 'kubectl' ? pinnedVersions()[0] : version;
}

/** In the cache the folder's name is the version. */
const folderOf = (program, version) =>
  join(cacheFolder(), `${program === 'etcd' ? 'etcd-' : ''}${pinnedOf(program, version)}`);

/** What a program says of its version; undefined when it does not run. */
function versionOf(path) {
  const ask = path.endsWith('kubectl') ? ['version', '--client'] : ['--version'];
  const { status, stdout } = spawnSync(path, ask, { encoding: 'utf8' });
  return status === 0 ? /v?\d+\.\d+\.\d+\S*/.exec(stdout)?.[0] : undefined;
}

function fits(program, found, version) {
  if (found === undefined) return false;
  if (program === 'etcd') return !isBelow(numbers(found), ETCD_FLOOR);
  return program === 'kubectl' ? !isBelow(numbers(found), KUBECTL_FLOOR) : sameMinor(found, version);
}

const placesOf = (name, list) =>
  (list ?? '')
    .split(delimiter)
    .filter(Boolean)
    .map((folder) => ({ folder, from: name }));

/** `from` says where it was found. */
function find(program, version) {
  const { KUBEBUILDER_ASSETS, PATH } = process.env;
  for (const { folder, from } of [...placesOf('KUBEBUILDER_ASSETS', KUBEBUILDER_ASSETS), ...placesOf('PATH', PATH)]) {
    const path = join(folder, program);
    if (!existsSync(path)) continue;
    const found = versionOf(path);
    if (fits(program, found, version)) return { path, version: found, from };
    say(`${path} is ${found ?? 'not running'}: not taken`);
  }
  const cached = join(folderOf(program, version), program);
  return existsSync(cached) ? { path: cached, version: pinnedOf(program, version), from: 'cache' } : undefined;
}

/** What is to be built, and the command that does it when Go is there. */
function whyNotBuilt(version, missing) {
  const are = missing.length === 1 ? 'is' : 'are';
  const what = `${missing.join(', ')} of Kubernetes ${version} ${are} neither in KUBEBUILDER_ASSETS, on the PATH nor in ${cacheFolder()}`;
  const why = whyNoGo(what, `node tools/kubernetes-binaries.mjs ${version}`);
  return why && `${why}\nOr set KUBEBUILDER_ASSETS to a folder with these programs.`;
}

/** As the releases are stamped: the API server tells this version, and refuses to emulate newer ones. */
function stamps(version) {
  const [major, minor] = numbers(version);
  const set = { gitVersion: version, gitMajor: major, gitMinor: minor, gitTreeState: 'clean' };
  return Object.entries(set).flatMap(([name, value]) => ['-X', `k8s.io/component-base/version.${name}=${value}`]);
}

function recipe(program, pinned) {
  if (program === 'etcd') return { folder: join(MODULES, 'etcd'), source: '.', flags: '-s -w' };
  const source = `k8s.io/kubernetes/cmd/${program}`;
  return { folder: join(MODULES, pinned), source, flags: ['-s', '-w', ...stamps(pinned)].join(' ') };
}

/** Builds one program into the cache folder; under another name until it is whole, so that whoever finds it finds all of it. */
function build(program, version) {
  const target = join(folderOf(program, version), program);
  const fresh = `${target}.${process.pid}.new`;
  const pinned = pinnedOf(program, version);
  const { folder, source, flags } = recipe(program, pinned);
  const args = ['-mod=readonly', '-ldflags', flags, '-o', fresh, source];
  say(`building ${program} ${pinned} into ${dirname(target)} (minutes, once)`);
  mkdirSync(dirname(target), { recursive: true });
  const start = Date.now();
  try {
    goBuild(program, args, { folder });
    renameSync(fresh, target);
  } finally {
    rmSync(fresh, { force: true });
  }
  say(`built ${program} in ${Math.round((Date.now() - start) / 1000)} s`);
}

/**
 * @param findOnly do not build; kubectl may be missing then
 * @returns `{ etcd: { path, version, from }, ... }`, all of PROGRAMS; `from` is KUBEBUILDER_ASSETS, PATH, cache, or built
 * @throws Error with the commands that help
 */
export function binariesOf(version, { findOnly = false } = {}) {
  const found = PROGRAMS.map((program) => [program, find(program, version)]);
  const missing = found.filter(([, binary]) => !binary).map(([program]) => program);
  // Tests that want kubectl say so themselves.
  if (findOnly && missing.some((program) => program !== 'kubectl'))
    throw new Error(`no ${missing.join(', ')} of ${version}: run node tools/kubernetes-binaries.mjs ${version}`);
  if (!findOnly && missing.length > 0) {
    const why = whyNotBuilt(version, missing);
    if (why) throw new Error(why);
    for (const program of missing) build(program, version);
    const built = (program) => ({ ...find(program, version), from: 'built' });
    return Object.fromEntries(found.map(([program, binary]) => [program, binary ?? built(program)]));
  }
  return Object.fromEntries(found);
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const findOnly = process.argv.includes('--find-only');
  const asked = process.argv.slice(2).find((arg) => !arg.startsWith('--'));
  try {
    const found = chooseVersions(asked).map((version) => [version, binariesOf(version, { findOnly })]);
    process.stdout.write(`${JSON.stringify(Object.fromEntries(found))}\n`);
  } catch (error) {
    say(error.message);
    process.exitCode = 1;
  }
}
