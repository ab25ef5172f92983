// `npm run e2e`: set-up, build, the programs that the tests need (those of a Kubernetes control plane and tools/argo-sync: found, or built
// once), then test/kubernetes/*.e2e.ts, what fits beside another two at a time: everything on the newest version, but of the failures one of
// each kind, and on the older version what is cheap and may differ.
//   --kubernetes newest|1.28|all  everything on that version, or on all
//   --all-failures                of the failures all
//   --lanes 1                     one file at a time
// All other arguments go to jest, which then runs what they say and nothing else, on the newest version unless told otherwise.
// The last lines are what jest counted, file by file, what was not run, the versions, where their programs came from, and the times.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { argoSync } from './argo-sync-binary.mjs';
import { argumentsOf, nameOf, planJobs } from './e2e-plan.mjs';
import { closingLines, isBad, isWell, rowsOf } from './e2e-report.mjs';
import { binariesOf, chooseVersions } from './kubernetes-binaries.mjs';
import { prepare, ROOT, run } from './run.mjs';

const JEST = ['node_modules/jest/bin/jest.js', '--config', 'jest.e2e.config.mjs'];
const TESTS = 'test/kubernetes';
/** What needs tools/argo-sync. */
const GITOPS = 'gitops';
const ALL_FAILURES = '--all-failures';

/** Takes `--name X` or `--name=X` out of the arguments. */
function takeOption(name, args) {
  const at = args.findIndex((arg) => arg === name || arg.startsWith(`${name}=`));
  if (at < 0) return { rest: args };
  const joined = args[at].includes('=');
  const value = joined ? args[at].slice(name.length + 1) : (args[at + 1] ?? '');
  return { value, rest: [...args.slice(0, at), ...args.slice(at + (joined ? 1 : 2))] };
}

const say = (text) => process.stderr.write(`e2e: ${text}\n`);
const seconds = (since) => Math.round((Date.now() - since) / 1000);

let interrupted = false;
for (const signal of ['SIGINT', 'SIGTERM'])
  process.on(signal, () => {
    interrupted = true;
  });

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

function jestEnvironment(env, { version, only } = {}, lane = undefined) {
  const options = [env.NODE_OPTIONS, '--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
  return {
    ...env,
    CACHEFARM_KUBERNETES: version,
    NODE_OPTIONS: options.filter(Boolean).join(' '),
    // Who runs beside another takes ports from a range of his own.
    ...(lane === undefined ? {} : { CACHEFARM_LANE: String(lane) }),
    ...(only ? { CACHEFARM_ROUNDS: env.CACHEFARM_ROUNDS ?? '1' } : {}),
  };
}

/** @returns names of the tests that these arguments of jest's choose; all without any */
function namesOf(args, env) {
  if (args.length === 0)
    return readdirSync(join(ROOT, TESTS))
      .filter((file) => file.endsWith('.e2e.ts'))
      .map(nameOf);
  const { stdout } = spawnSync(process.execPath, [...JEST, '--listTests', ...args], {
    cwd: ROOT,
    encoding: 'utf8',
    env: jestEnvironment(env),
  });
  return (stdout ?? '').split('\n').filter(Boolean).map(nameOf);
}

/**
 * Runs jest; with a lane, what it prints is shown when it has ended.
 * @param job `{ version, name, only }`
 * @returns rows of the report
 */
async function runJest(job, args, { env, folder, lane }) {
  const { version, name } = job;
  const label = name ? `${name} on ${version}` : `jest on ${version}`;
  const output = join(folder, `${label}.json`);
  const printed = [];
  const start = Date.now();
  say(`${label} begins`);
  const status = await run(process.execPath, [...JEST, '--json', `--outputFile=${output}`, ...args], {
    stdout: 2,
    env: jestEnvironment(env, job, lane),
    ...(lane === undefined ? {} : { collect: (chunk) => printed.push(chunk) }),
  });
  process.stderr.write(Buffer.concat(printed));
  say(`${label} ended with status ${status} after ${seconds(start)} s`);
  const rows = rowsOf(version, readJson(output), job);
  // A status that no row explains is a failure all the same.
  return status === 0 || rows.some(isBad) ? rows : rows.map((row) => ({ ...row, broken: true }));
}

/** Takes jobs from the front until there are none, or the user has had enough. @returns rows */
async function runLane(queue, context) {
  const rows = [];
  while (queue.length > 0 && !interrupted) {
    const job = queue.shift();
    rows.push(...(await runJest(job, argumentsOf(job), context)));
  }
  return rows;
}

/** @returns rows, and the jobs that never began */
async function runJobs(jobs, lanes, context) {
  const beside = lanes > 1 ? jobs.filter((job) => job.beside) : [];
  const alone = jobs.filter((job) => !beside.includes(job));
  const numbers = Array.from({ length: lanes }, (_, lane) => lane);
  const rows = (await Promise.all(numbers.map((lane) => runLane(beside, { ...context, lane })))).flat();
  rows.push(...(await runLane(alone, context)));
  return { rows, unstarted: [...beside, ...alone] };
}

/** @returns what is asked for; `args` are jest's */
function readArguments() {
  const { value: kubernetes, rest } = takeOption('--kubernetes', process.argv.slice(2));
  const { value: lanes = Math.min(2, cpus().length), rest: others } = takeOption('--lanes', rest);
  const args = others.filter((arg) => arg !== ALL_FAILURES);
  const allFailures = args.length < others.length;
  const chosen = args.length > 0;
  const versions = chooseVersions(kubernetes ?? (chosen ? 'newest' : 'all'));
  const everywhere = chosen || kubernetes !== undefined;
  return { args, chosen, versions, lanes: Number(lanes) || 1, everywhere, allFailures };
}

/** Finds or builds the programs. @returns them, and says where each is @throws Error with the commands that help */
function programsFor(versions, names) {
  const found = Object.fromEntries(versions.map((version) => [version, binariesOf(version)]));
  const argo = names.includes(GITOPS) ? argoSync() : undefined;
  for (const programs of [...Object.values(found), argo ? { 'argo-sync': argo } : {}])
    for (const [name, { path, version, from }] of Object.entries(programs))
      say(`${[name, version].filter(Boolean).join(' ')} (${from}) ${path}`);
  return { found, argoSync: argo };
}

/** One jest for each version, with the arguments given. @returns as runJobs */
async function runChosen(versions, args, context) {
  const rows = [];
  for (const version of versions) if (!interrupted) rows.push(...(await runJest({ version }, args, context)));
  return { rows, unstarted: [] };
}

async function main() {
  const times = [Date.now()];
  const { args, chosen, versions, lanes, ...scope } = readArguments();
  const env = await prepare();
  times.push(Date.now());
  const names = namesOf(args, env);
  const programs = programsFor(versions, names);
  times.push(Date.now());
  const { jobs, left } = planJobs({ names, versions, ...scope });
  const folder = mkdtempSync(join(tmpdir(), 'cachefarm-e2e-'));
  try {
    const context = { env, folder };
    const ended = await (chosen ? runChosen(versions, args, context) : runJobs(jobs, lanes, context));
    times.push(Date.now());
    const lines = closingLines({ ...programs, ...ended, left, times });
    process.stdout.write(lines.map((line) => `${line}\n`).join(''));
    if (interrupted || !isWell(ended, chosen)) process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
