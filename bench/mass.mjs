// npm run bench:mass [-- --json] [--groups G] [--partitions P] [--standbys S] [--down-after ms] [--periods a=ms,b=ms] [--away s] [--no-single] [--write]
// A third of all partitions lose their pod at once, on real processes; time until the last of them is written again, with Barn, with Barn dead, and
// with Barn and one single group.
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { MassFarm, massFarm, POD_NICE } from './mass-farm.mjs';
import { Answering, BarnProcess } from './recovery-processes.mjs';
import { BENCH_LIMITS, facts, machine, now, option, until, versions, writeSection } from './recovery-report.mjs';

const { argv } = process;
const groups = Number(option('--groups', 10));
const partitions = Number(option('--partitions', 100));
const standbys = Number(option('--standbys', 4));
// One machine carries what are 200: where it has few cores the sentinels take their time, as the output says.
const few = availableParallelism() < 8;
const downAfterMs = Number(option('--down-after', few ? 5_000 : 1_000));
/** What SENTINEL DEBUG is told. */
const periods = option('--periods', few ? 'ping-period=1000,publish-period=5000,info-period=30000' : '')
  .split(/[=,]/)
  .filter(Boolean);
const command = [
  `npm run bench:mass -- --groups ${groups} --partitions ${partitions} --standbys ${standbys} --down-after ${downAfterMs}`,
  ...(periods.length > 0 ? [`--periods ${periods.join('=').replace(/(=[^=]*)=/g, '$1,')}`] : []),
].join(' ');
const say = (line) => process.stderr.write(`${line}\n`);
const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;
/** Killed pods stay away while it is measured: as when their machines are lost. s */
const AWAY = Number(option('--away', 30));

const memoryUsedMb = () => {
  const of = (key) => Number(new RegExp(`${key}:\\s+(\\d+)`).exec(readFileSync('/proc/meminfo', 'utf8'))[1]) / 1024;
  return Math.round(of('MemTotal') - of('MemAvailable'));
};

/** Kills a third and waits for the last partition. @returns ms of the last, and of the median */
async function loseAThird(farm, clients, offset, timeoutMs) {
  const victims = await farm.aThird(offset);
  const names = victims.map(({ name }) => name);
  farm.stayAway(AWAY);
  const killed = now();
  for (const { pod } of victims) farm.embedded.killContainer(pod.datacenter, pod.name, 'redis');
  const at = now();
  await clients.ask('mark', { partitions: names, at });
  const back = async () => {
    const times = await clients.ask('back', { partitions: names });
    return times.every((time) => time !== null) && times;
  };
  try {
    const times = (await until('the last partition', back, timeoutMs, 50)).map((time) => time - killed);
    times.sort((a, b) => a - b);
    return {
      at: killed,
      killed: names.length,
      ms: Math.round(times.at(-1)),
      median: Math.round(times[times.length >> 1]),
    };
  } catch {
    const times = (await clients.ask('back', { partitions: names })).filter((time) => time !== null);
    say(`${times.length} of ${names.length} are back after ${seconds(timeoutMs)}`);
    return { at: killed, killed: names.length, ms: Number.NaN, median: Number.NaN };
  } finally {
    farm.stayAway(0);
  }
}

async function withFarm(single, work) {
  const before = memoryUsedMb();
  const farm = await MassFarm.start(massFarm({ groups, partitions, standbys, single, downAfterMs }), say, periods);
  const barn = new BarnProcess(farm.state);
  const clients = new Answering('mass-clients.mjs');
  try {
    await barn.start();
    await clients.ask('open', { groups: await farm.applications() });
    const pods = (await farm.pods()).length;
    const from = now();
    const all = groups * partitions;
    await until(
      'every partition to be written',
      async () => (await clients.ask('written', { since: from })) === all,
      60_000,
    );
    await farm.whole(barn);
    say(`whole; ${pods} pods, ${memoryUsedMb() - before} MB`);
    return { pods, memoryMb: memoryUsedMb() - before, ...(await work({ farm, barn, clients })) };
  } finally {
    await clients.stop();
    await barn.kill();
    await farm.stop();
  }
}

async function countDouble(farm) {
  const found = await farm.doubleBound();
  for (const line of found) say(`  DOUBLE ${line}`);
  return found.length;
}

/** When Barn decided what, in ms after the kill. */
function trace(barn, killed) {
  const kinds = new Map();
  for (const { kind, at, reason, ms, receipts } of barn.since(killed)) {
    const key =
      kind === 'ended'
        ? `${kind} ${reason} ${receipts.map((line) => line.split(' ').slice(0, 2).join(' '))}`
        : `${kind} ${reason ?? ''}`;
    kinds.set(key, [...(kinds.get(key) ?? []), { at: at - killed, ms: ms ?? 0 }]);
  }
  for (const [key, events] of kinds) {
    const took = events.map(({ ms }) => ms).sort((a, b) => a - b);
    const middle = events.length >> 1;
    say(
      `  ${key}: ${events.length}, first ${events[0].at.toFixed(0)}, median ${events[middle].at.toFixed(0)}, last ${events.at(-1).at.toFixed(0)}; took ${took[middle].toFixed(0)}, most ${took.at(-1).toFixed(0)}`,
    );
  }
  for (const event of barn
    .since(killed)
    .filter(({ kind, receipts }) => kind === 'ended' && !receipts.every((line) => line.includes(' Done ')))
    .slice(0, 6))
    say(`  ${event.subject} ${event.reason} ${event.receipts.join(' | ')}`);
}

async function manyGroups({ farm, barn, clients }) {
  const before = await farm.tilts();
  const withBarn = await loseAThird(farm, clients, 0, 120_000);
  let doubleBound = await countDouble(farm);
  if (argv.includes('--trace')) trace(barn, withBarn.at);
  say(`with Barn: last ${withBarn.ms} ms, median ${withBarn.median} ms; double bound ${doubleBound}`);
  await farm.whole(barn);
  doubleBound += await countDouble(farm);
  say('whole again');
  await barn.kill();
  const barnDead = await loseAThird(farm, clients, 1, 120_000);
  doubleBound += await countDouble(farm);
  const tilts = (await farm.tilts()) - before;
  say(`Barn dead: last ${barnDead.ms} ms, median ${barnDead.median} ms; double bound ${doubleBound}, tilts ${tilts}`);
  return { withBarn, barnDead, doubleBound, tilts };
}

const host = machine();
const used = versions();
const many = await withFarm(false, manyGroups);
const single = argv.includes('--no-single')
  ? undefined
  : await withFarm(true, async ({ farm, clients }) => {
      const lost = await loseAThird(farm, clients, 0, 300_000);
      const tilts = await farm.tilts();
      say(`single group: last ${lost.ms} ms, median ${lost.median} ms, tilts ${tilts}`);
      return { ...lost, tilts };
    });

const figures = {
  partitions: groups * partitions,
  killed: many.withBarn.killed,
  groups,
  barnMs: many.withBarn.ms,
  barnDeadMs: many.barnDead.ms,
  singleGroupMs: single?.ms ?? null,
  tilts: many.tilts,
  doubleBound: many.doubleBound,
};
const row = (title, { ms, median }) => `${title.padEnd(52)}${String(ms).padStart(8)}${String(median).padStart(9)}`;
const lines = [
  command,
  facts({ ...host, ...used }),
  `${figures.partitions} partitions in ${groups} sentinel groups of 3, down-after ${downAfterMs} ms; ${many.pods} real redis-server processes, ${many.memoryMb} MB in all;`,
  `every third partition loses its pod at once (kill -9), the pods stay away for ${AWAY} s; ms until a write to the last (the median) of them`,
  `is acknowledged, through our resolver. Barn's replacement budget: ${BENCH_LIMITS.least} a minute.`,
  `${availableParallelism()} cores carry all machines of the farm, servers, sentinels, Barn and clients; the servers at nice ${POD_NICE}, as what has machines of its own`,
  'does not take the time of the others.',
  '',
  `${`${figures.killed} partitions lost`.padEnd(52)}${'last'.padStart(8)}${'median'.padStart(9)}`,
  row('with Barn', many.withBarn),
  row('Barn dead, Sentinel alone', many.barnDead),
  ...(single ? [row(`all in one single group, with Barn (${single.tilts} tilts)`, single)] : []),
  '',
  `sentinel tilts ${figures.tilts}, double bindings ${figures.doubleBound}`,
];
process.stdout.write(`${lines.join('\n')}\n`);
if (argv.includes('--write')) writeSection('bench:mass', 'Losing a third at once', lines.join('\n'));
if (argv.includes('--json')) process.stdout.write(`${JSON.stringify(figures)}\n`);
