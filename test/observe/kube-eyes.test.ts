import { afterEach, describe, expect, test } from '@jest/globals';
import type { FarmFrame } from '../../src/farm/model.js';
import { Connections } from '../../src/observe/connections.js';
import { type EyesOptions, type KubeEyes, watchEndpoints, watchedSources } from '../../src/observe/kube-eyes.js';
import { observeWorld } from '../../src/observe/observe-world.js';
import type { KubeObjects } from '../../src/world/kube.js';
import { CRD, call, cluster, list as clusterList, MERGE, one } from '../local/farm-api.js';
import { podOf, TestFarms } from '../local/run-farm.js';
import { SLEEPER, statefulSet } from '../local/small-dist.js';
import { until } from '../local/until.js';
import { type Answer, event, item, list, refused, reset, ScriptedApi, silent, watching } from './scripted-api.js';

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const frame = { name: 'small', namespace: 'cachefarm', datacenters: [{ name: 'a' }], tiers: [], sentinelGroups: [] };
const FRAME = frame as unknown as FarmFrame;

interface Script {
  readonly nodes?: readonly Answer[];
  readonly pods?: readonly Answer[];
  readonly cacheClusters?: readonly Answer[];
}

const quiet: readonly Answer[] = [list(1, []), watching()];

/** One KubeCluster, its three lists each with a script of its own. */
async function eyesOn(script: Script, options: Partial<EyesOptions> = {}) {
  const scripts = { nodes: quiet, pods: quiet, cacheclusters: script.cacheClusters ?? quiet, ...script };
  const left = new Map<string, readonly Answer[]>(Object.entries(scripts));
  const api = await new ScriptedApi((response, url) => {
    const resource = url.pathname.split('/').at(-1) ?? '';
    const [next = silent, ...rest] = left.get(resource) ?? [];
    if (rest.length > 0) left.set(resource, rest);
    next(response, url);
  }).start();
  let changes = 0;
  const changed = (): void => {
    changes++;
  };
  const eyes = watchEndpoints(FRAME, [api], { changed, times: { chance: () => 0 }, ...options });
  ends.push(
    () => api.stop(),
    () => eyes.stop(),
  );
  const read = (): Promise<KubeObjects> | undefined => eyes.sources[0]?.read();
  const sight = () => eyes.sights()[0];
  return { api, eyes, read, sight, changes: () => changes };
}

const machine = (name: string, version: number, ready: boolean, heartbeat = '') => ({
  ...item(name, version),
  status: {
    addresses: [{ type: 'InternalIP', address: '127.0.0.9' }],
    conditions: [{ type: 'Ready', status: ready ? 'True' : 'Unknown', lastHeartbeatTime: heartbeat }],
  },
});

describe('the eyes on a KubeCluster', () => {
  test('a steady pass asks nothing of the API server, and what is read is the very same record', async () => {
    const { api, eyes, read } = await eyesOn({ nodes: [list(5, [machine('m', 3, true)]), watching()] });
    const first = await read();
    await until('three watches', () => api.asked.length === 6);
    const connections = new Connections({ barn: '', sentinel: '', application: '' });
    const asked = api.asked.length;
    for (let pass = 0; pass < 100; pass++) {
      const { datacenters } = await observeWorld(FRAME, eyes.sources, connections);
      expect(datacenters[0]).toMatchObject({ complete: true, machines: [{ name: 'm', ready: true }] });
    }
    expect(api.asked.length - asked).toBe(0);
    expect(await read()).toBe(first);
    connections.close();
  });

  test('a change is told once, however many events it has; a heartbeat is none', async () => {
    const { api, read, changes } = await eyesOn({ nodes: [list(5, [machine('m', 3, true)]), watching()] });
    await until('it is told of what there is', () => changes() === 1);
    const { nodes } = (await read()) as KubeObjects;
    await until('three watches', () => api.asked.length === 6);
    const node = api.asked.findLastIndex(({ url }) => url.pathname === '/api/v1/nodes');
    api.tellTo(
      node,
      event('MODIFIED', machine('m', 6, true, 'later')),
      event('MODIFIED', machine('m', 7, true, 'still')),
    );
    for (let version = 8; version < 28; version++)
      api.tellTo(node, event('MODIFIED', machine('m', version, version % 2 === 0)));
    await until('it is told', () => changes() > 1);
    const readiness = async () => (await read())?.nodes[0]?.status.conditions[0]?.status;
    await until('the last event', async () => (await readiness()) === 'Unknown');
    expect(nodes[0]?.status.conditions[0]?.status).toBe('True');
    // Twenty changes and two heartbeats, in one span or, should the machine be busy, in a few.
    expect(changes()).toBeLessThan(8);
  });

  test('what Barn writes on a CacheCluster does not wake it, and is there to read', async () => {
    const object = (version: number, more: Record<string, unknown>) => ({
      ...item('user.id', version),
      spec: {},
      ...more,
    });
    const script = [list(5, [object(3, {})]), watching()];
    const { api, read, changes } = await eyesOn({ cacheClusters: script });
    await until('it is told of what there is', () => changes() === 1);
    await until('three watches', () => api.asked.length === 6);
    const at = api.asked.findLastIndex(({ url }) => url.pathname.endsWith('cacheclusters'));
    api.tellTo(at, event('MODIFIED', object(8, { status: { phase: 'Ready' } })));
    await until('the status', async () => (await read())?.cacheClusters[0]?.status !== undefined);
    api.tellTo(at, event('MODIFIED', object(9, { spec: { clusterSize: 4 } })));
    await until('the spec', () => changes() === 2);
  });

  test('the first read waits for the lists', async () => {
    const later: Answer = (response, url) => void setTimeout(() => list(5, [item('m', 3)])(response, url), 200);
    const { read, sight } = await eyesOn({ nodes: [later, watching()] });
    expect(sight()).toMatchObject({ inSync: false, staleSeconds: Number.POSITIVE_INFINITY });
    expect((await read())?.nodes.length).toBe(1);
    await until('in sync', () => sight()?.inSync);
    expect(sight()?.staleSeconds).toBeLessThan(5);
  });

  test('it waits no longer than it may, and not at all for what has failed', async () => {
    const slow = await eyesOn({ nodes: [silent] }, { firstSyncMs: 100 });
    await expect(slow.read()).rejects.toThrow('no list yet');
    const failing = await eyesOn({ nodes: [refused(403)] }, { firstSyncMs: 60_000 });
    await expect(failing.read()).rejects.toThrow('403: refused with 403');
  });

  test('out of touch: what was last seen is told with the problem, after a while nothing, and all is well again afterwards', async () => {
    const broken = Array.from({ length: 4 }, () => refused(500));
    const nodes = [list(5, [item('m', 3)]), reset(), ...broken, list(9, [item('n', 8)]), watching()];
    const { read, sight, api } = await eyesOn({ nodes }, { graceMs: 300, limitMs: 1_200 });
    const seen: string[] = [];
    await until('it is back', async () => {
      const told = await read()?.then(
        ({ problem, nodes: known }) => `${known[0]?.metadata.name} ${problem?.replace(/\d\S+Z/, 'then') ?? 'in touch'}`,
        (error: Error) => `refused: ${error.message.replace(/\d\S+Z/, 'then')}`,
      );
      if (told !== undefined && told !== seen.at(-1)) seen.push(told);
      return told?.startsWith('n');
    });
    expect(seen).toEqual([
      'm in touch',
      expect.stringMatching(/^m out of touch since then: /),
      'refused: out of touch since then: 500: refused with 500',
      'n in touch',
    ]);
    expect(api.asked.filter(({ url }) => url.pathname !== '/api/v1/nodes').length).toBe(4);
    await until('in sync', () => sight()?.inSync);
  });

  test('when it is stopped nothing is read and nothing is told any more', async () => {
    const { api, eyes, read, changes } = await eyesOn({ nodes: [list(5, [machine('m', 3, true)]), watching()] });
    await read();
    await eyes.stop();
    await expect(read()).rejects.toThrow('no longer watched');
    await until('no connection is left', () => api.connections === 0);
    expect(changes()).toBeLessThanOrEqual(1);
  });

  test('a KubeCluster out of touch is incomplete in the World, with what was there', async () => {
    const nodes = [list(5, [machine('m', 3, true)]), reset(), refused(500)];
    const { eyes } = await eyesOn({ nodes }, { graceMs: 0 });
    const connections = new Connections({ barn: '', sentinel: '', application: '' });
    await until('it is incomplete', async () => {
      const { datacenters } = await observeWorld(FRAME, eyes.sources, connections);
      return datacenters[0]?.complete === false && datacenters[0].machines.length === 1;
    });
    connections.close();
  });
});

describe('the eyes on the embedded farm', () => {
  const farms = new TestFarms();
  afterEach(() => farms.end());

  test('they see pods, machines and CacheClusters come, change and go, and a datacenter without power', async () => {
    const labels = { app: 's', 'cachefarm.dev/farm': 'small' };
    const template = {
      metadata: { labels },
      spec: {
        terminationGracePeriodSeconds: 2,
        containers: [{ name: 'main', image: 'example/main:1', command: SLEEPER }],
      },
    };
    const farm = await farms.run({
      datacenters: { a: [statefulSet({ name: 's', set: { template } })], b: [] },
      all: [CRD],
    });
    let changes = 0;
    const eyes: KubeEyes = watchedSources(farm.frame, farm.kubeconfig, undefined, {
      changed: () => {
        changes++;
      },
      graceMs: 0,
    });
    ends.push(() => eyes.stop());
    const [a, b] = eyes.sources;
    const read = async (): Promise<KubeObjects> => (await a?.read()) as KubeObjects;
    const before = (await podOf(farm, 'a', 's-0')).metadata.uid;
    expect((await read()).pods.map(({ metadata }) => metadata.uid)).toEqual([before]);
    expect((await read()).nodes.map(({ metadata }) => metadata.name)).toEqual(['a-m1', 'a-m2']);

    await farm.deletePod('a', 's-0');
    await until('the next pod', async () => {
      const { pods } = await read();
      return pods.length === 1 && pods[0]?.metadata.uid !== before && pods[0]?.status.phase === 'Running';
    });
    // Changes that follow each other closely are told once, a moment after the last of them.
    await until('it was told', async () => changes > 0);
    const told = changes;
    await call(farm, 'POST', clusterList, cluster());
    await call(farm, 'PATCH', one, { spec: { clusterSize: 9 } }, MERGE);
    await until('the CacheCluster', async () => (await read()).cacheClusters[0]?.spec.clusterSize === 9);
    await call(farm, 'DELETE', one);
    await until('it is gone', async () => (await read()).cacheClusters.length === 0);
    await until('that was told too', async () => changes > told);

    await farm.stopDatacenter('a');
    await until('it is out of touch', async () => (await read()).problem !== undefined);
    expect((await read()).nodes.length).toBe(2);
    expect((await b?.read())?.problem).toBeUndefined();
    await farm.startDatacenter('a');
    await until('it is back', async () => (await read()).problem === undefined, 20_000);
  });
});
