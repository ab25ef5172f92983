import { describe, expect, test } from '@jest/globals';
import { clusterDetail, clustersView } from '../../src/api/views/clusters.js';
import { farm as demo } from '../../src/farms/demo.js';
import type { DeclaredCopy } from '../../src/world/model.js';
import type { ImaginaryFarm } from '../builders/imaginary-farm.js';
import { FRESH, loadsOf, look, NO_LOAD, passOf, settled, withLoad } from './views-scene.js';

const of = (imaginary: ImaginaryFarm, name = 'User.id') =>
  clustersView(look(imaginary), NO_LOAD, FRESH).clusters.find(({ clusterName }) => clusterName === name);
const bound = (imaginary: ImaginaryFarm, name = 'User.id') =>
  imaginary.pods.filter(({ state }) => state.claim.kind === 'bound' && state.claim.partition.startsWith(`${name}::`));

describe('the list of cache clusters', () => {
  test('at rest: all serve, all standbys are ready, none is spread worse than it has to be', () => {
    const view = of(settled(demo));
    expect(view).toMatchObject({
      clusterName: 'User.id',
      clusterSize: 10,
      tier: 'M1',
      serving: 10,
      standbysReady: 3,
      standbysWanted: 3,
      backingGroup: 'user-db',
      minReplicas: 0,
      maxMemoryBytes: 10 * 64 * 2 ** 20,
      opsPerSecond: 0,
      hitRatio: null,
      spread: { datacenter: { most: 4, bound: 4 } },
      conditions: [],
    });
    expect(of(settled(demo), 'Chat.room')).toMatchObject({ partitionSize: 3, serving: 2, standbysWanted: 0 });
  });
  test('keys and memory are those of the pods that serve, not of replicas', () => {
    const imaginary = settled(demo);
    for (const { state } of imaginary.pods) state.keys = 7;
    expect([of(imaginary)?.keys, of(imaginary, 'Chat.room')?.keys]).toEqual([70, 14]);
  });
  test('the hit ratio is of all reads, not the mean of the pods', () => {
    const imaginary = settled(demo);
    const [busy] = bound(imaginary);
    const world = imaginary.world();
    const at = (n: number) =>
      withLoad(world, ({ address }) =>
        address === busy?.address
          ? { opsPerSecond: 100, hits: 900 * n, misses: 100 * n, clients: 1 }
          : { opsPerSecond: 1, hits: 0, misses: n, clients: 1 },
      );
    const last = at(2);
    const view = clustersView(passOf(demo, last), loadsOf(at(1), last), FRESH).clusters[0];
    expect(view).toMatchObject({ opsPerSecond: 109, hitRatio: 900 / 1_009 });
  });
  test('a dead pod does not serve, and a standby that shelters is ready for nobody else', () => {
    const imaginary = settled(demo);
    const [pod] = bound(imaginary);
    if (pod) pod.state.up = false;
    expect(of(imaginary)).toMatchObject({ serving: 9, standbysReady: 3 });
    const name = pod?.state.claim.kind === 'bound' ? pod.state.claim.partition : '';
    for (const { names } of imaginary.sentinels) {
      const view = names.get(name);
      const [standby] = view?.replicas ?? [];
      if (view && standby) names.set(name, { ...view, address: standby.address, epoch: view.epoch + 1, replicas: [] });
    }
    expect(of(imaginary)).toMatchObject({ serving: 10, standbysReady: 2 });
  });
  test('a standby that is shut is not ready', () => {
    const imaginary = settled(demo);
    const standby = imaginary.pods.find(
      ({ state }) => state.openFor[0] === 'User.id' && state.claim.kind === 'standby',
    );
    if (standby) standby.state.openFor = [];
    expect(of(imaginary)?.standbysReady).toBe(2);
  });
  test('one that was never bound has no spread', () => {
    const imaginary = settled(demo);
    imaginary.farm = {
      ...demo,
      cacheClusters: demo.cacheClusters.map((one) => ({ ...one, clusterName: `New.${one.clusterName}` })),
    };
    expect(of(imaginary, 'New.User.id')).toMatchObject({ serving: 0, standbysReady: 0, spread: null, keys: 0 });
  });
  test('conditions are told once for all KubeClusters that say the same', () => {
    const copy = (datacenter: string, status: string): DeclaredCopy => ({
      clusterName: 'User.id',
      datacenter,
      name: 'user.id',
      generation: 1,
      clusterSize: 10,
      deleted: false,
      status: {
        conditions: [{ type: 'Ready', status, reason: 'R', message: 'm', lastTransitionTime: '2026-11-22T00:00:00Z' }],
      },
    });
    const world = { ...settled(demo).world(), copies: [copy('a', 'True'), copy('b', 'True'), copy('c', 'False')] };
    const [view, other] = clustersView(passOf(demo, world), NO_LOAD, FRESH).clusters;
    expect(view?.conditions).toEqual([
      { type: 'Ready', status: 'True', reason: 'R', message: 'm', since: '2026-11-22T00:00:00Z' },
      { type: 'Ready', status: 'False', reason: 'R', message: 'm', since: '2026-11-22T00:00:00Z' },
    ]);
    expect(other?.conditions).toEqual([]);
  });
});

describe('one cache cluster', () => {
  const detail = (
    imaginary: ImaginaryFarm,
    name = 'User.id',
    declared?: { version: string; owner: string | undefined },
  ) => clusterDetail(look(imaginary), NO_LOAD, FRESH, name, declared);

  test('is its row of the list, its partitions, its version and its owner', () => {
    const imaginary = settled(demo);
    const { freshness, version, owner, partitions, ...row } =
      detail(imaginary, 'User.id', { version: '12', owner: 'argocd' }) ?? {};
    expect(row).toEqual(of(imaginary));
    expect([freshness, version, owner]).toEqual([FRESH, '12', 'argocd']);
    expect(partitions?.map(({ name, state }) => [name, state])).toEqual(
      Array.from({ length: 10 }, (_, i) => [`User.id::${i}`, 'serving']),
    );
    expect(
      partitions?.every(({ behind, address, pod }) => behind.length === 1 && address !== null && pod !== null),
    ).toBe(true);
  });
  test('who cannot ask the KubeClusters knows no version', () => {
    expect(detail(settled(demo))).toMatchObject({ version: null, owner: null });
  });
  test.each(['Nobody', 'user.id', '__proto__', ''])('%j is unknown', (name) => {
    expect(detail(settled(demo), name)).toBeUndefined();
  });
  test('a partition without a majority has no address, and the pod where it was seen last', () => {
    const imaginary = settled(demo);
    for (const sentinel of imaginary.sentinels.slice(0, 2)) sentinel.up = false;
    const group = demo.sentinelGroups[0]?.name;
    for (const sentinel of imaginary.sentinels) sentinel.up = sentinel.group !== group || sentinel.datacenter === 'c';
    const [first] = detail(imaginary)?.partitions ?? [];
    expect(first).toMatchObject({ state: 'unknown', address: null });
    expect(first?.pod).not.toBeNull();
  });
});
