import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { redisPath } from './redis-programs.mjs';

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * Runs a command in the project and waits for it; an interrupt or SIGTERM goes on to it, and the answer is still awaited.
 * @param stdout where the command's stdout goes: 'inherit', or 2 for stderr, where stdout belongs to a later step
 * @param collect gets what the command prints, in pieces, where others print at the same time; it has no stdin then
 * @returns the exit status; 128 + n when signal n ended it
 */
export function run(command, args, { stdout = 'inherit', env = process.env, collect } = {}) {
  return new Promise((resolve, reject) => {
    const stdio = collect ? ['ignore', 'pipe', 'pipe'] : ['inherit', stdout, 'inherit'];
    const child = spawn(command, args, { cwd: ROOT, env, stdio });
    for (const stream of collect ? [child.stdout, child.stderr] : []) stream.on('data', collect);
    const forward = (signal) => child.kill(signal);
    // A terminal sends Ctrl-C to the whole group, so the child has it already; without this the parent would die before the child.
    const ignore = () => {};
    process.on('SIGTERM', forward).on('SIGINT', ignore);
    child.once('error', reject);
    // What it printed is whole when it is closed; a grandchild that holds a pipe open would delay that for ever when nobody reads it.
    child.once(collect ? 'close' : 'exit', (code, signal) => {
      process.off('SIGTERM', forward).off('SIGINT', ignore);
      resolve(code ?? 128 + (signal === 'SIGINT' ? 2 : 15));
    });
  });
}

/** Ends this process with the step's status unless it is 0. */
export async function must(step, status) {
  const code = await status;
  if (code === 0) return;
  process.stderr.write(`${step} failed with status ${code}\n`);
  process.exit(code);
}

/**
 * Set-up, then lib/ as fresh as the sources; both talk on stderr.
 * @param tests whether what only tests need is wanted too: a Valkey beside Redis, a Chromium
 * @returns the environment for what comes next
 */
export async function prepare({ tests = false } = {}) {
  const setup = ['tools/setup.mjs', ...(tests ? [] : ['--without-valkey', '--without-chromium'])];
  await must('setup', run(process.execPath, setup, { stdout: 2 }));
  await must('build', run('npm', ['run', '--silent', 'build'], { stdout: 2 }));
  return { ...process.env, PATH: redisPath(join(ROOT, 'node_modules/.cache/cachefarm/valkey-as-redis')) };
}
