import { describe, expect, test } from '@jest/globals';
import { REASONS } from '../../src/plan/reasons.js';
import { REASON_ROLES } from '../../src/voice/reason-roles.js';
import { listen } from './listening.js';
import { CLAIM, decisionOf, note, passOf, scene } from './scene.js';

const rest = scene({ clusters: { 'User.id': 2, 'User.idle': 2 } });
const decide = (subject: string) =>
  ({ kind: 'decided', decision: decisionOf('PodCrashed', [CLAIM], subject) }) as const;

describe('the events', () => {
  test('are numbered and dated, oldest first', () => {
    const heard = listen();
    heard.tell(decide('User.id::0'));
    heard.clock.now += 5;
    heard.tell(decide('User.id::1'));
    expect(heard.voice.events()).toMatchObject([
      { seq: 1, at: Date.UTC(2026, 0, 1), msg: 'decided', subject: 'User.id::0' },
      { seq: 2, at: Date.UTC(2026, 0, 1) + 5, msg: 'decided', subject: 'User.id::1' },
    ]);
  });
  test('are the last 1,000, and numbers go on', () => {
    const heard = listen({ level: 'silent' });
    for (let i = 0; i < 1_500; i++) heard.tell(decide(`User.id::${i}`));
    const events = heard.voice.events();
    expect(events).toHaveLength(1_000);
    expect([events[0]?.seq, events.at(-1)?.seq]).toEqual([501, 1_500]);
  });
  test('can be read on from the last one seen', () => {
    const heard = listen();
    heard.tell(decide('User.id::0'), decide('User.id::1'));
    expect(heard.voice.events({ since: 1 }).map(({ seq }) => seq)).toEqual([2]);
    expect(heard.voice.events({ since: 2 })).toEqual([]);
  });
  test.each([
    ['User.id::1', ['User.id::1']],
    ['User.id', ['User.id::0', 'User.id::1', 'User.id']],
    ['User.i', []],
    ['barn', ['barn']],
  ])('about %s', (subject, subjects) => {
    const heard = listen();
    heard.tell(
      passOf(rest, [note('BarnIsolated', 'barn')]),
      decide('User.id::0'),
      decide('User.id::1'),
      decide('User.idle::0'),
      decide('User.id'),
    );
    expect(heard.voice.events({ subject }).map((event) => event.subject)).toEqual(subjects);
  });
  test('of many brakes at once name the first of them', () => {
    const heard = listen();
    const notes = Array.from({ length: 30 }, (_, i) => note('PodUnreachable', `User.id::${i}`));
    heard.tell(passOf(rest, notes));
    for (const subject of ['User.id::9', 'User.id'])
      expect(heard.voice.events({ subject })).toMatchObject([{ msg: 'holds', count: 30 }]);
  });
  test('keep no World alive, and no pass fills them', () => {
    const heard = listen({ level: 'debug' });
    for (let i = 0; i < 5; i++) heard.tell(passOf(rest));
    expect(heard.voice.events()).toHaveLength(1);
    expect(Object.keys(heard.voice.events()[0] ?? {}).sort()).toEqual(['at', 'detail', 'level', 'ms', 'msg', 'seq']);
  });
});

test('every reason of the planner has a role, and no other', () => {
  expect(Object.keys(REASON_ROLES).sort()).toEqual(Object.keys(REASONS).sort());
});
