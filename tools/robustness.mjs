// npm run robustness: real Redis, Sentinel and Barn under faults and traffic (test/robustness), as one bundle, in a network and a file system
// view of its own where this machine allows that without privileges. Options: test/robustness/options.ts, or --help.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundleTests, setUp } from './bundle-tests.mjs';
import { redisPath } from './redis-programs.mjs';
import { must, ROOT, run } from './run.mjs';

const FOLDER = join(ROOT, 'node_modules/.cache/cachefarm-robustness');
const ENTRIES = ['main', 'barn-process', 'traffic-process', 'witness-process'];

/** The product is what was built: its modules find their scripts and their own programs beside them. */
const productIsBuilt = {
  name: 'product-is-built',
  setup({ onResolve }) {
    onResolve({ filter: /^\.{1,2}\/.*\.js$/ }, ({ path, resolveDir }) => {
      const file = join(resolveDir, path);
      const inside = file.slice(ROOT.length + 1);
      if (!/^(src|constructs)\//.test(inside)) return undefined;
      return { path: pathToFileURL(join(ROOT, 'lib', inside)).href, external: true };
    });
  },
};

async function bundle() {
  mkdirSync(FOLDER, { recursive: true });
  await bundleTests({
    entryPoints: ENTRIES.map((name) => join(ROOT, 'test/robustness', `${name}.ts`)),
    outdir: FOLDER,
    outExtension: { '.js': '.mjs' },
    plugins: [productIsBuilt],
  });
  return join(FOLDER, 'main.mjs');
}

const NAMESPACES = ['--user', '--map-root-user', '--net', '--mount', '--fork', '--kill-child'];

/** A user may have namespaces of his own on most Linux machines, and iproute2 is needed to use them. */
function mayHaveNamespaces() {
  try {
    execFileSync('unshare', [...NAMESPACES, 'ip', 'link', 'set', 'lo', 'up'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** unshare passes no signal on: the end of the channel tells the harness to end, which ends its processes itself. @returns its exit status */
function start(file, args) {
  const words = [process.execPath, '--enable-source-maps', file, ...args];
  const isApart = mayHaveNamespaces();
  const [command, ...rest] = isApart ? ['unshare', ...NAMESPACES, ...words] : words;
  const path = redisPath(join(FOLDER, 'redis'));
  const env = { ...process.env, PATH: path, ...(isApart ? { CACHEFARM_ROBUSTNESS_NAMESPACES: '1' } : {}) };
  const child = spawn(command, rest, { cwd: ROOT, stdio: ['inherit', 'inherit', 'inherit', 'ipc'], env });
  // A terminal sends Ctrl-C to the whole group, so the harness has it already; this process waits until it has ended.
  process.on('SIGINT', () => undefined).on('SIGTERM', () => child.connected && child.disconnect());
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

const argv = process.argv.slice(2);
const isQuick = ['--help', '--list', '--validate', '--no-build'].some((word) => argv.includes(word));
await setUp();
const isBuilt = existsSync(join(ROOT, 'lib/src/cli/main.js'));
if (!isQuick || !isBuilt) await must('the build', run('npm', ['run', '--silent', 'build'], { stdout: 2 }));
process.exitCode = await start(await bundle(), argv);
