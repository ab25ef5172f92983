// npm run try-image: Barn's image built from the Dockerfile and tried, without a container engine and without an image registry: on Debian, as
// root, with buildah. The images below it are made here, of Debian's packages and of the Node that runs this. The build has no network, and
// neither has the program while it only talks; Barn runs on a farm of real processes, with the command, files and environment that its pod has.
// `--clean` builds a fresh clone of the last commit instead of this folder. Nothing is left; the exit status is 1 where a line says NO.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inContainer, stopAll, tryBarn, USER } from './barn-in-image.mjs';
import { prepare, ROOT } from './run.mjs';

const OURS =
  /^usr\/(local\/bin\/(node|cachefarm)|share\/doc\/cachefarm\/[\w.]+|local\/share\/cachefarm\/web\/([\w-]+\/)?\w[\w.-]+)$/;
/** For the image's Node: who it is, its rights, networks and home, and what it says of a file that it wants to write. */
const SEEN = `const rights = /CapPrm:\\s*(\\w+)/.exec(fs.readFileSync('/proc/self/status', 'utf8'))[1];
const seen = [process.getuid(), process.getgid(), Number(rights), Object.keys(os.networkInterfaces()).length, os.homedir()];
try { fs.writeFileSync('/x', ''); } catch ({ code }) { seen.push(code); } seen.join(' ')`;

const say = (text) => process.stdout.write(`${text}\n`);
function holds(is, what) {
  say(`${is ? 'ok ' : 'NO '} ${what}`);
  if (!is) process.exitCode = 1;
}
const exists = (program) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
if (process.getuid() !== 0 || !exists('buildah') || !exists('dpkg-deb')) {
  say('it needs Debian, root and\n  apt-get update && apt-get install -y --no-install-recommends buildah');
  process.exit(1);
}
const env = { ...(await prepare()), TMPDIR: tmpdir() };
// What was cloned and built under the strictest umask is to be readable by the image's user too.
process.umask(0o077);
const work = mkdtempSync(join(tmpdir(), 'cachefarm-image-'));
process.env.TMPDIR = work;
const policy = join(work, 'policy.json');
process.once('exit', () => rmSync(work, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => stopAll().then(() => process.exit(130)));

/** @returns its stdout @throws Error with all that it said */
function must(command, args, options = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', ...options });
  if (status !== 0) throw error ?? new Error(`${command} ${args.join(' ')}: status ${status}\n${stdout}${stderr}`);
  return stdout.trim();
}
const STORE = ['--root', join(work, 'store'), '--runroot', join(work, 'run'), '--storage-driver', 'vfs'];
const buildah = (command, ...args) => must('buildah', [...STORE, command, ...args]);
const signed = (command, ...args) => buildah(command, '--signature-policy', policy, ...args);
const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));
const MB = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;

/** @returns the digest of the image that holds this folder and nothing else */
function imageOf(name, folder) {
  const container = signed('from', 'scratch');
  buildah('copy', container, folder, '/');
  signed('commit', '--rm', container, `localhost/${name}`);
  return buildah('images', '--format', '{{.Digest}}', `localhost/${name}`);
}
function makeBases() {
  const [packages, base, node] = ['packages', 'base', 'node'].map((name) => join(work, name));
  for (const folder of [packages, base, join(node, 'usr/local/bin')]) mkdirSync(folder, { recursive: true });
  const wanted = ['-o', 'APT::Sandbox::User=root', 'base-files', 'libc6', 'libgcc-s1', 'libstdc++6'];
  must('apt-get', ['download', ...wanted], { cwd: packages });
  for (const file of readdirSync(packages)) must('dpkg-deb', ['-x', join(packages, file), base]);
  must('install', ['-m', '755', process.execPath, join(node, 'usr/local/bin/node')]);
  const names = readdirSync(packages).map((file) => file.split('_').slice(0, 2).join(' '));
  say(`below it: ${names.join(', ')}; Node ${process.versions.node}`);
  return { BASE_DIGEST: imageOf('base', base), NODE_DIGEST: imageOf('node', node) };
}
function cleanClone() {
  const clone = join(work, 'clone');
  must('git', ['clone', '--quiet', ROOT, clone]);
  must('npm', ['ci', '--no-audit', '--no-fund'], { cwd: clone });
  must('npm', ['run', '--silent', 'build'], { cwd: clone });
  say('a clean clone of the last commit, npm ci, npm run build');
  return clone;
}
/** Without a network, so that nothing can be fetched. @returns why it failed */
function build(folder, digests) {
  const given = { NODE_IMAGE: 'localhost/node', BASE_IMAGE: 'localhost/base', ...digests };
  const args = Object.entries(given).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]);
  const flags = ['--signature-policy', policy, '--isolation', 'chroot', '--pull-never', '--layers', ...args];
  const built = ['--net', 'buildah', ...STORE, 'build', ...flags, '-t', 'localhost/cachefarm', folder];
  const { status, stderr } = spawnSync('unshare', built, { encoding: 'utf8' });
  return status === 0 ? '' : stderr;
}
function lookInto({ config, history }) {
  const commands = history.slice(1).filter(({ created_by: by }) => !by.includes('#(nop)'));
  holds(commands.length === 0, 'no command ran to make it');
  holds(config.User === `${USER}:${USER}`, `USER ${config.User}, ENTRYPOINT ${config.Entrypoint}, CMD ${config.Cmd}`);
  signed('push', '--disable-compression=false', 'localhost/cachefarm', `oci:${join(work, 'oci')}`);
  const blob = ({ digest }) => join(work, 'oci/blobs', digest.replace(':', '/'));
  const { layers } = readJson(blob(readJson(join(work, 'oci/index.json')).manifests[0]));
  const [base, ...ours] = layers;
  const targets = readFileSync(join(ROOT, 'Dockerfile'), 'utf8').match(/^COPY .*$/gm);
  const lines = ours.flatMap((layer, index) => {
    const list = must('tar', ['-tvzf', blob(layer), '--numeric-owner'])
      .split('\n')
      .map((line) => line.split(/\s+/));
    const bytes = list.reduce((sum, [, , size]) => sum + Number(size), 0);
    say(`layer: ${MB(bytes)}, packed ${MB(layer.size)}: ${targets[index].split(' ').at(-1)}`);
    return list;
  });
  const others = lines.filter(([mode, , , , , path]) => !mode.startsWith('d') && !OURS.test(path));
  holds(others.length === 0, 'in them are Node, the program, the page and licences: no package manager, nothing else');
  const closed = lines.filter(([mode, owner]) => owner !== '0/0' || !/^[-d]r.[-x]r-[-x]r-[-x]$/.test(mode));
  holds(closed.length === 0, 'everybody may read them, root alone may write them, nothing is setuid');
  for (const [mode, owner, , , , path] of [...others, ...closed]) say(`    ${mode} ${owner} ${path}`);
  say(`to pull: ${MB(ours.reduce((sum, { size }) => sum + size, 0))}, and ${MB(base.size)} of this base`);
}
function talk(root, ofImage) {
  const run = (...args) => must('unshare', ['--net', ...inContainer(root, ...args)], { env: ofImage });
  const { version } = readJson(join(ROOT, 'package.json'));
  holds(run('cachefarm', '--version') === version, `cachefarm --version: ${version}`);
  holds(/^ {2}barn /m.test(run('cachefarm', '--help')), 'cachefarm --help tells of barn');
  const seen = run('node', '-p', SEEN);
  holds(seen === `${USER} ${USER} 0 0 / EROFS`, `as ${USER}, without rights, network, or a place to write (${seen})`);
}
try {
  writeFileSync(policy, JSON.stringify({ default: [{ type: 'insecureAcceptAnything' }] }));
  const digests = makeBases();
  const folder = process.argv.includes('--clean') ? cleanClone() : ROOT;
  const other = `sha256:${'0'.repeat(64)}`;
  holds(build(folder, { ...digests, BASE_DIGEST: other }).includes(other), 'a base of another digest is refused');
  const problem = build(folder, digests);
  holds(problem === '', `built without a network, from the two images by their digests ${problem}`.trim());
  const image = JSON.parse(buildah('inspect', '--type', 'image', 'localhost/cachefarm')).OCIv1;
  lookInto(image);
  const root = buildah('mount', signed('from', '--pull-never', 'localhost/cachefarm'));
  const ofImage = Object.fromEntries(image.config.Env.map((line) => line.split(/=(.*)/s)));
  talk(root, ofImage);
  for (const [is, what] of await tryBarn(root, {
    state: join(work, 'farm'),
    page: join(folder, 'lib/web'),
    env,
    ofImage,
  }))
    holds(is, what);
} catch (error) {
  holds(false, error.stack);
} finally {
  await stopAll();
}
