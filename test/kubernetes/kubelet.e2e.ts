/**
 * What the process-running machines of the rig do of a kubelet's work, and what they do not.
 *
 * | subject | emulated | not emulated |
 * |---|---|---|
 * | Node | labels, capacity, address, conditions, Lease; NotReady after silence; Ready again | pressure, eviction, images, device plug-ins |
 * | containers | init, native sidecars, main ones, in order; restart policy and back-off (short); restartCount, state, lastState | images (programs of this machine run), cgroups and limits, users, capabilities, read-only roots, OOMKilled |
 * | programs | commands; redis_exporter and cachefarm for their images; a missing exporter is said to run | entrypoints of other images |
 * | environment | value, $(VAR), ConfigMap, Secret, downward API; KUBERNETES_SERVICE_HOST and _PORT are the API server's own | resourceFieldRef, Service links |
 * | volumes | ConfigMap, Secret, projected (with token), downward API: followed at once; emptyDir; a claim is a folder | size limits, subPathExpr, hostPath, CSI |
 * | mount paths | replaced in commands, arguments and environment; Node programs find their token | mount namespaces: other hard-coded paths |
 * | probes | exec, tcpSocket, httpGet; thresholds; the first success is asked for sooner than the period | grpc; grace of a failed liveness probe (it is SIGKILL) |
 * | deletion | grace, preStop exec, sidecars last, DELETE with the uid; force; a dead machine's pods stay | postStart, preStop httpGet |
 * | status | phase, PodScheduled, Initialized, ContainersReady, Ready, statuses, hostIP, podIP, startTime | readiness gates, resize, observedGeneration |
 * | network | the machine's address 127.x.y.z for every pod, hostNetwork or not; names of annotated headless Services | pod network, ClusterIP, cluster DNS, NetworkPolicy; EndpointSlices (the API server refuses loopback addresses) |
 * | failures | machine down, machine cut from its API server, hung and killed containers | partitions between machines |
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { until } from '../local/until.js';
import { startControlPlane } from './rig/control-plane.js';
import type { ControlPlane } from './rig/control-plane-options.js';
import { type Machines, startMachines } from './rig/kubelet.js';
import { APPLY, isRefusal, KubeHttp, MERGE } from './rig/kubelet-http.js';
import { sidecarFlags } from './rig/sidecar-gate.js';

interface State {
  readonly running?: { readonly startedAt: string };
  readonly waiting?: { readonly reason: string };
  readonly terminated?: { readonly exitCode: number; readonly reason: string };
}
interface ContainerStatus {
  readonly name: string;
  readonly ready: boolean;
  readonly started?: boolean;
  readonly restartCount: number;
  readonly state: State;
  readonly lastState: State;
}
interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}
interface LivePod {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly deletionTimestamp?: string;
  };
  readonly spec: { readonly nodeName?: string };
  readonly status: {
    readonly phase: string;
    readonly conditions?: readonly Condition[];
    readonly containerStatuses?: readonly ContainerStatus[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
    readonly hostIP?: string;
    readonly podIP?: string;
    readonly podIPs?: readonly { readonly ip: string }[];
    readonly startTime?: string;
  };
}
interface LiveNode {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
  readonly spec: { readonly taints?: readonly { readonly key: string; readonly effect: string }[] };
  readonly status: {
    readonly conditions: readonly Condition[];
    readonly addresses: readonly unknown[];
    readonly allocatable: Readonly<Record<string, string>>;
  };
}

const NAMESPACE = 'rig';
const CORE = `/api/v1/namespaces/${NAMESPACE}`;
const PODS = `${CORE}/pods`;
const SETS = `/apis/apps/v1/namespaces/${NAMESPACE}/statefulsets`;
const JOBS = `/apis/batch/v1/namespaces/${NAMESPACE}/jobs`;
const ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';
const SLEEPER = ['sh', '-c', 'trap "exit 0" TERM; while :; do sleep 0.1; done'];

const folder = mkdtempSync(join(tmpdir(), 'cf-kl-'));
let plane: ControlPlane;
let machines: Machines;
let http: KubeHttp;
const told: string[] = [];

beforeAll(async () => {
  plane = await startControlPlane({
    datacenter: 'a',
    folder: join(folder, 'a'),
    nodeGraceSeconds: 4,
    flags: sidecarFlags(),
  });
  http = new KubeHttp({ url: plane.url, caData: plane.caData, token: plane.adminToken });
  machines = await startMachines({
    kubeClusters: [{ controlPlane: plane, machines: ['m1', 'm2'].map((name) => ({ name, memoryBytes: 2 ** 32 })) }],
    folder: join(folder, 'm'),
    log: (line) => told.push(line),
    backOff: { baseMs: 300, maxMs: 1_200 },
    heartbeatMs: 1_000,
  });
  await http.send('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
  await until('the default service account is there', () => found(`${CORE}/serviceaccounts/default`), 30_000);
});
afterAll(async () => {
  await machines?.stop();
  http?.close();
  await plane?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function found<T>(path: string): Promise<T | undefined> {
  return http.get<T>(path).catch((error: unknown) => {
    if (isRefusal(error, 404)) return undefined;
    throw error;
  });
}
const pod = (name: string): Promise<LivePod> => http.get(`${PODS}/${name}`);
const node = (name: string): Promise<LiveNode> => http.get(`/api/v1/nodes/${name}`);
const condition = (of: { status: { conditions?: readonly Condition[] } } | undefined, type: string) =>
  of?.status.conditions?.find((one) => one.type === type);
const isReady = async (name: string): Promise<boolean> =>
  condition(await found<LivePod>(`${PODS}/${name}`), 'Ready')?.status === 'True';
const main = async (name: string): Promise<ContainerStatus | undefined> =>
  (await found<LivePod>(`${PODS}/${name}`))?.status.containerStatuses?.[0];
const remove = (path: string, options: object = {}) =>
  http.send('DELETE', path, { apiVersion: 'v1', kind: 'DeleteOptions', ...options });

type Manifest = Readonly<Record<string, unknown>>;
const container = (command: readonly string[], more: Manifest = {}) => ({
  name: 'main',
  image: 'example/main:1',
  command,
  ...more,
});
const make = (name: string, spec: Manifest) =>
  http.send('POST', PODS, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: name } },
    spec: { terminationGracePeriodSeconds: 2, hostNetwork: true, ...spec },
  });
const run = (name: string, command: readonly string[], more: Manifest = {}, spec: Manifest = {}) =>
  make(name, { containers: [container(command, more)], ...spec });
const apply = (path: string, object: Manifest) =>
  http.send('PATCH', `${path}?fieldManager=e2e&force=true`, object, APPLY);
const set = (name: string, version: string, replicas = 2): Manifest => ({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name },
  spec: {
    ...{ replicas, serviceName: '', podManagementPolicy: 'Parallel', updateStrategy: { type: 'OnDelete' } },
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: {
        ...{ terminationGracePeriodSeconds: 2, hostNetwork: true },
        containers: [container(SLEEPER, { env: [{ name: 'VERSION', value: version }] })],
      },
    },
  },
});
const said = (name: string, text: string | RegExp, which?: string) => () =>
  text instanceof RegExp ? text.test(machines.logs('a', name, which)) : machines.logs('a', name, which).includes(text);

describe('a machine', () => {
  test('is a Node with its labels, room and address, kept Ready by its Lease', async () => {
    const { metadata, status, spec } = await node('m1');
    expect(metadata.labels).toMatchObject({ 'kubernetes.io/hostname': 'm1', 'topology.kubernetes.io/zone': 'a' });
    expect(status.allocatable).toMatchObject({ cpu: '16', memory: String(2 ** 32), pods: '110' });
    expect(status.addresses).toContainEqual({ type: 'InternalIP', address: machines.machines[0]?.address });
    await until('no taints', async () => ((await node('m1')).spec.taints ?? []).length === 0);
    expect(spec.taints?.filter(({ effect }) => effect === 'NoExecute') ?? []).toEqual([]);
    const lease = () =>
      http.get<{ spec: { renewTime: string } }>('/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/m1');
    const before = (await lease()).spec.renewTime;
    await until('renewed', async () => (await lease()).spec.renewTime > before);
  });
});

describe('a pod', () => {
  test('gets its environment and its volumes, and files that follow their objects', async () => {
    const object = (kind: string, data: Manifest) => ({ apiVersion: 'v1', kind, metadata: { name: 'given' }, ...data });
    await http.send('POST', `${CORE}/configmaps`, object('ConfigMap', { data: { word: 'one' } }));
    await http.send('POST', `${CORE}/secrets`, object('Secret', { stringData: { key: 'hidden' } }));
    const script =
      'echo "$WHERE on $NODE: $WORD $HIDDEN"; cat /etc/secret/key /etc/names/labels; echo kept > /run/x/f; cat /run/x/f; ' +
      'while :; do cat /etc/given/word; echo; sleep 0.1; done';
    const env = [
      { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.hostIP' } } },
      { name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
      { name: 'WHERE', value: '$(IP):1' },
      { name: 'WORD', valueFrom: { configMapKeyRef: { name: 'given', key: 'word' } } },
      { name: 'HIDDEN', valueFrom: { secretKeyRef: { name: 'given', key: 'key' } } },
    ];
    const volumes = [
      { name: 'given', configMap: { name: 'given' } },
      { name: 'secret', secret: { secretName: 'given' } },
      {
        name: 'names',
        downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: "metadata.labels['app']" } }] },
      },
      { name: 'x', emptyDir: { medium: 'Memory' } },
    ];
    const volumeMounts = [
      { name: 'given', mountPath: '/etc/given' },
      { name: 'secret', mountPath: '/etc/secret' },
      { name: 'names', mountPath: '/etc/names' },
      { name: 'x', mountPath: '/run/x' },
    ];
    await run('given', ['sh', '-c', script], { env, volumeMounts }, { volumes });
    await until('its file is read', said('given', /^one$/m));
    // What a container says may be there before its status is.
    await until('its status is told', async () => (await pod('given')).status?.hostIP !== undefined);
    const { spec, status } = await pod('given');
    expect(machines.logs('a', 'given')).toContain(
      `${status.hostIP}:1 on ${spec.nodeName}: one hidden\nhiddengivenkept\n`,
    );
    await http.send('PATCH', `${CORE}/configmaps/given`, { data: { word: 'two' } }, MERGE);
    await until('the change is read', said('given', /^two$/m));
  });

  test('reaches the API server as its service account, by the places every client looks at', async () => {
    const program = `
      const fs = require('node:fs'), https = require('node:https');
      const read = (file) => fs.readFileSync('/var/run/secrets/' + 'kubernetes.io/serviceaccount/' + file, 'utf8');
      const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = process.env;
      const headers = { authorization: 'Bearer ' + read('token'), 'content-type': 'application/json' };
      const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
      const asked = https.request({ host, port, path, method: 'POST', headers, ca: read('ca.crt') }, (answer) => {
        answer.on('data', (chunk) => process.stdout.write(chunk)).on('end', () => setInterval(() => {}, 1e6));
      });
      asked.end(JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }));`;
    const containers = [
      container(['node', '-e', program]),
      { ...container(['sh', '-c', `cat ${ACCOUNT}/namespace; ${SLEEPER[2]}`]), name: 'shell' },
    ];
    await make('caller', { containers });
    await until('it was answered', said('caller', `system:serviceaccount:${NAMESPACE}:default`, 'main'), 20_000);
    await until('its namespace is there', said('caller', NAMESPACE, 'shell'));
  });

  test('has its init containers, then its sidecars, then its containers; deleted, the sidecars end last', async () => {
    const last = (word: string, before = '') =>
      `${before}echo ${word} >> /run/x/order; trap 'date +%s%N; exit 0' TERM; while :; do sleep 0.1; done`;
    const x = { volumeMounts: [{ name: 'x', mountPath: '/run/x' }] };
    const startupProbe = {
      exec: { command: ['grep', 'side', '/run/x/order'] },
      periodSeconds: 1,
      failureThreshold: 60,
    };
    const initContainers = [
      { ...container(['sh', '-c', 'echo init >> /run/x/order'], x), name: 'init' },
      {
        ...container(['sh', '-c', last('side', 'sleep 0.5; ')], x),
        name: 'side',
        restartPolicy: 'Always',
        startupProbe,
      },
    ];
    const containers = [container(['sh', '-c', `cat /run/x/order; ${last('main')}`], x)];
    await make('order', { initContainers, containers, volumes: [{ name: 'x', emptyDir: {} }] });
    await until('ready', () => isReady('order'));
    await until('it has read', said('order', /side\n/, 'main'));
    expect(machines.logs('a', 'order', 'main')).toBe('init\nside\n');
    const { initContainerStatuses = [] } = (await pod('order')).status;
    const [init, side] = initContainerStatuses;
    expect(init).toMatchObject({ ready: true, state: { terminated: { exitCode: 0, reason: 'Completed' } } });
    expect(side).toMatchObject({ ready: true, started: true, state: { running: {} } });
    await remove(`${PODS}/order`);
    await until('gone', async () => !(await found(`${PODS}/order`)));
    const ended = (which: string) => BigInt(machines.logs('a', 'order', which).trim().split('\n').at(-1) ?? '');
    expect(ended('side')).toBeGreaterThan(ended('main'));
  });

  test('is ready when its probes say so, and says which container is not', async () => {
    const x = { volumes: [{ name: 'x', emptyDir: {} }] };
    const readinessProbe = { exec: { command: ['test', '-e', '/run/x/ready'] }, periodSeconds: 1, failureThreshold: 1 };
    const script = 'trap "touch /run/x/ready" USR1; trap "rm /run/x/ready" USR2; echo up; while :; do sleep 0.1; done';
    const volumeMounts = [{ name: 'x', mountPath: '/run/x' }];
    await run('probed', ['sh', '-c', script], { readinessProbe, volumeMounts }, x);
    await until('it runs', async () => (await pod('probed')).status.phase === 'Running');
    await until('it hears signals', said('probed', 'up'));
    const ready = condition(await pod('probed'), 'Ready');
    expect(ready).toMatchObject({ status: 'False', reason: 'ContainersNotReady' });
    expect(ready?.message).toBe('containers with unready status: [main]');
    machines.killContainer('a', 'probed', 'main', 'SIGUSR1');
    await until('ready', () => isReady('probed'));
    expect(condition(await pod('probed'), 'Ready')?.message).toBeUndefined();
    machines.killContainer('a', 'probed', 'main', 'SIGUSR2');
    await until('not ready', async () => !(await isReady('probed')));
  });

  test('is restarted in place when its liveness probe fails', async () => {
    const livenessProbe = { exec: { command: ['false'] }, periodSeconds: 1, failureThreshold: 2 };
    await run('unhealthy', SLEEPER, { livenessProbe });
    await until('restarted', async () => ((await main('unhealthy'))?.restartCount ?? 0) > 0, 15_000);
    expect((await main('unhealthy'))?.lastState.terminated).toMatchObject({ exitCode: 137, reason: 'Error' });
  });

  test('that keeps failing is in CrashLoopBackOff, longer each time', async () => {
    await run('crashing', ['sh', '-c', 'date +%s%N; exit 3']);
    await until('it waits', async () => (await main('crashing'))?.state.waiting?.reason === 'CrashLoopBackOff');
    await until('four starts', () => machines.logs('a', 'crashing').split('\n').length > 4);
    await until('the fourth is told', async () => ((await main('crashing'))?.restartCount ?? 0) >= 3);
    const status = await main('crashing');
    expect(status?.lastState.terminated).toMatchObject({ exitCode: 3, reason: 'Error' });
    expect((await pod('crashing')).status.phase).toBe('Running');
    const [, second = 0, third = 0, fourth = 0] = machines
      .logs('a', 'crashing')
      .split('\n')
      .map((at) => Number(at) / 1e6);
    expect(third - second).toBeGreaterThanOrEqual(300);
    expect(fourth - third).toBeGreaterThanOrEqual(600);
    await remove(`${PODS}/crashing`);
  });

  test('waits for a ConfigMap that is not there', async () => {
    const x = { volumes: [{ name: 'x', configMap: { name: 'later' } }] };
    await run('patient', SLEEPER, { volumeMounts: [{ name: 'x', mountPath: '/x' }] }, x);
    await until('seen', async () => (await main('patient'))?.state.waiting?.reason === 'ContainerCreating');
    const later = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'later' }, data: {} };
    await http.send('POST', `${CORE}/configmaps`, later);
    await until('ready', () => isReady('patient'));
  });

  test('has the status fields of a kubelet', async () => {
    await run('status', SLEEPER);
    await until('ready', () => isReady('status'));
    const { spec, status } = await pod('status');
    const address = machines.machines.find(({ name }) => name === spec.nodeName)?.address;
    expect(status).toMatchObject({ phase: 'Running', hostIP: address, podIP: address, podIPs: [{ ip: address }] });
    expect(Date.parse(status.startTime ?? '')).toBeLessThanOrEqual(Date.now());
    const types = ['PodScheduled', 'Initialized', 'ContainersReady', 'Ready'];
    expect(types.map((type) => condition({ status }, type)?.status)).toEqual(types.map(() => 'True'));
    expect(status.containerStatuses).toMatchObject([
      { name: 'main', ready: true, started: true, restartCount: 0, state: { running: {} }, lastState: {} },
    ]);
  });

  test('that is deleted has its grace, and its object stays until its processes are gone', async () => {
    await run('deaf', ['sh', '-c', 'trap "" TERM; echo up; while :; do sleep 0.1; done']);
    await until('ready', () => isReady('deaf'));
    await until('it is deaf', said('deaf', 'up'));
    const pid = machines.pidOf('a', 'deaf', 'main') ?? 0;
    const start = Date.now();
    await remove(`${PODS}/deaf`);
    expect((await pod('deaf')).metadata.deletionTimestamp).toBeDefined();
    await until('gone', async () => !(await found(`${PODS}/deaf`)));
    expect(Date.now() - start).toBeGreaterThanOrEqual(1_900);
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  test('that is deleted by force is gone at once, and so are its processes', async () => {
    await run('forced', SLEEPER);
    await until('ready', () => isReady('forced'));
    const pid = machines.pidOf('a', 'forced', 'main') ?? 0;
    await remove(`${PODS}/forced`, { gracePeriodSeconds: 0 });
    expect(await found(`${PODS}/forced`)).toBeUndefined();
    await until('no process', () => {
      try {
        return !process.kill(pid, 0);
      } catch {
        return true;
      }
    });
  });
});

describe('a Job', () => {
  const job = (name: string, script: string): Manifest => ({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name },
    spec: {
      backoffLimit: 0,
      template: { spec: { restartPolicy: 'Never', containers: [container(['sh', '-c', script])] } },
    },
  });
  const outcome = async (name: string): Promise<string | undefined> =>
    (await http.get<LivePod>(`${JOBS}/${name}`)).status.conditions?.find(
      ({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True',
    )?.type;

  test('is complete when its pod ends well, and failed when it does not', async () => {
    await http.send('POST', JOBS, job('good', 'echo done'));
    await http.send('POST', JOBS, job('bad', 'exit 7'));
    await until('complete', async () => (await outcome('good')) === 'Complete', 20_000);
    await until('failed', async () => (await outcome('bad')) === 'Failed', 20_000);
  });
});

describe('a StatefulSet', () => {
  interface SetStatus {
    readonly status: {
      readonly updatedReplicas?: number;
      readonly readyReplicas?: number;
      readonly currentRevision: string;
      readonly updateRevision: string;
    };
  }
  const statusOf = async (name: string) => (await http.get<SetStatus>(`${SETS}/${name}`)).status;
  const uids = async (name: string) => Promise.all([0, 1].map(async (n) => (await pod(`${name}-${n}`)).metadata.uid));

  test('with OnDelete moves no pod when its template changes; a deleted pod comes back new; status counts the old ones', async () => {
    await apply(`${SETS}/held`, set('held', 'one'));
    await until('ready', async () => (await statusOf('held')).readyReplicas === 2);
    const before = await uids('held');
    await apply(`${SETS}/held`, set('held', 'two'));
    await until('it knows', async () => {
      const { currentRevision, updateRevision } = await statusOf('held');
      return currentRevision !== updateRevision;
    });
    expect(await uids('held')).toEqual(before);
    expect((await statusOf('held')).updatedReplicas ?? 0).toBe(0);
    await remove(`${PODS}/held-1`);
    await until('a new one is ready', async () => {
      const { updatedReplicas, readyReplicas } = await statusOf('held');
      return updatedReplicas === 1 && readyReplicas === 2;
    });
    const [first, second] = await uids('held');
    expect(first).toBe(before[0]);
    expect(second).not.toBe(before[1]);
    const { updateRevision } = await statusOf('held');
    expect((await pod('held-1')).metadata.labels['controller-revision-hash']).toBe(updateRevision);
    expect((await pod('held-0')).metadata.labels['controller-revision-hash']).not.toBe(updateRevision);
  });

  test('keeps its pod on a machine that is down, and has it back in place with the machine', async () => {
    await apply(`${SETS}/stays`, set('stays', 'one', 1));
    await until('ready', () => isReady('stays-0'));
    const before = await pod('stays-0');
    const machine = before.spec.nodeName ?? '';
    await machines.stopMachine(machine);
    await until('NotReady', async () => condition(await node(machine), 'Ready')?.status === 'Unknown', 20_000);
    await until('its pod is not Ready', async () => !(await isReady('stays-0')));
    expect((await pod('stays-0')).metadata).toMatchObject({ uid: before.metadata.uid });
    // Deleted without force it can only wait for the machine.
    await run('waits', SLEEPER, {}, { nodeName: machine });
    await remove(`${PODS}/waits`);
    machines.startMachine(machine);
    await until('Ready', async () => condition(await node(machine), 'Ready')?.status === 'True', 20_000);
    await until('its pod is Ready', () => isReady('stays-0'), 20_000);
    const after = await pod('stays-0');
    expect(after.metadata.uid).toBe(before.metadata.uid);
    expect(after.status.containerStatuses?.[0]).toMatchObject({
      restartCount: 1,
      lastState: { terminated: { exitCode: 137 } },
    });
    await until('the deleted one is gone', async () => !(await found(`${PODS}/waits`)));
    await until('no taints', async () => ((await node(machine)).spec.taints ?? []).length === 0, 20_000);
  });
});

describe('the API server and a machine', () => {
  test('that lose each other: NotReady, while the processes go on as they were', async () => {
    await run('cut', SLEEPER);
    await until('ready', () => isReady('cut'));
    const machine = (await pod('cut')).spec.nodeName ?? '';
    const pid = machines.pidOf('a', 'cut', 'main');
    machines.cutMachine(machine);
    await until('NotReady', async () => condition(await node(machine), 'Ready')?.status === 'Unknown', 20_000);
    machines.mendMachine(machine);
    await until('Ready', async () => condition(await node(machine), 'Ready')?.status === 'True', 20_000);
    await until('its pod is Ready', () => isReady('cut'));
    expect(machines.pidOf('a', 'cut', 'main')).toBe(pid);
    expect((await main('cut'))?.restartCount).toBe(0);
  });

  test('go on together when the API server was killed', async () => {
    await run('through', SLEEPER);
    await until('ready', () => isReady('through'));
    const pid = machines.pidOf('a', 'through', 'main');
    await plane.restart('kube-apiserver');
    await until('it answers', () => isReady('through').catch(() => false), 30_000);
    expect(machines.pidOf('a', 'through', 'main')).toBe(pid);
    await run('after', SLEEPER);
    await until('a new pod runs', () => isReady('after'), 30_000);
    await until('all machines are Ready', async () =>
      (await Promise.all(['m1', 'm2'].map(node))).every((one) => condition(one, 'Ready')?.status === 'True'),
    );
  });
});
