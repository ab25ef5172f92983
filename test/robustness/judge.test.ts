import { describe, expect, test } from '@jest/globals';
import type { FindingKind } from './finding.js';
import type { History } from './history.js';
import { judge } from './judge.js';
import { AT, BEGIN, bound, END, expectation, named, podSpan, request, toldHistory, traffic } from './told-history.js';

const clean = toldHistory();
const kindsIn = (history: History, changes = {}): readonly FindingKind[] =>
  judge(history, expectation(changes)).findings.map(({ kind }) => kind);
const withRequests = (...more: History['requests']): History => ({ ...clean, requests: [...clean.requests, ...more] });
const withPods = (...podSpans: History['podSpans']): History => ({ ...clean, podSpans });
const [USER, SESSION] = [bound('User.id::0', AT.user), bound('Session::0', AT.session)];

describe('a history in which nothing was broken', () => {
  test('passes, with its figures', () => {
    const verdict = judge(clean, expectation());
    expect(verdict.findings).toEqual([]);
    expect(verdict).toMatchObject({
      passed: true,
      wrongOwner: 0,
      doubleBound: 0,
      flushed: 0,
      struck: 1,
      wholeMs: 1_000,
    });
    expect(verdict.unavailableMs.max).toBeGreaterThanOrEqual(300);
    expect(verdict.unavailableMs.max).toBeLessThan(360);
  });
});

describe('wrong owners', () => {
  const told: Readonly<Record<string, History>> = {
    "a read of another cache cluster's value": withRequests(
      request('User.id::0', { kind: 'read-common', key: 'common:plain', value: 'Session::0 plain 7' }),
    ),
    "a write to another cache cluster's pod": withRequests(request('User.id::0', { address: AT.session })),
    'a write to a pod that nobody owns': withRequests(request('User.id::0', { address: AT.idle })),
    'a write to a pod of another partition after it was bound anew': {
      ...withPods(USER, { ...SESSION, to: 2_400 }, { ...bound('User.id::1', AT.session), from: 2_500 }, podSpan({})),
      requests: [...traffic('User.id::0', [2_000, 2_300]), ...traffic('Session::0', [2_400, 2_600])],
    },
    "a key on a pod of another cache cluster's": {
      ...clean,
      strayKeys: [{ address: AT.session, claim: SESSION.claim, key: 'User.id::0:plain:3' }],
    },
  };
  test.each(Object.keys(told))('%s is found', (name) => {
    expect(kindsIn(told[name] ?? clean, { unavailableMs: 5_000 })).toContain('wrongOwner');
  });

  const allowed: Readonly<Record<string, History>> = {
    'a partition of the same cache cluster shares a standby': {
      ...withPods(
        podSpan({ address: AT.user, claim: 'standby/User.id/9', openFor: ['User.id'] }),
        SESSION,
        podSpan({}),
      ),
      requests: [
        ...clean.requests,
        request('User.id::1', { address: AT.user }),
        request('User.id::0', { kind: 'read-common', value: 'User.id::1 plain 3' }),
      ],
    },
    'whose the pod was is in doubt while the write was under way': {
      ...withPods(USER, { ...SESSION, to: 1_900 }, { ...SESSION, from: 2_100 }, podSpan({})),
      requests: [...clean.requests, request('User.id::0', { address: AT.session })],
    },
    'nothing is there to be read': withRequests(request('User.id::0', { kind: 'read-common', value: null, seq: -1 })),
    'the read failed': withRequests(request('User.id::0', { kind: 'read', error: 'Connection is closed.' })),
  };
  test.each(Object.keys(allowed))('nothing is found when %s', (name) => {
    expect(kindsIn(allowed[name] ?? clean)).toEqual([]);
  });
});

describe('double bindings', () => {
  test('the claim of one epoch on two pods is found, whenever each was seen', () => {
    const moved = [
      { ...USER, to: 2_000 },
      { ...bound('User.id::0', AT.idle), from: 3_000 },
    ];
    expect(kindsIn(withPods(...moved, SESSION))).toContain('doubleBound');
  });
  test('another epoch on another pod is a move', () => {
    const moved = [
      { ...USER, to: 2_000 },
      bound('User.id::0', AT.idle, { from: 3_000, claim: 'bound/User.id::0/2049' }),
    ];
    expect(kindsIn(withPods(...moved, SESSION))).toEqual([]);
  });
  test('one pod under the names of two cache clusters is found', () => {
    const history = { ...clean, nameSpans: [...named('User.id::0', AT.user), ...named('Session::0', AT.user)] };
    expect(kindsIn(history)).toContain('doubleBound');
  });
  test('one sentinel that says so is no majority', () => {
    const [one] = named('Session::0', AT.user);
    const nameSpans = [...named('User.id::0', AT.user), ...named('Session::0', AT.session), ...(one ? [one] : [])];
    expect(judge({ ...clean, nameSpans }, expectation()).doubleBound).toBe(0);
  });
  test('one after the other is a pod that was used again', () => {
    const nameSpans = [
      ...named('User.id::0', AT.user, { to: 2_000 }),
      ...named('Session::0', AT.user, { from: 2_100 }),
    ];
    expect(judge({ ...clean, nameSpans }, expectation()).doubleBound).toBe(0);
  });
});

describe('data of a bound pod', () => {
  const before = { ...USER, to: 2_400 };
  const after = { ...USER, from: 2_500 };
  test('that was flushed is found', () => {
    expect(kindsIn(withPods(before, { ...after, flushes: 1 }, SESSION, podSpan({})))).toContain('flushed');
  });
  test('that is gone without a flush is found', () => {
    expect(kindsIn(withPods(before, { ...after, drops: 1 }, SESSION, podSpan({})))).toContain('flushed');
  });
  test('that cannot be read back is found', () => {
    const read = request('Session::0', { kind: 'read', value: null, sent: 2_010, at: 2_011 });
    expect(kindsIn(withRequests(request('Session::0'), read))).toContain('flushed');
  });
  test('a flush before it is opened, or of another process, is none', () => {
    const opened = [
      { ...before, openFor: [] },
      { ...after, flushes: 1 },
    ];
    const reborn = [before, { ...after, flushes: 1, runId: 'run-2' }];
    for (const spans of [opened, reborn]) expect(kindsIn(withPods(...spans, SESSION, podSpan({})))).toEqual([]);
  });
});

describe('figures', () => {
  test('an outage of a struck partition above what is allowed is found', () => {
    expect(kindsIn(clean, { unavailableMs: 299 })).toEqual(['unavailable']);
  });
  test('an outage that never ends is found', () => {
    const requests = [...traffic('User.id::0', [2_000, END]), ...traffic('Session::0')];
    expect(kindsIn({ ...clean, requests })).toEqual(['unavailable']);
  });
  test('an outage of a partition that nobody struck is found', () => {
    const requests = [...traffic('User.id::0', [2_000, 2_500]), ...traffic('Session::0')];
    expect(kindsIn({ ...clean, requests, struck: ['Session::0'] })).toEqual(['bystander']);
  });
  test('the time in which a client did not run is no outage', () => {
    const stalls = [{ client: 'plain', from: 2_050, to: 2_250 }];
    expect(judge({ ...clean, stalls }, expectation()).unavailableMs.max).toBeLessThan(200);
    expect(
      kindsIn({ ...clean, stalls: [{ client: 'other', from: 2_000, to: 2_300 }] }, { unavailableMs: 299 }),
    ).toEqual(['unavailable']);
  });
  test('where none was struck, every outage counts', () => {
    expect(kindsIn({ ...clean, struck: [] }, { unavailableMs: 299 })).toEqual(['unavailable']);
  });
  test('a farm that is whole too late, or never, is found', () => {
    expect(kindsIn(clean, { wholeS: 0.9 })).toEqual(['whole']);
    expect(kindsIn({ ...clean, marks: clean.marks.filter(({ kind }) => kind !== 'whole') })).toEqual(['whole']);
  });
  test('more moves than allowed are found', () => {
    const receipts = ['claim-pod Done ', 'switch-name Done 3 of 3'];
    const barn = [{ barn: 'barn-1', at: 2_100, kind: 'ended', receipts }];
    expect(judge({ ...clean, barn }, expectation()).moves).toBe(1);
    expect(kindsIn({ ...clean, barn }, { moves: 0 })).toEqual(['moves']);
  });
  test('a planned move is none of them, and may hold its partition up', () => {
    const barn = [
      {
        barn: 'barn-1',
        at: 2_100,
        kind: 'ended',
        reason: 'SpreadBetter',
        subject: 'Session::0',
        receipts: ['hand-over Done '],
      },
    ];
    const requests = [...traffic('User.id::0', [2_000, 2_300]), ...traffic('Session::0', [2_500, 3_300])];
    const history = { ...clean, requests, barn };
    expect(judge(history, expectation({ moves: 0 }))).toMatchObject({ passed: true, moves: 0 });
    expect(kindsIn({ ...history, barn: [] })).toEqual(['bystander']);
  });
  test('sentinels that disagree for longer than allowed are found', () => {
    const [one, ...others] = named('User.id::0', AT.user);
    const nameSpans = [...(one ? [{ ...one, address: AT.idle }] : []), ...others, ...named('Session::0', AT.session)];
    expect(kindsIn({ ...clean, nameSpans }, { dividedMs: 1_000 })).toEqual(['divided']);
  });
  test('what the scenario itself found is found', () => {
    const failed = { at: 2_500, kind: 'failed' as const, text: 'it did not come back' };
    expect(kindsIn({ ...clean, marks: [...clean.marks, failed] })).toContain('failed');
  });
});

describe('too little to say anything', () => {
  const vacuous: Readonly<Record<string, History>> = {
    'no clients': { ...clean, requests: [] },
    'a partition that nobody asked': { ...clean, requests: traffic('User.id::0', [2_000, 2_300]) },
    'a pod that nobody saw': withPods(USER, SESSION),
    'no majority of sentinels that was heard': { ...clean, nameSpans: clean.nameSpans.slice(0, 1) },
    'nothing that proves the fault': { ...clean, marks: clean.marks.filter(({ kind }) => kind !== 'proof') },
    'pods whose keys were not read': { ...clean, unread: [AT.user] },
  };
  test.each(Object.keys(vacuous))('is found: %s', (name) => {
    expect(kindsIn(vacuous[name] ?? clean, { unavailableMs: END - BEGIN })).toContain('evidence');
  });
});
