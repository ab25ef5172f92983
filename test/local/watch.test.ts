import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { CoreV1Api, makeInformer, type V1Pod, Watch } from '@kubernetes/client-node';
import type { EmbeddedFarm } from '../../src/local/embedded-farm.js';
import { CRD, call, cluster, configOf, list, MERGE, one } from './farm-api.js';
import { podOf, TestFarms } from './run-farm.js';
import { statefulSet } from './small-dist.js';
import { until } from './until.js';

const farms = new TestFarms();
let farm: EmbeddedFarm;
const PATH = list.slice('/a'.length);
const ends: (() => void)[] = [];

beforeAll(async () => {
  farm = await farms.run({ datacenters: { a: [statefulSet({ name: 's' })], b: [] }, all: [CRD] });
});
afterAll(() => farms.end());
beforeEach(() => void call(farm, 'DELETE', one));
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

interface Seen {
  readonly events: string[];
  readonly codes: unknown[];
  ended: boolean;
  error: unknown;
}

/** What client-node's Watch hears: `ADDED user.id`. */
async function watch(path: string, query: Record<string, string> = {}): Promise<Seen> {
  const seen: Seen = { events: [], codes: [], ended: false, error: undefined };
  const controller = await new Watch(configOf(farm)).watch(
    path,
    query,
    (type, object) => {
      seen.events.push(`${type} ${object.metadata?.name ?? ''}`.trim());
      seen.codes.push(object.code);
    },
    (error) => {
      seen.ended = true;
      seen.error = error;
    },
  );
  ends.push(() => controller.abort());
  return seen;
}

const write = (clusterSize: number) => call(farm, 'PATCH', one, { spec: { clusterSize } }, MERGE);
const version = async (): Promise<string> => {
  const { body } = await call(farm, 'GET', list);
  return body.metadata.resourceVersion;
};

describe("client-node's Watch", () => {
  test('hears of everything since a list, in order', async () => {
    const resourceVersion = await version();
    await call(farm, 'POST', list, cluster());
    await write(4);
    const seen = await watch(PATH, { resourceVersion });
    await call(farm, 'DELETE', one);
    await until('three events', () => seen.events.length === 3);
    expect(seen.events).toEqual(['ADDED user.id', 'MODIFIED user.id', 'DELETED user.id']);
  });

  test('without a version it begins with what is there', async () => {
    await call(farm, 'POST', list, cluster());
    const seen = await watch(PATH);
    await write(4);
    await until('two events', () => seen.events.length === 2);
    expect(seen.events).toEqual(['ADDED user.id', 'MODIFIED user.id']);
  });

  test('hears of pods and of machines', async () => {
    const pods = await watch('/api/v1/namespaces/cachefarm/pods');
    const nodes = await watch('/api/v1/nodes');
    await until('all are there', () => pods.events.length === 1 && nodes.events.length === 2);
    await farm.deletePod('a', 's-0');
    await call(farm, 'PATCH', '/a/api/v1/nodes/a-m2', { metadata: { annotations: { x: 'y' } } }, MERGE);
    await until(
      'a new pod and a mark',
      () => pods.events.includes('DELETED s-0') && pods.events.lastIndexOf('ADDED s-0') > 0,
    );
    await until('the mark', () => nodes.events.includes('MODIFIED a-m2'));
    await farm.ready();
  });

  test('a label selector tells of what comes into it and leaves it', async () => {
    const seen = await watch(PATH, { labelSelector: 'team=x' });
    await call(farm, 'POST', list, cluster());
    const label = (team: string | null) => call(farm, 'PATCH', one, { metadata: { labels: { team } } }, MERGE);
    await label('x');
    await write(9);
    await label(null);
    await write(10);
    await call(farm, 'POST', list, cluster({ clusterName: 'Z' }, { name: 'z', labels: { team: 'x' } }));
    await until('the last', () => seen.events.includes('ADDED z'));
    expect(seen.events).toEqual(['ADDED user.id', 'MODIFIED user.id', 'DELETED user.id', 'ADDED z']);
    await call(farm, 'DELETE', `${list}/z`);
  });

  test('a version that is too old gets 410', async () => {
    const seen = await watch(PATH, { resourceVersion: '1' });
    await until('its end', () => seen.ended);
    expect([seen.events, seen.codes]).toEqual([['ERROR'], [410]]);
  });

  test.each([
    ['a version of the future', { resourceVersion: '99999999999999' }, 504],
    ['a version that is none', { resourceVersion: 'x' }, 400],
  ])('%s is refused', async (_, query, code) => {
    const seen = await watch(PATH, query);
    await until('its end', () => seen.ended);
    expect(seen.error).toMatchObject({ statusCode: code });
  });

  test('ends with timeoutSeconds', async () => {
    const seen = await watch(PATH, { timeoutSeconds: '1' });
    await until('its end', () => seen.ended, 5_000);
    expect(seen.events).toEqual([]);
  });

  test('ends when the datacenter loses its power', async () => {
    const seen = await watch(PATH);
    await farm.stopDatacenter('a');
    await until('its end', () => seen.ended);
    await farm.startDatacenter('a');
    await farm.ready();
  });

  test('an informer follows a pod through its life', async () => {
    const config = configOf(farm);
    const core = config.makeApiClient(CoreV1Api);
    const informer = makeInformer<V1Pod>(config, '/api/v1/namespaces/cachefarm/pods', () =>
      core.listNamespacedPod({ namespace: 'cachefarm' }),
    );
    const uids: (string | undefined)[] = [];
    informer.on('add', (pod) => uids.push(pod.metadata?.uid));
    await informer.start();
    ends.push(() => void informer.stop());
    const before = (await podOf(farm, 'a', 's-0')).metadata.uid;
    await farm.deletePod('a', 's-0');
    await until('the next one', () => uids.some((uid) => uid !== before));
    expect(uids[0]).toBe(before);
  });
});
