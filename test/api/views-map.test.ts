import { describe, expect, test } from '@jest/globals';
import type { Pass } from '../../src/api/parts.js';
import type { MapPod } from '../../src/api/schemas.js';
import { farmFrame, farmMap, mapPod, mapPods } from '../../src/api/views/farm-map.js';
import { freshnessOf, STALE_AFTER_MS } from '../../src/api/views/freshness.js';
import { LoadBook } from '../../src/api/views/load.js';
import { MapChanges } from '../../src/api/views/map-changes.js';
import { LOCKED } from '../../src/farm/access.js';
import { farm as demo } from '../../src/farms/demo.js';
import type { World } from '../../src/world/model.js';
import { ImaginaryFarm } from '../builders/imaginary-farm.js';
import { FRESH, loadsOf, look, NO_LOAD, passOf, settled, withLoad } from './views-scene.js';

type Pod = ImaginaryFarm['pods'][number];

const claims = (kind: string) => (pod: Pod) => pod.state.claim.kind === kind;
function find(imaginary: ImaginaryFarm, wanted: (pod: Pod) => boolean): Pod {
  const pod = imaginary.pods.find(wanted);
  if (!pod) throw new Error('no such pod');
  return pod;
}
function stateOf(pass: Pass, { address }: { readonly address: string }): MapPod {
  const pod = mapPods(pass, NO_LOAD).find((one) => one.address === address);
  if (!pod) throw new Error(`no pod at ${address}`);
  return pod;
}

describe('the state of a pod on the map', () => {
  const rest = settled(demo);
  const pass = look(rest);
  test('at rest: partitions serve, standbys and replicas stand by, the rest is idle', () => {
    const states = mapPods(pass, NO_LOAD).map(({ state }) => state);
    const count = (state: string) => states.filter((one) => one === state).length;
    const unreplicated = demo.cacheClusters.filter(({ partitionSize }) => partitionSize === 1);
    const standbys = unreplicated.reduce((sum, one) => sum + one.standbys * one.datacenters.length, 0);
    expect(count('serving')).toBe(20);
    expect(count('standby')).toBe(standbys);
    expect(count('replica')).toBe(4);
    expect(count('idle')).toBe(states.length - 20 - standbys - 4);
  });
  test('a serving pod tells its partition, a standby the partitions that sentinels list it for', () => {
    const bound = stateOf(pass, find(rest, claims('bound')));
    expect(bound.partitions).toHaveLength(1);
    expect(bound.clusterName).toBe(bound.partitions[0]?.split('::')[0]);
    const covered = mapPods(pass, NO_LOAD).filter(({ state }) => state === 'standby');
    expect(new Set(covered.flatMap(({ partitions }) => partitions)).size).toBe(18);
  });
  test('a dead one is unreachable, and the map still says for what it was', () => {
    const imaginary = settled(demo);
    const pod = find(imaginary, claims('bound'));
    const { partitions } = stateOf(look(imaginary), pod);
    pod.state.up = false;
    expect(stateOf(look(imaginary), pod)).toMatchObject({
      state: 'unreachable',
      partitions,
      keys: null,
      clients: null,
    });
  });
  test('one that takes a partition over is moving while the other serves on', () => {
    const imaginary = settled(demo);
    const source = find(imaginary, claims('bound'));
    source.draining = true;
    const [move] = look(imaginary).plan.decisions;
    expect(move?.reason).toBe('Draining');
    imaginary.carryOut(move ? [move] : [], 1);
    const target = find(imaginary, claims('incoming'));
    expect(stateOf(look(imaginary), target)).toMatchObject({ state: 'moving', draining: false });
    expect(stateOf(look(imaginary), source)).toMatchObject({ state: 'serving', draining: true });
  });
  test('an idle one that is being emptied is draining: nothing new goes there', () => {
    const imaginary = settled(demo);
    const pod = find(imaginary, claims('locked'));
    pod.draining = true;
    expect(stateOf(look(imaginary), pod)).toMatchObject({ state: 'draining', draining: true, partitions: [] });
  });
  test('a standby that Sentinel has moved a partition to serves it', () => {
    const imaginary = settled(demo);
    const standby = find(imaginary, claims('standby'));
    const { partitions } = stateOf(look(imaginary), standby);
    const [name = ''] = partitions;
    for (const { names } of imaginary.sentinels) {
      const view = names.get(name);
      if (view) names.set(name, { ...view, address: standby.address, epoch: view.epoch + 1, replicas: [] });
    }
    expect(stateOf(look(imaginary), standby)).toMatchObject({
      state: 'serving',
      partitions: expect.arrayContaining([name]),
    });
  });
  test.each([
    ['whose opening was cut off', (pod: Pod) => Object.assign(pod.state, { openFor: [] })],
    [
      'that restarted empty and is listed still',
      (pod: Pod) => Object.assign(pod.state, { claim: LOCKED, access: 'locked', openFor: [] }),
    ],
    [
      'that says nothing we know',
      (pod: Pod) => Object.assign(pod.state, { claim: { kind: 'bound', partition: 'A::0', epoch: 9 } }),
    ],
  ] as const)('one %s is locked', (_, change) => {
    const imaginary = settled(demo);
    const pod = find(imaginary, claims('bound'));
    change(pod);
    expect(stateOf(look(imaginary), pod).state).toBe('locked');
  });
  test('of two pods with one address each has its own state', () => {
    const imaginary = settled(demo);
    const world = imaginary.world();
    const [first] = world.pods.filter(
      ({ instance }) => instance.state === 'up' && instance.claimText.startsWith('bound'),
    );
    if (!first) throw new Error('nothing is bound');
    const gone = { ...first, name: 'old', instance: { state: 'unreachable' as const, why: 'gone', refused: true } };
    const pods = mapPods(passOf(demo, { ...world, pods: [gone, ...world.pods] }), NO_LOAD);
    expect(pods.filter(({ address }) => address === first.address).map(({ state }) => state)).toEqual([
      'unreachable',
      'serving',
    ]);
  });
});

describe('the farm map', () => {
  test('is columns of tiers, machines of datacenters, pods and sentinels', () => {
    const imaginary = settled(demo);
    imaginary.unread.add('c');
    const [sentinel] = imaginary.sentinels;
    if (sentinel) sentinel.tilt = true;
    const pass = look(imaginary);
    const map = farmMap(pass, NO_LOAD, FRESH);
    expect(map.datacenters.map(({ name, complete, machines }) => [name, complete, machines.length])).toEqual([
      ['a', true, 4],
      ['b', true, 4],
      ['c', false, 4],
    ]);
    expect(map.tiers.map(({ name, ports }) => [name, ports])).toEqual(
      demo.tiers.map(({ name, ports }) => [name, ports]),
    );
    expect(map.sentinels.filter(({ tilt }) => tilt)).toHaveLength(1);
    expect(new Set(map.pods.map(({ id }) => id)).size).toBe(map.pods.length);
    expect({ ...farmFrame(pass, FRESH), pods: map.pods }).toEqual(map);
    const [pod] = pass.world.pods;
    expect(pod && mapPod(pass, NO_LOAD, pod)).toEqual(map.pods[0]);
  });
  test('a pod that is none of the pass is not on its map', () => {
    const [stranger] = settled(demo).world().pods;
    expect(stranger && mapPod(look(settled(demo)), NO_LOAD, stranger)).toBeUndefined();
  });
});

describe('load', () => {
  const imaginary = new ImaginaryFarm(demo);
  const address = imaginary.pods[0]?.address ?? '';
  const at = (hits: number, misses: number, runId = 'r') => {
    const world = withLoad(imaginary.world(), () => ({ opsPerSecond: 40, hits, misses, clients: 6 }));
    const pods = world.pods.map((pod) =>
      pod.instance.state === 'up' ? { ...pod, instance: { ...pod.instance, runId } } : pod,
    );
    return { ...world, pods };
  };
  const ratio = (...worlds: readonly World[]) => loadsOf(...worlds).of(address)?.hitRatio;

  test('the first look has no ratio: what was before it may be years old', () => {
    expect(loadsOf(at(90, 10)).of(address)).toEqual({
      opsPerSecond: 40,
      clients: 6,
      hits: 0,
      misses: 0,
      hitRatio: null,
    });
  });
  test('the ratio is of what was read since the last look', () => {
    expect(ratio(at(90, 10), at(93, 11))).toBe(0.75);
    expect(ratio(at(90, 10), at(90, 10))).toBeNull();
    expect(ratio(at(0, 0), at(0, 5))).toBe(0);
  });
  test('a restart counts from 0 again', () => {
    expect(ratio(at(90, 10), at(1, 1, 'other'))).toBe(0.5);
    expect(ratio(at(90, 10), at(200, 200, 'other'))).toBe(0.5);
  });
  test('counters that were reset count from 0 again', () => expect(ratio(at(90, 10), at(3, 1))).toBe(0.75));
  test('the same pass twice is one look', () => {
    const world = at(93, 11);
    expect(ratio(at(90, 10), world, world)).toBe(0.75);
  });
  test('who does not answer, or tells no load, has none; and begins anew', () => {
    const book = new LoadBook();
    book.passed({ world: at(90, 10) });
    book.passed({ world: imaginary.world() });
    expect(book.of(address)).toBeUndefined();
    book.passed({ world: at(93, 11) });
    expect(book.of(address)?.hitRatio).toBeNull();
    expect(book.of('nobody')).toBeUndefined();
  });
  test('is on the map', () => {
    const world = at(93, 11);
    const [pod] = mapPods(passOf(imaginary.farm, world), loadsOf(at(90, 10), world));
    expect(pod).toMatchObject({ opsPerSecond: 40, clients: 6, hitRatio: 0.75 });
  });
});

describe('what watchers of the map are told', () => {
  const imaginary = settled(demo);
  const pods = mapPods(look(imaginary), NO_LOAD).map((pod) => ({ ...pod, opsPerSecond: 1_000, hitRatio: 0.9 }));
  const change = (changed: Partial<MapPod>) => pods.map((pod, i) => (i === 3 ? { ...pod, ...changed } : pod));
  const told = (...maps: readonly (readonly MapPod[])[]) => {
    const changes = new MapChanges();
    return maps.map((map) => changes.next(map)).at(-1);
  };
  test('everything first, then nothing', () => {
    expect(told(pods)).toEqual({ pods, gone: [] });
    expect(
      told(
        pods,
        pods.map((pod) => ({ ...pod, partitions: [...pod.partitions] })),
      ),
    ).toEqual({ pods: [], gone: [] });
  });
  test.each([
    [{ state: 'unreachable' as const }],
    [{ draining: true }],
    [{ partitions: ['User.id::77'] }],
    [{ clusterName: 'Other' }],
    [{ machine: 'a-m9' }],
    [{ address: '10.9.9.9:1' }],
    [{ opsPerSecond: 1_200 }],
    [{ opsPerSecond: null }],
    [{ hitRatio: 0.85 }],
    [{ keys: 12 }],
    [{ usedMemoryBytes: 2 ** 20 }],
    [{ clients: 1 }],
  ])('%j is told', (changed) => {
    const after = change(changed);
    expect(told(pods, after)).toEqual({ pods: [after[3]], gone: [] });
  });
  test('what nobody would see is not told, until it has added up', () => {
    expect(told(pods, change({ opsPerSecond: 1_100 }))?.pods).toEqual([]);
    expect(told(pods, change({ hitRatio: 0.89 }))?.pods).toEqual([]);
    expect(told(pods, change({ opsPerSecond: 1_100 }), change({ opsPerSecond: 1_150 }))?.pods).toHaveLength(1);
  });
  test('who is gone, and who is back', () => {
    const without = pods.filter((_, i) => i !== 3);
    expect(told(pods, without)).toEqual({ pods: [], gone: [pods[3]?.id] });
    expect(told(pods, without, without)).toEqual({ pods: [], gone: [] });
    expect(told(pods, without, pods)).toEqual({ pods: [pods[3]], gone: [] });
  });
});

describe('freshness', () => {
  const pass = { ...look(settled(demo)) };
  const seenAt = (observedAt: number): Pass => ({ ...pass, world: { ...pass.world, observedAt } });
  const of = (observedAt: number, now: number, trouble?: string) =>
    freshnessOf({ last: () => seenAt(observedAt), trouble: () => trouble }, now);
  test('nothing was seen yet', () => {
    expect(freshnessOf({ last: () => undefined, trouble: () => undefined }, 5)).toBeUndefined();
  });
  test('its age, never below 0', () => {
    expect(of(1_000, 3_500)).toEqual({ observedAt: 1_000, ageMs: 2_500, stale: false });
    expect(of(1_000, 400)).toMatchObject({ ageMs: 0, stale: false });
  });
  test('stale when Barn could not look, and why', () => {
    expect(of(1_000, 1_001, 'Kubernetes is away')).toMatchObject({ stale: true, why: 'Kubernetes is away' });
  });
  test('stale when it is too old whatever the reason', () => {
    expect(of(0, STALE_AFTER_MS)).toMatchObject({ stale: false });
    expect(of(0, STALE_AFTER_MS + 1)).toMatchObject({ stale: true, why: 'the farm was last seen 15 s ago' });
  });
});
