import { describe, expect, test } from '@jest/globals';
import type { BrakesView, ClustersView, EventView, GroupsView, HealthView } from '../../src/api/schemas.js';
import { majorityOf, votingOf } from '../../src/web/groups/group-state.js';
import { addSample, type LoadSample, lineOf, loadOf, WINDOW_MS } from '../../src/web/overview/load-samples.js';
import { HOUR_MS, medianOf, recoveriesOf } from '../../src/web/overview/recoveries.js';
import { troublesOf } from '../../src/web/overview/troubles.js';

const T0 = 1_800_000_000_000;
const freshness = { observedAt: T0, ageMs: 0, stale: false };

describe('recoveries', () => {
  const ended = (seq: number, ageMs: number, recoveryMs?: number): EventView => ({
    seq,
    at: T0 - ageMs,
    level: 'info',
    msg: 'ended',
    reason: 'PodCrashed',
    subject: `User.id::${seq}`,
    status: 'Done',
    ms: 9,
    ...(recoveryMs === undefined ? {} : { recoveryMs }),
  });

  test('only ends of recoveries of the last hour count, newest first', () => {
    const events = [ended(4, 10, 40), ended(3, 20), ended(2, 30, 900), ended(1, HOUR_MS + 1, 5_000)];
    const { lines, p50Ms, maxMs } = recoveriesOf(events, T0);
    expect(lines.map(({ seq }) => seq)).toEqual([4, 2]);
    expect([p50Ms, maxMs]).toEqual([40, 900]);
  });

  test('none: no figures', () => {
    expect(recoveriesOf([], T0)).toEqual({ lines: [], p50Ms: undefined, maxMs: undefined });
  });

  test.each([
    [[], undefined],
    [[3], 3],
    [[9, 1], 1],
    [[9, 1, 5], 5],
    [[4, 3, 2, 1], 2],
  ])('the median of %j is %j', (values, median) => {
    expect(medianOf(values)).toBe(median);
  });
});

describe('load', () => {
  const clusters = (...of: readonly (readonly [number, number | null])[]) =>
    ({ clusters: of.map(([opsPerSecond, hitRatio]) => ({ opsPerSecond, hitRatio })) }) as unknown as ClustersView;

  test('throughput is summed, the hit ratio weighted by it', () => {
    expect(loadOf(clusters([300, 1], [100, 0.6], [50, null]))).toEqual({ opsPerSecond: 450, hitRatio: 0.9 });
    expect(loadOf(clusters([0, 0.5], [0, null]))).toEqual({ opsPerSecond: 0, hitRatio: undefined });
    expect(loadOf(clusters())).toEqual({ opsPerSecond: 0, hitRatio: undefined });
  });

  const sample = (seconds: number, opsPerSecond = 1, hitRatio?: number): LoadSample => ({
    at: T0 + seconds * 1_000,
    opsPerSecond,
    hitRatio,
  });

  test('the same look told again is no sample; old ones go', () => {
    const one = addSample([], sample(0));
    expect(addSample(one, sample(0))).toBe(one);
    expect(addSample(one, sample(-1))).toBe(one);
    expect(addSample(one, sample(1))).toHaveLength(2);
    expect(addSample(one, sample(WINDOW_MS / 1_000 + 1))).toHaveLength(1);
  });

  test('a line goes from the left edge to the right one, a silence is a gap', () => {
    const samples = [sample(0, 0), sample(5, 50), sample(40, 100), sample(50, 100)];
    const line = lineOf(samples, ({ opsPerSecond }) => opsPerSecond, 100);
    expect(line?.segments).toEqual(['0.00,100.00 10.00,50.00', '80.00,0.00 100.00,0.00']);
  });

  test('a steady line is not the upper edge itself; one point is no line', () => {
    expect(lineOf([sample(0, 100), sample(1, 100)], ({ opsPerSecond }) => opsPerSecond)?.segments).toEqual([
      '0.00,9.09 100.00,9.09',
    ]);
    expect(lineOf([sample(0)], ({ opsPerSecond }) => opsPerSecond)).toBeUndefined();
    expect(lineOf([sample(0), sample(1)], ({ hitRatio }) => hitRatio)).toBeUndefined();
  });
});

describe('troubles', () => {
  const health: HealthView = {
    farm: 'demo',
    version: '0',
    leads: true,
    ready: true,
    freshness,
    partitions: { declared: 20, serving: 20, named: 20, armed: 18, toArm: 18 },
    pods: { all: 45, idle: 10, unreachable: 0 },
  };
  const sentinel = { machine: 'a-0', address: '10.0.0.1:26379', names: 3, differs: 0 };
  const groupOf = (name: string, ...states: readonly ('up' | 'down' | 'tilt')[]): GroupsView['groups'][number] => ({
    name,
    replicated: false,
    quorum: 2,
    size: states.length,
    up: states.filter((state) => state !== 'down').length,
    tilted: states.filter((state) => state === 'tilt').length,
    partitions: 3,
    maxPartitions: 100,
    agreed: 3,
    downAfterMs: 1_000,
    failoverTimeoutMs: 5_000,
    rewriteBytes: 4_000,
    clusters: [],
    sentinels: states.map((state, i) => ({
      ...sentinel,
      pod: `sentinel-${name}-0`,
      datacenter: 'abcde'[i] ?? '',
      up: state !== 'down',
      tilt: state === 'tilt',
    })),
  });
  const groups = (...of: GroupsView['groups']): GroupsView => ({ freshness, groups: of });
  const held = (...of: readonly (readonly [string, string])[]): BrakesView => ({
    freshness,
    leads: true,
    budget: { binds: null, moves: null, replacements: [], backing: [] },
    held: of.map(([reason, subject]) => ({ reason, subject, why: '', detail: '', askable: reason === 'PersonNeeded' })),
  });
  const said = (known: Parameters<typeof troublesOf>[0]) =>
    troublesOf(known).map(({ kind, severity, count }) => `${severity} ${kind} ${count}`);

  test('a farm that is well has none, and one of which nothing is known either', () => {
    expect(troublesOf({})).toEqual([]);
    expect(troublesOf({ health, groups: groups(groupOf('main-0', 'up', 'up', 'up')), brakes: held() })).toEqual([]);
  });

  test('what nobody serves comes before what may hurt, that before what waits', () => {
    const brakes = held(['MoveCopying', 'Session::0'], ['PodUnreachable', 'User.id::1'], ['NoIdlePod', 'User.id::2']);
    const partitions = { declared: 20, serving: 18, named: 20, armed: 17, toArm: 18 };
    expect(said({ health: { ...health, partitions }, brakes })).toEqual([
      'down not-serving 2',
      'down brake 1',
      'risk unarmed 1',
      'risk brake 1',
      'note wait 1',
    ]);
  });

  test('a group is without majority when the votes that count are too few, though all answer', () => {
    const tilted = groupOf('main-0', 'up', 'tilt', 'tilt');
    expect(votingOf(tilted)).toBe(1);
    expect(said({ groups: groups(tilted, groupOf('main-1', 'up', 'up', 'down')) })).toEqual([
      'down group-without-majority 1',
      'risk sentinel-down 1',
      'risk sentinel-tilted 2',
    ]);
    expect([1, 2, 3, 4, 5].map(majorityOf)).toEqual([1, 2, 2, 3, 3]);
  });

  test('a brake that tells what is down already is not told twice', () => {
    expect(said({ brakes: held(['SentinelUnreachable', 's'], ['GroupWithoutMajority', 'main-0']) })).toEqual([]);
  });

  test('many of one reason are one, with the first names, each once', () => {
    const brakes = held(...Array.from({ length: 9 }, (_, i) => ['PersonNeeded', `User.id::${i % 5}`] as const));
    expect(troublesOf({ brakes })).toMatchObject([
      { kind: 'person-needed', severity: 'down', count: 9, names: ['User.id::0', 'User.id::1', 'User.id::2'] },
    ]);
  });

  test('a Barn that cannot look says why', () => {
    const blind = {
      ...health,
      ready: false,
      why: 'no pass yet',
      freshness: { ...freshness, stale: true, why: 'cut off' },
    };
    expect(troublesOf({ health: blind }).map(({ kind, why }) => [kind, why])).toEqual([
      ['not-ready', 'no pass yet'],
      ['stale', 'cut off'],
    ]);
  });
});
