import { describe, expect, test } from '@jest/globals';
import { DEFAULT_LIMITS, type ReplacementLimits, ReplacementWindow } from '../../src/barn/replacement-window.js';
import type { CacheCluster } from '../../src/farm/model.js';
import { resolveFarm } from '../../src/farm/resolve.js';
import { cacheCluster, farmSpec, tier } from '../builders/farm.js';

/** Two of one database, one of none. */
const farm = resolveFarm(
  farmSpec({
    tiers: [tier({ replicas: 10 })],
    cacheClusters: [
      cacheCluster({ clusterName: 'User.id', clusterSize: 20, backingGroup: 'db' }),
      cacheCluster({ clusterName: 'User.name', clusterSize: 4, backingGroup: 'db' }),
      cacheCluster({ clusterName: 'Chat.room', clusterSize: 6 }),
    ],
  }),
);

interface Left {
  readonly clusters: Readonly<Record<string, number>>;
  readonly db: number | undefined;
}

/** @param recorded name of a cache cluster, when one of its partitions was replaced (ms) */
function leftAt(
  now: number,
  recorded: readonly (readonly [string, number])[],
  limits: ReplacementLimits = DEFAULT_LIMITS,
): Left {
  const window = new ReplacementWindow(limits);
  for (const [name, at] of recorded) {
    const cluster = farm.cacheClusters.find(({ clusterName }) => clusterName === name);
    if (!cluster) throw new Error(`${name} is not declared`);
    window.record(cluster, at);
  }
  const { replacements, backing } = window.budget(farm, now);
  return { clusters: Object.fromEntries(replacements), db: backing.get('db') };
}

const times = (count: number, name: string, at: number) => Array.from({ length: count }, () => [name, at] as const);
const FULL = { 'User.id': 10, 'User.name': 5, 'Chat.room': 5 };

describe('the window of replacements', () => {
  test.each<[string, number, readonly (readonly [string, number])[], Left]>([
    ['is full at the start: half of the partitions, and five of a small one', 0, [], { clusters: FULL, db: 12 }],
    [
      'counts a replacement for its cache cluster and for the database that it shares',
      1_000,
      [['User.id', 0]],
      { clusters: { ...FULL, 'User.id': 9 }, db: 11 },
    ],
    [
      'counts no other cache cluster and no database for one that has none',
      1_000,
      [['Chat.room', 0]],
      { clusters: { ...FULL, 'Chat.room': 4 }, db: 12 },
    ],
    [
      'adds up what several cache clusters send to one database',
      1_000,
      [...times(3, 'User.id', 0), ...times(2, 'User.name', 500)],
      { clusters: { ...FULL, 'User.id': 7, 'User.name': 3 }, db: 7 },
    ],
    [
      'is empty, not less, when more was replaced than it allows',
      1_000,
      times(13, 'User.id', 0),
      { clusters: { ...FULL, 'User.id': 0 }, db: 0 },
    ],
    [
      'still counts what is a moment less than a minute old',
      59_999,
      times(10, 'User.id', 0),
      { clusters: { ...FULL, 'User.id': 0 }, db: 2 },
    ],
    ['forgets what is a minute old', 60_000, times(10, 'User.id', 0), { clusters: FULL, db: 12 }],
    [
      'slides: each replacement is given back a minute after itself, not all of them together',
      70_000,
      [...times(4, 'User.id', 0), ...times(3, 'User.id', 15_000)],
      { clusters: { ...FULL, 'User.id': 7 }, db: 9 },
    ],
  ])('%s', (_, now, recorded, left) => {
    expect(leftAt(now, recorded)).toEqual(left);
  });

  test('keeps to limits that it is given', () => {
    const limits = { windowMs: 100, share: 0.1, least: 1, moves: 2 };
    expect(leftAt(99, [['User.id', 0]], limits).clusters).toEqual({ 'User.id': 1, 'User.name': 1, 'Chat.room': 1 });
    expect(leftAt(100, [['User.id', 0]], limits).clusters).toEqual({ 'User.id': 2, 'User.name': 1, 'Chat.room': 1 });
    expect(new ReplacementWindow(limits).budget(farm, 0).moves).toBe(2);
  });

  test('what it has forgotten does not come back when it is asked again', () => {
    const window = new ReplacementWindow();
    const [cluster] = farm.cacheClusters;
    if (!cluster) throw new Error('nothing is declared');
    window.record(cluster, 0);
    const left = [0, 59_999, 60_000, 60_001].map((now) => window.budget(farm, now).replacements.get('User.id'));
    expect(left).toEqual([9, 9, 10, 10]);
  });

  test.each<[string, (window: ReplacementWindow, cluster: CacheCluster) => void, number]>([
    [
      'once, of its own, when it sees what came of it',
      (w, c) => [w.record(c, 0, 'User.id::0', 'x'), w.saw(c, 5, 'User.id::0', 'x')],
      9,
    ],
    ['once, of another one, seen again', (w, c) => [w.saw(c, 0, 'User.id::0', 'x'), w.saw(c, 5, 'User.id::0', 'x')], 9],
    [
      'twice, when the partition left another address too',
      (w, c) => [w.saw(c, 0, 'User.id::0', 'x'), w.saw(c, 5, 'User.id::0', 'y')],
      8,
    ],
    [
      'twice, when it was begun twice',
      (w, c) => [w.record(c, 0, 'User.id::0', 'x'), w.record(c, 5, 'User.id::0', 'x')],
      8,
    ],
  ])('counts a replacement %s', (_, replace, left) => {
    const window = new ReplacementWindow();
    const [cluster] = farm.cacheClusters;
    if (!cluster) throw new Error('nothing is declared');
    replace(window, cluster);
    expect(window.budget(farm, 10).replacements.get('User.id')).toBe(left);
  });
});
