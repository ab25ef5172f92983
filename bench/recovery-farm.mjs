// The farm of the bench: 3 datacenters x 3 machines, 18 pods, two cache clusters in one sentinel group, all real processes.
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { synthesizeFarm } from '../lib/constructs/synthesize-farm.js';
import { declaredIn } from '../lib/src/barn/seed.js';
import { seedFarm } from '../lib/src/cli/seed-farm.js';
import { accessEmbedded } from '../lib/src/cli/start-farm.js';
import { defineFarm } from '../lib/src/farm/define.js';
import { splitAddress } from '../lib/src/farm/words.js';
import { EmbeddedFarm } from '../lib/src/local/embedded-farm.js';
import { deriveFacts } from '../lib/src/world/facts.js';
import { measureProgress } from '../lib/src/world/progress.js';
import { now, until } from './recovery-report.mjs';

const PROGRAM = fileURLToPath(new URL('../lib/src/cli/main.js', import.meta.url));

export const CLUSTERS = [
  { clusterName: 'User.id', clusterSize: 4, tier: 'M1' },
  { clusterName: 'Session', clusterSize: 2, tier: 'M1' },
];

const farm = defineFarm({
  name: 'bench',
  datacenters: ['a', 'b', 'c'].map((name) => ({ name, machines: { count: 3, memory: '2Gi' } })),
  tiers: [{ name: 'M1', maxMemory: '64mb', memory: '96Mi', ports: [6378, 6379], replicas: 3 }],
  sentinelGroups: [{ name: 'main', size: 3, downAfterMs: 1_000 }],
  exporter: false,
  cacheClusters: CLUSTERS,
});

/**
 * Programs before the real ones on the PATH of the containers, so that one machine can carry what are hundreds.
 * @param hz of the redis servers, how often a second each looks after itself; undefined: Redis's own 10
 * @param nice of pods and sentinels: what stands in for machines of their own does not take the time of Barn and clients; 0: as these
 * @param fences whether they do anything: each asks every sentinel from a shell, some hundred processes a pod, and begins stopped else
 */
function standIns(state, { hz, nice, fences }) {
  const folder = join(state, 'bench-bin');
  mkdirSync(folder, { recursive: true });
  const program = (name, ...lines) => {
    writeFileSync(join(folder, name), `${['#!/bin/sh', ...lines].join('\n')}\n`);
    chmodSync(join(folder, name), 0o755);
  };
  // Each container is a session, and Linux weighs sessions against each other by the niceness of each, whatever that of its processes is.
  const asNice = (script, by) =>
    by > 0 ? [`*${script}) { echo ${by} >/proc/self/autogroup; } 2>/dev/null; exec nice -n ${by} /bin/sh "$@" ;;`] : [];
  const ahead = [
    ...asNice('redis-start.sh', nice.pods),
    ...asNice('sentinel-start.sh', nice.sentinels),
    ...(fences ? [] : ['*redis-fence.sh) kill -STOP $$ ;;']),
  ];
  if (ahead.length > 0) program('sh', `case $1 in ${ahead.join(' ')} esac`, 'exec /bin/sh "$@"');
  if (hz !== undefined) {
    const real = execFileSync('/bin/sh', ['-c', 'command -v redis-server'], { encoding: 'utf8' }).trim();
    program('redis-server', `case $1 in */redis.conf) set -- "$@" --hz ${hz} ;; esac`, `exec ${real} "$@"`);
  }
  return folder;
}

/**
 * Synthesizes a farm and runs it, as `cachefarm up` does, without CrashLoopBackOff: the same pods are killed round after round. How long a
 * killed container stays away can be set: a real kubelet needs 1-2 s to see that it ended and to make the next, the embedded one milliseconds.
 * @param periods of the sentinels, as SENTINEL DEBUG takes them: name, ms, name, ms, ...
 * @param stateIn the folder for everything that the farm keeps on disk
 */
export async function startFarm(
  farm,
  { say, timeoutMs, hz, nice = { pods: 0, sentinels: 0 }, fences = true, periods = [], stateIn = tmpdir() },
) {
  const state = mkdtempSync(join(stateIn, 'cachefarm-measure-'));
  const dist = join(state, 'dist');
  synthesizeFarm(farm, dist);
  const { cacheClusters: _, ...frame } = farm;
  writeFileSync(join(state, 'farm.json'), JSON.stringify(frame));
  const searchPath = `${standIns(state, { hz, nice, fences })}:${process.env.PATH}`;
  let waits = () => 0;
  const backOff = {
    get firstMs() {
      return waits();
    },
    baseMs: 0,
    maxMs: 0,
  };
  /** A container that ends from now on is started again after so many seconds, each next one so many ms later. */
  const stayAway = (seconds, apartMs = 0) => {
    let ended = 0;
    waits = () => seconds * 1_000 + apartMs * ended++;
  };
  const embedded = await EmbeddedFarm.start({
    dist,
    state,
    log: () => undefined,
    cachefarm: PROGRAM,
    searchPath,
    backOff,
  });
  const access = accessEmbedded(embedded);
  const running = { farm, state, stayAway, embedded, access };
  try {
    const started = now();
    await embedded.ready(timeoutMs);
    if (periods.length > 0) await setPeriods(access, periods, timeoutMs);
    const seeding = now();
    const { settled, progress } = await seedFarm(access, { timeoutMs });
    const seconds = [seeding - started, now() - seeding].map((ms) => (ms / 1_000).toFixed(1));
    say(`all pods ready after ${seconds[0]} s, seeded in ${seconds[1]} s: ${JSON.stringify(progress)}`);
    if (!settled) throw new Error('the farm could not be seeded');
    return running;
  } catch (error) {
    await stopFarm(running);
    throw error;
  }
}

/** Where hundreds of servers have just begun, one may take its time to answer: it is asked until it has. */
async function setPeriods(access, periods, timeoutMs) {
  const { groups } = await access.observe();
  const told = (address) =>
    access.connections
      .use(address, (redis) => redis.call('SENTINEL', 'DEBUG', ...periods.map(String)))
      .catch(() => undefined);
  for (const { address } of groups.flatMap(({ sentinels }) => sentinels))
    await until(`${address} to take its periods`, () => told(address), timeoutMs);
}

export async function stopFarm({ access, embedded, state }) {
  access.close();
  await embedded.stop();
  rmSync(state, { recursive: true, force: true });
}

/** A running farm that a benchmark looks at as Barn does. */
export class ObservedFarm {
  constructor(running) {
    Object.assign(this, running);
  }

  async look() {
    const world = await this.access.observe();
    const declared = declaredIn(this.embedded.frame, world);
    return { world, declared, facts: deriveFacts(declared, world) };
  }
}

export class BenchFarm extends ObservedFarm {
  static async start(say) {
    return new BenchFarm(await startFarm(farm, { say, timeoutMs: 60_000 }));
  }

  /** What an application is told: its cache clusters and their sentinels. */
  async applications() {
    const { world } = await this.look();
    const sentinels = world.groups.flatMap((group) => group.sentinels.map(({ address }) => splitAddress(address)));
    return CLUSTERS.map((cluster) => ({ ...cluster, sentinels, password: this.access.credentials.application }));
  }

  async podOf(partition) {
    const { facts } = await this.look();
    const found = facts.podAt.get(facts.partitions.find(({ name }) => name === partition)?.agreed ?? '');
    if (!found) throw new Error(`${partition} is nowhere`);
    return found;
  }

  /** Partitions whose pod is on a machine. */
  async partitionsOn(machine) {
    const { facts } = await this.look();
    return new Set(
      facts.partitions
        .filter(({ agreed }) => facts.podAt.get(agreed ?? '')?.machine === machine)
        .map(({ name }) => name),
    );
  }

  /** Every pod runs, all partitions serve, are named by all and armed, and Barn has nothing to do. */
  async whole(barn, timeoutMs = 60_000) {
    const from = now();
    let last = '';
    const holds = async () => {
      if (!barn.quietSince(from)) return false;
      const { world, declared, facts } = await this.look();
      const { declared: all, serving, named, armed, toArm } = measureProgress(declared, facts);
      const down = world.pods.filter(({ instance }) => instance.state !== 'up').map(({ name }) => name);
      last = JSON.stringify({ all, serving, named, armed, toArm, down });
      return serving === all && named === all && armed === toArm && down.length === 0;
    };
    try {
      await until('the farm to be whole', holds, timeoutMs, 50);
    } catch (error) {
      const doing = barn.since(now() - 3_000).map((event) => JSON.stringify(event));
      throw new Error(`${error.message}: ${last}\n${doing.join('\n')}`);
    }
  }

  async stop() {
    await stopFarm(this);
  }
}
