import { until } from '../../local/until.js';
import { CONTROL_PLANE_PROCESSES, type ControlPlaneProcess } from './control-plane-options.js';
import {
  BRIEF_MS,
  chooseServing,
  type Failure,
  type Failures,
  killServing,
  nothing,
  type Repair,
  repairedBy,
} from './failure.js';
import type { Stage } from './stage.js';

/** Barn calls a KubeCluster unread 5 s after it is lost; that one hangs shows within 5.5 s, the next time it is asked; ms */
const UNREAD_WITHIN_MS = 15_000;

/**
 * A Redis process is killed when a status says that its KubeCluster cannot be read: before that, the rest of the failure has not happened yet.
 * Which pod is chosen first: whoever looks at a KubeCluster that does not answer waits for it.
 */
async function thenRedis(
  at: Stage,
  datacenter: string,
  fail: () => Promise<void> | void,
  mend: () => Promise<void> | void,
): Promise<Repair> {
  const chosen = await chooseServing(at, datacenter);
  await fail();
  const from = performance.now();
  try {
    const isUnread = (): boolean => at.status.words().some((word) => word.includes('DatacenterUnread'));
    await until('a status says that the KubeCluster is unread', isUnread, UNREAD_WITHIN_MS);
  } catch (error) {
    await mend();
    throw error;
  }
  const seconds = ((performance.now() - from) / 1_000).toFixed(1);
  at.killRedis(chosen);
  return async () => {
    await mend();
    return { note: `the status said DatacenterUnread after ${seconds} s, the Redis process was killed then` };
  };
}

const killProcess =
  (datacenter: string, name: ControlPlaneProcess): Failure['fail'] =>
  async (at) => {
    const plane = at.running.rig.plane(datacenter);
    return thenRedis(
      at,
      datacenter,
      () => plane.kill(name),
      () => plane.restart(name),
    );
  };

async function hangApiServer(at: Stage): Promise<Repair> {
  const plane = at.running.rig.plane('b');
  return thenRedis(
    at,
    'b',
    () => plane.pause('kube-apiserver'),
    () => plane.resume('kube-apiserver'),
  );
}

/** A machine with a pod that serves and without the leader; what it serves is struck. */
async function chooseMachine(at: Stage): Promise<{ readonly machine: string; readonly datacenter: string }> {
  const leader = at.machineOf(await at.theLeader());
  const { machine, datacenter } = await at.servingPod((pod) => pod.machine !== leader);
  await at.strike((pod) => pod.machine === machine);
  return { machine, datacenter };
}

async function stopServingMachine(at: Stage): Promise<Repair> {
  const { machine } = await chooseMachine(at);
  await at.running.machines.stopMachine(machine);
  return repairedBy(() => at.running.machines.startMachine(machine));
}

/** Neither heartbeats nor answers, and connections stay open: as when its power or its cable is gone. Wakes up with all it had. */
async function hangServingMachine(at: Stage): Promise<Repair> {
  const { machine, datacenter } = await chooseMachine(at);
  const { machines } = at.running;
  const containers = machines
    .pods(datacenter)
    .filter((kept) => kept.machine.name === machine)
    .flatMap(({ pod }) => pod.containers.map(({ spec }) => [pod.name, spec.name] as const));
  machines.cutMachine(machine);
  for (const [pod, container] of containers) machines.pauseContainer(datacenter, pod, container);
  return repairedBy(() => {
    for (const [pod, container] of containers) machines.resumeContainer(datacenter, pod, container);
    machines.mendMachine(machine);
  });
}

/** The scheduler is dead when a pod that serves is deleted: the pod has no machine until the scheduler is back. */
async function deleteWithoutScheduler(at: Stage): Promise<Repair> {
  const { datacenter, name } = await at.servingPod();
  await at.strike((pod) => pod.name === name && pod.datacenter === datacenter);
  const plane = at.running.rig.plane(datacenter);
  await plane.kill('kube-scheduler');
  await at.running.http(datacenter).send('DELETE', `/api/v1/namespaces/${at.running.farm.namespace}/pods/${name}`);
  return repairedBy(() => plane.restart('kube-scheduler'));
}

/** Machines and control plane at once; the leader's Barn with them. */
export async function stopDatacenter(at: Stage): Promise<Repair> {
  const { datacenter } = await at.theLeader();
  const { rig, machines } = at.running;
  const plane = rig.plane(datacenter);
  const own = machines.machines.filter((machine) => machine.datacenter === datacenter);
  await at.strike((pod) => pod.datacenter === datacenter);
  await Promise.all([
    ...own.map(({ name }) => machines.stopMachine(name)),
    ...CONTROL_PLANE_PROCESSES.map((name) => plane.kill(name)),
  ]);
  return repairedBy(async () => {
    for (const name of CONTROL_PLANE_PROCESSES) await plane.restart(name);
    for (const { name } of own) machines.startMachine(name);
  });
}

/** Processes and machines that end or hang; Barn is not among them. */
export const PROCESS_FAILURES: Failures = {
  'nothing (how still the rig is)': { fail: async () => nothing, rounds: 1 },
  'a Redis process': {
    fail: async (at) => {
      await killServing(at);
      return nothing;
    },
    ...{ rounds: 6, watchedMs: BRIEF_MS, strikes: 1 },
  },
  'a machine: its processes end, no heartbeats': { fail: stopServingMachine, rounds: 2 },
  'a machine that hangs: no heartbeats, no answers': { fail: hangServingMachine, rounds: 1 },
  'a scheduler; a serving pod is deleted': { fail: deleteWithoutScheduler, rounds: 3, watchedMs: BRIEF_MS },
  'an API server; a Redis process there': { fail: killProcess('b', 'kube-apiserver'), rounds: 2, watchedMs: BRIEF_MS },
  'an API server hangs; a Redis process there': { fail: hangApiServer, rounds: 2, watchedMs: BRIEF_MS },
  'an etcd; a Redis process there': { fail: killProcess('c', 'etcd'), rounds: 2, watchedMs: BRIEF_MS },
};
