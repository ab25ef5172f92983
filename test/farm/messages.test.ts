import { describe, expect, test } from '@jest/globals';
import type { FarmSpec } from '../../src/farm/schema.js';
import { cacheCluster, datacenter, farmSpec, problemsOf, sentinelGroup, tier, warningsOf } from '../builders/farm.js';

/** A sentence, a farm with one fault, and how the line that names it begins and goes on. */
type Row = readonly [sentence: string, spec: unknown, path: string, ...phrases: readonly string[]];

const withTier = (changes: Parameters<typeof tier>[0]): FarmSpec =>
  farmSpec({ tiers: [tier(changes)], cacheClusters: [] });
const withDatacenter = (changes: Parameters<typeof datacenter>[0]): FarmSpec =>
  farmSpec({ datacenters: [datacenter(changes), datacenter({ name: 'b' }), datacenter({ name: 'c' })] });
const withGroup = (changes: Parameters<typeof sentinelGroup>[0], ...clusters: FarmSpec['cacheClusters']): FarmSpec =>
  farmSpec({ sentinelGroups: [sentinelGroup(changes)], cacheClusters: clusters });
const withClusters = (...changes: Parameters<typeof cacheCluster>[0][]): FarmSpec =>
  farmSpec({ cacheClusters: changes.map(cacheCluster) });
const raw = (changes: object): unknown => ({ ...farmSpec(), ...changes });

function expectLine(lines: readonly string[], path: string, phrases: readonly string[]): void {
  const line = lines.find((one) => one.startsWith(`[${path}] `) && phrases.every((phrase) => one.includes(phrase)));
  expect({ path, phrases, found: line !== undefined, lines }).toEqual({ path, phrases, found: true, lines });
}

const table = (rows: readonly Row[], of: (spec: unknown) => readonly string[]): void => {
  test.each(rows)('%s', (_sentence, spec, path, ...phrases) => {
    expectLine(of(spec), path, phrases);
  });
};

describe('shapes', () => {
  table(
    [
      [
        'a number in quotes',
        raw({ cacheClusters: [{ ...cacheCluster(), clusterSize: '10' }] }),
        'cacheClusters.User.id.clusterSize',
        'from 1 to 1000',
        'not "10"',
        'write 10 without quotes',
      ],
      [
        'a fraction where a whole number belongs',
        withClusters({ clusterSize: 1.5 }),
        'cacheClusters.User.id.clusterSize',
        'not 1.5',
        'write 1 or 2',
      ],
      ['not a number', withClusters({ clusterSize: Number.NaN }), 'cacheClusters.User.id.clusterSize', 'not NaN'],
      [
        'a missing value',
        raw({ tiers: [{ ...tier(), replicas: undefined }] }),
        'tiers.M1.replicas',
        'replicas is missing',
        'from 1 to 5000',
      ],
      [
        'a missing memory',
        raw({ tiers: [{ ...tier(), memory: undefined }] }),
        'tiers.M1.memory',
        "such as '4gb', '6Gi'",
      ],
      [
        'a misspelt key',
        raw({ tiers: [{ ...tier(), replica: 3 }] }),
        'tiers.M1',
        'replica is no key',
        'did you mean replicas?',
      ],
      [
        'a key of nothing known',
        raw({ zookeeper: 1 }),
        'farm',
        'zookeeper is no key',
        'there is name, namespace, datacenters',
      ],
      [
        'a choice that is none',
        raw({ cacheClusters: [{ ...cacheCluster(), hash: 'jmp' }] }),
        'cacheClusters.User.id.hash',
        'one of jump, ketama',
        'write jump',
      ],
      ['true in quotes', raw({ exporter: 'true' }), 'exporter', 'true or false', 'not "true"'],
      [
        'a misspelt form of the exporter',
        raw({ exporter: 'containers' }),
        'exporter',
        'true or false or one of sidecar, container',
        'write container',
      ],
      [
        'an entry that is no object',
        raw({ tiers: [null] }),
        'tiers[0]',
        'an entry of tiers must be an object',
        'not null',
      ],
      [
        'a port in quotes',
        raw({ tiers: [{ ...tier(), ports: ['6378'] }] }),
        'tiers.M1.ports[0]',
        'from 1024 to 65535',
        'write 6378 without quotes',
      ],
      [
        'a count that is neither',
        raw({ sentinelGroups: [{ name: 'main', count: 'many' }] }),
        'sentinelGroups.main.count',
        "a whole number or 'auto'",
        'not "many"',
      ],
      ['no object', null, 'farm', 'must be an object', 'not null'],
    ],
    problemsOf,
  );

  test('all that does not rest on the wrong part is still checked', () => {
    const lines = problemsOf({
      ...farmSpec({ name: 'Talk' }),
      tiers: [{ ...tier({ ports: [80], memory: '1gb' }), replicas: 'four' }],
      cacheClusters: [{ clusterName: 'a b', clusterSize: '10', tier: 'M2', importance: 9 }],
    });
    expect(lines.map((line) => line.slice(1, line.indexOf('] ')))).toEqual([
      'tiers.M1.replicas',
      'cacheClusters[0].clusterSize',
      'name',
      'tiers.M1.ports[0]',
      'cacheClusters[0].importance',
      'tiers.M1',
      'cacheClusters[0].clusterName',
      'cacheClusters[0].tier',
    ]);
  });

  test('a stand-in is never the reason of a message', () => {
    expect(problemsOf(raw({ tiers: 'M1' }))).toEqual([expect.stringContaining('[tiers] tiers must be a list')]);
    expect(problemsOf(raw({ datacenters: [1, 2, 3] }))).toHaveLength(3);
    expect(problemsOf(raw({ tiers: [{ ...tier(), name: 7 }, tier({ name: 'M4', ports: [6381] })] }))).toHaveLength(1);
  });
});

describe('names', () => {
  table(
    [
      ['a farm in capitals', farmSpec({ name: 'Talk' }), 'name', 'name Talk is no DNS label', 'write talk'],
      [
        'a namespace with a space',
        farmSpec({ namespace: 'cache farm' }),
        'namespace',
        '"cache farm"',
        'write cache-farm',
      ],
      ['an empty datacenter', withDatacenter({ name: '' }), 'datacenters[0].name', 'name "" is no DNS label'],
      [
        'a datacenter that names a folder of dist',
        withDatacenter({ name: 'argocd' }),
        'datacenters.argocd.name',
        'reserved',
        'argocd-1',
      ],
      ['a datacenter named all', withDatacenter({ name: 'all' }), 'datacenters.all.name', 'reserved'],
      ['a context with a line break', withDatacenter({ context: 'x\ny' }), 'datacenters.a.context', '"x\\u{a}y"'],
      [
        'a domain that is none',
        withDatacenter({ domain: 'a..b' }),
        'datacenters.a.domain',
        'a..b',
        'e.g. a.farm.internal',
      ],
      [
        'a domain with a part of 64 characters',
        withDatacenter({ domain: `${'a'.repeat(64)}.internal` }),
        'datacenters.a.domain',
        'is no DNS domain',
        '63 at most between dots',
      ],
      [
        'a domain that leaves no room for the names of sentinels',
        withDatacenter({ domain: `${'a'.repeat(60)}.${'b'.repeat(60)}.${'c'.repeat(26)}` }),
        'datacenters.a.domain',
        'is no DNS domain (up to 147',
      ],
      [
        'two datacenters of one name',
        withDatacenter({ name: 'b' }),
        'datacenters[1].name',
        'name b is taken by datacenters.b',
        'rename one',
      ],
      [
        'two datacenters on one KubeCluster',
        withDatacenter({ context: 'b' }),
        'datacenters.b.context',
        'is that of datacenters.a too',
      ],
      [
        'two datacenters under one domain',
        withDatacenter({ domain: 'b.small.internal' }),
        'datacenters.b.domain',
        'is that of datacenters.a too',
      ],
      ['a tier with a dot', withTier({ name: 'M1.5' }), 'tiers.M1.5.name', 'M1.5 is no tier name', 'write m1-5'],
      [
        'a tier too long for its StatefulSets',
        withTier({ name: 'm'.repeat(41) }),
        `tiers.${'m'.repeat(41)}.name`,
        '1 to 40',
      ],
      [
        'tiers that differ by case only',
        farmSpec({ tiers: [tier(), tier({ name: 'm1', ports: [6381] })], cacheClusters: [] }),
        'tiers[1].name',
        'm1 is taken by tiers.M1',
        'upper and lower case',
      ],
      ['a sentinel group with an underscore', withGroup({ name: 'ma_in' }), 'sentinelGroups.ma_in.name', 'write ma-in'],
      [
        'two sentinel groups of one name',
        farmSpec({ sentinelGroups: [sentinelGroup(), sentinelGroup({ size: 5 })], cacheClusters: [] }),
        'sentinelGroups[1].name',
        'main is taken',
      ],
      [
        'a storage class with a space',
        withTier({ persistence: 'aof', storageClass: 'fast ssd' }),
        'tiers.M1.storageClass',
        '"fast ssd"',
        'kubectl get storageclass',
      ],
    ],
    problemsOf,
  );
});

describe('numbers', () => {
  const limit = (sentence: string, spec: unknown, path: string, range: string): Row => [sentence, spec, path, range];
  table(
    [
      limit(
        'no machines',
        withDatacenter({ machines: { count: 0, memory: '64Gi' } }),
        'datacenters.a.machines.count',
        '0 is no whole number from 1 to 5000',
      ),
      limit('port 0', withTier({ ports: [0] }), 'tiers.M1.ports[0]', 'port 0 is no whole number from 1024 to 65535'),
      limit('port 22', withTier({ ports: [22] }), 'tiers.M1.ports[0]', 'port 22 is no'),
      limit('port 65536', withTier({ ports: [65536] }), 'tiers.M1.ports[0]', 'port 65536 is no'),
      limit('half a port', withTier({ ports: [6378.5] }), 'tiers.M1.ports[0]', 'port 6378.5 is no'),
      limit('replicas 0', withTier({ replicas: 0 }), 'tiers.M1.replicas', '0 is no whole number from 1'),
      limit('half a millicore', withTier({ cpuMillis: 0.5 }), 'tiers.M1.cpuMillis', '0.5 is no whole number'),
      limit('no groups', withGroup({ count: 0 }), 'sentinelGroups.main.count', "write 'auto'"),
      limit('down-after 0', withGroup({ downAfterMs: 0 }), 'sentinelGroups.main.downAfterMs', 'from 500 to 60000'),
      limit('down-after 499', withGroup({ downAfterMs: 499 }), 'sentinelGroups.main.downAfterMs', '499'),
      limit(
        'down-after above 2^31',
        withGroup({ downAfterMs: 2 ** 31 + 1 }),
        'sentinelGroups.main.downAfterMs',
        '2147483649',
      ),
      limit(
        'failover-timeout 999',
        withGroup({ failoverTimeoutMs: 999 }),
        'sentinelGroups.main.failoverTimeoutMs',
        'from 1000 to 600000',
      ),
      limit(
        '251 partitions a group',
        withGroup({ maxPartitions: 251 }),
        'sentinelGroups.main.maxPartitions',
        'from 1 to 250',
      ),
      limit(
        'clusterSize 0',
        withClusters({ clusterSize: 0 }),
        'cacheClusters.User.id.clusterSize',
        'clusterSize 0 is no whole number from 1 to 1000',
      ),
      limit('clusterSize -1', withClusters({ clusterSize: -1 }), 'cacheClusters.User.id.clusterSize', '-1'),
      limit('clusterSize 1e9', withClusters({ clusterSize: 1e9 }), 'cacheClusters.User.id.clusterSize', 'split'),
      limit(
        'partitionSize 0',
        withClusters({ partitionSize: 0 }),
        'cacheClusters.User.id.partitionSize',
        'from 1 to 5',
      ),
      limit(
        'partitionSize 6',
        withClusters({ partitionSize: 6 }),
        'cacheClusters.User.id.partitionSize',
        'from 1 to 5',
      ),
      limit('standbys -1', withClusters({ standbys: -1 }), 'cacheClusters.User.id.standbys', 'from 0 to 4'),
      limit('standbys 5', withClusters({ standbys: 5 }), 'cacheClusters.User.id.standbys', 'from 0 to 4'),
      limit('minReplicas -1', withClusters({ minReplicas: -1 }), 'cacheClusters.User.id.minReplicas', 'from 0 to 4'),
      limit('minReplicas 5', withClusters({ minReplicas: 5 }), 'cacheClusters.User.id.minReplicas', 'from 0 to 4'),
      limit('importance 0', withClusters({ importance: 0 }), 'cacheClusters.User.id.importance', 'from 1 to 5'),
    ],
    problemsOf,
  );
});

describe('images', () => {
  table(
    [
      [
        'latest',
        farmSpec({ images: { redis: 'redis:latest' } }),
        'images.redis',
        'redis:latest is whatever is newest',
        'name a version',
      ],
      ['no tag', farmSpec({ images: { exporter: 'localhost:5000/exporter' } }), 'images.exporter', 'has no tag'],
      ['empty', farmSpec({ images: { cachefarm: '' } }), 'images.cachefarm', 'is empty'],
      ['a line break', farmSpec({ images: { redis: 'redis\n:7' } }), 'images.redis', 'is no image reference'],
      [
        'capitals',
        farmSpec({ images: { redis: 'ghcr.io/MyOrg/redis:7.4.6' } }),
        'images.redis',
        'ghcr.io/MyOrg/redis:7.4.6 is no image reference',
        'all but the host in lower case',
      ],
      [
        'an empty part',
        farmSpec({ images: { redis: 'docker.io//redis:7.4.6' } }),
        'images.redis',
        'is no image reference',
      ],
      ['two tags', farmSpec({ images: { redis: 'redis:7.4.6:8' } }), 'images.redis', 'is no image reference'],
    ],
    problemsOf,
  );

  test.each([
    'redis:7.4.6',
    'localhost:5000/exporter:1',
    'Registry.Example:443/team_a/redis-with--dashes:7.4.6',
    `ghcr.io/a/b.c@sha256:${'0'.repeat(64)}`,
    `ghcr.io/a/b:1@sha256:${'0'.repeat(64)}`,
  ])('%s is one', (image) => {
    expect(problemsOf(farmSpec({ images: { redis: image } }))).toEqual([]);
  });
});

describe('memory', () => {
  table(
    [
      [
        'the headroom',
        withTier({ maxMemory: '6gb', memory: '6Gi' }),
        'tiers.M1',
        'maxMemory 6gb leaves no headroom under memory 6Gi (need at least 1.25x = 7.5Gi; raise memory or lower maxMemory)',
      ],
      ['more data than memory', withTier({ maxMemory: '2gb', memory: '1Gi' }), 'tiers.M1', '1.25x = 2.5Gi'],
      [
        'a unit in the wrong case',
        withTier({ memory: '1.5gi' }),
        'tiers.M1.memory',
        'memory 1.5gi is no memory size',
        'write 1.5Gi',
      ],
      ['no memory', withTier({ memory: 0 }), 'tiers.M1.memory', 'memory 0 is no memory size'],
      ['negative memory', withTier({ maxMemory: '-1gb' }), 'tiers.M1.maxMemory', '-1gb'],
      [
        'words',
        withDatacenter({ machines: { count: 4, memory: 'plenty' } }),
        'datacenters.a.machines.memory',
        'plenty is no memory size',
      ],
      [
        'too little to write anything',
        withTier({ maxMemory: '1mb', memory: '2Mi' }),
        'tiers.M1.maxMemory',
        'less than 4Mi',
      ],
      [
        'a policy that Redis has not',
        withTier({ maxMemoryPolicy: 'allkeys-lfru' }),
        'tiers.M1.maxMemoryPolicy',
        'did you mean allkeys-lru?',
      ],
      [
        'a volume without persistence',
        withTier({ volume: '2Gi' }),
        'tiers.M1.volume',
        'has no use without persistence',
        'aof or rdb',
      ],
      [
        'a storage class without persistence',
        withTier({ storageClass: 'ssd' }),
        'tiers.M1.storageClass',
        'has no use without persistence',
      ],
      [
        'an unreadable volume',
        withTier({ persistence: 'rdb', volume: '2 GB' }),
        'tiers.M1.volume',
        'is no memory size',
        'write 2gb',
      ],
      [
        'a volume smaller than the data',
        withTier({ persistence: 'rdb', volume: '512Mi' }),
        'tiers.M1.volume',
        'cannot hold maxMemory 1gb',
      ],
    ],
    problemsOf,
  );
});

describe('ports of a machine', () => {
  const two = (first: number[], second: number[], changes: Partial<FarmSpec> = {}): FarmSpec =>
    farmSpec({ tiers: [tier({ ports: first }), tier({ name: 'M4', ports: second })], cacheClusters: [], ...changes });
  table(
    [
      [
        'one port twice in a tier',
        withTier({ ports: [6378, 6378] }),
        'tiers.M1.ports[1]',
        'redis port 6378 is taken on the same machine by redis port 6378 (tiers.M1.ports[0])',
        'take another port',
      ],
      ['one port in two tiers', two([6378], [6378]), 'tiers.M4.ports[0]', '(tiers.M1.ports[0])'],
      [
        "a redis port on another's exporter",
        two([6378], [11_378]),
        'tiers.M1.ports[0]',
        'the exporter (+5000) of redis port 6378 = 11378',
        'redis port 11378 (tiers.M4.ports[0])',
      ],
      [
        "a redis port on another's bus",
        two([6378], [16_378]),
        'tiers.M1.ports[0]',
        'the bus (+10000) of redis port 6378 = 16378',
      ],
      [
        "a bus on another's exporter",
        two([6378], [11_378]),
        'tiers.M4.ports[0]',
        'the exporter (+5000) of redis port 11378 = 16378',
        'the bus (+10000) of redis port 6378',
      ],
      ['barn', withTier({ ports: [9180] }), 'tiers.M1.ports[0]', "barn's port 9180"],
      [
        'an exporter on barn',
        withTier({ ports: [4180] }),
        'tiers.M1.ports[0]',
        'the exporter (+5000) of redis port 4180 = 9180',
        "barn's port 9180",
      ],
      ['a sentinel group', withTier({ ports: [26_379] }), 'tiers.M1.ports[0]', 'the sentinel port of group main-0'],
      [
        'the second sentinel group',
        withTier({ ports: [16_479] }),
        'tiers.M1.ports[0]',
        'the bus (+10000) of redis port 16479 = 26479',
        'group replicated-0',
      ],
      ['the kubelet', withTier({ ports: [10_250] }), 'tiers.M1.ports[0]', 'the kubelet (every machine)'],
      [
        'the node-port range',
        withTier({ ports: [30_000] }),
        'tiers.M1.ports[0]',
        'redis port 30000 lies in the node-port range of Kubernetes (30000-32767)',
      ],
      [
        'a bus in the node-port range',
        withTier({ ports: [20_000] }),
        'tiers.M1.ports[0]',
        'the bus (+10000) of redis port 20000 = 30000',
      ],
      [
        'the ephemeral range',
        withTier({ ports: [32_768] }),
        'tiers.M1.ports[0]',
        'ephemeral',
        '(32768-60999)',
        'below 20000',
      ],
      ['an exporter above the last port', withTier({ ports: [61_000] }), 'tiers.M1.ports[0]', '= 66000 is above 65535'],
      ['no ports', withTier({ ports: [] }), 'tiers.M1.ports', 'an empty list'],
    ],
    problemsOf,
  );

  test('without exporter its ports are free', () => {
    const spec = two([6378], [11_378], { exporter: false });
    expect(problemsOf(spec)).toEqual([]);
  });

  test('a port declared twice is said once', () => {
    expect(problemsOf(withTier({ ports: [6378, 6378] }))).toHaveLength(1);
  });
});

describe('several sentinel groups in a pool', () => {
  const spec = farmSpec({
    sentinelGroups: [sentinelGroup({ maxPartitions: 12 })],
    cacheClusters: ['A', 'B', 'C'].map((clusterName) => cacheCluster({ clusterName, clusterSize: 5 })),
  });

  test('filled by first fit are a warning, with the names to write down', () => {
    expect(problemsOf(spec)).toEqual([]);
    expectLine(warningsOf(spec), 'sentinelGroups.main', [
      '3 cache clusters take the first of 2 groups with room',
      "give each its sentinelGroup: 'main-0' for A, B; 'main-1' for C",
    ]);
  });

  test('that nobody uses are a warning: a typing error makes all groups up to the one that is named', () => {
    const cacheClusters = ['main-0', 'main-10', 'main-0'].map((group, i) => ({
      ...cacheCluster({ clusterName: `C${i}`, clusterSize: 5 }),
      sentinelGroup: group,
    }));
    expectLine(warningsOf({ ...spec, cacheClusters }), 'sentinelGroups.main', [
      '9 of 11 groups name no partition (main-1, main-2, main-3, ...)',
      'C1 names main-10; name a lower one',
    ]);
  });

  test('named by every cache cluster are none', () => {
    const cacheClusters = spec.cacheClusters.map((cluster, i) => ({
      ...cluster,
      sentinelGroup: i < 2 ? 'main-0' : 'main-1',
    }));
    expect(warningsOf({ ...spec, cacheClusters })).toEqual([]);
  });
});

describe('machines', () => {
  const sized = (memory: string, count: number, ...tiers: Parameters<typeof tier>[0][]): FarmSpec =>
    farmSpec({
      datacenters: ['a', 'b', 'c'].map((name) => datacenter({ name, machines: { count, memory } })),
      tiers: tiers.map((changes, i) => tier({ name: `T${i}`, ports: [6378 + i], maxMemory: '512mb', ...changes })),
      exporter: false,
      sentinelGroups: [{ name: 'main' }],
      cacheClusters: [],
    });
  table(
    [
      [
        'no datacenters',
        farmSpec({ datacenters: [], cacheClusters: [] }),
        'datacenters',
        'an empty list has no machines',
        'better three',
      ],
      [
        'witnesses only',
        farmSpec({ datacenters: [{ name: 'a', witness: true }], cacheClusters: [] }),
        'datacenters',
        'witnesses only',
      ],
      ['no tiers', farmSpec({ tiers: [], cacheClusters: [] }), 'tiers', 'an empty list makes no pods'],
      [
        'a datacenter without machines',
        farmSpec({ datacenters: [{ name: 'a' }] }),
        'datacenters.a',
        'has no machines',
        'witness: true',
      ],
      [
        'a witness with machines',
        withDatacenter({ witness: true }),
        'datacenters.a.machines',
        'leave machines or witness out',
      ],
      [
        'more replicas than machines',
        withTier({ replicas: 5 }),
        'tiers.M1.replicas',
        'replicas 5 are more than the machines of a datacenter (a: 4, b: 4, c: 4)',
      ],
      [
        'a pod larger than a machine',
        sized('4Gi', 4, { memory: '6Gi', replicas: 1 }),
        'datacenters.a.machines',
        'over-committed',
        'one pod of T0:6378 needs 6Gi',
      ],
      [
        'all pods larger than all machines',
        sized('4Gi', 4, { memory: '3Gi' }, { memory: '3Gi' }),
        'datacenters.b.machines',
        'all pods need 24.13Gi of 16Gi',
        'add machines',
      ],
      [
        'a pod of each on every machine, too much together',
        sized('7Gi', 4, { memory: '4Gi' }, { memory: '4Gi', replicas: 1 }),
        'datacenters.a.machines',
        'T0:6378 and T1:6379 do not fit on one machine (8Gi) but have 5 pods',
      ],
      [
        'three on every machine',
        sized('10Gi', 4, { memory: '4Gi' }, { memory: '4Gi' }, { memory: '3Gi', replicas: 1 }),
        'datacenters.a.machines',
        'T2:6380 have 1 pods, and the machines have room for 0 of that size',
      ],
      [
        'more large pods than holes for them',
        sized(
          '10Gi',
          3,
          { memory: '4Gi', replicas: 2 },
          { memory: '4Gi', replicas: 2 },
          { memory: '4Gi', replicas: 2 },
          { memory: '4Gi', replicas: 1 },
        ),
        'datacenters.a.machines',
        'have 7 pods, and the machines have room for 6',
      ],
    ],
    problemsOf,
  );

  test('the exporter counts', () => {
    const spec = sized('2176Mi', 4, { memory: '2Gi' });
    expect(problemsOf(spec)).toEqual([]);
    expectLine(problemsOf({ ...spec, exporter: true }), 'datacenters.a.machines', [
      'do not fit on one machine (2.19Gi)',
    ]);
  });

  test('the sentinels count', () => {
    expectLine(problemsOf(sized('2Gi', 4, { memory: '2Gi' })), 'datacenters.a.machines', [
      'all pods need 8.13Gi of 8Gi',
    ]);
    expectLine(problemsOf(sized('2100Mi', 4, { memory: '2Gi' })), 'datacenters.a.machines', [
      'T0:6378 and sentinel-main-0 do not fit on one machine (2.13Gi) but have 5 pods',
    ]);
    expect(problemsOf(sized('2176Mi', 4, { memory: '2Gi' }))).toEqual([]);
  });

  test('an unlucky layout is a warning, not a problem', () => {
    const spec = sized('7Gi', 4, { memory: '4Gi', replicas: 2 }, { memory: '4Gi', replicas: 2 });
    expect(problemsOf(spec)).toEqual([]);
    expectLine(warningsOf(spec), 'datacenters.a.machines', ['together need 8.13Gi', 'stay Pending']);
  });
});

describe('failure domains', () => {
  const domains = (count: number, changes: Partial<FarmSpec> = {}): FarmSpec =>
    farmSpec({
      datacenters: ['a', 'b', 'c', 'd'].slice(0, count).map((name) => datacenter({ name })),
      cacheClusters: [],
      ...changes,
    });
  table(
    [
      ['one', domains(1), 'datacenters', '1 failure domain (a)', 'declare three'],
      ['two', domains(2), 'datacenters', '2 failure domains', 'a witness is enough'],
      [
        'all pods in one of three',
        farmSpec({
          datacenters: [datacenter(), { name: 'b', witness: true }, { name: 'c', witness: true }],
          cacheClusters: [],
        }),
        'datacenters',
        'all pods are in a',
      ],
      [
        'a quorum that a datacenter takes with it',
        withGroup({ quorum: 3 }),
        'sentinelGroups.main.quorum',
        'quorum 3 of 3 is out of reach',
        'use 2',
      ],
      [
        'a short failover-timeout for replicas',
        farmSpec({ sentinelGroups: [sentinelGroup({ replicated: true, failoverTimeoutMs: 5000 })], cacheClusters: [] }),
        'sentinelGroups.main.failoverTimeoutMs',
        '5000 is short',
        '30000',
      ],
    ],
    warningsOf,
  );

  test('sentinels of a group cannot share a machine', () => {
    const spec = farmSpec({
      datacenters: [datacenter({ machines: { count: 2, memory: '16Gi' } })],
      tiers: [tier({ replicas: 2 })],
      cacheClusters: [],
    });
    expectLine(problemsOf(spec), 'sentinelGroups.main.size', ['puts 3 sentinels into a, which has 2']);
  });
});

describe('sentinel groups', () => {
  table(
    [
      [
        'none',
        farmSpec({ sentinelGroups: [], cacheClusters: [] }),
        'sentinelGroups',
        'an empty list',
        "{name: 'main'}",
      ],
      ['four sentinels', withGroup({ size: 4 }), 'sentinelGroups.main.size', 'size 4 is even', 'use 3'],
      ['one sentinel', withGroup({ size: 1 }), 'sentinelGroups.main.size', 'size 1 is not 3 or 5'],
      ['seven sentinels', withGroup({ size: 7 }), 'sentinelGroups.main.size', 'size 7 is not 3 or 5'],
      [
        'quorum 0',
        withGroup({ quorum: 0 }),
        'sentinelGroups.main.quorum',
        'quorum 0 is impossible with 3 sentinels',
        'use 2..3',
      ],
      ['quorum 4 of 3', withGroup({ quorum: 4 }), 'sentinelGroups.main.quorum', 'quorum 4 is impossible'],
      [
        'quorum 2 of 5',
        withGroup({ size: 5, quorum: 2 }),
        'sentinelGroups.main.quorum',
        'quorum 2 of 5 is less than a majority',
        'use 3..5',
      ],
      [
        'a cache cluster over the ceiling',
        withGroup({ maxPartitions: 5 }, cacheCluster()),
        'cacheClusters.User.id.clusterSize',
        'clusterSize 6 is over maxPartitions 5',
        'at most 250',
      ],
      [
        'a full pool',
        withGroup({ count: 1, maxPartitions: 10 }, cacheCluster(), cacheCluster({ clusterName: 'B' })),
        'cacheClusters.B',
        'has room for 6 more partitions (main: count 1 x 10)',
        "count: 'auto'",
      ],
      [
        'pins over the ceiling',
        withGroup(
          { maxPartitions: 10 },
          cacheCluster({ sentinelGroup: 'main-0' }),
          cacheCluster({ clusterName: 'B', sentinelGroup: 'main-0' }),
        ),
        'sentinelGroups.main',
        'group main-0 would name 12 partitions, over maxPartitions 10 (User.id 6, B 6)',
      ],
      [
        'an unknown group',
        withClusters({ sentinelGroup: 'main' }),
        'cacheClusters.User.id.sentinelGroup',
        'sentinelGroup main is unknown',
        'did you mean main-0?',
      ],
      [
        'a pin of the other kind',
        withClusters({ sentinelGroup: 'replicated-0' }),
        'cacheClusters.User.id.sentinelGroup',
        'serves replicated cache clusters and this one is unreplicated',
      ],
      [
        'replicas pinned to a group without',
        withClusters({ partitionSize: 2, sentinelGroup: 'main-0' }),
        'cacheClusters.User.id.sentinelGroup',
        'this one is replicated (partitionSize 2)',
      ],
      [
        'no group for replicas',
        withGroup({}, cacheCluster({ partitionSize: 2 })),
        'cacheClusters.User.id',
        'no sentinel group serves replicated',
        'replicated: true',
      ],
    ],
    problemsOf,
  );
});

describe('cache clusters', () => {
  table(
    [
      [
        'an unknown tier',
        withClusters({ tier: 'M2' }),
        'cacheClusters.User.id.tier',
        'tier M2 is unknown',
        'did you mean M1?',
        'there is M1, M4',
      ],
      ['one name twice', withClusters({}, {}), 'cacheClusters[1].clusterName', 'User.id is declared twice'],
      [
        'names that meet in Kubernetes',
        withClusters({}, { clusterName: 'user.ID' }),
        'cacheClusters[1].clusterName',
        'user.ID and User.id are both user.id in Kubernetes',
      ],
      [
        'an underscore that becomes a dash',
        withClusters({ clusterName: 'a_b' }, { clusterName: 'a-b' }),
        'cacheClusters[1].clusterName',
        'both a-b',
      ],
      [
        'an unknown datacenter',
        withClusters({ placement: { datacenters: ['a', 'bb'] } }),
        'cacheClusters.User.id.placement.datacenters[1]',
        'datacenter bb is unknown',
        'did you mean b?',
      ],
      [
        'no datacenter',
        withClusters({ placement: { datacenters: [] } }),
        'cacheClusters.User.id.placement.datacenters',
        'an empty list',
        'a, b, c',
      ],
      [
        'one datacenter twice',
        withClusters({ placement: { datacenters: ['a', 'a'] } }),
        'cacheClusters.User.id.placement.datacenters[1]',
        'named twice',
      ],
      [
        'a witness',
        farmSpec({
          datacenters: [datacenter(), { name: 'w', witness: true }],
          cacheClusters: [cacheCluster({ placement: { datacenters: ['w'] } })],
        }),
        'cacheClusters.User.id.placement.datacenters[0]',
        'w is a witness',
      ],
      [
        'standbys beside replicas',
        withClusters({ partitionSize: 2, standbys: 1 }),
        'cacheClusters.User.id.standbys',
        'exclude each other',
      ],
      [
        'replicas required where there are none',
        withClusters({ minReplicas: 1 }),
        'cacheClusters.User.id.minReplicas',
        'minReplicas 1 and partitionSize 1 exclude each other',
        'use partitionSize 2',
      ],
      [
        'more replicas required than there are',
        withClusters({ partitionSize: 2, minReplicas: 2, sentinelGroup: 'replicated-0' }),
        'cacheClusters.User.id.minReplicas',
        'minReplicas 2 is more than the 1 replica that partitionSize 2 gives',
        'lower it to 1',
      ],
      [
        'more copies than machines',
        farmSpec({ datacenters: [datacenter()], cacheClusters: [cacheCluster({ clusterSize: 1, partitionSize: 5 })] }),
        'cacheClusters.User.id.partitionSize',
        'needs as many different machines',
        'at most 4',
      ],
      [
        'a backing group with a space',
        withClusters({ backingGroup: 'user db' }),
        'cacheClusters.User.id.backingGroup',
        '"user db"',
        'e.g. user-db',
      ],
    ],
    problemsOf,
  );

  test('no standby is a warning', () => {
    expectLine(warningsOf(withClusters({ standbys: 0 })), 'cacheClusters.User.id.standbys', [
      'standbys 0',
      'while Barn runs',
    ]);
  });
});

describe('capacity', () => {
  table(
    [
      [
        'one cache cluster larger than its tier',
        withClusters({ clusterSize: 25 }),
        'cacheClusters.User.id',
        'needs 28 pods (25 for partitions and replicas, 3 standbys) of tier M1, which has 24 in a, b, c',
      ],
      [
        'replicas count',
        farmSpec({ cacheClusters: [cacheCluster({ clusterSize: 9, partitionSize: 3 })] }),
        'cacheClusters.User.id',
        'needs 27 pods (27',
      ],
      [
        'standbys count',
        withClusters({ clusterSize: 22 }),
        'cacheClusters.User.id',
        'needs 25 pods (22 for partitions and replicas, 3 standbys)',
      ],
      [
        'all of a tier together',
        withClusters({ clusterSize: 10 }, { clusterName: 'B', clusterSize: 9 }),
        'tiers.M1',
        'need 25 pods (19 for partitions and replicas, 6 standbys), and it has 24',
        'User.id 13, B 12',
      ],
      [
        'placement in one datacenter',
        withClusters({ clusterSize: 8, placement: { datacenters: ['a'] } }),
        'cacheClusters.User.id',
        'which has 8 in a',
      ],
      [
        'two placements that share a datacenter',
        withClusters(
          { clusterSize: 4, placement: { datacenters: ['a'] } },
          { clusterName: 'B', clusterSize: 4, placement: { datacenters: ['a'] } },
        ),
        'tiers.M1',
        'need 10 pods (8 for partitions and replicas, 2 standbys) in a, and it has 8',
      ],
    ],
    problemsOf,
  );

  test('the reserve for losing a datacenter is a warning with utilisation and bound', () => {
    const spec = withClusters({ clusterSize: 17 });
    expect(problemsOf(spec)).toEqual([]);
    expect(warningsOf(spec)).toEqual([
      '[tiers.M1] tier M1 is used to 70.8 % (17 of 24 pods), above 66.7 % = 1 - 1/3: when a datacenter is lost, 16 pods remain and ' +
        '1 partitions or replicas find none; raise replicas, or shrink cache clusters',
    ]);
    expect(warningsOf(withClusters({ clusterSize: 16 }))).toEqual([]);
  });

  test('a cache cluster in one datacenter is a warning', () => {
    const spec = withClusters({ placement: { datacenters: ['b'] } });
    expectLine(warningsOf(spec), 'cacheClusters.User.id.placement.datacenters', ['only in b']);
  });
});
