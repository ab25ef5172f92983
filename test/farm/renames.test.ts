import { describe, expect, test } from '@jest/globals';
import { defineFarm } from '../../src/farm/define.js';
import { checkRenames, pinnedNames } from '../../src/farm/renames.js';
import { farm as demo } from '../../src/farms/demo.js';
import { cacheCluster, datacenter, farmSpec, sentinelGroup, tier } from '../builders/farm.js';

const before = pinnedNames(defineFarm(farmSpec()));
const lost = (changes: Parameters<typeof farmSpec>[0]): readonly string[] =>
  checkRenames(before, defineFarm(farmSpec(changes))).map(({ path }) => path);

describe('pinnedNames', () => {
  // Golden: a change here is a lost cache for whoever runs this farm.
  test('of the demo farm', () => {
    expect(pinnedNames(demo)).toEqual(
      ['a', 'b', 'c'].flatMap((datacenter) => [
        `${datacenter}/redis-m1-6378`,
        `${datacenter}/redis-m1-6379`,
        `${datacenter}/redis-m16-6383`,
        `${datacenter}/redis-m4-6381`,
        `${datacenter}/sentinel-main-0`,
        `${datacenter}/sentinel-replicated-0`,
      ]),
    );
  });

  test('a witness holds sentinels only', () => {
    const spec = farmSpec({
      datacenters: [datacenter(), datacenter({ name: 'b' }), { name: 'w', witness: true }],
      cacheClusters: [],
    });
    expect(pinnedNames(defineFarm(spec)).filter((name) => name.startsWith('w/'))).toEqual([
      'w/sentinel-main-0',
      'w/sentinel-replicated-0',
    ]);
  });
});

describe('checkRenames', () => {
  test('says nothing of the same farm, nor of one that grew', () => {
    expect(lost({})).toEqual([]);
    expect(
      lost({
        datacenters: ['a', 'b', 'c', 'd'].map((name) => datacenter({ name })),
        tiers: [
          tier({ replicas: 3 }),
          tier({ name: 'M4', ports: [6381, 6382] }),
          tier({ name: 'M2', ports: [6390], replicas: 1 }),
        ],
        cacheClusters: [cacheCluster({ clusterSize: 8 })],
      }),
    ).toEqual([]);
  });

  test('a renamed tier is the loss of all its pools, and says what came instead', () => {
    const next = defineFarm(
      farmSpec({ tiers: [tier({ name: 'S1' }), tier({ name: 'M4', ports: [6381] })], cacheClusters: [] }),
    );
    const problems = checkRenames(before, next);
    expect(problems.map(({ path }) => path)).toEqual(
      ['a', 'b', 'c'].flatMap((name) => [`${name}/redis-m1-6378`, `${name}/redis-m1-6379`]),
    );
    expect(problems[0]?.message).toBe(
      'a/redis-m1-6378 is gone and a/redis-s1-6378 is new, as if renamed: its pods would be deleted, with all they cache; keep tier, port, ' +
        'group and datacenter names as they were, or, if it is meant, empty it first and take it off the list of pinned names',
    );
  });

  test('a tier renamed by case only keeps its names', () => {
    expect(lost({ tiers: [tier({ name: 'm1' }), tier({ name: 'M4', ports: [6381] })], cacheClusters: [] })).toEqual([]);
  });

  test('a port, a tier, a datacenter, a sentinel group that is gone', () => {
    const cacheClusters = [cacheCluster()];
    expect(lost({ tiers: [tier({ ports: [6378] }), tier({ name: 'M4', ports: [6381] })], cacheClusters })).toEqual([
      'a/redis-m1-6379',
      'b/redis-m1-6379',
      'c/redis-m1-6379',
    ]);
    expect(lost({ tiers: [tier()], cacheClusters })).toEqual(['a/redis-m4-6381', 'b/redis-m4-6381', 'c/redis-m4-6381']);
    expect(lost({ datacenters: ['a', 'b', 'x'].map((name) => datacenter({ name })), cacheClusters })).toHaveLength(5);
    const sentinels = checkRenames(before, defineFarm(farmSpec({ sentinelGroups: [sentinelGroup()], cacheClusters })));
    expect(sentinels.map(({ path }) => path)).toEqual(['a', 'b', 'c'].map((name) => `${name}/sentinel-replicated-0`));
    expect(sentinels[0]?.message).toContain('move its cache clusters to another group first');
  });
});
