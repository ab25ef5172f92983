// npm run sim: the simulation (test/simulation) as one bundle in a process of its own, then the same with each deliberate mistake of
// test/simulation/mutations.ts in the source, all of which it must find. Options: --seeds N --from S --steps M --story --no-shrink --no-mutations
// --mutation-seeds N --mutation NAME --workers N --json.
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const FOLDER = join(ROOT, 'node_modules/.cache/cachefarm-sim');

const argv = process.argv.slice(2);
const optionOf = (name, otherwise) => (argv.includes(`--${name}`) ? argv[argv.indexOf(`--${name}`) + 1] : otherwise);

/** Nearly all that a run makes is gone with the event that made it: a larger nursery is emptied less often. */
const NODE_OPTIONS = ['--enable-source-maps', '--max-semi-space-size=64'];

/** The source with one mistake in it. @throws Error when the mistake does not fit exactly once */
function mutated({ name, file, find, replace }) {
  const source = readFileSync(join(ROOT, file), 'utf8');
  const times = source.split(find).length - 1;
  if (times !== 1) throw new Error(`mutation ${name}: ${file} has its text ${times} times`);
  return source.replace(find, () => replace);
}

const withMistake = (mutation) => ({
  name: 'mutation',
  setup({ onLoad }) {
    const path = join(ROOT, mutation.file);
    onLoad({ filter: /\.ts$/ }, (args) =>
      args.path === path ? { contents: mutated(mutation), loader: 'ts' } : undefined,
    );
  },
});

async function bundle(entry, name, mutation) {
  const outfile = join(FOLDER, `${name}.mjs`);
  await build({
    entryPoints: [join(ROOT, 'test/simulation', entry)],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    packages: 'external',
    sourcemap: 'inline',
    logLevel: 'warning',
    plugins: mutation ? [withMistake(mutation)] : [],
  });
  return outfile;
}

/** @returns the object in the last line that it prints */
function run(file, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...NODE_OPTIONS, file, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let out = '';
    child.stdout.on('data', (piece) => {
      out += piece;
    });
    child.once('error', reject);
    child.once('close', (status) => {
      if (status === 0) resolve(JSON.parse(out.trim().split('\n').at(-1) ?? ''));
      else reject(new Error(`the simulation ended with status ${status}`));
    });
  });
}

/** So many at once. */
async function inParallel(workers, items, work) {
  const rest = [...items];
  const next = async () => {
    for (let item = rest.shift(); item !== undefined; item = rest.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: workers }, next));
}

async function runSeeds(file, { addUp }) {
  const ranges = Array.from({ length: WORKERS }, (_, i) => [
    FROM + Math.floor((i * SEEDS) / WORKERS),
    FROM + Math.floor(((i + 1) * SEEDS) / WORKERS),
  ]);
  const parts = await Promise.all(
    ranges
      .filter(([from, to]) => to > from)
      .map(([from, to]) => run(file, [...STEPS, '--from', String(from), '--seeds', String(to - from), ...FLAGS])),
  );
  return addUp(parts);
}

async function checkMutations({ MUTATIONS }, failed) {
  const wanted = MUTATIONS.filter(({ name }) => name === optionOf('mutation', name));
  const seeds = ['--from', String(FROM), '--seeds', optionOf('mutation-seeds', '600'), '--skip', failed.join(',')];
  let caught = 0;
  process.stderr.write('Deliberate mistakes, and the seeds until they are found:\n');
  await inParallel(WORKERS, wanted, async (mutation) => {
    const file = await bundle('sim-main.ts', `mutant-${MUTATIONS.indexOf(mutation)}`, mutation);
    const result = await run(file, ['--until-caught', ...STEPS, ...seeds]);
    if (result.violations > 0) caught++;
    const found = result.violations > 0 ? `${result.seeds}, by ${result.invariant}` : `not found in ${result.seeds}`;
    process.stderr.write(`  ${mutation.name.padEnd(58)} ${found}\n`);
  });
  return { mutations: wanted.length, mutationsCaught: caught };
}

const WORKERS = argv.includes('--stories') ? 1 : Number(optionOf('workers', String(availableParallelism())));
const FROM = Number(optionOf('from', '1'));
const SEEDS = Number(optionOf('seeds', '200'));
const STEPS = ['--steps', optionOf('steps', '16')];
const FLAGS = argv.filter((word) => word === '--story' || word === '--no-shrink' || word === '--stories');

mkdirSync(FOLDER, { recursive: true });
const parts = await import(pathToFileURL(await bundle('summary.ts', 'summary')).href);
const summary = await runSeeds(await bundle('sim-main.ts', 'sim'), parts);
process.stderr.write(`${parts.reportOf(summary)}\n`);
const mutations = argv.includes('--no-mutations')
  ? { mutations: 0, mutationsCaught: 0 }
  : await checkMutations(parts, summary.failed);
const { seeds, violations, seconds } = summary;
const total = {
  seeds,
  violations,
  seedsPerSecond: Math.round((seeds / seconds) * 10) / 10,
  faults: parts.faultsOf(summary),
  ...mutations,
};
if (argv.includes('--json')) process.stdout.write(`${JSON.stringify(total)}\n`);
process.exitCode = violations === 0 && total.mutationsCaught === total.mutations ? 0 : 1;
