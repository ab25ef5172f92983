import { describe, expect, test } from '@jest/globals';
import { topologyBody } from '../../src/api/addresses/known-topology.js';
import type { TopologyBook } from '../../src/api/addresses/topology-book.js';
import { type Topology, topologySchema } from '../../src/api/schemas.js';
import { knownOf, opened, type SeenFarm, unreadAll } from './addresses-rig.js';

const NAME = 'User.id';

const answerOf = (book: TopologyBook, name = NAME): Topology => {
  const known = knownOf(book, name);
  return topologySchema.parse(JSON.parse(topologyBody(known, book.freshnessOf(known)).toString()));
};

describe('what a topology says', () => {
  test('size, hash, group and each address, as its schema has it', () => {
    const { seen, book } = opened();
    seen.look();
    const answer = answerOf(book);
    expect(answer).toMatchObject({ clusterName: NAME, hash: 'jump', clusterSize: 6, sentinelGroup: 'main-0' });
    expect(answer.partitions.map(({ name }) => name)).toEqual([0, 1, 2, 3, 4, 5].map((i) => `${NAME}::${i}`));
    const { address } = seen.at(`${NAME}::3`);
    expect(answer.partitions[3]).toEqual({
      index: 3,
      name: `${NAME}::3`,
      address,
      ip: address.split(':')[0],
      port: Number(address.split(':')[1]),
    });
    expect(answer.freshness).toEqual({ observedAt: seen.clock, ageMs: 0, stale: false });
  });

  test('a cache cluster whose sentinel group is unknown has partitions without addresses', () => {
    const { seen, book } = opened();
    seen.declare((clusters) => clusters.map((one) => ({ ...one, sentinelGroup: '' })));
    seen.look();
    expect(answerOf(book).partitions.map(({ address }) => address)).toEqual(new Array(6).fill(null));
  });

  test('addresses of IPv6 are split at the last colon', () => {
    const { seen, book } = opened();
    const pod = seen.at(`${NAME}::0`);
    Object.assign(pod, { address: 'fd00::7:6378' });
    for (const { names } of seen.imaginary.sentinels) {
      const view = names.get(`${NAME}::0`);
      if (view) names.set(`${NAME}::0`, { ...view, address: pod.address });
    }
    seen.look();
    expect(answerOf(book).partitions[0]).toMatchObject({ address: 'fd00::7:6378', ip: 'fd00::7', port: 6378 });
  });
});

describe('the address of a partition', () => {
  type Case = readonly [sentence: string, change: (seen: SeenFarm) => void, address: 'its own' | null, stale: boolean];
  const P = `${NAME}::2`;
  const cases: readonly Case[] = [
    ['a pod that is open for it: there', () => undefined, 'its own', false],
    [
      'its pod refuses connections: nobody',
      (seen) => Object.assign(seen.at(P).state, { up: false, refused: true }),
      null,
      false,
    ],
    [
      'its pod is silent, and the sentinels do not call it down: still there, and stale',
      (seen) => Object.assign(seen.at(P).state, { up: false, refused: false }),
      'its own',
      true,
    ],
    [
      'its pod is silent, and the sentinels call it down: nobody',
      (seen) => {
        seen.flag(P, ['master', 's_down']);
        Object.assign(seen.at(P).state, { up: false, refused: false });
      },
      null,
      false,
    ],
    ['its pod is not open: nobody', (seen) => Object.assign(seen.at(P).state, { openFor: [] }), null, false],
    [
      'no sentinel answers: as it was, and stale',
      (seen) => {
        seen.look();
        seen.sentinels({ up: false });
      },
      'its own',
      true,
    ],
    [
      'no sentinel answers, and it was never seen: nobody, and stale',
      (seen) => seen.sentinels({ up: false }),
      null,
      true,
    ],
    [
      'no sentinel knows it: nobody',
      (seen) => {
        for (const { names } of seen.imaginary.sentinels) names.delete(P);
      },
      null,
      false,
    ],
    [
      'its KubeCluster cannot be read: where the sentinels say, and stale',
      (seen) => {
        seen.imaginary.unread.add(seen.at(P).datacenter);
      },
      'its own',
      true,
    ],
  ];
  test.each(cases)('%s', (_sentence, change, address, stale) => {
    const { seen, book } = opened();
    const own = seen.at(P).address;
    change(seen);
    seen.look();
    const answer = answerOf(book);
    expect(answer.partitions[2]?.address).toBe(address === null ? null : own);
    expect(answer.freshness.stale).toBe(stale);
    expect(answer.freshness.why === undefined).toBe(!stale);
  });
});

describe('when nothing can be seen', () => {
  test('every cache cluster stays as it was, with the age of when it was seen', () => {
    const { seen, book, told } = opened();
    seen.look();
    const before = knownOf(book);
    const seenAt = seen.clock;
    told.length = 0;
    seen.clock += 7_000;
    seen.look(unreadAll);
    expect(told).toEqual([]);
    expect(knownOf(book)).toMatchObject({ tag: before.tag, generation: before.generation });
    expect(answerOf(book).freshness).toEqual({
      observedAt: seenAt,
      ageMs: 7_000,
      stale: true,
      why: 'the KubeCluster of a, b, c cannot be read',
    });
    seen.look();
    expect(answerOf(book).freshness).toEqual({ observedAt: seen.clock, ageMs: 0, stale: false });
  });

  test('Barn is in trouble: its words are told', () => {
    const { seen, book } = opened();
    seen.look();
    seen.trouble = 'the last pass failed';
    expect(answerOf(book).freshness).toMatchObject({ stale: true, why: 'the last pass failed' });
  });

  test('passes do not come any more: stale by the clock', () => {
    const { seen, book } = opened();
    seen.look();
    seen.clock += 15_000;
    expect(answerOf(book).freshness.stale).toBe(false);
    seen.clock += 1;
    expect(answerOf(book).freshness).toMatchObject({ stale: true, why: 'it was last seen 15 s ago' });
  });

  test('a farm that was never read is not one without cache clusters', () => {
    const { seen, book } = opened();
    seen.look(unreadAll);
    expect(book.hasSeen).toBe(false);
    seen.look();
    expect(book.hasSeen).toBe(true);
    seen.look(unreadAll);
    expect(book.hasSeen).toBe(true);
  });

  test('a clock that goes back gives no negative age', () => {
    const { seen, book } = opened();
    seen.look();
    seen.clock -= 60_000;
    expect(answerOf(book).freshness.ageMs).toBe(0);
  });
});

describe('a cache cluster that is deleted', () => {
  const withoutIt = (seen: SeenFarm): void =>
    seen.declare((all) => all.filter(({ clusterName }) => clusterName !== NAME));

  test('is gone once all KubeClusters could be read', () => {
    const { seen, book, told } = opened();
    seen.look();
    told.length = 0;
    withoutIt(seen);
    seen.imaginary.unread.add('b');
    seen.look();
    expect(answerOf(book).freshness).toMatchObject({ stale: true, why: 'the KubeCluster of b cannot be read' });
    expect(told).toEqual([]);
    seen.imaginary.unread.clear();
    seen.look();
    expect(book.of(NAME)).toBeUndefined();
    expect(book.names).toEqual(['Chat.room']);
    expect(told).toContain('User.id gone');
  });

  test('and made again in the same ms has a higher generation', () => {
    const { seen, book } = opened();
    const before = seen.farm.cacheClusters;
    seen.look();
    const { generation } = knownOf(book);
    withoutIt(seen);
    seen.look();
    seen.declare(() => before);
    seen.look();
    expect(knownOf(book).generation).toBeGreaterThan(generation);
  });
});
