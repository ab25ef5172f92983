// npm run bench:start [-- --json] [--write] [--rounds 5] [--steady 20] [--compare] [--node-options "<flags>"]: what it costs to start the operator's one file,
// lib/cachefarm.cjs: CPU time (user + system) and peak memory of `--version`, and of `barn` on the embedded demo farm until /readyz says ok,
// then its memory after some more seconds of steady passes; the same with --web until the page's API answers, too. `--compare` measures the unbundled program beside it. Linux: reads /proc.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { cpus, loadavg, release, tmpdir, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runSeedJob, startFarm } from '../lib/src/cli/start-farm.js';
import { farm } from '../lib/src/farms/demo.js';
import { writeSection } from './recovery-report.mjs';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '5' },
    steady: { type: 'string', default: '20' },
    compare: { type: 'boolean', default: false },
    'node-options': { type: 'string' },
  },
});
/** Wanted of `barn` until it is ready: s of CPU, MB. */
const WANTED = { cpuSeconds: 0.5, peakMb: 100 };
/** /proc counts CPU time in these. */
const TICKS_A_SECOND = 100;
const READY_MS = 60_000;

const programs = [
  { name: 'bundle', path: '../lib/cachefarm.cjs' },
  ...(values.compare ? [{ name: 'unbundled', path: '../lib/src/cli/main.js' }] : []),
].map(({ name, path }) => ({ name, path: fileURLToPath(new URL(path, import.meta.url)) }));

const rest = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const gone = (child) => new Promise((resolve) => child.once('exit', resolve));

/** The image's own V8 flags, as the Dockerfile has them. */
function imageOptions() {
  const text = readFileSync(new URL('../Dockerfile', import.meta.url), 'utf8');
  return /^ENV NODE_OPTIONS="([^"]*)"$/m.exec(text)?.[1] ?? '';
}
/** Half of the container's memory limit (constructs/operator-pod.ts: 256 MiB), which Node takes from the cgroup there, and has to be told here. */
const CONTAINER_OPTIONS = '--max-old-space-size=128';
const nodeOptions = values['node-options'] ?? `${imageOptions()} ${CONTAINER_OPTIONS}`;
const env = { PATH: process.env.PATH, HOME: tmpdir(), NODE_OPTIONS: nodeOptions };

/** @returns CPU seconds so far, peak and present memory in MB */
function usage(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const [user, system] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
    .map(Number);
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const mb = (field) => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1024;
  return { cpuSeconds: (user + system) / TICKS_A_SECOND, peakMb: mb('VmHWM'), mb: mb('VmRSS') };
}

function freePort() {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** `--version`: its own account at its end, since nobody can look at /proc in time. Not by --import, which reads a CommonJS program twice. */
async function measureVersion(program) {
  const account = join(state, 'account.cjs');
  writeFileSync(
    account,
    'process.on("exit",()=>{const u=process.resourceUsage();process.stderr.write(JSON.stringify([(u.userCPUTime+u.systemCPUTime)/1e6,u.maxRSS/1024]))})',
  );
  const args = ['--require', account, program, '--version'];
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let told = '';
  child.stderr.on('data', (piece) => {
    told += piece;
  });
  await new Promise((resolve) => child.once('close', resolve));
  const [cpuSeconds, peakMb] = JSON.parse(told);
  return { cpuSeconds, peakMb };
}

async function ready(url, child) {
  const until = performance.now() + READY_MS;
  while (performance.now() < until) {
    if (child.exitCode !== null) throw new Error(`barn ended with ${child.exitCode}`);
    const ok = await fetch(url).then(
      (response) => response.ok,
      () => false,
    );
    if (ok) return;
    await rest(20);
  }
  throw new Error(`barn is not ready after ${READY_MS} ms`);
}

async function measureBarn(program, state, steadySeconds, withPage) {
  const address = `127.0.0.1:${await freePort()}`;
  const page = `127.0.0.1:${await freePort()}`;
  const begun = performance.now();
  const child = spawn(
    process.execPath,
    [program, 'barn', '--state', state, '--listen', address, ...(withPage ? ['--web', page] : [])],
    {
      env,
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  try {
    await ready(`http://${address}/readyz`, child);
    if (withPage) await ready(`http://${page}/v1/health`, child);
    const atReady = { ...usage(child.pid), readyMs: Math.round(performance.now() - begun) };
    await rest(steadySeconds * 1_000);
    const later = usage(child.pid);
    return {
      ...atReady,
      steadyMb: later.mb,
      steadyPeakMb: later.peakMb,
      steadyCpuShare: (later.cpuSeconds - atReady.cpuSeconds) / steadySeconds,
    };
  } finally {
    const end = gone(child);
    child.kill('SIGTERM');
    await end;
  }
}

function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
const medians = (runs) =>
  Object.fromEntries(
    Object.keys(runs[0]).map((key) => [key, Number(median(runs.map((run) => run[key])).toPrecision(3))]),
  );

function ofBarn(runs) {
  const { cpuSeconds, peakMb, readyMs } = medians(runs);
  const { steadyMb, steadyPeakMb, steadyCpuShare } = medians(runs.slice(-1));
  return { cpuSeconds, peakMb, readyMs, steadyMb, steadyPeakMb, steadyCpuShare };
}

const state = mkdtempSync(join(tmpdir(), 'cachefarm-start-'));
const embedded = await startFarm({ farm, state, log: () => undefined });
const results = [];
try {
  await runSeedJob(embedded);
  const rounds = Number(values.rounds);
  for (const { name, path } of programs) {
    const version = [];
    const barn = [];
    const web = [];
    for (let round = 0; round < rounds; round += 1) {
      version.push(await measureVersion(path));
      // Steady memory needs one long look, a start needs many.
      const steady = Number(values.steady) / (round === rounds - 1 ? 1 : 10);
      barn.push(await measureBarn(path, state, steady, false));
      web.push(await measureBarn(path, state, steady, true));
    }
    results.push({ program: name, version: medians(version), barn: ofBarn(barn), web: ofBarn(web) });
  }
} finally {
  await embedded.stop();
  rmSync(state, { recursive: true, force: true });
}

const facts = {
  cpu: `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}`,
  memoryGb: Math.round(totalmem() / 2 ** 30),
  system: `${type()} ${release()}`,
  load: Number(loadavg()[0].toFixed(2)),
  node: process.version,
  v8: process.versions.v8,
  nodeOptions,
  rounds: Number(values.rounds),
};
const later = (program, what, { steadyMb, steadyPeakMb, steadyCpuShare }) =>
  `${program}: ${what} ${values.steady} s later ${steadyMb} MB, peak ${steadyPeakMb} MB, ${(steadyCpuShare * 100).toFixed(1)} % of a core`;
function report() {
  const said = [
    `npm run bench:start -- --rounds ${values.rounds} --steady ${values.steady}${values.compare ? ' --compare' : ''}`,
    Object.entries(facts)
      .map(([key, value]) => `${key} ${value}`)
      .join(', '),
    `demo farm: ${embedded.machines().length} machines; barn is measured until /readyz says ok, then ${values.steady} s of passes; medians`,
    '',
  ];
  for (const { program, version, barn, web } of results)
    said.push(
      `${program}: --version ${version.cpuSeconds} s CPU, peak ${version.peakMb} MB`,
      `${program}: barn until ready ${barn.cpuSeconds} s CPU (wanted ${WANTED.cpuSeconds}), peak ${barn.peakMb} MB (wanted ${WANTED.peakMb}), ${barn.readyMs} ms`,
      later(program, 'barn', barn),
      `${program}: barn --web until it answers ${web.cpuSeconds} s CPU, peak ${web.peakMb} MB, ${web.readyMs} ms`,
      later(program, 'barn --web', web),
    );
  return said.join('\n');
}

if (values.json) process.stdout.write(`${JSON.stringify({ facts, wanted: WANTED, results })}\n`);
else process.stdout.write(`${report()}\n`);
if (values.write) writeSection('bench:start', 'Starting the operator', report());
