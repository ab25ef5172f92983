import { describe, expect, test } from '@jest/globals';
import { checkFarm } from '../../src/farm/check.js';
import { defineFarm } from '../../src/farm/define.js';
import { InvalidFarm } from '../../src/farm/model.js';
import type { FarmSpec } from '../../src/farm/schema.js';
import { cacheCluster, datacenter, farmSpec, problemsOf, sentinelGroup, tier, warningsOf } from '../builders/farm.js';
import { fc } from '../builders/fast-check.js';

describe('a farm that holds together', () => {
  test('has no problems and no warnings, and is resolved', () => {
    const checked = checkFarm(farmSpec());
    expect(checked).toMatchObject({ problems: [], warnings: [] });
    expect(checked.farm?.cacheClusters.map(({ clusterName }) => clusterName)).toEqual(['User.id', 'Chat.room']);
  });

  test('needs no sentinel groups of its own', () => {
    const { sentinelGroups: _, ...spec } = farmSpec();
    expect(problemsOf(spec)).toEqual([]);
  });

  test('may have no cache cluster yet, a witness, persistence and images', () => {
    const spec = farmSpec({
      datacenters: [datacenter(), datacenter({ name: 'b' }), { name: 'c', witness: true }],
      tiers: [tier({ persistence: 'aof', volume: '2Gi', storageClass: 'fast-ssd' })],
      images: { redis: `localhost:5000/valkey@sha256:${'a'.repeat(64)}`, cachefarm: 'cachefarm:1.2.3' },
      cacheClusters: [],
    });
    expect([...problemsOf(spec), ...warningsOf(spec)]).toEqual([]);
  });
});

describe('defineFarm', () => {
  test('throws every problem at once, a line each', () => {
    const spec = farmSpec({ name: 'Talk', tiers: [tier({ ports: [80], memory: '1gb' })], cacheClusters: [] });
    expect(() => defineFarm(spec)).toThrow(InvalidFarm);
    expect(() => defineFarm(spec)).toThrow(
      [
        'farm Talk has 3 problems:',
        '  [name] name Talk is no DNS label (1 to 63 of a-z, 0-9 and -, with a letter or digit at both ends); write talk',
        '  [tiers.M1.ports[0]] port 80 is no whole number from 1024 to 65535; lower ones need root, which no pod has; take one from 6378 on',
        '  [tiers.M1] maxMemory 1gb leaves no headroom under memory 1gb (need at least 1.25x = 1.25Gi; raise memory or lower maxMemory)',
      ].join('\n'),
    );
  });

  test('throws for what is no farm at all', () => {
    expect(() => defineFarm(null as unknown as FarmSpec)).toThrow(InvalidFarm);
  });
});

describe('hostile input', () => {
  const cyclic: Record<string, unknown> = { name: 'x' };
  cyclic.tiers = [cyclic];
  test.each([
    ['null', null],
    ['undefined', undefined],
    ['a number', Number.NaN],
    ['text', 'farm'],
    ['a list', []],
    ['a function', () => farmSpec()],
    ['a symbol', Symbol('farm')],
    ['nothing inside', {}],
    ['a circle', cyclic],
    ['__proto__ as a key', JSON.parse('{"__proto__": {"name": "x"}, "constructor": 1}')],
    ['sections that are no lists', { name: 'x', datacenters: {}, tiers: 1, sentinelGroups: 'y', cacheClusters: null }],
    [
      'entries that are no objects',
      { ...farmSpec(), tiers: [null, 1, [], 'x'], cacheClusters: [undefined, Symbol('x')] },
    ],
    ['bigint sizes', { ...farmSpec(), tiers: [{ ...tier(), maxMemory: 10n ** 500n, replicas: 1n }] }],
    ['a map of tiers', { ...farmSpec(), tiers: new Map() }],
  ])('%s has problems and throws nothing', (_name, input) => {
    const { farm, problems } = checkFarm(input);
    expect(farm).toBeUndefined();
    expect(problems.length).toBeGreaterThan(0);
  });

  test('an object that fights back is one problem', () => {
    const spec = {
      get name(): string {
        throw new Error('no');
      },
    };
    expect(problemsOf(spec)).toEqual(['[farm] could not be read (no); declare it as plain data']);
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    expect(problemsOf(revoked.proxy).length).toBe(1);
  });

  test('huge numbers are judged without being carried out', () => {
    const spec = farmSpec({
      datacenters: [datacenter({ machines: { count: 1e9, memory: Number.MAX_SAFE_INTEGER } })],
      tiers: [tier({ replicas: 1e9 })],
      sentinelGroups: [sentinelGroup({ count: 1e9, size: 1e9, maxPartitions: 1e9 })],
      cacheClusters: [cacheCluster({ clusterSize: 1e9, partitionSize: 1e9, standbys: 1e9 })],
    });
    expect(problemsOf(spec).length).toBeGreaterThan(5);
  });

  test('any JSON is answered, in the form of problems', () => {
    const keys = ['name', 'datacenters', 'tiers', 'sentinelGroups', 'images', 'cacheClusters', 'security', 'x'];
    const anything = fc.oneof(fc.jsonValue(), fc.anything(), fc.dictionary(fc.constantFrom(...keys), fc.jsonValue()));
    fc.assert(
      fc.property(anything, (input) => {
        const { farm, problems } = checkFarm(input);
        expect(farm === undefined).toBe(problems.length > 0);
        for (const { path, message } of problems) {
          expect(path).toMatch(/^[^\n]+$/);
          expect(message).toMatch(/^[^\n]{10,}$/);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('a farm with anything in the place of one value is answered', () => {
    fc.assert(
      fc.property(fc.constantFrom(...places(farmSpec())), fc.anything(), (place, value) => {
        const { farm, problems } = checkFarm(replaced(farmSpec(), place, value));
        expect(farm === undefined).toBe(problems.length > 0);
      }),
      { numRuns: 400 },
    );
  });
});

type Place = readonly (string | number)[];

/** The path of every value in a plain tree. */
function places(value: unknown): readonly Place[] {
  if (typeof value !== 'object' || value === null) return [[]];
  const inner = Object.entries(value).flatMap(([key, item]) =>
    places(item).map((rest) => [Array.isArray(value) ? Number(key) : key, ...rest]),
  );
  return [[], ...inner];
}

function replaced(root: unknown, [key, ...rest]: Place, value: unknown): unknown {
  if (key === undefined) return value;
  if (Array.isArray(root)) return root.map((item, i) => (i === key ? replaced(item, rest, value) : item));
  const record = root as Record<string, unknown>;
  return { ...record, [key]: replaced(record[key], rest, value) };
}

describe('one mutation of a valid farm', () => {
  const outside = (min: number, max: number): fc.Arbitrary<number> =>
    fc.oneof(fc.integer({ max: min - 1 }), fc.integer({ min: max + 1 }), fc.double({ min, max, noInteger: true }));
  const badText = fc.constantFrom(
    '',
    ' ',
    'a b',
    'ü',
    '-x',
    'x-',
    '\n',
    'a\u0000',
    '사용자',
    'x'.repeat(64),
    '*',
    '__x__',
  );
  const mutation = (place: Place, values: fc.Arbitrary<unknown>): fc.Arbitrary<readonly [Place, unknown]> =>
    fc.tuple(fc.constant(place), values);
  const mutations = fc.oneof(
    mutation(['name'], badText),
    mutation(['datacenters', 1, 'name'], badText),
    mutation(['datacenters', 1, 'machines', 'count'], outside(4, 5_000)),
    mutation(
      ['datacenters', 1, 'machines', 'memory'],
      fc.constantFrom('', '0', '1.5gi', '-1Gi', 'big', 0, -5, 1.5, Number.NaN, '1Gi'),
    ),
    mutation(['tiers', 0, 'name'], badText),
    mutation(['tiers', 0, 'replicas'], outside(1, 4)),
    mutation(
      ['tiers', 0, 'ports', 1],
      fc.oneof(outside(1_024, 65_535), fc.constantFrom(6378, 6381, 30_000, 32_768, 60_999, 9180, 26_379, 16_378)),
    ),
    mutation(['tiers', 0, 'memory'], fc.constantFrom('1gb', '1Gi', '1.2Gi', '', 'lots', 100)),
    mutation(['sentinelGroups', 0, 'name'], badText),
    mutation(
      ['sentinelGroups', 0, 'size'],
      fc.integer().filter((size) => size !== 3 && size !== 5),
    ),
    mutation(['sentinelGroups', 0, 'quorum'], outside(2, 3)),
    mutation(['sentinelGroups', 0, 'downAfterMs'], outside(500, 60_000)),
    mutation(['sentinelGroups', 0, 'maxPartitions'], outside(6, 250)),
    mutation(
      ['cacheClusters', 0, 'clusterName'],
      fc.oneof(badText, fc.constantFrom('Chat.room', 'chat-room'.replace('-', '.'), 'barn', 'a..b', 'a.')),
    ),
    mutation(['cacheClusters', 0, 'clusterSize'], outside(1, 21)),
    mutation(['cacheClusters', 0, 'partitionSize'], outside(1, 3)),
    mutation(['cacheClusters', 0, 'importance'], outside(1, 5)),
    mutation(['cacheClusters', 0, 'standbys'], outside(0, 4)),
    mutation(['cacheClusters', 0, 'minReplicas'], fc.oneof(fc.integer({ max: -1 }), fc.integer({ min: 1 }))),
    mutation(
      ['cacheClusters', 0, 'tier'],
      fc.string().filter((name) => !['M1', 'M4'].includes(name)),
    ),
  );

  test('is a problem', () => {
    fc.assert(
      fc.property(mutations, ([place, value]) => {
        expect(checkFarm(replaced(farmSpec(), place, value)).problems).not.toEqual([]);
      }),
      { numRuns: 600 },
    );
  });
});
