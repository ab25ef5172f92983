import { describe, expect, test } from '@jest/globals';
import type { EventView } from '../../src/api/schemas.js';
import { mergeEvents } from '../../src/web/merge.js';

const event = (seq: number, at: number, msg = 'x'): EventView => ({ seq, at, level: 'info', msg });

describe('events', () => {
  test('the same again changes nothing', () => {
    const known = [event(2, 20), event(1, 10)];
    expect(mergeEvents(known, [event(1, 10)])).toBe(known);
  });
  test('a Barn that begins anew counts from one again, and nothing of before is lost', () => {
    expect(mergeEvents([event(1, 10, 'old')], [event(1, 50, 'new')]).map(({ msg }) => msg)).toEqual(['new', 'old']);
  });
  test('of one moment the later number comes first', () => {
    expect(mergeEvents([], [event(1, 10), event(3, 10), event(2, 10)]).map(({ seq }) => seq)).toEqual([3, 2, 1]);
  });
  test('the oldest go when there are too many', () => {
    expect(mergeEvents([event(1, 1), event(0, 0)], [event(2, 2)], 2).map(({ seq }) => seq)).toEqual([2, 1]);
  });
});
