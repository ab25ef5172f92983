import { describe, expect, test } from '@jest/globals';
import { bytes, count, millis, percent, relative, short } from '../../src/web/ui/format.js';
import { matches, sortRows } from '../../src/web/ui/sort-rows.js';

describe('numbers as a person reads them', () => {
  const cases: readonly (readonly [string, string])[] = [
    [bytes(0), '0 B'],
    [bytes(1_023), '1023 B'],
    [bytes(1_024), '1 KiB'],
    [bytes(1_610_612_736), '1.5 GiB'],
    [bytes(1_073_741_823), '1 GiB'],
    [bytes(2 ** 60 * 4_096), '4194304 PiB'],
    [bytes(null), '–'],
    [bytes(Number.NaN), '–'],
    [count(7_200), '7,200'],
    [count(undefined), '–'],
    [short(0), '0'],
    [short(3.25), '3.25'],
    [short(9_999), '9,999'],
    [short(12_345), '12.3k'],
    [short(999_999), '1M'],
    [short(2_500_000_000), '2.5G'],
    [short(null), '–'],
    [percent(0.9731), '97.3 %'],
    [percent(1), '100 %'],
    [percent(0), '0 %'],
    [percent(null), '–'],
    [millis(0), '0 ms'],
    [millis(999.4), '999 ms'],
    [millis(999.6), '1 s'],
    [millis(1_850), '1.85 s'],
    [millis(59_960), '1 min'],
    [millis(200_000), '3 min 20 s'],
    [millis(7_500_000), '2 h 5 min'],
    [millis(273_600_000), '3 d 4 h'],
    [relative(0, 180_000, 'en'), '3 minutes ago'],
    [relative(0, 180_000, 'ko'), '3분 전'],
    [relative(0, 0, 'en'), 'now'],
    [relative(86_400_000, 0, 'en'), 'tomorrow'],
    [relative(null, 0, 'en'), '–'],
  ];
  test.each(cases)('%s', (shown, expected) => expect(shown).toBe(expected));
});

describe('rows of a table', () => {
  const rows = [{ n: 2 }, { n: null }, { n: 10 }, { n: 1 }];
  test('up, with what is not known last', () =>
    expect(sortRows(rows, ({ n }) => n, false).map(({ n }) => n)).toEqual([1, 2, 10, null]));
  test('down, with what is not known last as well', () =>
    expect(sortRows(rows, ({ n }) => n, true).map(({ n }) => n)).toEqual([10, 2, 1, null]));
  test('numbers in names count as numbers', () =>
    expect(sortRows(['a-m10', 'a-m2', 'A-m1'], (name) => name, false)).toEqual(['A-m1', 'a-m2', 'a-m10']));
  test('equals stay in their order', () => expect(sortRows(['b', 'a'], () => 1, true)).toEqual(['b', 'a']));
  test('each word of a search is found somewhere', () => {
    expect(matches('a-m3 serving User.id::0', 'user a-m3')).toBe(true);
    expect(matches('a-m3 serving User.id::0', 'user a-m4')).toBe(false);
  });
});
