// npm run bench:scale [-- --json] [--write] [--sizes 1000,10000]: milliseconds of one plan() with nothing to do, with one death and with a third dead, over
// Worlds of growing farms (scale-world.mjs), and the peak memory of the process that did it. Medians after warm-up; a process for every size.
// The fastest pass and the CPU time are printed beside: on a machine with other work they tell more than the median of the wall clock.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem, type } from 'node:os';
import { fileURLToPath } from 'node:url';
import { writeSection } from './recovery-report.mjs';

const { argv } = process;
const asJson = argv.includes('--json');
const sizes = argv.includes('--sizes')
  ? argv[argv.indexOf('--sizes') + 1].split(',').map(Number)
  : [1_000, 10_000, 100_000];
/** Passes that count, and passes before them: Barn makes one a second, so it is warm within a minute. */
const passesFor = (partitions) => (partitions > 30_000 ? [5, 5] : partitions > 3_000 ? [15, 25] : [31, 60]);
/** Wanted at this size: ms, MB. */
const WANTED = { partitions: 10_000, idleMs: 20, moreForOneMs: 5, thirdDeadMs: 500, peakMb: 300 };

const program = fileURLToPath(new URL('./scale-run.mjs', import.meta.url));

function measure(partitions) {
  const passes = passesFor(partitions).map(String);
  const command = ['--expose-gc', program, String(partitions), ...passes];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${partitions} partitions ended with ${status}: ${stderr}`);
  return JSON.parse(stdout);
}

/** Slope of the straight line through the points, by least squares. */
function slope(points) {
  const mean = (numbers) => numbers.reduce((sum, n) => sum + n, 0) / numbers.length;
  const [middleX, middleY] = [0, 1].map((axis) => mean(points.map((point) => point[axis])));
  const above = points.reduce((sum, [x, y]) => sum + (x - middleX) * (y - middleY), 0);
  return above / points.reduce((sum, [x]) => sum + (x - middleX) ** 2, 0);
}

const machine = {
  cpu: `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}`,
  memoryGb: Math.round(totalmem() / 2 ** 30),
  system: `${type()} ${release()}`,
  'load before': Number(loadavg()[0].toFixed(2)),
};
const versions = {
  node: process.version,
  v8: process.versions.v8,
  cachefarm: JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version,
};
const facts = [...Object.entries(machine), ...Object.entries(versions)].map(([key, value]) => `${key} ${value}`);
const said = [];
const say = (text) => {
  said.push(text);
  process.stdout.write(text);
};

say(`npm run bench:scale -- --sizes ${sizes.join(',')}\n${facts.join(', ')}\n`);
say('one plan() over a new World each time; median / fastest pass / median CPU time; every plan is checked\n\n');

const CASES = { idle: 'idle', oneDeath: 'one dead', thirdDead: 'third dead' };
const COUNTS = ['partitions', 'pods', 'machines', 'groups'];
const count = (cell) => String(cell).padStart(11);
const time = (cell) => cell.padStart(28);
const titles = Object.values(CASES).map((title) => time(`${title} ms`));
say(`${[...COUNTS.map(count), ...titles, count('peak MB')].join('')}\n`);
const rows = sizes.map((size) => {
  const row = measure(size);
  const times = Object.keys(CASES).map((name) =>
    time(['Ms', 'FastestMs', 'CpuMs'].map((figure) => row[name + figure].toFixed(1)).join(' / ')),
  );
  const counts = COUNTS.map((name) => count(row[name]));
  say(`${[...counts, ...times, count(row.peakMb.toFixed(0))].join('')}\n`);
  return row;
});
const growth = (figure) => slope(rows.map((row) => [Math.log(row.partitions), Math.log(row[figure])]));
const exponents = Object.fromEntries(Object.keys(CASES).map((name) => [name, growth(`${name}Ms`)]));
const powers = Object.entries(CASES).map(
  ([name, title]) => `${title} ${exponents[name].toFixed(2)} (CPU ${growth(`${name}CpuMs`).toFixed(2)})`,
);
/** Each figure that is wanted at one size, and whether it was reached. */
function verdict() {
  const row = rows.find(({ partitions }) => partitions === WANTED.partitions);
  if (!row) return `wanted at ${WANTED.partitions} partitions, which was not measured: ${JSON.stringify(WANTED)}`;
  const judged = [
    ['idle', row.idleMs, WANTED.idleMs, 'ms'],
    ['one death more than idle', row.oneDeathMs - row.idleMs, WANTED.moreForOneMs, 'ms'],
    ['a third dead', row.thirdDeadMs, WANTED.thirdDeadMs, 'ms'],
    ['peak', row.peakMb, WANTED.peakMb, 'MB'],
  ].map(([what, is, wanted, unit]) => `${what} at most ${wanted} ${unit}: ${is <= wanted ? 'met' : 'MISSED'}`);
  const worst = Math.max(...Object.keys(CASES).map((name) => growth(`${name}CpuMs`)));
  return `wanted at ${WANTED.partitions}: ${judged.join('; ')}; CPU grows at most with the power 1.05: ${worst <= 1.05 ? 'met' : `MISSED (${worst.toFixed(2)})`}`;
}
say(`\ntime grows with this power of the partitions (1 = linear): ${powers.join(', ')}\n` + `${verdict()}\n`);
if (process.argv.includes('--write')) writeSection('bench:scale', 'One pass of the planner', said.join('').trim());
if (asJson) {
  const rounded = (value) => Number(value.toFixed(2));
  process.stdout.write(
    `${JSON.stringify({
      rows: rows.map(({ partitions, idleMs, oneDeathMs, thirdDeadMs, peakMb }) => ({
        partitions,
        idleMs: rounded(idleMs),
        oneDeathMs: rounded(oneDeathMs),
        thirdDeadMs: rounded(thirdDeadMs),
        peakMb: rounded(peakMb),
      })),
      exponent: rounded(exponents.idle),
      exponents: Object.fromEntries(Object.entries(exponents).map(([name, power]) => [name, rounded(power)])),
    })}\n`,
  );
}
