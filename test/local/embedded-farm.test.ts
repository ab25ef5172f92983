import { existsSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { attach } from '../../src/local/state-lock.js';
import { processesOf } from './processes-of.js';
import { isReady, namesIn, podOf, TestFarms, unschedulable } from './run-farm.js';
import { apart, configMap, statefulSet, writeDist } from './small-dist.js';
import { until } from './until.js';

const farms = new TestFarms();
afterEach(() => farms.end());

const print = (text: string) => ['sh', '-c', `${text}; exec sleep 1000`];

describe('a farm on one machine', () => {
  test('runs every pod of every set on machines of its datacenter, spread evenly', async () => {
    const set = statefulSet({ name: 's', replicas: 3, pod: apart('s') });
    const farm = await farms.run({ machines: 3, datacenters: { a: [set], b: [set] } });
    expect(await namesIn(farm, 'b')).toEqual(['s-0', 's-1', 's-2']);
    expect(farm.machines().map((machine) => machine.name)).toEqual(['a-m1', 'a-m2', 'a-m3', 'b-m1', 'b-m2', 'b-m3']);
    const pod = await podOf(farm, 'b', 's-1');
    expect(pod.spec.nodeName).toBe('b-m2');
    expect(pod.status.hostIP).toMatch(/^127\.\d+\.2\.2$/);
    expect(pod.metadata.labels).toMatchObject({ app: 's', 'statefulset.kubernetes.io/pod-name': 's-1' });
    expect(pod.metadata.labels['controller-revision-hash']).toMatch(/^s-/);
    expect(pod.metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('leaves nothing running when it stops', async () => {
    const farm = await farms.run({
      datacenters: {
        a: [statefulSet({ name: 's', replicas: 2, command: ['sh', '-c', 'sleep 1000 & sleep 1000; :'] })],
      },
    });
    await until('processes run', () => processesOf(farm.state).length >= 7);
    await farm.stop();
    expect(processesOf(farm.state)).toEqual([]);
    expect(existsSync(farm.kubeconfig)).toBe(false);
    expect(attach(farm.state)).toBeUndefined();
  });

  test('ends also a container that ignores SIGTERM', async () => {
    const stubborn = ['sh', '-c', 'trap "" TERM; while :; do sleep 1; done'];
    const farm = await farms.run({
      datacenters: { a: [statefulSet({ name: 's', command: stubborn, pod: { terminationGracePeriodSeconds: 1 } })] },
    });
    await farm.stop();
    expect(processesOf(farm.state)).toEqual([]);
  });

  test('ends also a container that hangs', async () => {
    const farm = await farms.run({ datacenters: { a: [statefulSet({ name: 's' })] } });
    farm.pauseContainer('a', 's-0', 'main');
    await farm.stop();
    expect(processesOf(farm.state)).toEqual([]);
  });

  test('places pods of a higher priority first', async () => {
    const one = { ports: [{ containerPort: 7001 }] };
    const urgent = { kind: 'PriorityClass', metadata: { name: 'urgent' }, value: 10 };
    const sets = [
      statefulSet({ name: 'a', container: one }),
      statefulSet({ name: 'z', container: one, pod: { priorityClassName: 'urgent' } }),
    ];
    const farm = await farms.run({ machines: 1, datacenters: { a: [urgent, ...sets] } }, { wait: false });
    await until('z is ready', async () => isReady(await podOf(farm, 'a', 'z-0')));
    expect(unschedulable(await podOf(farm, 'a', 'a-0'))).toContain("didn't have free ports");
  });

  test('gives containers their folders, files, variables and addresses', async () => {
    const names = configMap('names', { list: 'one s-0.s.a.small.internal:1 two s.a.small.internal:2' });
    const service = {
      kind: 'Service',
      metadata: { name: 's', annotations: { 'external-dns.alpha.kubernetes.io/hostname': 's.a.small.internal' } },
    };
    const farm = await farms.run({
      datacenters: {
        a: [
          names,
          service,
          statefulSet({
            name: 's',
            command: print(
              'cat /etc/names/list; cat /etc/auth/barn; echo; echo $PLACE $TEXT > /work/out; cat /work/out',
            ),
            container: {
              env: [
                { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.hostIP' } } },
                { name: 'PLACE', value: 'http://$(IP):1/x' },
                { name: 'TEXT', value: 's-0.s.a.small.internal' },
              ],
              volumeMounts: [
                { name: 'names', mountPath: '/etc/names' },
                { name: 'auth', mountPath: '/etc/auth' },
                { name: 'work', mountPath: '/work' },
              ],
            },
            pod: {
              volumes: [
                { name: 'names', configMap: { name: 'names' } },
                { name: 'auth', secret: { secretName: 'cachefarm-auth', defaultMode: 0o440 } },
                { name: 'work', emptyDir: { medium: 'Memory' } },
              ],
            },
          }),
        ],
      },
    });
    const ip = (await podOf(farm, 'a', 's-0')).status.hostIP;
    const expected = `one ${ip}:1 two ${ip}:2${farm.secrets.barn}\nhttp://${ip}:1/x ${ip}\n`;
    await until('its output', () => farm.logs('a', 's-0') === expected, 3_000).catch(() => undefined);
    expect(farm.logs('a', 's-0', 'main')).toBe(expected);
  });

  test('says why a pod is pending, and places it when there is room', async () => {
    const set = statefulSet({ name: 's', replicas: 3, pod: apart('s') });
    const farm = await farms.run({ machines: 2, datacenters: { a: [set] } }, { wait: false });
    const reason = "0/2 nodes are available: 2 node(s) didn't match pod anti-affinity rules.";
    expect(unschedulable(await podOf(farm, 'a', 's-2'))).toBe(reason);
    await expect(farm.ready(300)).rejects.toThrow(`a/s-2: Pending, ${reason}`);
    await farm.apply(writeDist(join(farm.state, '..', 'dist'), { machines: 3, datacenters: { a: [set] } }));
    await farm.ready();
    expect((await podOf(farm, 'a', 's-2')).spec.nodeName).toBe('a-m3');
  });

  test('gives a witness as many machines as its sentinels need', async () => {
    const set = statefulSet({ name: 's', replicas: 2, pod: apart('s') });
    const farm = await farms.run({ datacenters: { a: [], w: [set] }, witnesses: ['w'] });
    expect(farm.machines().map((machine) => machine.name)).toEqual(['a-m1', 'a-m2', 'w-m1', 'w-m2']);
  });

  test('runs init containers first, sidecars beside, and leaves out an exporter that is not installed', async () => {
    const lines: string[] = [];
    const bin = farms.folder();
    for (const program of ['sh', 'sleep']) symlinkSync(`/bin/${program}`, join(bin, program));
    const init = [
      { name: 'first', image: 'x/y:1', command: ['sh', '-c', 'echo first'] },
      { name: 'side', image: 'x/y:1', command: print('echo side'), restartPolicy: 'Always' },
      { name: 'exporter', image: 'x/redis_exporter:1', restartPolicy: 'Always' },
    ];
    const farm = await farms.run(
      { datacenters: { a: [statefulSet({ name: 's', pod: { initContainers: init } })] } },
      { log: (line) => lines.push(line), searchPath: bin },
    );
    const pod = await podOf(farm, 'a', 's-0');
    const sidecars = (pod.status as { readonly initContainerStatuses?: readonly { readonly name: string }[] })
      .initContainerStatuses;
    expect(sidecars?.map((one) => one.name)).toEqual(['side']);
    expect(readFileSync(join(farm.state, 'logs/a/s-0/first.log'), 'utf8')).toBe('first\n');
    expect(lines.filter((line) => line.includes('exporter'))).toHaveLength(1);
  });

  test('refuses before it starts anything when a program is missing', async () => {
    const set = statefulSet({ name: 's', command: ['no-such-program'] });
    await expect(farms.run({ datacenters: { a: [set] } })).rejects.toThrow('program no-such-program is not installed');
  });

  test('refuses a state folder that the start scripts could not use', async () => {
    const dist = writeDist(join(farms.folder(), 'dist'), { datacenters: { a: [] } });
    const start = farms.start({ dist, state: join(farms.folder(), 'with space'), log: () => undefined });
    await expect(start).rejects.toThrow('choose another one');
  });
});

describe('the state folder', () => {
  const small = { datacenters: { a: [statefulSet({ name: 's' })] } };

  test('is the owner’s only, and keeps its secrets', async () => {
    const farm = await farms.run(small);
    expect(statSync(farm.state).mode & 0o777).toBe(0o700);
    for (const file of ['secrets.json', 'kubeconfig', 'lock.json'])
      expect(statSync(join(farm.state, file)).mode & 0o777).toBe(0o600);
    const { secrets, state } = farm;
    await farm.stop();
    const again = await farms.start({ dist: join(state, '..', 'dist'), state, log: () => undefined });
    expect(again.secrets).toEqual(secrets);
    expect(new Set(Object.values(secrets)).size).toBe(7);
  });

  test('keeps the volume claims of pods', async () => {
    const set = statefulSet({
      name: 's',
      command: print('echo x >> /data/starts; wc -l < /data/starts'),
      container: { volumeMounts: [{ name: 'data', mountPath: '/data' }] },
      set: { volumeClaimTemplates: [{ metadata: { name: 'data' } }] },
    });
    const farm = await farms.run({ datacenters: { a: [set] } });
    await until('first start', () => farm.logs('a', 's-0') === '1\n');
    await farm.deletePod('a', 's-0');
    await until('second start', () => farm.logs('a', 's-0') === '2\n');
  });

  test('holds one farm: a second start says who runs it and what to do', async () => {
    const farm = await farms.run(small);
    const second = farms.start({ dist: join(farm.state, '..', 'dist'), state: farm.state, log: () => undefined });
    await expect(second).rejects.toThrow(
      `already running in ${farm.state} (process ${process.pid}). Stop it with: kill ${process.pid}`,
    );
    expect(attach(farm.state)).toMatchObject({ pid: process.pid, address: farm.address, kubeconfig: farm.kubeconfig });
    expect(isReady(await podOf(farm, 'a', 's-0'))).toBe(true);
  });

  test('gives two farms different addresses', async () => {
    const [one, two] = await Promise.all([farms.run(small), farms.run(small)]);
    const addresses = [...one.machines(), ...two.machines()].map((machine) => machine.address);
    expect(new Set(addresses).size).toBe(4);
    expect(one.address).not.toBe(two.address);
  });
});
