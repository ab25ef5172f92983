import { describe, expect, test } from '@jest/globals';
import type { EventView } from '../../src/api/schemas.js';
import { durationOf, entriesOf, isError } from '../../src/web/timeline/entries.js';
import { countKinds, type Filters, filterEntries, readFilters, writeFilters } from '../../src/web/timeline/filters.js';
import { newerThan } from '../../src/web/timeline/newer-than.js';
import { groupByTime, scaleOf, slotsOf } from '../../src/web/timeline/time-axis.js';

const T0 = Date.UTC(2026, 0, 5, 12, 0, 0);
const eventOf = (seq: number, fields: Partial<EventView>): EventView => ({
  seq,
  at: T0 + seq * 1_000,
  level: 'info',
  msg: 'decided',
  ...fields,
});
const about = (partition: string) => ({ subject: partition, partition, cluster: partition.split('::')[0] ?? '' });
const crash = { reason: 'PodCrashed', ...about('User.id::3'), actions: ['switch-name', 'claim-pod'] };
const newestFirst = (...events: readonly EventView[]): readonly EventView[] => [...events].reverse();
const keyed = (...numbers: readonly number[]) => numbers.map((seq) => `${seq}@${T0 + seq * 1_000}`);
const ALL: Filters = { kinds: [], about: '', text: '' };

describe('entries', () => {
  test('a decision and its end are one entry, where the end was told, under the key that it had from the start', () => {
    const decided = eventOf(1, crash);
    const between = eventOf(2, { reason: 'SentinelTilted', msg: 'holds', level: 'warn', subject: 's-0' });
    const ended = eventOf(3, { ...crash, msg: 'ended', status: 'Done', ms: 9, recoveryMs: 1_104 });
    expect(entriesOf([decided]).map(({ key, state }) => [key, state])).toEqual([[keyed(1)[0], 'under-way']]);
    const entries = entriesOf(newestFirst(decided, between, ended));
    expect(entries.map(({ key, kind, state }) => [key, kind, state])).toEqual([
      [keyed(1)[0], 'recovery', 'done'],
      [keyed(2)[0], 'brake', 'holds'],
    ]);
    expect(entries[0] && durationOf(entries[0])).toBe(1_104);
  });

  test('an end whose beginning is forgotten stands by itself', () => {
    const ended = eventOf(7, { ...crash, msg: 'ended', status: 'Done', ms: 9 });
    expect(entriesOf([ended]).map(({ key, state }) => [key, state])).toEqual([[keyed(7)[0], 'done']]);
  });

  test('the same work done twice is two entries', () => {
    const rounds = [1, 3].flatMap((seq) => [
      eventOf(seq, crash),
      eventOf(seq + 1, { ...crash, msg: 'ended', status: 'Done', ms: 9 }),
    ]);
    expect(entriesOf(newestFirst(...rounds)).map(({ key }) => key)).toEqual(keyed(3, 1));
  });

  test('work that a new start of Barn has cut off is not under way for ever', () => {
    const events = newestFirst(eventOf(1, crash), eventOf(2, { msg: 'started' }), eventOf(3, crash));
    expect(entriesOf(events).map(({ state }) => state)).toEqual(['under-way', 'told', 'cut-off']);
  });

  const STATES: Readonly<Record<string, { event: Partial<EventView>; kind: string; state: string; error: boolean }>> = {
    'an action that failed': {
      event: { ...crash, msg: 'ended', status: 'Failed', level: 'warn' },
      kind: 'recovery',
      state: 'failed',
      error: true,
    },
    'a precondition that no longer held': {
      event: { ...crash, msg: 'ended', status: 'Stale', level: 'warn' },
      kind: 'recovery',
      state: 'stale',
      error: true,
    },
    'a pass that ended in an error': {
      event: { msg: 'failed', level: 'error', error: { name: 'Error', message: 'x' } },
      kind: 'operator',
      state: 'error',
      error: true,
    },
    'a warning of Barn itself': {
      event: { msg: 'status of b not written: x', level: 'warn' },
      kind: 'operator',
      state: 'told',
      error: true,
    },
    'a line of Barn itself': { event: { msg: 'leads: alone' }, kind: 'operator', state: 'told', error: false },
    'a brake that is over': {
      event: { reason: 'BudgetSpent', msg: 'over', ms: 2_000 },
      kind: 'brake',
      state: 'over',
      error: false,
    },
    'a brake that holds is a warning, no error': {
      event: { reason: 'BudgetSpent', msg: 'holds', level: 'warn' },
      kind: 'brake',
      state: 'holds',
      error: false,
    },
    'a move': { event: { reason: 'Draining', ...about('Session::0') }, kind: 'move', state: 'under-way', error: false },
    'a wait of a move is a brake': {
      event: { reason: 'MoveCopying', msg: 'holds' },
      kind: 'brake',
      state: 'holds',
      error: false,
    },
    'a reason that this page does not know yet': {
      event: { reason: 'NewOne', subject: 'x' },
      kind: 'change',
      state: 'under-way',
      error: false,
    },
  };
  test.each(Object.entries(STATES))('%s', (_, { event, kind, state, error }) => {
    const [entry] = entriesOf([eventOf(1, event)]);
    expect(entry && { kind: entry.kind, state: entry.state, error: isError(entry) }).toEqual({ kind, state, error });
  });

  test('a thousand are read in a few milliseconds', () => {
    const events = Array.from({ length: 1_000 }, (_, i) =>
      eventOf(1_000 - i, i % 2 === 0 ? { ...crash, msg: 'ended', status: 'Done', ms: 1 } : crash),
    );
    const start = performance.now();
    expect(entriesOf(events)).toHaveLength(500);
    expect(performance.now() - start).toBeLessThan(100);
  });
});

describe('filters', () => {
  const entries = entriesOf(
    newestFirst(
      eventOf(1, { ...crash, msg: 'ended', status: 'Done', ms: 9, detail: '10.0.0.1:6378 -> 10.0.0.7:6378' }),
      eventOf(2, {
        reason: 'Draining',
        ...about('Session::0'),
        msg: 'ended',
        status: 'Failed',
        ms: 30,
        receipts: [{ action: 'hand-over', status: 'Failed', reason: 'it did not catch up', ms: 30 }],
      }),
      eventOf(3, {
        reason: 'PodUnreachable',
        msg: 'holds',
        level: 'warn',
        count: 25,
        subjects: ['User.id::0', 'User.id::1'],
      }),
      eventOf(4, {
        reason: 'StandbyMissing',
        subject: 'User.id',
        cluster: 'User.id',
        msg: 'ended',
        status: 'Done',
        ms: 3,
      }),
      eventOf(5, { msg: 'failed', level: 'error', error: { name: 'TypeError', message: 'no such thing' } }),
      eventOf(6, { reason: 'NameRemoved', ...about('User.identity::0'), msg: 'ended', status: 'Done', ms: 3 }),
    ),
  );
  const CASES: Readonly<Record<string, { filters: Partial<Filters>; keys: readonly number[] }>> = {
    'none: all': { filters: {}, keys: [6, 5, 4, 3, 2, 1] },
    recoveries: { filters: { kinds: ['recovery'] }, keys: [1] },
    'errors are of every kind': { filters: { kinds: ['error'] }, keys: [5, 2] },
    'several kinds': { filters: { kinds: ['brake', 'move'] }, keys: [3, 2] },
    'a cache cluster with its partitions, not one whose name begins so': {
      filters: { about: 'User.id' },
      keys: [4, 3, 1],
    },
    'a partition, also in a line that many share': { filters: { about: 'User.id::0' }, keys: [3] },
    'an address': { filters: { text: '10.0.0.7' }, keys: [1] },
    'words in any order and case': { filters: { text: ' SESSION drain ' }, keys: [2] },
    'what came of an action': { filters: { text: 'catch up' }, keys: [2] },
    'what an error says': { filters: { text: 'typeerror such' }, keys: [5] },
    'the sentence that is shown': { filters: { text: '연결을 거부' }, keys: [1] },
    nothing: { filters: { text: 'zzz' }, keys: [] },
    'all together': { filters: { kinds: ['error'], about: 'Session', text: 'hand-over' }, keys: [] },
  };
  test.each(Object.entries(CASES))('%s', (_, { filters, keys }) => {
    const sentences: Readonly<Record<string, string>> = { PodCrashed: '파드가 연결을 거부합니다.' };
    const found = filterEntries(entries, { ...ALL, ...filters }, (reason) => sentences[reason]);
    expect(found.map(({ key }) => key)).toEqual(keyed(...keys));
  });

  test('they are counted by kind', () => {
    expect(countKinds(entries)).toEqual({ recovery: 1, move: 1, brake: 1, change: 2, operator: 1, error: 2 });
  });

  test('they come back from the address as they went there', () => {
    const filters: Filters = { kinds: ['move', 'error'], about: 'User.id::0', text: 'a & b=c' };
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(writeFilters(filters))) if (value !== undefined) query.set(name, value);
    expect(readFilters(new URLSearchParams(query.toString()))).toEqual(filters);
    expect(writeFilters(ALL)).toEqual({ kind: undefined, about: undefined, q: undefined });
  });

  test('kinds that there are not are left out of an address', () => {
    expect(readFilters(new URLSearchParams('kind=nonsense,brake,__proto__'))).toEqual({ ...ALL, kinds: ['brake'] });
    expect(readFilters(new URLSearchParams(''))).toEqual(ALL);
  });
});

describe('the axis of time', () => {
  const at = (...ages: readonly number[]) =>
    entriesOf(ages.map((age, i) => eventOf(ages.length - i, { at: T0 - age, msg: 'leads: x' })));

  test('the scale follows how much time there is to show', () => {
    expect(scaleOf([])).toBe('minute');
    expect(scaleOf(at(0, 600_000))).toBe('minute');
    expect(scaleOf(at(0, 3_600_000))).toBe('ten-minutes');
    expect(scaleOf(at(0, 5 * 3_600_000))).toBe('hour');
    expect(scaleOf(at(0, 9 * 24 * 3_600_000))).toBe('day');
  });

  test('what happened in one minute stands under one heading, newest first', () => {
    const groups = groupByTime(at(0, 1, 60_000, 61_000, 600_000), 'minute');
    expect(groups.map(({ start, entries }) => [(T0 - start) / 60_000, entries.length])).toEqual([
      [0, 1],
      [1, 2],
      [2, 1],
      [10, 1],
    ]);
  });

  test('ten minutes begin at a full ten', () => {
    const groups = groupByTime(at(1, 540_000, 660_000), 'ten-minutes');
    expect(groups.map(({ start, entries }) => [(T0 - start) / 60_000, entries.length])).toEqual([
      [10, 2],
      [20, 1],
    ]);
  });

  test('a day begins at midnight of the reader', () => {
    const [group] = groupByTime(at(0), 'day');
    expect(new Date(group?.start ?? 1).getHours()).toBe(0);
  });

  test('every entry is in one slot, also the newest and one from a clock that is ahead', () => {
    const entries = at(-5_000, 0, 30_000, 3_600_000);
    const slots = slotsOf(entries, T0, 60);
    expect(slots).toHaveLength(60);
    expect(slots.reduce((sum, { total }) => sum + total, 0)).toBe(4);
    expect(slots[0]?.total).toBe(1);
    expect(slots[59]?.total).toBe(3);
    expect(slotsOf([], T0)).toEqual([]);
    // Now is at the right end, however young all of it is.
    expect(slotsOf(at(0), T0, 10).map(({ total }) => total)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    expect(slotsOf(at(0), T0, 10)[0]?.start).toBe(T0 + 1 - 10_000);
  });
});

describe('while the reader reads', () => {
  const [a, b, c] = [{ n: 1 }, { n: 2 }, { n: 3 }];

  test('what came since is what stands above the newest that he sees', () => {
    expect(newerThan([c, b, a], [a])).toEqual([c, b]);
    expect(newerThan([a], [a])).toEqual([]);
    expect(newerThan([], [])).toEqual([]);
  });

  test('when that one is forgotten, all there is came since', () => {
    expect(newerThan([c, b], [a])).toEqual([c, b]);
  });

  test('a list that goes on is nothing to catch up with', () => {
    const live = [b, a];
    expect(newerThan(live, live)).toEqual([]);
  });
});
