// npm run bench:placement [-- --json] [--seed N] [--events N]: how far four pickers let the spread of the cache clusters drift from what is
// possible while machine after machine fails (research/fleets.md 5.3). All see the same failures; only where a lost partition goes differs.

import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem, type } from 'node:os';
import { measureSpread } from '../lib/src/plan/placement/bounds.js';
import { farmBounds } from '../lib/src/plan/placement/joint-bound.js';
import { planMoves } from '../lib/src/plan/placement/plan-moves.js';
import { PICKERS } from './placement-pickers.mjs';
import { PlacementScene, seededRandom } from './placement-scene.mjs';
import { writeSection } from './recovery-report.mjs';

const { argv } = process;
const option = (name, otherwise) => (argv.includes(name) ? Number(argv[argv.indexOf(name) + 1]) : otherwise);
const asJson = argv.includes('--json');
const seed = option('--seed', 1);
const events = option('--events', 600);
const REPAIRED_AFTER = 20;
const MOVES_AN_EVENT = 2;

const FARMS = { even: [60, 60, 60], uneven: [90, 54, 36] };

const mean = (numbers) => numbers.reduce((sum, n) => sum + n, 0) / numbers.length;

/** Excess of every cache cluster over its bound, and over what is possible for all of them together. */
function measure({ farm, world, facts }) {
  const joint = farmBounds(farm, world, facts);
  const spreads = measureSpread(farm, world, facts);
  const of = (level) => {
    const excess = spreads.map((spread) => spread[level].most - spread[level].bound);
    return {
      mean: mean(excess) - joint[level].total / excess.length,
      max: Math.max(...excess) - joint[level].worst,
    };
  };
  return { datacenter: of('datacenter'), machine: of('machine') };
}

function averages(samples) {
  const of = (level) => ({
    mean: mean(samples.map((sample) => sample[level].mean)),
    max: mean(samples.map((sample) => sample[level].max)),
  });
  return { datacenter: of('datacenter'), machine: of('machine') };
}

function run(machines, { pick, rebalances }) {
  const scene = new PlacementScene(machines, seededRandom(seed));
  const random = seededRandom(seed + 1);
  const down = [];
  const samples = [];
  let forced = 0;
  let voluntary = 0;
  let pickMs = 0;
  const place = (partitions) => {
    const started = performance.now();
    const chosen = pick(scene, partitions, random);
    pickMs += performance.now() - started;
    for (const [partition, pod] of chosen) scene.bind(partition, pod);
  };
  place(scene.partitions);
  for (let event = 0; event < events; event++) {
    if (down.length === REPAIRED_AFTER) scene.repair(down.shift());
    const lost = scene.kill(scene.nextFailure(event));
    down.push(lost.machine);
    forced += lost.partitions.length;
    place(lost.partitions);
    if (rebalances) {
      const { farm, world, facts } = scene.look();
      for (const { partition, to } of planMoves(farm, world, facts, { maxMoves: MOVES_AN_EVENT })) {
        scene.bind(partition, to);
        voluntary++;
      }
    }
    samples.push(measure(scene.look()));
  }
  return { ...averages(samples), forced, voluntary, pickMs };
}

const machine = {
  cpu: `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}`,
  memoryGb: Math.round(totalmem() / 2 ** 30),
  system: `${type()} ${release()}`,
  load: Number(loadavg()[0].toFixed(2)),
};
const versions = {
  node: process.version,
  cachefarm: JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version,
};
const command = `npm run bench:placement -- --seed ${seed} --events ${events}`;

const figures = {};
for (const [farm, machines] of Object.entries(FARMS)) {
  figures[farm] = {};
  for (const [name, picker] of Object.entries(PICKERS)) figures[farm][name] = run(machines, picker);
}

const cell = (value) => (Math.abs(value) < 0.0005 ? '0' : value.toFixed(3)).padStart(9);
const lines = [
  command,
  [...Object.entries(machine), ...Object.entries(versions)].map(([key, value]) => `${key} ${value}`).join(', '),
  `180 machines x 6 pods, 30 cache clusters, 651 partitions; a machine fails, is repaired ${REPAIRED_AFTER} failures later`,
];
for (const [farm, machines] of Object.entries(FARMS)) {
  const bound = farm === 'even' ? 'lower bounds' : 'joint lower bounds';
  lines.push(
    '',
    `${farm} datacenters (${machines.join('/')} machines): time-average excess over the ${bound}`,
    `${''.padEnd(24)}${'datacenter'.padStart(14)}${''.padStart(13)}${'machine'.padStart(11)}`,
    `${'picker'.padEnd(24)}${['mean', 'max', 'mean', 'max'].map((t) => t.padStart(9)).join('')}   moves forced + voluntary`,
  );
  for (const [name, { datacenter, machine: onMachine, forced, voluntary }] of Object.entries(figures[farm]))
    lines.push(
      `${PICKERS[name].title.padEnd(24)}${[datacenter.mean, datacenter.max, onMachine.mean, onMachine.max].map(cell).join('')}   ${forced} + ${voluntary}`,
    );
}
process.stdout.write(`${lines.join('\n')}\n`);
if (process.argv.includes('--write')) writeSection('bench:placement', 'Placement', lines.join('\n'));
if (asJson) {
  const rounded = (value) => Number(value.toFixed(4)) + 0;
  const means = Object.fromEntries(
    Object.entries(figures).map(([farm, rows]) => [
      farm,
      Object.fromEntries(
        Object.entries(rows).map(([name, row]) => [
          name,
          { datacenter: rounded(row.datacenter.mean), machine: rounded(row.machine.mean) },
        ]),
      ),
    ]),
  );
  process.stdout.write(`${JSON.stringify(means)}\n`);
}
