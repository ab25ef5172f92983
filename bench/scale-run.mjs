// One size of bench:scale, in a process of its own so that its peak memory is its own. Prints {partitions, idleMs, oneDeathMs, thirdDeadMs, peakMb},
// and of each case the fastest pass and the median of the CPU time, all threads together: other work on the machine adds less to them.
// Every pass plans over a World made anew, and each plan is checked before its time counts.
import { plan } from '../lib/src/plan/plan.js';
import { UNLIMITED } from '../lib/src/plan/planning.js';
import { generate, kill, NOW, seededRandom } from './scale-world.mjs';

const partitions = Number(process.argv[2]);
const runs = Number(process.argv[3]);
const warmUp = Number(process.argv[4]);

const scene = generate(partitions);
const everyThird = (() => {
  const random = seededRandom(7);
  const dead = new Set();
  while (dead.size < Math.floor(partitions / 3)) dead.add(Math.floor(random() * partitions));
  return [...dead].map((i) => scene.placed[i]);
})();

const CASES = {
  idle: () => [],
  oneDeath: (run) => [scene.placed[(run * 7_919) % partitions]],
  thirdDead: () => everyThird,
};

function check(name, { decisions, notes }, dead) {
  const replaced = new Set(decisions.filter(({ reason }) => reason === 'PodCrashed').map(({ subject }) => subject));
  const wrong =
    decisions.length !== dead.length ||
    replaced.size !== dead.length ||
    dead.some(({ partition }) => !replaced.has(partition)) ||
    notes.length > 0;
  if (wrong) {
    const [decision] = decisions.filter(({ reason }) => reason !== 'PodCrashed');
    throw new Error(
      `${name}: ${decisions.length} decisions, ${notes.length} notes for ${dead.length} dead; ${JSON.stringify(decision ?? notes[0])}`,
    );
  }
}

/** World and facts of the last pass, which Barn keeps for the hints between two passes; without any alive V8 would also forget their shapes. */
let kept;

/** What earlier passes left behind is collected before the World is made; what making it leaves behind is not, as in a real pass. */
function pass(name, run) {
  const dead = CASES[name](run);
  globalThis.gc?.();
  const seen = scene.look();
  const world = dead.length === 0 ? seen : kill(seen, new Set(dead.map(({ pod }) => pod.address)));
  const before = process.cpuUsage();
  const started = performance.now();
  const planned = plan({
    declared: scene.farm,
    world,
    inFlight: new Set(),
    budget: UNLIMITED,
    failures: new Map(),
    now: NOW,
    controller: 1,
  });
  const ms = performance.now() - started;
  const { user, system } = process.cpuUsage(before);
  check(name, planned, dead);
  kept = { world, planned };
  return { ms, cpuMs: (user + system) / 1_000 };
}

function median(numbers) {
  const sorted = [...numbers].sort((x, y) => x - y);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}

// The cases take turns, so that a busy machine disturbs all of them alike.
const measured = Object.fromEntries(Object.keys(CASES).map((name) => [name, []]));
for (let run = 0; run < warmUp + runs; run++)
  for (const name of Object.keys(CASES)) {
    const times = pass(name, run);
    if (run >= warmUp) measured[name].push(times);
  }

const figures = Object.fromEntries(
  Object.entries(measured).flatMap(([name, times]) => {
    const walls = times.map(({ ms }) => ms);
    return [
      [`${name}Ms`, median(walls)],
      [`${name}FastestMs`, Math.min(...walls)],
      [`${name}CpuMs`, median(times.map(({ cpuMs }) => cpuMs))],
    ];
  }),
);

process.stdout.write(
  `${JSON.stringify({
    partitions,
    ...figures,
    peakMb: process.resourceUsage().maxRSS / 1024,
    pods: kept.world.pods.length,
    machines: scene.machines,
    groups: scene.farm.sentinelGroups.length,
    cacheClusters: scene.farm.cacheClusters.length,
  })}\n`,
);
