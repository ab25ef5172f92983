// npm run bench:api [-- --json] [--watchers N] [--seconds S] [--connections C] [--partitions P] [--write]: how many ask for addresses in a
// second on one core, how long they wait, and what many watchers cost: memory, CPU while nothing happens, and one change told to all of them.
import { Child, isPinned, mostConnections } from './api-processes.mjs';
import { facts, machine, option, summary, versions, wait, writeSection } from './recovery-report.mjs';

const { argv } = process;
const asked = Number(option('--watchers', 20_000));
const watchers = Math.min(asked, mostConnections());
const seconds = Number(option('--seconds', 10));
const connections = Number(option('--connections', 64));
const partitions = Number(option('--partitions', 1_000));
const WARM_UP_S = Math.min(3, seconds);
const CHANGES = 10;
/** Two rounds of heartbeats. s */
const IDLE_S = Math.min(30, seconds * 3);
const GOAL = 10_000;

const command = `npm run bench:api -- --watchers ${asked} --seconds ${seconds} --connections ${connections} --partitions ${partitions}`;
const say = (line) => process.stderr.write(`${line}\n`);
const MB = 2 ** 20;

/** CPU of the server beside what its clients saw: where they are the ones that cannot do more, that tells what a core would carry. */
async function measureLoad(server, at, headers) {
  const clients = new Child('api-clients.mjs', 1);
  try {
    const loading = clients.ask('load', { ...at, headers, connections, seconds, warmUpSeconds: WARM_UP_S });
    await wait(WARM_UP_S * 1_000);
    const before = await server.ask('usage');
    await wait(Math.max(500, seconds * 1_000 - 500));
    const after = await server.ask('usage');
    const { requests, ms, statuses, p50, p99 } = await loading;
    const busy = (after.cpuMs - before.cpuMs) / (after.at - before.at);
    const perSecond = (requests / ms) * 1_000;
    return { perSecond, busy, perCore: perSecond / busy, p50, p99, statuses };
  } finally {
    await clients.stop();
  }
}

async function measureChange(server, clients) {
  await clients.ask('arm');
  const before = await server.ask('change');
  const { lastAt, bytesHeard, closed } = await clients.ask('told');
  const after = await server.ask('usage');
  if (closed > 0) throw new Error(`${closed} watchers were dropped`);
  return { ms: lastAt - before.at, cpuMs: after.cpuMs - before.cpuMs, bytes: bytesHeard / watchers };
}

async function measureWatchers(server, at) {
  const clients = new Child('api-clients.mjs', 1);
  try {
    const empty = await server.ask('memory');
    const { ms: openMs } = await clients.ask('open', { ...at, count: watchers });
    await wait(1_000);
    const held = await server.ask('memory');
    const from = await server.ask('usage');
    await wait(IDLE_S * 1_000);
    const to = await server.ask('usage');
    const changes = [];
    for (let i = 0; i < CHANGES; i++) {
      changes.push(await measureChange(server, clients));
      await wait(300);
    }
    const full = await server.ask('memory');
    return {
      openMs,
      memoryMb: (held.rss - empty.rss) / MB,
      heapKbEach: (held.heapUsed - empty.heapUsed) / 1_024 / watchers,
      afterChangesMb: (full.rss - empty.rss) / MB,
      idleCpu: (to.cpuMs - from.cpuMs) / (to.at - from.at),
      eventBytes: Math.round(changes[0].bytes),
      lastMs: summary(changes.map(({ ms }) => ms)),
      cpuMs: summary(changes.map(({ cpuMs }) => cpuMs)),
    };
  } finally {
    await clients.stop();
  }
}

async function measure(kind, given) {
  const server = new Child('api-server.mjs', 0, kind, String(partitions));
  try {
    const at = await server.ask('start', given);
    const first = await fetch(`http://127.0.0.1:${at.port}${at.path}`);
    const found = { body: await first.text(), etag: first.headers.get('etag') };
    say(`${kind}: ${found.body.length} bytes at ${at.path}`);
    const whole = await measureLoad(server, at, {});
    say(`${kind}: ${Math.round(whole.perSecond)} requests/s (${facts(whole.statuses)})`);
    const same = await measureLoad(server, at, { 'if-none-match': found.etag });
    say(`${kind}: ${Math.round(same.perSecond)} requests/s (${facts(same.statuses)})`);
    await server.stop();
    return { found, whole, same, watching: await measureFresh(kind, found) };
  } finally {
    await server.stop();
  }
}

/** In a process of its own: what the requests have left in memory is not of the watchers. */
async function measureFresh(kind, found) {
  const server = new Child('api-server.mjs', 0, kind, String(partitions));
  try {
    const at = await server.ask('start', found);
    const watching = await measureWatchers(server, at);
    say(`${kind}: ${watchers} watchers, the last has a change after ${watching.lastMs.p50} ms`);
    return watching;
  } finally {
    await server.stop();
  }
}

const host = machine();
const used = versions();
const ours = await measure('ours', {});
const bare = await measure('bare', ours.found);

const whole = (number) => String(Math.round(number));
const oneDigit = (number) => number.toFixed(1);
const cell = (text) => text.padStart(14);
const loadRow = (title, { perSecond, busy, perCore, p50, p99 }) =>
  title.padEnd(38) +
  [whole(perSecond), `${whole(busy * 100)} %`, whole(perCore), p50.toFixed(2), p99.toFixed(2)].map(cell).join('');
const row = (title, of) => title.padEnd(52) + [of(ours.watching), of(bare.watching)].map(cell).join('');

const isMet = ours.whole.perSecond >= GOAL && ours.same.perSecond >= GOAL;
const idle = Math.round((1 - Math.min(ours.whole.busy, ours.same.busy)) * 100);
const verdict = isMet
  ? 'met'
  : `not met${idle > 10 ? `; the server was idle or kept off its core ${idle} % of the time` : ''}`;

const figures = {
  goal: GOAL,
  watchers,
  topologyPerSecond: Math.round(ours.whole.perSecond),
  topologyPerCore: Math.round(ours.whole.perCore),
  notModifiedPerSecond: Math.round(ours.same.perSecond),
  notModifiedPerCore: Math.round(ours.same.perCore),
  p50: ours.whole.p50,
  p99: ours.whole.p99,
  barePerSecond: Math.round(bare.whole.perSecond),
  bareNotModifiedPerSecond: Math.round(bare.same.perSecond),
  watching: ours.watching,
  bareWatching: bare.watching,
  pinned: isPinned,
};
const lines = [
  command,
  facts({ ...host, ...used }),
  `The whole API (startApi) over a farm of ${partitions} partitions, looked at once a second; asked for a topology of ${ours.found.body.length} bytes.`,
  isPinned
    ? 'The server has one core, its clients another (taskset); real TCP connections over loopback.'
    : 'Server and clients share all cores (they cannot be pinned here); real TCP connections over loopback.',
  '"bare" is node:http with the same bytes, fixed, and nothing around them: the most that Node can do here.',
  '',
  `${connections} connections, keep-alive, ${seconds} s`.padEnd(38) +
    ['requests/s', 'server CPU', 'a whole core', 'p50 ms', 'p99 ms'].map(cell).join(''),
  loadRow('topology, 200', ours.whole),
  loadRow('topology, 304', ours.same),
  loadRow('bare, 200', bare.whole),
  loadRow('bare, 304', bare.same),
  `goal ${GOAL} requests/s on one core: ${verdict}`,
  '',
  `${watchers} watchers on one process`.padEnd(52) + ['ours', 'bare'].map(cell).join(''),
  row('all of them come, s', ({ openMs }) => oneDigit(openMs / 1_000)),
  row('memory they take (RSS), MB', ({ memoryMb }) => whole(memoryMb)),
  row('heap for each, kB', ({ heapKbEach }) => oneDigit(heapKbEach)),
  row('memory after the changes, MB', ({ afterChangesMb }) => whole(afterChangesMb)),
  row(`CPU while nothing changes, % of a core (${IDLE_S} s)`, ({ idleCpu }) => (idleCpu * 100).toFixed(2)),
  row(`one change, ms until the last has it, p50 of ${CHANGES}`, ({ lastMs }) => whole(lastMs.p50)),
  row('the slowest', ({ lastMs }) => whole(lastMs.max)),
  row('CPU of the server for it, ms, p50', ({ cpuMs }) => whole(cpuMs.p50)),
  row('bytes to each', ({ eventBytes }) => whole(eventBytes)),
  ...(watchers < asked
    ? [`A process may have ${watchers + 60} file descriptors here and no more: so many watchers instead of ${asked}.`]
    : []),
  'The bare server sends no heartbeats, looks at no farm and drops nobody; the clients, one process on one core, are part of each ms.',
];
process.stdout.write(`${lines.join('\n')}\n`);
if (argv.includes('--write')) writeSection('bench:api', 'HTTP API: addresses', lines.join('\n'));
if (argv.includes('--json')) process.stdout.write(`${JSON.stringify(figures)}\n`);
