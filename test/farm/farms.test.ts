import { describe, expect, test } from '@jest/globals';
import { farmWarnings } from '../../src/farm/define.js';
import type { Farm } from '../../src/farm/model.js';
import { farm as demo } from '../../src/farms/demo.js';
import { farm as talk } from '../../src/farms/talk.js';

const podsOf = (farm: Farm, tierName: string): number => {
  const tier = farm.tiers.find(({ name }) => name === tierName);
  const datacenters = farm.datacenters.filter(({ witness }) => !witness).length;
  return tier ? tier.replicas * tier.ports.length * datacenters : 0;
};

interface Use {
  readonly placed: number;
  readonly standbys: number;
  readonly pods: number;
}

function useOf(farm: Farm, tierName: string): Use {
  const clusters = farm.cacheClusters.filter(({ tier }) => tier === tierName);
  const sum = (numbers: readonly number[]): number => numbers.reduce((total, value) => total + value, 0);
  return {
    placed: sum(clusters.map(({ clusterSize, partitionSize }) => clusterSize * partitionSize)),
    standbys: sum(clusters.map(({ standbys, datacenters }) => standbys * datacenters.length)),
    pods: podsOf(farm, tierName),
  };
}

const tiers = ['M1', 'M4', 'M16'] as const;

describe('the talk farm is requirements S1 in numbers', () => {
  test('3 datacenters x 60 machines of 64 GiB', () => {
    expect(talk.datacenters.map(({ name, machines }) => [name, machines.count, machines.memoryBytes])).toEqual(
      ['a', 'b', 'c'].map((name) => [name, 60, 64 * 2 ** 30]),
    );
  });

  test('720 pods in three memory tiers', () => {
    const GiB = 2 ** 30;
    expect(talk.tiers.map((t) => [t.name, t.maxMemoryBytes, t.memoryBytes, t.ports, t.replicas])).toEqual([
      ['M1', GiB, 1.5 * GiB, [6378, 6379, 6380], 40],
      ['M4', 4 * GiB, 6 * GiB, [6381, 6382], 30],
      ['M16', 16 * GiB, 24 * GiB, [6383], 60],
    ]);
    expect(tiers.map((name) => podsOf(talk, name))).toEqual([360, 180, 180]);
  });

  test.each(tiers)('55 to 62 %% of %s is used, under the reserve for a datacenter', (name) => {
    const { placed, standbys, pods } = useOf(talk, name);
    expect((placed + standbys) / pods).toBeGreaterThan(0.55);
    expect((placed + standbys) / pods).toBeLessThan(0.62);
    expect(placed + standbys).toBeLessThanOrEqual(pods * (1 - 1 / 3));
  });

  test('about 60 % of all is used', () => {
    const uses = tiers.map((name) => useOf(talk, name));
    expect(uses.reduce((total, { placed, standbys }) => total + placed + standbys, 0)).toBe(433);
  });

  test('its cache clusters: User.id of 10, one of 60 on M1, one replicated, one standby a datacenter for the rest', () => {
    const byName = new Map(talk.cacheClusters.map((cluster) => [cluster.clusterName, cluster]));
    expect(byName.get('User.id')).toMatchObject({ clusterSize: 10, partitionSize: 1, tier: 'M1', standbys: 1 });
    expect(byName.get('User.profile')).toMatchObject({ clusterSize: 60, tier: 'M1' });
    const replicated = talk.cacheClusters.filter(({ partitionSize }) => partitionSize > 1);
    expect(replicated).toMatchObject([{ clusterName: 'Chat.room', partitionSize: 3, standbys: 0 }]);
    expect(new Set(talk.cacheClusters.map(({ importance }) => importance))).toEqual(new Set([1, 2, 3, 4, 5]));
  });

  test('every cache cluster has a sentinel group of its kind, none over its ceiling', () => {
    for (const group of talk.sentinelGroups) {
      const clusters = talk.cacheClusters.filter(({ sentinelGroup }) => sentinelGroup === group.name);
      expect(clusters.reduce((total, { clusterSize }) => total + clusterSize, 0)).toBeLessThanOrEqual(100);
      expect(clusters.every(({ partitionSize }) => partitionSize > 1 === group.replicated)).toBe(true);
      expect(group.members).toEqual(['a', 'b', 'c'].map((datacenter) => ({ datacenter, replicas: 1 })));
    }
    const names = talk.sentinelGroups.map(({ name }) => name);
    expect(talk.cacheClusters.every(({ sentinelGroup }) => names.includes(sentinelGroup))).toBe(true);
  });

  test('has no warning', () => {
    expect(farmWarnings(talk)).toEqual([]);
  });
});

describe('the demo farm', () => {
  test('3 datacenters, 12 machines, 45 pods, 2 sentinel groups, no warning', () => {
    expect(demo.datacenters.map(({ machines }) => machines.count)).toEqual([4, 4, 4]);
    expect(tiers.map((name) => podsOf(demo, name))).toEqual([24, 12, 9]);
    expect(demo.sentinelGroups.map(({ name, port }) => [name, port])).toEqual([
      ['main-0', 26_379],
      ['replicated-0', 26_479],
    ]);
    expect(farmWarnings(demo)).toEqual([]);
  });

  test.each(tiers)('leaves idle pods in %s beside the standbys', (name) => {
    const { placed, standbys, pods } = useOf(demo, name);
    expect(pods - placed - standbys).toBeGreaterThanOrEqual(3);
  });

  test('each cache cluster can be even over datacenters and machines, standbys included', () => {
    for (const { clusterSize, partitionSize, tier: tierName, standbys } of demo.cacheClusters) {
      const fullest = Math.ceil((clusterSize * partitionSize) / 3);
      const tier = demo.tiers.find(({ name }) => name === tierName);
      expect(fullest).toBeLessThanOrEqual(tier?.replicas ?? 0);
      expect(fullest + standbys).toBeLessThanOrEqual((tier?.replicas ?? 0) * (tier?.ports.length ?? 0));
    }
    for (const tierName of tiers) {
      const clusters = demo.cacheClusters.filter(({ tier }) => tier === tierName);
      const fullest = clusters.map((c) => Math.ceil((c.clusterSize * c.partitionSize) / 3) + c.standbys);
      expect(fullest.reduce((total, value) => total + value, 0)).toBeLessThanOrEqual(podsOf(demo, tierName) / 3);
    }
  });
});
