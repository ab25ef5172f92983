import { describe, expect, test } from '@jest/globals';
import { defineFarm } from '../../src/farm/define.js';
import { ANNOTATION } from '../../src/farm/words.js';
import { mergeDeclarations, readDeclared } from '../../src/world/declarations.js';
import type { KubeCacheCluster } from '../../src/world/kube.js';
import { farmSpec } from '../builders/farm.js';
import { fc } from '../builders/fast-check.js';

const { cacheClusters: _, ...frame } = defineFarm(farmSpec());

interface Story {
  readonly size?: number;
  /** seconds after midnight, as the CLI stamps it */
  readonly declaredAt?: number;
  readonly deletedAt?: number;
  /** when somebody else wrote the spec */
  readonly otherAt?: number;
  readonly createdAt?: number;
  readonly more?: Readonly<Record<string, unknown>>;
}

const time = (seconds: number, fraction = ''): string =>
  `2026-01-01T00:${String(Math.floor(seconds / 60)).padStart(2, '0')}:${String(seconds % 60).padStart(2, '0')}${fraction}Z`;

/** A copy as an API server holds it, with managedFields of its own clock. */
function copy({ size = 7, declaredAt, deletedAt, otherAt, createdAt = 0, more = {} }: Story): KubeCacheCluster {
  const stamped = deletedAt ?? declaredAt;
  const key = deletedAt === undefined ? ANNOTATION.declaredAt : ANNOTATION.deletedAt;
  const own = {
    time: time(stamped ?? 0),
    fieldsV1: { 'f:metadata': { 'f:annotations': { [`f:${key}`]: {} } }, 'f:spec': { 'f:clusterSize': {} } },
  };
  const status = { time: time(59), fieldsV1: { 'f:status': { 'f:serving': {} } } };
  return {
    metadata: {
      name: 'user.id',
      creationTimestamp: time(createdAt),
      ...(stamped === undefined ? {} : { annotations: { [key]: time(stamped, '.250') } }),
      managedFields: [
        ...(stamped === undefined ? [] : [own]),
        ...(otherAt === undefined ? [] : [{ time: time(otherAt), fieldsV1: { 'f:spec': { 'f:clusterSize': {} } } }]),
        status,
      ],
    },
    spec: { clusterName: 'User.id', clusterSize: size, tier: 'M1', sentinelGroup: 'main-0', ...more },
  };
}

type Stories = Readonly<Partial<Record<'a' | 'b' | 'c', Story | undefined>>>;

const read = (stories: Stories) =>
  readDeclared(
    frame,
    Object.entries(stories).map(([datacenter, story]) => ({
      datacenter,
      cacheClusters: story === undefined ? [] : [copy(story)],
    })),
  );
const sizeIn = (stories: Stories): number | undefined => read(stories).cacheClusters[0]?.clusterSize;

describe('of several copies', () => {
  test('all are told in the order of the datacenters, whichever was written last', () => {
    const { copies } = read({ b: { createdAt: 2 }, c: { createdAt: 3 }, a: { createdAt: 1 } });
    expect(copies.map(({ datacenter }) => datacenter)).toEqual(['a', 'b', 'c']);
  });
  test.each<[string, Stories, number | undefined]>([
    [
      'one that came back with an old size is outvoted by the newer',
      { a: { size: 8, declaredAt: 9 }, c: { declaredAt: 5 } },
      8,
    ],
    [
      'two of three that are older do not outvote the newest',
      { a: { declaredAt: 5 }, b: { declaredAt: 5 }, c: { size: 8, declaredAt: 9 } },
      8,
    ],
    [
      'one that was made anew is newer than one that was changed often',
      { a: { size: 3, createdAt: 30 }, b: { size: 9, otherAt: 20 } },
      3,
    ],
    [
      'a change by hand after the stamp counts as of its own time',
      { a: { size: 9, declaredAt: 5, otherAt: 30 }, b: { size: 8, declaredAt: 20 } },
      9,
    ],
    [
      'a change by hand before the stamp is part of what the stamp says',
      { a: { size: 9, declaredAt: 40, otherAt: 30 }, b: { size: 8, otherAt: 35 } },
      9,
    ],
    [
      'a status that was written later makes no copy newer',
      { a: { size: 8, otherAt: 6 }, b: { size: 7, otherAt: 5 } },
      8,
    ],
    [
      'of two of one moment the first datacenter counts',
      { b: { size: 8, declaredAt: 5 }, a: { size: 7, declaredAt: 5 } },
      7,
    ],
    [
      'a deletion that is newest ends it, though one old copy comes back',
      { a: { deletedAt: 9 }, b: { deletedAt: 9 }, c: { declaredAt: 5 } },
      undefined,
    ],
    [
      'a deletion that others never had ends it too',
      { a: { deletedAt: 9 }, b: undefined, c: { declaredAt: 5 } },
      undefined,
    ],
    [
      'one made again after its deletion is declared',
      { a: { size: 3, declaredAt: 12 }, b: { size: 3, declaredAt: 12 }, c: { deletedAt: 9 } },
      3,
    ],
    [
      'a spec written by hand after the deletion takes it back',
      { a: { size: 3, deletedAt: 9, otherAt: 20 }, b: { deletedAt: 9 } },
      3,
    ],
    [
      'a deletion in one KubeCluster, though newest, does not end what two others declare',
      { a: { declaredAt: 5 }, b: { declaredAt: 5 }, c: { deletedAt: 9 } },
      7,
    ],
    ['a copy and a deletion of one moment: it lives', { a: { deletedAt: 9 }, b: { declaredAt: 9 } }, 7],
    ['missing in two of three says nothing', { a: undefined, b: undefined, c: { declaredAt: 5 } }, 7],
  ])('%s', (_, stories, size) => expect(sizeIn(stories)).toBe(size));

  test('a stamp that is no time is none', () => {
    const object = copy({ otherAt: 5 });
    const odd = { ...object, metadata: { ...object.metadata, annotations: { [ANNOTATION.deletedAt]: 'yesterday' } } };
    expect(mergeDeclarations(3, [{ datacenter: 'a', cacheClusters: [odd] }])[0]?.counts).toMatchObject({
      writtenAt: '2026-01-01T00:00:05.000',
      deleted: false,
    });
  });

  test('no two deletions of three KubeClusters, and no absence, end what was declared after them', () => {
    const story = fc.option(
      fc.record({ at: fc.integer({ min: 0, max: 50 }), deleted: fc.boolean(), size: fc.integer({ min: 1, max: 9 }) }),
      { nil: undefined },
    );
    fc.assert(
      fc.property(fc.tuple(story, story, story), (written) => {
        const [a, b, c] = written.map(
          (one) => one && { size: one.size, ...(one.deleted ? { deletedAt: one.at } : { declaredAt: one.at }) },
        );
        const living = written.flatMap((one) => (one && !one.deleted ? [one] : []));
        const deletions = written.flatMap((one) => (one?.deleted ? [one.at] : []));
        const newest = Math.max(-1, ...living.map(({ at }) => at));
        const lives = living.length > 0 && (newest >= Math.max(-1, ...deletions) || living.length > 1);
        const size = sizeIn({ a, b, c });
        expect(size !== undefined).toBe(lives);
        if (lives) expect(living.find(({ at }) => at === newest)?.size).toBe(size);
      }),
    );
  });
});

describe('a dispute', () => {
  const detail = (stories: Stories): string | undefined => read(stories).disputes[0]?.detail;
  test('is none where all say the same, whenever it was written, and one that does not answer says nothing', () => {
    expect(read({ a: { declaredAt: 5 }, b: { declaredAt: 6 }, c: { otherAt: 7 } }).disputes).toEqual([]);
    expect(read({ a: { declaredAt: 5 }, b: { declaredAt: 5 } }).disputes).toEqual([]);
    expect(read({ a: { deletedAt: 5 }, b: undefined, c: { deletedAt: 5 } }).disputes).toEqual([]);
    expect(read({ a: { declaredAt: 5, more: { hash: 'jump', standbys: 1 } }, b: { declaredAt: 5 } }).disputes).toEqual(
      [],
    );
  });
  test('is none where it is declared in some KubeClusters only: any or all of them will do', () => {
    const some: readonly Stories[] = [
      { a: { declaredAt: 5 }, b: undefined, c: undefined },
      { a: undefined, b: { otherAt: 5 }, c: { otherAt: 6 } },
    ];
    for (const stories of some) {
      expect(read(stories).disputes).toEqual([]);
      expect(sizeIn(stories)).toBe(7);
    }
  });
  test.each<[string, Stories, string]>([
    [
      'says who counts, since when, and what each of the others says that has it',
      { a: { size: 8, declaredAt: 9, more: { backingGroup: 'db' } }, b: undefined, c: { declaredAt: 5 } },
      'a counts, declared 2026-01-01T00:00:09.250Z; c: clusterSize 7, not 8, backingGroup none, not db',
    ],
    [
      'of a deletion says who still declares it',
      { a: { deletedAt: 9 }, b: { deletedAt: 9 }, c: { declaredAt: 5 } },
      'a counts, deleted 2026-01-01T00:00:09.250Z; c: still declared',
    ],
    [
      'of a deletion that does not count says where it is',
      { a: { declaredAt: 5 }, b: { declaredAt: 5 }, c: { deletedAt: 9 } },
      'a counts, declared 2026-01-01T00:00:05.250Z; c: deleted',
    ],
  ])('%s', (_, stories, text) => expect(detail(stories)).toBe(text));
});
