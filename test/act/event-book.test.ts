import { describe, expect, test } from '@jest/globals';
import { EventBook, type Happening } from '../../src/act/event-book.js';

const MINUTE = 60_000;
const happening = (changes: Partial<Happening> = {}): Happening => ({
  clusterName: 'User.id',
  subject: 'User.id::0',
  reason: 'PodCrashed',
  action: 'switch-name',
  note: 'why',
  type: 'Warning',
  ...changes,
});
const subject = (index: number): Partial<Happening> => ({ subject: `User.id::${index}` });

describe('of what happens', () => {
  test('the first is told', () => {
    expect(new EventBook().enter(happening(), 0)).toMatchObject({ kind: 'create', happening: happening() });
  });

  test('the same again is counted, every ten seconds at most', () => {
    const book = new EventBook();
    book.enter(happening(), 0);
    expect(book.enter(happening(), 1_000).kind).toBe('none');
    expect(book.enter(happening(), 9_999).kind).toBe('none');
    expect(book.enter(happening(), 10_000)).toMatchObject({ kind: 'count', count: 4 });
    expect(book.enter(happening(), 10_001).kind).toBe('none');
  });

  test('the same much later is told anew', () => {
    const book = new EventBook();
    book.enter(happening(), 0);
    expect(book.enter(happening(), 10 * MINUTE - 1).kind).toBe('count');
    expect(book.enter(happening(), 20 * MINUTE).kind).toBe('create');
  });

  test.each<[string, Partial<Happening>]>([
    ['another partition', subject(1)],
    ['another reason', { reason: 'PodSilent' }],
    ['another outcome', { type: 'Normal' }],
    ['another cache cluster', { clusterName: 'Session', subject: 'Session::0' }],
  ])('%s is told by itself', (_, other) => {
    const book = new EventBook();
    book.enter(happening(), 0);
    expect(book.enter(happening(other), 0).kind).toBe('create');
  });

  test('the eleventh partition of one reason within a minute shares an Event with all that follow', () => {
    const book = new EventBook();
    for (let i = 0; i < 10; i++) expect(book.enter(happening(subject(i)), i).kind).toBe('create');
    expect(book.enter(happening(subject(10)), 10)).toMatchObject({
      kind: 'create',
      happening: { note: '(combined from similar events): why' },
    });
    for (let i = 11; i < 60; i++) expect(book.enter(happening(subject(i)), i).kind).toBe('none');
    expect(book.enter(happening(subject(60)), 20_000)).toMatchObject({ kind: 'count', count: 51 });
  });

  test('no more than 50 at once and two a second are written, whatever happens', () => {
    const book = new EventBook();
    let written = 0;
    for (let ms = 0; ms < 10_000; ms += 10)
      if (book.enter(happening({ reason: `Reason${ms}` }), ms).kind !== 'none') written++;
    expect(written).toBeGreaterThanOrEqual(50);
    expect(written).toBeLessThanOrEqual(70);
  });
});
