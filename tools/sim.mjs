// npm run sim: the simulation (test/simulation) as one bundle in a process of its own, then the same with each deliberate mistake of
// test/simulation/mutations.ts in the source, all of which it must find.
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { bundleTests, setUp } from './bundle-tests.mjs';
import { ROOT } from './run.mjs';

const FOLDER = join(ROOT, 'node_modules/.cache/cachefarm-sim');

const HELP = `npm run sim -- [options]: the farm simulated from seeds, then each deliberate mistake, which it must find
  --seeds N           @default 200
  --from S            the first seed; @default 1
  --steps M           faults drawn for each seed; @default 16
  --mutation NAME     of the deliberate mistakes this one only
  --mutation-seeds N  seeds in which each of them must be found; @default 600
  --no-mutations      none of them
  --stories           what was found in the product and is not mended, told
  --story             each seed that fails, told as it happened
  --no-shrink         with all its faults, and not only those that are needed
  --workers N         processes; @default one a processor
  --json              the last line is {seeds, violations, seedsPerSecond, faults, mutations, mutationsCaught}
Exit status 0: nothing was broken and every mistake found; 1: not so; 2: not understood.
`;
const NUMBERS = ['seeds', 'from', 'steps', 'mutation-seeds', 'workers'];
const SWITCHES = ['no-mutations', 'stories', 'story', 'no-shrink', 'json', 'help'];

/** @throws Error that names the word */
function readOptions() {
  const typed = (names, type) => Object.fromEntries(names.map((name) => [name, { type }]));
  const options = { ...typed([...NUMBERS, 'mutation'], 'string'), ...typed(SWITCHES, 'boolean') };
  const { values } = parseArgs({ options });
  for (const name of NUMBERS)
    if (values[name] !== undefined && !/^\d+$/.test(values[name]))
      throw new Error(`--${name} ${values[name]} is no number`);
  return values;
}

let given;
try {
  given = readOptions();
} catch (error) {
  process.stderr.write(`sim: ${error.message}\n`);
  process.exit(2);
}
if (given.help) {
  process.stdout.write(HELP);
  process.exit(0);
}

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
  await bundleTests({
    entryPoints: [join(ROOT, 'test/simulation', entry)],
    outfile,
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
  const wanted = MUTATIONS.filter(({ name }) => name === (given.mutation ?? name));
  if (wanted.length === 0) throw new Error(`no mistake is called ${given.mutation}`);
  const seeds = ['--seeds', given['mutation-seeds'] ?? '600', '--skip', failed.join(',')];
  let caught = 0;
  process.stderr.write('Deliberate mistakes, and the seeds until they are found:\n');
  await inParallel(WORKERS, wanted, async (mutation) => {
    const file = await bundle('sim-main.ts', `mutant-${MUTATIONS.indexOf(mutation)}`, mutation);
    const from = given.from === undefined ? (mutation.from ?? FROM) : FROM;
    const result = await run(file, ['--until-caught', ...STEPS, '--from', String(from), ...seeds]);
    if (result.violations > 0) caught++;
    const found = result.violations > 0 ? `${result.seeds}, by ${result.invariant}` : `not found in ${result.seeds}`;
    const where = from === FROM ? '' : ` (from ${from} on)`;
    process.stderr.write(`  ${mutation.name.padEnd(58)} ${found}${where}\n`);
  });
  return { mutations: wanted.length, mutationsCaught: caught };
}

const WORKERS = given.stories ? 1 : Number(given.workers ?? String(availableParallelism()));
const FROM = Number(given.from ?? '1');
const SEEDS = Number(given.seeds ?? '200');
const STEPS = ['--steps', given.steps ?? '16'];
const FLAGS = ['story', 'no-shrink', 'stories'].filter((name) => given[name]).map((name) => `--${name}`);

await setUp();
mkdirSync(FOLDER, { recursive: true });
const parts = await import(pathToFileURL(await bundle('summary.ts', 'summary')).href);
const summary = await runSeeds(await bundle('sim-main.ts', 'sim'), parts);
process.stderr.write(`${parts.reportOf(summary)}\n`);
const mutations = given['no-mutations']
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
if (given.json) process.stdout.write(`${JSON.stringify(total)}\n`);
process.exitCode = violations === 0 && total.mutationsCaught === total.mutations ? 0 : 1;
