import { describe, expect, test } from '@jest/globals';
import { defineFarm } from '../../src/farm/define.js';
import type { CacheCluster } from '../../src/farm/model.js';
import { assignGroups } from '../../src/world/assign-groups.js';
import type { GroupView, NameView, SentinelView } from '../../src/world/model.js';
import { farmSpec } from '../builders/farm.js';

const pools = [
  { name: 'main', count: 2, maxPartitions: 10 },
  { name: 'replicated', replicated: true },
];
const { cacheClusters: _, ...frame } = defineFarm(farmSpec({ sentinelGroups: pools, cacheClusters: [] }));

const cluster = (clusterName: string, clusterSize: number, more: Partial<CacheCluster> = {}): CacheCluster => ({
  clusterName,
  clusterSize,
  partitionSize: 1,
  tier: 'M1',
  standbys: 1,
  hash: 'jump',
  importance: 3,
  sentinelGroup: '',
  datacenters: ['a', 'b', 'c'],
  ...more,
});

const named = (partition: string): NameView => ({
  partition,
  address: '10.0.0.1:6378',
  epoch: 1,
  flags: ['master'],
  quorum: 2,
  downAfterMs: 1_000,
  failoverTimeoutMs: 5_000,
  otherSentinels: 2,
  replicas: [],
});

/** Every group with three sentinels that answer, and the names that each knows; `down`: sentinels of the group that do not. */
const views = (
  names: Readonly<Record<string, readonly string[]>> = {},
  down: Readonly<Record<string, number>> = {},
): readonly GroupView[] =>
  frame.sentinelGroups.map(({ name }) => ({
    name,
    sentinels: ['a', 'b', 'c'].map((datacenter, i): SentinelView => {
      const place = { pod: `sentinel-${name}-0`, group: name, datacenter, machine: 'm', address: `${datacenter}:1` };
      return i < (down[name] ?? 0)
        ? { ...place, state: 'unreachable', why: 'down' }
        : { ...place, state: 'up', id: datacenter, tilt: false, names: (names[name] ?? []).map(named) };
    }),
  }));

const given = (clusters: readonly CacheCluster[], groups = views()): Readonly<Record<string, string>> =>
  Object.fromEntries(assignGroups(frame, clusters, groups).map((one) => [one.clusterName, one.sentinelGroup]));

describe('a cache cluster that names no sentinel group', () => {
  test('gets the first group of its kind with room for all of it', () => {
    const clusters = [
      cluster('A', 8, { sentinelGroup: 'main-0' }),
      cluster('B', 3),
      cluster('C', 2),
      cluster('D', 4, { partitionSize: 3, standbys: 0 }),
    ];
    expect(given(clusters)).toEqual({ A: 'main-0', B: 'main-1', C: 'main-0', D: 'replicated-0' });
  });
  test('waits when no group has room, and takes nothing from those that fit', () => {
    expect(given([cluster('A', 8), cluster('B', 8), cluster('C', 3), cluster('D', 2)])).toEqual({
      A: 'main-0',
      B: 'main-1',
      C: '',
      D: 'main-0',
    });
  });
  test('stays in the group that names its partitions, also when that has become full', () => {
    const groups = views({ 'main-1': ['B::0', 'B::1'] });
    expect(given([cluster('A', 9, { sentinelGroup: 'main-1' }), cluster('B', 5)], groups).B).toBe('main-1');
    expect(given([cluster('A', 3), cluster('B', 12)], groups)).toEqual({ A: 'main-0', B: 'main-1' });
  });
  test('stays where most of its partitions are named, and is not taken for another of a like name', () => {
    expect(
      given([cluster('B', 5)], views({ 'main-0': ['B::0', 'BB::0', 'B.x::0'], 'main-1': ['B::1', 'B::2'] })).B,
    ).toBe('main-1');
  });
  test('what is bound keeps its room before others are placed, whatever the order of the names', () => {
    expect(given([cluster('A', 5), cluster('Z', 8)], views({ 'main-0': ['Z::0'] }))).toEqual({
      A: 'main-1',
      Z: 'main-0',
    });
  });
  test('waits while a group of its kind cannot be asked: that may be the one that has it', () => {
    expect(given([cluster('A', 5)], views({}, { 'main-1': 2 })).A).toBe('');
    expect(given([cluster('A', 5)], views({}, { 'main-1': 1 })).A).toBe('main-0');
    expect(given([cluster('A', 5)], views({}, { 'replicated-0': 3 })).A).toBe('main-0');
    expect(given([cluster('A', 5)], views({ 'main-0': ['A::0'] }, { 'main-1': 3 })).A).toBe('main-0');
  });
  test('is not taken away from a group that is silent by one sentinel that came back with an old sentinel.conf', () => {
    const stale = (down: Readonly<Record<string, number>> = {}) =>
      views({ 'main-1': ['A::0', 'A::1'] }, down).map((group) => {
        const [first, ...others] = group.sentinels;
        if (group.name !== 'main-0' || first?.state !== 'up') return group;
        return { ...group, sentinels: [{ ...first, names: [named('A::0')] }, ...others] };
      });
    expect(given([cluster('A', 2)], stale()).A).toBe('main-1');
    expect(given([cluster('A', 2)], stale({ 'main-1': 3 })).A).toBe('');
  });
  test('one that names a group is left in it', () => {
    const clusters = [cluster('A', 50, { sentinelGroup: 'main-1' }), cluster('B', 1, { sentinelGroup: 'other' })];
    expect(assignGroups(frame, clusters, views())).toBe(clusters);
  });
});
