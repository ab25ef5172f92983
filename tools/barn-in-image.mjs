// Barn in a container of its image (tools/try-image.mjs), as its manifest starts it, on an embedded farm that has none.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { ROOT } from './run.mjs';

/** constructs/hardened-pod.ts */
export const USER = 10_999;
/** Where no embedded farm is (src/local/address-block.ts). */
const ADDRESS = `127.200.${process.pid % 250}.1`;
/** As a container runtime starts it: a root file system to be read only, no way to gain a right, PID 1, the user by number. */
const CONTAINER = `root=$1; shift; mount --bind "$root" "$root"; mount --bind /dev "$root/dev"; mount -o remount,ro,bind "$root"
exec setpriv --no-new-privs unshare --root="$root" --wd=/ --mount-proc --setgid ${USER} --setuid ${USER} "$@"`;
const APART = ['--mount', '--pid', '--ipc', '--uts', '--fork', '--kill-child'];
/** Arguments of unshare(1). @param root the folder of the root file system */
export const inContainer = (root, ...args) => [...APART, 'sh', '-euc', CONTAINER, 'sh', root, ...args];
const children = [];
let stopping = false;
const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));

async function until(what, child, asked) {
  for (const end = Date.now() + 60_000; Date.now() < end; await new Promise((done) => setTimeout(done, 100))) {
    const answer = await asked();
    if (answer) return answer;
  }
  throw new Error(`waited a minute in vain for ${what}\n${child.said}`);
}
/** @returns the process; `said` is all that it says, `ended` its exit status */
function start(command, args, env) {
  if (stopping) throw new Error('interrupted');
  const child = spawn(command, args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] });
  child.said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece) => (child.said += piece));
  child.ended = new Promise((done) => child.once('exit', (code) => done(code)));
  children.push(child);
  return child;
}
/** Ends what is still running of the farm and of Barn; nothing starts after it. */
export async function stopAll() {
  stopping = true;
  // unshare takes no SIGTERM, and ends what it has started.
  for (const child of children.reverse()) child.kill(child.spawnfile === 'unshare' ? 'SIGKILL' : 'SIGTERM');
  await Promise.all(children.map(({ ended }) => ended));
}
/**
 * Starts a farm without Barn, and Barn in a container of the image, with the machine's network.
 * @param root the root file system of the container; gets the files that a pod mounts
 * @param state folder for the farm, not there yet
 * @param page folder of the page that was built
 * @param env of the farm's processes
 * @param ofImage the image's own environment
 * @returns pairs of whether something holds, and what
 */
export async function tryBarn(root, { state, page, env, ofImage }) {
  const farm = start(process.execPath, ['lib/src/cli/main.js', 'up', '--no-barn', '--state', state], env);
  await until('the farm', farm, () => /look at it/.test(farm.said));
  const frame = readJson(join(state, 'farm.json'));
  const secrets = Object.entries(readJson(join(state, 'secrets.json')));
  const pod = { 'farm/farm.json': JSON.stringify(frame), 'kube/config': readFileSync(join(state, 'kubeconfig')) };
  for (const [path, text] of [...Object.entries(pod), ...secrets.map(([key, text]) => [`secrets/${key}`, text])]) {
    mkdirSync(join(root, 'etc/cachefarm', path, '..'), { recursive: true });
    writeFileSync(join(root, 'etc/cachefarm', path), text);
  }
  spawnSync('chown', ['-R', `${USER}:${USER}`, join(root, 'etc/cachefarm')]);
  const manifest = parse(readFileSync(join(ROOT, 'dist/a/Deployment.cachefarm-barn.k8s.yaml'), 'utf8'));
  const [{ command, env: asked }] = manifest.spec.template.spec.containers;
  const fields = { 'metadata.namespace': frame.namespace, 'metadata.name': 'barn', 'status.podIP': ADDRESS };
  const given = asked.map(({ name, value, valueFrom }) => [name, value ?? fields[valueFrom.fieldRef.fieldPath]]);
  const barn = start('unshare', inContainer(root, ...command), { ...ofImage, ...Object.fromEntries(given) });
  const get = (path) => fetch(`http://${ADDRESS}:${frame.web.port}${path}`, { headers: { accept: 'text/html,*/*' } });
  const leads = async () => (await (await get('/v1/health')).json()).leads;
  await until('a Barn that leads', barn, () => leads().catch(() => false));
  const ready = await fetch(`http://${ADDRESS}:${frame.barnPort}/readyz`);
  const files = readdirSync(page, { recursive: true }).filter((path) => /\w\.\w+$/.test(path));
  let same = 0;
  for (const path of files) {
    const body = await (await get(`/${path.replace(/index\.html$/, '')}`)).arrayBuffer();
    if (readFileSync(join(page, path)).equals(Buffer.from(body))) same += 1;
  }
  process.kill(Number(readFileSync(`/proc/${barn.pid}/task/${barn.pid}/children`, 'utf8')), 'SIGTERM');
  const status = await barn.ended;
  return [
    [
      ready.ok,
      `${command.join(' ')} as in its pod: ready, and leads a farm of ${frame.datacenters.length} KubeClusters`,
    ],
    [same === files.length, `it serves the page as it was built: ${same} of ${files.length} files, byte for byte`],
    [status === 0, `it ends at SIGTERM, with status ${status}`],
  ];
}
