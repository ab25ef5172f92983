import { describe, expect, test } from '@jest/globals';
import { SentinelBook } from '../../src/api/addresses/sentinel-book.js';
import { SeenFarm, unreadAll } from './addresses-rig.js';

describe('sentinels', () => {
  test('all of each group, with who answered', () => {
    const seen = new SeenFarm();
    const book = new SentinelBook();
    Object.assign(seen.imaginary.sentinels[0] ?? {}, { up: false });
    book.passed(seen.look());
    const groups = JSON.parse(String(book.known?.body));
    expect(groups.map(({ group }: { group: string }) => group)).toEqual(['main-0', 'replicated-0']);
    expect(groups[0]).toMatchObject({ replicated: false, quorum: 2 });
    expect(groups[0].sentinels.map(({ up }: { up: boolean }) => up)).toEqual([false, true, true]);
  });

  test('those of a KubeCluster that cannot be read stay, as not up; a farm that was never read has no answer', () => {
    const seen = new SeenFarm();
    const book = new SentinelBook();
    book.passed(seen.look(unreadAll));
    expect(book.known).toBeUndefined();
    book.passed(seen.look());
    const before = JSON.parse(String(book.known?.body));
    book.passed(seen.look(unreadAll));
    const after = JSON.parse(String(book.known?.body));
    expect(
      after.map(({ sentinels }: { sentinels: { address: string }[] }) => sentinels.map(({ address }) => address)),
    ).toEqual(
      before.map(({ sentinels }: { sentinels: { address: string }[] }) => sentinels.map(({ address }) => address)),
    );
    expect(after[0].sentinels.every(({ up }: { up: boolean }) => !up)).toBe(true);
  });
});
