// npm run bench:recovery [-- --json] [--rounds N] [--only crash,hang,...] [--trace] [--write]: how long clients cannot write after a failure, on
// real processes, with Sentinel's own failover of a master with a real replica beside it (the peer).
import { writeFileSync } from 'node:fs';
import { BenchFarm, CLUSTERS } from './recovery-farm.mjs';
import { measurePeer } from './recovery-peer.mjs';
import { BarnProcess, Clients } from './recovery-processes.mjs';
import {
  BENCH_LIMITS,
  facts,
  machine,
  now,
  option,
  summary,
  versions,
  wait,
  writeSection,
} from './recovery-report.mjs';
import { Witness } from './recovery-witness.mjs';

const { argv } = process;
const rounds = Number(option('--rounds', 30));
const command = `npm run bench:recovery -- --rounds ${rounds}`;
const say = (line) => process.stderr.write(`${line}\n`);
/** a kubelet needs 1-2 s to start a container that ended; s */
const RESTART_DELAY = 1.2;

/** What is done to the pod of the partition, and how it is undone once clients write again. */
const CASES = {
  crash: {
    title: 'kill -9 of the pod',
    delay: RESTART_DELAY,
    harm: ({ embedded }, pod) => embedded.killContainer(pod.datacenter, pod.name, 'redis'),
  },
  hang: {
    title: 'SIGSTOP of the pod',
    delay: RESTART_DELAY,
    harm: ({ embedded }, pod) => embedded.pauseContainer(pod.datacenter, pod.name, 'redis'),
    mend: ({ embedded }, pod) => embedded.resumeContainer(pod.datacenter, pod.name, 'redis'),
  },
  machine: {
    title: 'machine stopped',
    delay: RESTART_DELAY,
    harm: ({ embedded }, pod) => void embedded.stopMachine(pod.machine),
    mend: ({ embedded }, pod) => embedded.startMachine(pod.machine),
    hits: (farm, pod) => farm.partitionsOn(pod.machine),
  },
  barnDead: {
    title: 'kill -9 with Barn dead',
    delay: 3.5,
    before: (_farm, barn) => barn.kill(),
    harm: ({ embedded }, pod) => embedded.killContainer(pod.datacenter, pod.name, 'redis'),
    mend: (_farm, _pod, barn) => barn.start(),
  },
  restart: {
    title: 'kill -9, back in place at once',
    delay: 0,
    harm: ({ embedded }, pod) => embedded.killContainer(pod.datacenter, pod.name, 'redis'),
  },
};

/** From the last write acknowledged before the longest silence to the first after it; the harm lies within, or just before. */
function outage(acks, harmed, recovered) {
  let longest = 0;
  for (let i = 2; i < acks.length; i += 2)
    if (acks[i] > harmed && acks[i - 2] < recovered) longest = Math.max(longest, acks[i] - acks[i - 2]);
  return longest;
}

async function runRound({ farm, barn, clients, witness }, kind, number) {
  const { delay, before, harm, mend, hits } = CASES[kind];
  const [{ clusterName, clusterSize }] = CLUSTERS;
  const partition = `${clusterName}::${number % clusterSize}`;
  await farm.whole(barn);
  await clients.writing(new Set([partition]));
  const pod = await farm.podOf(partition);
  const victims = hits ? await hits(farm, pod) : new Set([partition]);
  farm.stayAway(delay);
  await clients.collect();
  witness.forget();
  await before?.(farm, barn);
  const harmed = now();
  harm(farm, pod);
  await wait(400);
  const recovered = await clients.writing(victims);
  await mend?.(farm, pod, barn);
  if (kind === 'barnDead') farm.stayAway(0);
  await farm.whole(barn);
  const round = await clients.collect();
  const wrong = [...witness.wrongWrites(round), ...(await witness.strayKeys())];
  const samples = { plain: [], resolver: [] };
  const later = { plain: 0, resolver: 0 };
  for (const { partition: name, client, acks } of round) {
    if (!victims.has(name)) continue;
    samples[client].push(outage(acks, harmed, recovered));
    later[client] = Math.max(later[client], outage(acks, recovered + 1, Number.POSITIVE_INFINITY));
  }
  const answered = barn.since(harmed).filter((event) => event.kind === 'decided' && victims.has(event.subject));
  const first = [...victims].map((name) => answered.find(({ subject }) => subject === name)?.reason ?? 'nothing');
  const writes = round.reduce((sum, { acks }) => sum + acks.length / 2, 0);
  return { harmed, victims, first, samples, later, wrong, writes, wholeMs: now() - harmed };
}

const show = (values) => values.map((ms) => ms.toFixed(0)).join(' ');

function trace(barn, { harmed, victims }) {
  for (const { kind, at, ...rest } of barn.since(harmed))
    if (kind === 'decided' || kind === 'ended' ? victims.has(rest.subject) : kind !== 'pass' || rest.decisions > 0)
      say(`    +${(at - harmed).toFixed(0)} ms ${kind} ${JSON.stringify(rest)}`);
}

async function runCase(bench, kind) {
  const all = { plain: [], resolver: [], wrong: [], first: [], writes: 0, later: 0, rounds: 0 };
  for (let i = 0; i < rounds; i++) {
    bench.barn.forget();
    const round = await runRound(bench, kind, i);
    all.plain.push(...round.samples.plain);
    all.resolver.push(...round.samples.resolver);
    all.wrong.push(...round.wrong);
    all.first.push(...round.first);
    all.writes += round.writes;
    all.later = Math.max(all.later, round.later.resolver);
    all.rounds++;
    say(
      `${kind} ${i + 1}/${rounds}: resolver ${show(round.samples.resolver)} ms, plain ${show(round.samples.plain)} ms, ` +
        `whole again after ${round.wholeMs.toFixed(0)} ms, later gap ${round.later.resolver.toFixed(0)}/${round.later.plain.toFixed(0)} ms, wrong ${round.wrong.length} of ${round.writes}`,
    );
    for (const line of round.wrong.slice(0, 5)) say(`  WRONG ${line}`);
    if (argv.includes('--trace')) trace(bench.barn, round);
  }
  return all;
}

async function measureFarm(kinds) {
  const farm = await BenchFarm.start(say);
  const barn = new BarnProcess(farm.state);
  const clients = new Clients();
  let witness;
  const results = {};
  try {
    const addresses = (await farm.look()).world.pods.map(({ address }) => address);
    witness = new Witness(farm.access, addresses);
    await barn.start();
    await clients.open(await farm.applications());
    for (const kind of kinds) {
      try {
        results[kind] = await runCase({ farm, barn, clients, witness }, kind);
      } catch (error) {
        say(`${kind} ended early: ${error.stack}`);
        process.exitCode = 1;
        break;
      }
    }
    return results;
  } finally {
    await witness?.stop();
    await clients.stop();
    await barn.kill();
    await farm.stop();
  }
}

const host = machine();
const versionsUsed = versions();
const wanted = option('--only', [...Object.keys(CASES), 'peer'].join(',')).split(',');
// At the same time, in what either leaves idle: both wait for time-outs and repairs nearly always.
const [peerSamples, results] = await Promise.all([
  wanted.includes('peer') ? measurePeer(rounds, { downAfterMs: 1_000, failoverTimeoutMs: 5_000 }, say) : [],
  measureFarm(Object.keys(CASES).filter((kind) => wanted.includes(kind))),
]);

const figures = (kind, client) => {
  const { rounds: done, wrong, [client]: samples } = results[kind];
  return { rounds: done, ...summary(samples), wrongPodWrites: wrong.length };
};
const kinds = Object.keys(results);
const cases = Object.fromEntries(kinds.map((kind) => [kind, figures(kind, 'resolver')]));
const plain = Object.fromEntries(kinds.map((kind) => [kind, figures(kind, 'plain')]));
const peer = peerSamples.length > 0 ? summary(peerSamples) : undefined;
const peerOverCrashP50 = peer && cases.crash ? Math.round((peer.p50 / cases.crash.p50) * 10) / 10 : undefined;

const row = (title, { p50, p99, max }, rest = '') =>
  `${title.padEnd(46)}${[p50, p99, max].map((ms) => ms.toFixed(1).padStart(9)).join('')}${rest}`;
const lines = [
  command,
  facts({ ...host, ...versionsUsed }),
  '3 sentinels a group, down-after 1000 ms, quorum 2; 2 cache clusters, 6 partitions on 18 pods of 9 machines; Barn in a process of its own;',
  'two clients a partition, each writing every 5 ms. ms from the last acknowledged write before to the first after, of each client hit.',
  `A killed container starts again after ${RESTART_DELAY} s (as under a kubelet), with Barn dead after ${CASES.barnDead.delay} s, in the last case at once.`,
  `"Machine stopped" ends its processes at once; their addresses refuse. Barn's replacement budget: ${BENCH_LIMITS.least} a minute.`,
  '',
  `${''.padEnd(46)}${['p50', 'p99', 'max'].map((t) => t.padStart(9)).join('')}   rounds   wrong-pod writes   later gap (*)`,
];
for (const kind of kinds)
  for (const [client, of] of [
    ['resolver', cases],
    ['plain ioredis', plain],
  ])
    lines.push(
      row(
        `${CASES[kind].title}, ${client}`,
        of[kind],
        `${String(of[kind].rounds).padStart(9)}   ${of[kind].wrongPodWrites} of ${results[kind].writes}${client === 'resolver' ? `   ${results[kind].later.toFixed(0)}` : ''}`,
      ),
    );
if (peer)
  lines.push(
    row("peer: Sentinel's failover to a replica, plain", peer, String(rounds).padStart(9)),
    ...(peerOverCrashP50 ? ['', `peer p50 / our p50 on kill -9: ${peerOverCrashP50}`] : []),
  );
const counted = (names) =>
  [...new Set(names)].map((name) => `${name} ${names.filter((other) => other === name).length}`).join(', ');
lines.push('', `What Barn did first: ${kinds.map((kind) => `${kind}: ${counted(results[kind].first)}`).join('; ')}`);
lines.push('(*) longest gap of a resolver client while Barn re-arms afterwards, until the farm is whole again');
process.stdout.write(`${lines.join('\n')}\n`);
if (argv.includes('--write')) writeSection('bench:recovery', 'Recovery', lines.join('\n'));
if (option('--raw')) writeFileSync(option('--raw'), JSON.stringify({ results, peerSamples }));
if (argv.includes('--json'))
  process.stdout.write(
    `${JSON.stringify({ machine: host, versions: versionsUsed, cases, peer, peerOverCrashP50, plain })}\n`,
  );
