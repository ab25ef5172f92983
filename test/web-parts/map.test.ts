import { describe, expect, test } from '@jest/globals';
import type { FarmMap, MapPod } from '../../src/api/schemas.js';
import { drainState } from '../../src/web/map/drain-state.js';
import { farmGrid } from '../../src/web/map/farm-grid.js';
import { movePlace } from '../../src/web/map/grid-keys.js';
import {
  clusterNamesOf,
  colourMode,
  filterOf,
  legendOf,
  NO_CLUSTER,
  painterOf,
  shortCodes,
  toggled,
} from '../../src/web/map/paint.js';
import { pickOf, pickQuery } from '../../src/web/map/selection.js';

const machine = (name: string, draining = false) => ({ name, address: '10.0.0.1', ready: true, draining });
const pod = (machineName: string, port: number, more: Partial<MapPod> = {}): MapPod => ({
  id: `a/redis-${port}-${machineName}`,
  name: `redis-${port}-${machineName}`,
  datacenter: 'a',
  machine: machineName,
  tier: port < 6_400 ? 'M1' : 'M4',
  port,
  address: `10.0.0.1:${port}`,
  state: 'idle',
  draining: false,
  partitions: [],
  clusterName: null,
  keys: 0,
  usedMemoryBytes: 0,
  maxMemoryBytes: 1,
  opsPerSecond: 0,
  hitRatio: null,
  clients: 0,
  ...more,
});
const map = (pods: readonly MapPod[], more: Partial<FarmMap> = {}): FarmMap => ({
  farm: 'demo',
  freshness: { observedAt: 0, ageMs: 0, stale: false },
  datacenters: [{ name: 'a', complete: true, machines: [machine('a-m1'), machine('a-m10'), machine('a-m2')] }],
  tiers: [
    { name: 'M1', ports: [6_378, 6_379], maxMemoryBytes: 1 },
    { name: 'M4', ports: [6_400], maxMemoryBytes: 1 },
  ],
  pods: [...pods],
  sentinels: [],
  ...more,
});

describe('the grid', () => {
  test('has machines in the order of their numbers, ports in the order of the tiers', () => {
    const [grid] = farmGrid(map([pod('a-m1', 6_400), pod('a-m2', 6_379), pod('a-m1', 6_378)]));
    expect(grid?.rows.map((row) => row.machine.name)).toEqual(['a-m1', 'a-m2', 'a-m10']);
    expect(grid?.columns).toEqual([
      { tier: 'M1', port: 6_378, first: true },
      { tier: 'M1', port: 6_379, first: false },
      { tier: 'M4', port: 6_400, first: true },
    ]);
    expect(grid?.rows.map((row) => row.pods.map((one) => one?.port))).toEqual([
      [6_378, undefined, 6_400],
      [undefined, 6_379, undefined],
      [undefined, undefined, undefined],
    ]);
  });

  test('shows pods on machines that no KubeCluster tells of, and on ports that no tier has', () => {
    const [grid] = farmGrid(map([pod('a-m77', 7_000, { tier: 'old' })], { tiers: [] }));
    expect(grid?.rows.map((row) => row.machine.name)).toContain('a-m77');
    expect(grid?.columns).toEqual([{ tier: 'old', port: 7_000, first: true }]);
  });

  test('a datacenter of sentinels only has its machines', () => {
    const sentinels = [{ group: 'main', datacenter: 'a', machine: 'a-m1', address: '1:2', up: true, tilt: false }];
    const [grid] = farmGrid(map([], { sentinels }));
    expect(grid?.hasSentinels).toBe(true);
    expect(grid?.rows[0]?.sentinels).toEqual(sentinels);
  });

  test('nothing new: the very same grids', () => {
    const pods = [pod('a-m1', 6_378), pod('a-m2', 6_378)];
    const before = farmGrid(map(pods));
    expect(farmGrid(map(pods), before)[0]).toBe(before[0]);
  });

  test('figures alone draw nothing anew, a state draws its row and no other', () => {
    const before = farmGrid(map([pod('a-m1', 6_378), pod('a-m2', 6_378)]));
    const busy = farmGrid(map([pod('a-m1', 6_378, { opsPerSecond: 9 }), pod('a-m2', 6_378)]), before);
    expect(busy[0]).toBe(before[0]);
    const changed = farmGrid(map([pod('a-m1', 6_378, { state: 'serving' }), pod('a-m2', 6_378)]), busy);
    expect(changed[0]?.rows[0]).not.toBe(before[0]?.rows[0]);
    expect(changed[0]?.rows[1]).toBe(before[0]?.rows[1]);
    expect(changed[0]?.columns).toBe(before[0]?.columns);
  });

  const drawn: Readonly<Record<string, Partial<MapPod>>> = {
    'another state': { state: 'moving' },
    'on its way out': { draining: true },
    'another partition': { partitions: ['User.id::0'] },
    'another cache cluster': { clusterName: 'User.id' },
    'another pod in its place': { id: 'a/other' },
  };
  test.each(Object.entries(drawn))('%s is drawn', (_, change) => {
    const before = farmGrid(map([pod('a-m1', 6_378)]));
    expect(farmGrid(map([pod('a-m1', 6_378, change)]), before)[0]?.rows[0]).not.toBe(before[0]?.rows[0]);
  });
  test('a machine that is drained is drawn', () => {
    const before = farmGrid(map([pod('a-m1', 6_378)]));
    const after = farmGrid(
      map([pod('a-m1', 6_378)], { datacenters: [{ name: 'a', complete: true, machines: [machine('a-m1', true)] }] }),
      before,
    );
    expect(after[0]?.rows[0]?.machine.draining).toBe(true);
  });
});

describe('keys in a grid of 3 rows and 4 columns', () => {
  const at = { row: 1, column: 1 };
  const cases: readonly (readonly [string, boolean, readonly [number, number] | undefined])[] = [
    ['ArrowUp', false, [0, 1]],
    ['ArrowDown', false, [2, 1]],
    ['ArrowLeft', false, [1, 0]],
    ['ArrowRight', false, [1, 2]],
    ['Home', false, [1, 0]],
    ['End', false, [1, 3]],
    ['Home', true, [0, 0]],
    ['End', true, [2, 3]],
    ['PageUp', false, [0, 1]],
    ['PageDown', false, [2, 1]],
    ['Enter', false, undefined],
    ['a', false, undefined],
  ];
  test.each(cases)('%s (ctrl: %s)', (key, ctrlKey, expected) => {
    const to = movePlace(at, { key, ctrlKey }, { rows: 3, columns: 4 });
    expect(to && [to.row, to.column]).toEqual(expected);
  });
  test('nobody leaves it', () => {
    expect(movePlace({ row: 0, column: 0 }, { key: 'ArrowUp', ctrlKey: false }, { rows: 3, columns: 4 })).toEqual({
      row: 0,
      column: 0,
    });
    expect(movePlace({ row: 2, column: 3 }, { key: 'PageDown', ctrlKey: false }, { rows: 3, columns: 4 })).toEqual({
      row: 2,
      column: 3,
    });
  });
});

describe('colours', () => {
  test('every mode has a sign for each of its colours', () => {
    for (const mode of ['state', 'tier', 'cluster'] as const) {
      const { paints } = painterOf(mode, ['M1', 'M16'], ['Session', 'User.id']);
      const signs = paints.filter(({ key }) => key !== NO_CLUSTER).map(({ sign }) => sign);
      expect(signs.every((sign) => sign !== '')).toBe(true);
      expect(new Set(signs).size).toBe(signs.length);
    }
  });
  test('codes are short, and each is of one name only', () => {
    const names = ['Us', 'User.id', 'User.name', 'Users', 'uu', '_', 'A'];
    const codes = shortCodes(names);
    expect([...codes.keys()]).toEqual(names);
    expect(new Set(codes.values()).size).toBe(names.length);
    expect(Math.max(...[...codes.values()].map((code) => code.length))).toBeLessThanOrEqual(2);
  });
  test('three hundred names that begin alike have a code each', () => {
    const codes = shortCodes(Array.from({ length: 300 }, (_, index) => `Aa${index}`));
    expect(new Set(codes.values()).size).toBe(300);
  });
  test('a name that is unknown, and none, are of no cache cluster', () => {
    const painter = painterOf('cluster', [], ['User.id']);
    expect(painter.paint(pod('a-m1', 6_378)).key).toBe(NO_CLUSTER);
    expect(painter.paint(pod('a-m1', 6_378, { clusterName: 'gone' })).key).toBe(NO_CLUSTER);
    expect(painter.paint(pod('a-m1', 6_378, { state: 'unreachable' })).sign).toBe('✕');
  });
  test('the legend counts, also those that are none', () => {
    const pods = [pod('a-m1', 6_378), pod('a-m1', 6_379, { state: 'serving' }), pod('a-m2', 6_378)];
    const legend = legendOf(painterOf('state', [], []), pods);
    expect(Object.fromEntries(legend.map(({ key, count }) => [key, count]))).toMatchObject({
      serving: 1,
      idle: 2,
      unreachable: 0,
    });
  });
  test('names of cache clusters are sorted, each once', () => {
    const pods = ['b', 'a', 'b'].map((clusterName) => pod('a-m1', 6_378, { clusterName }));
    expect(clusterNamesOf({ pods })).toEqual(['a', 'b']);
  });
});

describe('the address', () => {
  test.each([
    [null, 'state'],
    ['tier', 'tier'],
    ['rainbow', 'state'],
  ])('colour %s is %s', (text, mode) => expect(colourMode(text)).toBe(mode));
  test('a filter is set, added to and taken back', () => {
    expect(toggled(filterOf(null), 'idle')).toBe('idle');
    expect(toggled(filterOf('idle'), 'serving')).toBe('idle,serving');
    expect(toggled(filterOf('idle'), 'idle')).toBeUndefined();
  });
  test('one thing is picked at a time', () => {
    expect(pickOf(new URLSearchParams('machine=a-m1'))).toEqual({ kind: 'machine', name: 'a-m1' });
    expect(pickOf(new URLSearchParams('machine='))).toBeUndefined();
    expect(pickQuery({ kind: 'datacenter', name: 'a' })).toEqual({
      pod: undefined,
      machine: undefined,
      datacenter: 'a',
    });
  });
});

describe('a drain', () => {
  const draining = [{ name: 'a', complete: true, machines: [machine('a-m1', true), machine('a-m2')] }];
  const pods = [
    pod('a-m1', 6_378, { state: 'serving', draining: true }),
    pod('a-m1', 6_379, { state: 'draining', draining: true }),
    pod('a-m2', 6_378),
  ];
  test('of a machine has come as far as its pods are free', () =>
    expect(drainState(map(pods, { datacenters: draining }), { kind: 'machine', name: 'a-m1' })).toEqual({
      draining: true,
      pods: 2,
      inUse: 1,
    }));
  test('of a datacenter is one when all its machines are drained', () =>
    expect(drainState(map(pods, { datacenters: draining }), { kind: 'datacenter', name: 'a' })).toEqual({
      draining: false,
      pods: 3,
      inUse: 1,
    }));
  test('of a pod is its own', () =>
    expect(drainState(map(pods), { kind: 'pod', name: 'a/redis-6378-a-m1' })).toEqual({
      draining: true,
      pods: 1,
      inUse: 1,
    }));
  test('of something that is not there is none', () =>
    expect(drainState(map(pods), { kind: 'machine', name: 'gone' })).toEqual({ draining: false, pods: 0, inUse: 0 }));
});
