/**
 * Failures of everything there is, one after another, on one farm in three real KubeClusters, while an application writes to every partition every
 * 20 ms. Each row of the table is one failure: from the moment it happens until the farm is whole again, the repair included.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { LEASE_MS } from '../../src/act/kube-lease.js';
import { NAME } from '../../src/farm/words.js';
import { smallFarm } from '../builders/running-farm.js';
import { until } from '../local/until.js';
import { CONTROL_PLANE_PROCESSES, type ControlPlaneProcess } from './rig/control-plane-options.js';
import { kubectlOf } from './rig/kubectl.js';
import { MERGE } from './rig/kubelet-http.js';
import { type PodPlace, Stage } from './rig/stage.js';
import { circumstances, percentile, publish, tableText } from './rig/table.js';
import { OUTAGE_MS } from './rig/traffic.js';

interface Failure {
  /** before the farm is looked at and anything is counted */
  readonly prepare?: (stage: Stage) => Promise<void>;
  readonly fail: (stage: Stage) => Promise<Repair>;
  /** how long after the start of an outage a status may still say Ready; @default LATE_MS */
  readonly lateMs?: number;
}
type Repair = () => Promise<void> | void;

/** Sentinel takes a second to call a pod dead, Barn as much again to see it and to say it. */
const LATE_MS = 3_000;
/** Barn waits 3 s for the answer of a pod that hangs, and says nothing new before. */
const LATE_HUNG_MS = LATE_MS + 3_000;
/** With the leader the one who says it is gone; the next one leads when the Leases have run out. */
const LATE_WITHOUT_LEADER_MS = LATE_MS + LEASE_MS + 2_000;
/** Long enough for what comes late: a machine is given up 6 s after its last heartbeat. */
const WATCHED_MS = 8_000;
const nothing: Repair = () => undefined;

let stage: Stage;
const rows: (readonly string[])[] = [];

const killProcess =
  (datacenter: string, name: ControlPlaneProcess): Failure['fail'] =>
  async ({ running }) => {
    await running.rig.plane(datacenter).kill(name);
    return () => running.rig.plane(datacenter).restart(name);
  };

/** A Redis process of this datacenter that serves; of any when there is none. */
async function killServing(at: Stage, datacenter?: string): Promise<void> {
  const there = (): Promise<PodPlace> =>
    at.servingPod((pod) => datacenter === undefined || pod.datacenter === datacenter);
  at.killRedis(await there().catch(() => at.servingPod()));
}

async function stopServingMachine(at: Stage): Promise<Repair> {
  const leader = at.machineOf(await at.theLeader());
  const { machine } = await at.servingPod((pod) => pod.machine !== leader);
  await at.running.machines.stopMachine(machine);
  return () => at.running.machines.startMachine(machine);
}

/** Neither heartbeats nor answers, and connections stay open: as when its power or its cable is gone. Wakes up with all it had. */
async function hangServingMachine(at: Stage): Promise<Repair> {
  const leader = at.machineOf(await at.theLeader());
  const { machine, datacenter } = await at.servingPod((pod) => pod.machine !== leader);
  const { machines } = at.running;
  const containers = machines
    .pods(datacenter)
    .filter((kept) => kept.machine.name === machine)
    .flatMap(({ pod }) => pod.containers.map(({ spec }) => [pod.name, spec.name] as const));
  machines.cutMachine(machine);
  for (const [pod, container] of containers) machines.pauseContainer(datacenter, pod, container);
  return () => {
    for (const [pod, container] of containers) machines.resumeContainer(datacenter, pod, container);
    machines.mendMachine(machine);
  };
}

/** The scheduler is dead when a pod that serves is deleted: the pod has no machine until the scheduler is back. */
async function deleteWithoutScheduler(at: Stage): Promise<Repair> {
  const { datacenter, name } = await at.servingPod();
  const plane = at.running.rig.plane(datacenter);
  await plane.kill('kube-scheduler');
  await at.running.http(datacenter).send('DELETE', `/api/v1/namespaces/${at.running.farm.namespace}/pods/${name}`);
  return () => plane.restart('kube-scheduler');
}

const withRedis =
  (fail: (at: Stage) => Promise<{ readonly repair: Repair; readonly datacenter?: string }>): Failure['fail'] =>
  async (at) => {
    const { repair, datacenter } = await fail(at);
    await killServing(at, datacenter);
    return repair;
  };

async function killPlaneProcess(at: Stage, datacenter: string, name: ControlPlaneProcess) {
  return { repair: await killProcess(datacenter, name)(at), datacenter };
}

async function stopDatacenter(at: Stage): Promise<Repair> {
  const { datacenter } = await at.theLeader();
  const { rig, machines } = at.running;
  const plane = rig.plane(datacenter);
  const own = machines.machines.filter((machine) => machine.datacenter === datacenter);
  await Promise.all([
    ...own.map(({ name }) => machines.stopMachine(name)),
    ...CONTROL_PLANE_PROCESSES.map((name) => plane.kill(name)),
  ]);
  return async () => {
    for (const name of CONTROL_PLANE_PROCESSES) await plane.restart(name);
    for (const { name } of own) machines.startMachine(name);
  };
}

/** What every Barn says to API servers and sentinels goes through relays from now on, one network for each Barn. */
async function relayBarns(at: Stage): Promise<void> {
  for (const { name } of at.running.farm.datacenters)
    await at.span(name, [...at.apiServers(), ...(await at.sentinels())]);
  for (const barn of at.barns()) at.killBarn(barn);
}

/** Nothing passes any more between the leader and these addresses, connections stay open; a Redis process is killed. */
const cutLeader =
  (addressesOf: (at: Stage, leader: PodPlace) => Promise<readonly string[]>): Failure['fail'] =>
  async (at) => {
    const leader = await at.theLeader();
    const network = await at.span(leader.datacenter, []);
    network.silence(await addressesOf(at, leader));
    await killServing(at);
    return () => network.mend();
  };

/** Somebody writes a follower's name over the leader's: for as long as the old leader does not look, both act. */
async function stealLease(at: Stage): Promise<Repair> {
  const leader = await at.theLeader();
  const thief = at.barns().find(({ datacenter }) => datacenter !== leader.datacenter);
  const { farm, http } = at.running;
  const spec = { holderIdentity: `${thief?.datacenter}/${thief?.name}` };
  const path = `/apis/coordination.k8s.io/v1/namespaces/${farm.namespace}/leases/${NAME.barn}`;
  await Promise.all(farm.datacenters.map(({ name }) => http(name).send('PATCH', path, { spec }, MERGE)));
  // The old leader looks once a second, the new one more often: one of these finds both acting.
  for (const { name } of farm.datacenters) {
    await killServing(at, name);
    await delay(250);
  }
  return nothing;
}

const CUTS: Readonly<Record<string, Failure>> = {
  'the leader is cut from an API server; a Redis process': {
    prepare: relayBarns,
    fail: cutLeader(async (at, { datacenter }) => at.apiServers((name) => name !== datacenter).slice(0, 1)),
  },
  'the leader is cut from all sentinels; a Redis process': {
    fail: cutLeader((at) => at.sentinels()),
    lateMs: LATE_WITHOUT_LEADER_MS,
  },
  'the leader is cut from API servers and sentinels; a Redis process': {
    fail: cutLeader(async (at) => [...at.apiServers(), ...(await at.sentinels())]),
    lateMs: LATE_WITHOUT_LEADER_MS,
  },
};

const FAILURES: Readonly<Record<string, Failure>> = {
  'nothing (how still the rig is)': { fail: async () => nothing },
  'a Redis process': {
    fail: async (at) => {
      await killServing(at);
      return nothing;
    },
  },
  'a machine: its processes end, no heartbeats': { fail: stopServingMachine },
  'a machine that hangs: no heartbeats, no answers': { fail: hangServingMachine, lateMs: LATE_HUNG_MS },
  'a scheduler; a serving pod is deleted': { fail: deleteWithoutScheduler },
  'an API server; a Redis process there': { fail: withRedis((at) => killPlaneProcess(at, 'b', 'kube-apiserver')) },
  'an API server hangs; a Redis process there': {
    fail: withRedis(async ({ running: { rig } }) => {
      rig.plane('b').pause('kube-apiserver');
      return { repair: () => rig.plane('b').resume('kube-apiserver'), datacenter: 'b' };
    }),
  },
  'an etcd; a Redis process there': { fail: withRedis((at) => killPlaneProcess(at, 'c', 'etcd')) },
  'the leading Barn; a Redis process': {
    fail: withRedis(async (at) => {
      at.killBarn(await at.theLeader());
      return { repair: nothing };
    }),
    lateMs: LATE_WITHOUT_LEADER_MS,
  },
  'a following Barn; a Redis process': {
    fail: withRedis(async (at) => {
      const leader = await at.theLeader();
      const follower = at.barns().find(({ datacenter }) => datacenter !== leader.datacenter);
      if (follower) at.killBarn(follower);
      return { repair: nothing };
    }),
  },
  'the Leases are stolen: two Barns lead; three Redis processes': { fail: stealLease },
  "a whole datacenter, the leader's": { fail: stopDatacenter, lateMs: LATE_WITHOUT_LEADER_MS },
  ...CUTS,
};

/** What a person sees of it. */
function showObjects(): void {
  const shown = stage.running.rig.planes.map((plane) => {
    const { status, stdout, stderr } = kubectlOf(plane, stage.folder)('get', 'cachecluster,sts,pods', '-o', 'wide');
    if (status !== 0) throw new Error(stderr);
    return `$ kubectl --context ${plane.context} get cachecluster,sts,pods -o wide\n${stdout.replace(/ +$/gm, '').trim()}`;
  });
  publish('objects', 'The rig, as kubectl shows it', shown.join('\n\n'));
}

beforeAll(async () => {
  stage = await Stage.start(smallFarm());
  showObjects();
}, 300_000);

afterAll(async () => {
  const versions = stage?.running.rig.planes[0]?.versions ?? {};
  await stage?.stop();
  if (rows.length === 0) return;
  const head = [
    'failure',
    'hit',
    'p50',
    'p99',
    'max',
    'whole after',
    'double',
    'wrong',
    'shared',
    'Ready too long',
    'the status said',
  ];
  const said = [
    `8 partitions, 24 pods, a write to each every 20 ms. ${circumstances(versions)}`,
    `hit: partitions without an acknowledged write for more than ${OUTAGE_MS} ms; p50, p99, max: the longest such time of each partition, ms, over all 8;`,
    'whole after: s until all is as before, repair included; double: pods or addresses bound twice; wrong: writes on a wrong pod, keys on one;',
    'shared: writes on a pod of another partition of the same cache cluster: without Barn, Sentinel may shelter two on one standby, until Barn parts them;',
    'Ready too long: ms into an outage that a status still said Ready=True, 0: never',
  ];
  publish('failures', 'Failures on the rig', `${said.join('\n')}\n\n${tableText([head, ...rows])}`);
}, 60_000);

test.each(Object.keys(FAILURES))(
  '%s',
  async (name) => {
    const { fail, prepare, lateMs = LATE_MS }: Failure = FAILURES[name] ?? { fail: async () => nothing };
    await prepare?.(stage);
    await stage.whole();
    stage.traffic.collect();
    stage.witness.forget();
    stage.status.forget();
    const from = performance.now();
    const repair = await fail(stage);
    try {
      await delay(WATCHED_MS);
      await until('every partition takes writes', () => stage.traffic.flows, 60_000);
    } finally {
      await repair();
    }
    await stage.whole();
    const seconds = (performance.now() - from) / 1_000;
    const { longest, outages, acks, errors } = stage.traffic.collect();
    const wrong = [...stage.witness.writesOn('stranger', acks), ...(await stage.witness.strayKeys())];
    const shared = stage.witness.writesOn('sibling', acks).length;
    const double = await stage.doubleBound();
    const late = stage.status.lateness(outages);
    const hit = new Set(outages.map(({ partition }) => partition)).size;
    const times = [0.5, 0.99, 1].map((share) => String(percentile([...longest.values()], share)));
    const counts = [String(double.length), String(wrong.length), String(shared), String(late)];
    rows.push([name, String(hit), ...times, seconds.toFixed(1), ...counts, stage.status.words().join(', ') || 'Ready']);
    const gaps = outages.map(
      ({ partition, from: start, to }) => `${partition} ${Math.round(to - start)} ms from ${Math.round(start - from)}`,
    );
    process.stdout.write(
      `${rows.at(-1)?.join(' | ')} | ${acks.length} writes, ${errors} refused, ${gaps.join(', ')}; waited for ${stage.waitedFor}\n`,
    );
    expect({ double, wrong: wrong.slice(0, 5) }).toEqual({ double: [], wrong: [] });
    expect(late).toBeLessThan(lateMs);
  },
  300_000,
);
