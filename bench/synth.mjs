// npm run bench:synth [-- --json] [--runs N]: what our constructs cost over a bare cdk8s program that writes the same objects.
// Each run is a process of its own; ours and the bare one take turns, so that a busy machine disturbs both alike. Medians.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, loadavg, release, tmpdir, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

const GOAL = 1.3;
const { argv } = process;
const asJson = argv.includes('--json');
const runs = argv.includes('--runs') ? Number(argv[argv.indexOf('--runs') + 1]) : 5;
const scratch = mkdtempSync(join(tmpdir(), 'cachefarm-measure-'));

const program = (name) => fileURLToPath(new URL(`./${name}`, import.meta.url));

/** Ours runs with the options that cdk8s.yaml gives it, the bare program with node's defaults. */
const { app } = parse(readFileSync(new URL('../cdk8s.yaml', import.meta.url), 'utf8'));
const OPTIONS = { 'synth-ours.mjs': app.split(' ').filter((word) => word.startsWith('--')), 'synth-bare.mjs': [] };

function run(name, ...args) {
  const started = process.hrtime.bigint();
  const command = [...OPTIONS[name], program(name), ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${name} ${args.join(' ')} ended with ${status}: ${stderr}`);
  return { ...JSON.parse(stdout), wallSeconds: Number(process.hrtime.bigint() - started) / 1e9 };
}

const filesIn = (folder) =>
  readdirSync(folder)
    .flatMap((sub) => readdirSync(join(folder, sub)).map((file) => join(sub, file)))
    .sort();

/** The manifests as data, by folder: what the bare program starts from. */
function objectsOf(outdir) {
  const objects = {};
  for (const file of filesIn(outdir)) {
    const [folder] = file.split('/');
    objects[folder] ??= [];
    objects[folder].push(parse(readFileSync(join(outdir, file), 'utf8')));
  }
  return objects;
}

function assertSame(ours, bare) {
  const files = filesIn(ours);
  const different = files.filter(
    (file) => readFileSync(join(ours, file), 'utf8') !== readFileSync(join(bare, file), 'utf8'),
  );
  if (different.length > 0 || filesIn(bare).length !== files.length)
    throw new Error(`the two programs do not write the same objects: ${different[0]}`);
}

function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}
const summary = (measured) => ({
  cpuSeconds: median(measured.map((m) => m.cpuSeconds)),
  wallSeconds: median(measured.map((m) => m.wallSeconds)),
  peakMb: median(measured.map((m) => m.peakMb)),
});

function measure(farm) {
  const [ours, bare] = ['ours', 'bare'].map((name) => join(scratch, farm, name));
  mkdirSync(join(scratch, farm), { recursive: true });
  const objects = join(scratch, farm, 'objects.json');
  run('synth-ours.mjs', farm, ours);
  writeFileSync(objects, JSON.stringify(objectsOf(ours)));
  run('synth-bare.mjs', objects, bare);
  assertSame(ours, bare);
  const pairs = Array.from({ length: runs }, () => [
    run('synth-ours.mjs', farm, ours),
    run('synth-bare.mjs', objects, bare),
  ]);
  const [mine, theirs] = [0, 1].map((index) => summary(pairs.map((pair) => pair[index])));
  const files = filesIn(ours);
  return {
    farm,
    objects: files.length,
    statefulSets: files.filter((file) => file.includes('/StatefulSet.')).length,
    ours: mine,
    bare: theirs,
    cpuRatio: mine.cpuSeconds / theirs.cpuSeconds,
    memoryRatio: mine.peakMb / theirs.peakMb,
  };
}

const versionOf = (name) => createRequire(import.meta.url)(`${name}/package.json`).version;

try {
  const machine = {
    cpu: `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}`,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    load: Number(loadavg()[0].toFixed(2)),
    node: process.version,
    cdk8s: versionOf('cdk8s'),
    'cdk8s-plus-28': versionOf('cdk8s-plus-28'),
    'node options of ours': OPTIONS['synth-ours.mjs'].join(' ') || 'none',
  };
  const results = ['talk', 'large'].map(measure);
  const report = { command: `npm run bench:synth -- --runs ${runs}`, machine, runs, goal: GOAL, results };
  process.stdout.write(asJson ? `${JSON.stringify(report, null, 2)}\n` : text(report));
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

function text({ command, machine, results }) {
  const cell = (value, width) => String(value).padStart(width);
  const row = (farm, name, { cpuSeconds, wallSeconds, peakMb }) =>
    `${farm.padEnd(8)}${name.padEnd(16)}${cell(cpuSeconds.toFixed(2), 8)}${cell(wallSeconds.toFixed(2), 8)}${cell(peakMb.toFixed(0), 9)}\n`;
  const lines = results.flatMap((r) => [
    row(r.farm, 'cachefarm', r.ours),
    row('', 'bare cdk8s', r.bare),
    `${''.padEnd(8)}ratio: CPU ${r.cpuRatio.toFixed(2)}x, memory ${r.memoryRatio.toFixed(2)}x (${r.objects} objects, ${r.statefulSets} of them StatefulSets; goal ${GOAL}x)\n`,
  ]);
  const facts = Object.entries(machine).map(([key, value]) => `${key} ${value}`);
  return `${command}: medians of ${runs} runs\n${facts.join(', ')}\n\n${'farm'.padEnd(8)}${'program'.padEnd(16)}${cell('CPU s', 8)}${cell('wall s', 8)}${cell('peak MB', 9)}\n${lines.join('')}`;
}
