// npm run bench:mass [-- --json] [--groups G] [--partitions P] [--standbys S] [--down-after ms] [--periods a=ms,b=ms] [--away s] [--state-in DIR]
//   [--no-single] [--only-barn] [--write]
// A third of all partitions lose their pod at once, on real processes; time until the last of them is written again, with Barn, with Barn dead, and
// with Barn and one single group.
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { MassFarm, massFarm, NICE } from './mass-farm.mjs';
import { Answering, BarnProcess } from './recovery-processes.mjs';
import { BENCH_LIMITS, facts, machine, now, option, until, versions, wait, writeSection } from './recovery-report.mjs';

const { argv } = process;
const groups = Number(option('--groups', 10));
// One machine carries what are up to 200, and 10 x 100 is what is meant: where it has few cores there are fewer partitions, and the sentinels take
// their time, as the output says.
const few = availableParallelism() < 8;
const usual = few ? Math.min(100, 20 * availableParallelism()) : 100;
const partitions = Number(option('--partitions', usual));
const standbys = Number(option('--standbys', Math.ceil(partitions / 25)));
/** Barn's part alone: neither without it nor in one single group. */
const onlyBarn = argv.includes('--only-barn');
const downAfterMs = Number(option('--down-after', few ? 5_000 : 1_000));
/** Where sentinels and pods keep their files: each has a disk of its own elsewhere, and here one disk writes them all down one after another. */
const stateIn = option('--state-in', undefined);
/** What SENTINEL DEBUG is told. */
const said = option('--periods', few ? 'ping-period=1000,publish-period=5000,info-period=30000' : '');
const periods = said.split(/[=,]/).filter(Boolean);
const command = [
  `npm run bench:mass -- --groups ${groups} --partitions ${partitions} --standbys ${standbys} --down-after ${downAfterMs}`,
  ...(onlyBarn ? ['--only-barn'] : []),
  ...(periods.length > 0 ? [`--periods ${said}`] : []),
  ...(stateIn ? [`--state-in ${stateIn}`] : []),
].join(' ');
const say = (line) => process.stderr.write(`${line}\n`);
/** Of /proc, a second: what Linux gives programs everywhere. */
const TICKS = 100;
const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;
/** How long the machine is watched to see how busy it is. s */
const LISTEN = 4;
/** Killed pods stay away while it is measured: as when their machines are lost. s */
const AWAY = Number(option('--away', 30));
/** Where few cores carry all machines they come back one after another: what each does as it begins is done by all machines at once elsewhere. */
const APART_MS = 200;

const memoryUsedMb = () => {
  const of = (key) => Number(new RegExp(`${key}:\\s+(\\d+)`).exec(readFileSync('/proc/meminfo', 'utf8'))[1]) / 1024;
  return Math.round(of('MemTotal') - of('MemAvailable'));
};

const CLASSES = [
  ['[sentinel]', 'sentinels'],
  ['redis-server', 'servers'],
  ['recovery-barn', 'Barn'],
  ['mass-clients', 'clients'],
];

/** CPU time of the whole machine, s since it began. */
function busySeconds() {
  const [user, nice, system] = readFileSync('/proc/stat', 'utf8')
    .split('\n')[0]
    .trim()
    .split(/ +/)
    .slice(1)
    .map(Number);
  return (user + nice + system) / TICKS;
}

/** CPU time of each kind of process and of all, s since it began. */
function cpuSeconds() {
  const spent = { sentinels: 0, servers: 0, Barn: 0, clients: 0 };
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      const kind = CLASSES.find(([word]) => command.includes(word))?.[1];
      if (!kind) continue;
      const [user, system] = readFileSync(`/proc/${pid}/stat`, 'utf8')
        .split(') ')[1]
        .split(' ')
        .slice(11, 13)
        .map(Number);
      spent[kind] += (user + system) / TICKS;
    } catch {
      // It has ended meanwhile.
    }
  }
  return { ...spent, all: busySeconds() };
}

/**
 * What the processes that were just started do as they start is done: less than two thirds of the machine is busy, or it has ceased to become less.
 * @returns busy share of the cores, 0..1
 */
async function calm() {
  const busy = async () => {
    const before = busySeconds();
    await wait(1_000 * LISTEN);
    return (busySeconds() - before) / LISTEN / availableParallelism();
  };
  let least = await busy();
  for (let higher = 0; least >= 2 / 3 && higher < 3; ) {
    const share = await busy();
    higher = share < least ? 0 : higher + 1;
    least = Math.min(share, least);
  }
  return least;
}

/** Kills a third and waits for the last partition. @returns ms of the last, and of the median */
async function loseAThird(farm, clients, offset, timeoutMs) {
  const calmShare = await calm();
  const victims = await farm.aThird(offset);
  const names = victims.map(({ name }) => name);
  farm.stayAway(AWAY, few ? APART_MS : 0);
  const before = cpuSeconds();
  const killed = now();
  for (const { pod } of victims) farm.embedded.killContainer(pod.datacenter, pod.name, 'redis');
  const at = now();
  await clients.ask('mark', { partitions: names, at });
  const back = async () => {
    const times = await clients.ask('back', { partitions: names });
    return times.every((time) => time !== null) && times;
  };
  try {
    const times = (await until('the last partition', back, timeoutMs, 250)).map((time) => time - killed);
    times.sort((a, b) => a - b);
    const after = cpuSeconds();
    return {
      at: killed,
      killed: names.length,
      calmShare,
      ms: Math.round(times.at(-1)),
      median: Math.round(times[times.length >> 1]),
      cpu: Object.fromEntries(Object.keys(before).map((kind) => [kind, after[kind] - before[kind]])),
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
  const farm = await MassFarm.start(
    massFarm({ groups, partitions, standbys, single, downAfterMs }),
    // 500 idle pods that each ask 30 sentinels from a shell every two minutes: on machines of their own nobody notices.
    { say, periods, stateIn, fences: !few },
  );
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
      240_000,
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
  if (onlyBarn) return { withBarn, doubleBound, tilts: (await farm.tilts()) - before };
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
const single =
  onlyBarn || argv.includes('--no-single')
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
  barnDeadMs: many.barnDead?.ms ?? null,
  singleGroupMs: single?.ms ?? null,
  tilts: many.tilts,
  doubleBound: many.doubleBound,
};
/** What it took: each sentinel of these has a machine of its own elsewhere, and Barn has. */
function cpuLines({ cpu, calmShare, ms }) {
  if (!cpu) return [];
  const cores = availableParallelism();
  const of = (kind) => `${cpu[kind].toFixed(1)} s`;
  return [
    `Before the loss the farm takes ${(100 * calmShare).toFixed(0)} % of the ${cores} cores.`,
    `CPU time until the last with Barn: ${3 * groups} sentinels ${of('sentinels')} (${((1000 * cpu.sentinels) / 3 / groups).toFixed(0)} ms each), Barn ${of('Barn')}, servers ${of('servers')}, clients ${of('clients')},`,
    `all ${of('all')}, which is ${((100 * cpu.all * 1000) / ms / cores).toFixed(0)} % of the ${cores} cores`,
  ];
}

const row = (title, { ms, median }) => `${title.padEnd(52)}${String(ms).padStart(8)}${String(median).padStart(9)}`;
const lines = [
  command,
  facts({ ...host, ...used }),
  `${figures.partitions} partitions in ${groups} sentinel groups of 3, down-after ${downAfterMs} ms; ${many.pods} real redis-server processes, ${many.memoryMb} MB in all;`,
  `every third partition loses its pod at once (kill -9), the pods stay away for ${AWAY} s; ms until a write to the last (the median) of them`,
  `is acknowledged, through our resolver. Barn's replacement budget: ${BENCH_LIMITS.least} a minute.`,
  `${availableParallelism()} cores carry all machines of the farm, servers, sentinels, Barn and clients; the servers at nice ${NICE.pods}, the sentinels at ${NICE.sentinels}, as what`,
  `has machines of its own does not take the time of the others${few ? '; for the same reason the fences of the pods are stopped' : ''}.`,
  '',
  `${`${figures.killed} partitions lost`.padEnd(52)}${'last'.padStart(8)}${'median'.padStart(9)}`,
  row('with Barn', many.withBarn),
  ...(many.barnDead ? [row('Barn dead, Sentinel alone', many.barnDead)] : []),
  ...(single ? [row(`all in one single group, with Barn (${single.tilts} tilts)`, single)] : []),
  '',
  ...cpuLines(many.withBarn),
  `sentinel tilts ${figures.tilts}, double bindings ${figures.doubleBound}`,
];
process.stdout.write(`${lines.join('\n')}\n`);
/** A section of its own for each size, so that none takes another's place. */
const size = groups === 10 && partitions === usual ? '' : `-${groups}-x-${partitions}`;
const section = `bench:mass${size}${onlyBarn ? '-with-barn' : ''}`;
const title = `Losing a third at once${size && `, ${groups} x ${partitions}`}${onlyBarn ? ', with Barn' : ''}`;
if (argv.includes('--write')) writeSection(section, title, lines.join('\n'));
if (argv.includes('--json')) process.stdout.write(`${JSON.stringify(figures)}\n`);
