import { describe, expect, test } from '@jest/globals';
import { formatQuantity, parseBytes } from '../../src/farm/bytes.js';
import { resolveFarm } from '../../src/farm/resolve.js';
import { cacheCluster, datacenter, farmSpec, sentinelGroup } from '../builders/farm.js';

describe('resolveFarm', () => {
  test.each([
    [undefined, 'sidecar'],
    [true, 'sidecar'],
    ['sidecar', 'sidecar'],
    ['container', 'container'],
    [false, false],
  ] as const)('exporter %s means %s', (exporter, form) => {
    expect(resolveFarm(farmSpec({ exporter })).exporter).toBe(form);
  });

  test('fills in every default', () => {
    const { sentinelGroups: _, ...spec } = farmSpec();
    expect(resolveFarm(spec)).toMatchObject({
      namespace: 'cachefarm',
      auth: 'password',
      exporter: 'sidecar',
      datacenters: [{ name: 'a', context: 'a', witness: false, domain: 'a.small.internal' }, {}, {}],
      tiers: [
        {
          maxMemoryBytes: 2 ** 30,
          memoryBytes: 1.5 * 2 ** 30,
          maxMemoryPolicy: 'allkeys-lru',
          persistence: 'none',
          volumeBytes: 2 ** 31,
        },
        {},
      ],
      sentinelGroups: [
        {
          name: 'main-0',
          size: 3,
          quorum: 2,
          downAfterMs: 1_000,
          failoverTimeoutMs: 5_000,
          maxPartitions: 100,
          replicated: false,
        },
        { name: 'replicated-0', port: 26_479, failoverTimeoutMs: 30_000, replicated: true },
      ],
      cacheClusters: [
        {
          partitionSize: 1,
          standbys: 1,
          hash: 'jump',
          importance: 3,
          sentinelGroup: 'main-0',
          datacenters: ['a', 'b', 'c'],
        },
        { partitionSize: 3, standbys: 0, sentinelGroup: 'replicated-0' },
      ],
    });
  });

  test('minReplicas is there only where it asks for something', () => {
    const [none, zero, one] = resolveFarm(
      farmSpec({
        cacheClusters: [undefined, 0, 1].map((minReplicas, i) =>
          cacheCluster({
            clusterName: `C${i}`,
            partitionSize: 2,
            ...(minReplicas === undefined ? {} : { minReplicas }),
          }),
        ),
      }),
    ).cacheClusters;
    expect([none, zero].map((cluster) => Object.hasOwn(cluster ?? {}, 'minReplicas'))).toEqual([false, false]);
    expect(one?.minReplicas).toBe(1);
  });

  test('images left undefined have their default', () => {
    const { images } = resolveFarm(farmSpec({ images: { redis: undefined, exporter: 'exporter:1' } }));
    expect(images.redis).toMatch(/redis:\d/);
    expect(images.exporter).toBe('exporter:1');
  });

  test('an auto pool grows by first fit, and appending moves no cache cluster', () => {
    const clusters = [60, 50, 40, 45, 5].map((clusterSize, i) => cacheCluster({ clusterName: `C${i}`, clusterSize }));
    const groupsOf = (count: number): readonly string[] =>
      resolveFarm(farmSpec({ cacheClusters: clusters.slice(0, count) })).cacheClusters.map((c) => c.sentinelGroup);
    expect(groupsOf(5)).toEqual(['main-0', 'main-1', 'main-0', 'main-1', 'main-1']);
    for (let count = 1; count < 5; count++) expect(groupsOf(count)).toEqual(groupsOf(5).slice(0, count));
  });

  test('an auto pool that is too small for a cache cluster is not filled beyond its ceiling: the next takes it', () => {
    const farm = resolveFarm(
      farmSpec({
        sentinelGroups: [sentinelGroup({ maxPartitions: 5 }), sentinelGroup({ name: 'big', maxPartitions: 20 })],
        cacheClusters: [10, 3, 10, 10].map((clusterSize, i) => cacheCluster({ clusterName: `C${i}`, clusterSize })),
      }),
    );
    expect(farm.cacheClusters.map(({ sentinelGroup }) => sentinelGroup)).toEqual(['big-0', 'main-0', 'big-0', 'big-1']);
    // Where none is wide enough it is put into one all the same: the check says so, and does not say that it has none.
    const [lone] = resolveFarm(
      farmSpec({
        sentinelGroups: [sentinelGroup({ maxPartitions: 5 })],
        cacheClusters: [cacheCluster({ clusterSize: 10 })],
      }),
    ).cacheClusters;
    expect(lone?.sentinelGroup).toBe('main-1');
  });

  test('a cache cluster that names its group opens it in an auto pool, and keeps it whatever others do', () => {
    const named = ['main-0', 'main-2', 'main-0'].map((sentinelGroup, i) =>
      cacheCluster({ clusterName: `C${i}`, clusterSize: 40, sentinelGroup }),
    );
    const farm = resolveFarm(
      farmSpec({ cacheClusters: [...named, cacheCluster({ clusterName: 'D', clusterSize: 30 })] }),
    );
    expect(farm.sentinelGroups.map(({ name }) => name)).toEqual(['main-0', 'main-1', 'main-2', 'replicated-0']);
    expect(farm.cacheClusters.map(({ sentinelGroup }) => sentinelGroup)).toEqual([
      'main-0',
      'main-2',
      'main-0',
      'main-1',
    ]);
    const without = resolveFarm(farmSpec({ cacheClusters: named.slice(1) }));
    expect(without.cacheClusters.map(({ sentinelGroup }) => sentinelGroup)).toEqual(['main-2', 'main-0']);
  });

  test('one more group of a pool moves no port of another', () => {
    const ports = (count: number) =>
      Object.fromEntries(
        resolveFarm(
          farmSpec({
            sentinelGroups: [sentinelGroup({ count }), sentinelGroup({ name: 'replicated', replicated: true })],
          }),
        ).sentinelGroups.map(({ name, port }) => [name, port]),
      );
    expect(ports(3)).toEqual({ 'main-0': 26_379, 'main-1': 26_380, 'main-2': 26_381, 'replicated-0': 26_479 });
    expect(ports(3)).toMatchObject(ports(2));
  });

  test('sentinels are dealt to the datacenters in turn', () => {
    const membersOf = (size: number, names: readonly string[]): unknown =>
      resolveFarm(
        farmSpec({ datacenters: names.map((name) => datacenter({ name })), sentinelGroups: [sentinelGroup({ size })] }),
      ).sentinelGroups[0]?.members.map(({ datacenter: name, replicas }) => `${name}${replicas}`);
    expect(membersOf(3, ['a', 'b', 'c'])).toEqual(['a1', 'b1', 'c1']);
    expect(membersOf(5, ['a', 'b', 'c'])).toEqual(['a2', 'b2', 'c1']);
    expect(membersOf(3, ['a', 'b'])).toEqual(['a2', 'b1']);
    expect(membersOf(3, ['a', 'b', 'c', 'd'])).toEqual(['a1', 'b1', 'c1']);
    expect(membersOf(3, [])).toEqual([]);
  });

  test('a witness holds no partitions', () => {
    const spec = farmSpec({ datacenters: [datacenter(), { name: 'w', witness: true }] });
    expect(resolveFarm(spec).cacheClusters[0]?.datacenters).toEqual(['a']);
  });
});

describe('memory sizes', () => {
  test.each([
    ['1.5Gi', 1_610_612_736],
    ['1gb', 2 ** 30],
    ['500M', 500_000_000],
    ['64mb', 64 * 2 ** 20],
    ['4096', 4_096],
    [4_096, 4_096],
  ])('%p is %p bytes', (text, bytes) => {
    expect(parseBytes(text)).toBe(bytes);
  });

  test.each([
    '',
    ' ',
    '0',
    '1.5gi',
    '-1Gi',
    '1e9',
    '1 Gi',
    'Gi',
    '1Gib',
    '9'.repeat(30),
    0,
    -1,
    1.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
  ])('%p is none', (text) => {
    expect(parseBytes(text)).toBeUndefined();
  });

  test.each([
    [1_610_612_736, '1536Mi'],
    [2 ** 30, '1Gi'],
    [1_000, '1000'],
  ])('%p is written %p', (bytes, text) => {
    expect(formatQuantity(bytes)).toBe(text);
  });
});
