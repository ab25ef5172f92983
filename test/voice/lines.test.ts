import { describe, expect, test } from '@jest/globals';
import type { BarnEvent } from '../../src/barn/barn.js';
import { seriesValue } from './exposition.js';
import { listen } from './listening.js';
import { CLAIM, decisionOf, endedOf, note, passOf, SWITCH, scene } from './scene.js';

const rest = scene({ clusters: { 'User.id': 6 } });
const crash = decisionOf('PodCrashed', [SWITCH, CLAIM]);
const decided: BarnEvent = { kind: 'decided', decision: crash };
const tilted = (address: string) => note('SentinelTilted', 'sentinel-main-0-0', address);
const many = Array.from({ length: 25 }, (_, i) => note('PodUnreachable', `User.id::${i}`, `10.0.0.${i}:6378`));

interface Case {
  readonly events: readonly BarnEvent[];
  /** of the lines after the first pass, in order */
  readonly lines: readonly object[];
  /** fields that none of them has */
  readonly without?: readonly string[];
}

/** Every case begins with a pass in which all is well. */
const CASES: Readonly<Record<string, Case>> = {
  'a decision is told with its subject, its reason, its values, its actions and its epoch': {
    events: [decided],
    lines: [
      {
        level: 'info',
        time: '2026-01-01T00:00:00.000Z',
        farm: 'small',
        msg: 'decided',
        reason: 'PodCrashed',
        subject: 'User.id::3',
        cluster: 'User.id',
        partition: 'User.id::3',
        detail: '10.0.0.1:6378 -> 10.0.0.7:6378',
        actions: ['switch-name', 'claim-pod'],
        epoch: 2_049,
      },
    ],
  },
  'its end is told with what came of each action and the time it took': {
    events: [endedOf(crash, ['Done', 'Done'], { ms: 9.1234567 })],
    lines: [
      {
        level: 'info',
        msg: 'ended',
        status: 'Done',
        ms: 9.123,
        receipts: [
          { action: 'switch-name', status: 'Done', reason: 'so it is', ms: 4 },
          { action: 'claim-pod', status: 'Done', reason: 'so it is', ms: 4 },
        ],
      },
    ],
  },
  'the end of a recovery says how long the partition was seen not to serve, without the tidying up': {
    events: [endedOf(crash, ['Done', 'Done'], { ms: 9, downMs: 1_104 })],
    lines: [{ msg: 'ended', ms: 9, recoveryMs: 1_100 }],
  },
  'the end of what was no recovery says no time of one': {
    events: [endedOf(decisionOf('StandbyMissing', [CLAIM], 'User.id'), ['Done'])],
    lines: [{ msg: 'ended' }],
    without: ['recoveryMs'],
  },
  'a precondition that no longer held is a warning': {
    events: [endedOf(crash, ['Stale'])],
    lines: [{ level: 'warn', msg: 'ended', status: 'Stale' }],
  },
  'an action that failed is a warning': {
    events: [endedOf(crash, ['Done', 'Failed'])],
    lines: [{ level: 'warn', msg: 'ended', status: 'Failed' }],
  },
  'a decision about standbys has a cache cluster and no partition': {
    events: [{ kind: 'decided', decision: decisionOf('StandbyMissing', [CLAIM], 'User.id') }],
    lines: [{ subject: 'User.id', cluster: 'User.id' }],
    without: ['partition'],
  },
  'a cold start that a pod’s own fence brought about has its partition and no end': {
    events: [{ kind: 'cold', decision: decisionOf('PodRestartedInPlace', [CLAIM]) }],
    lines: [{ level: 'info', msg: 'cold', reason: 'PodRestartedInPlace', cluster: 'User.id', partition: 'User.id::3' }],
    without: ['status', 'receipts'],
  },
  'a brake is told when it begins and when it ends, not in each pass': {
    events: [
      passOf(rest, [note('BudgetSpent', 'User.id::3', '0 left')]),
      passOf(rest, [note('BudgetSpent', 'User.id::3', 'still 0 left')]),
      passOf(rest),
      passOf(rest),
    ],
    lines: [
      { level: 'warn', msg: 'holds', reason: 'BudgetSpent', cluster: 'User.id', detail: '0 left' },
      { level: 'info', msg: 'over', reason: 'BudgetSpent', cluster: 'User.id', detail: '0 left', ms: 2_000 },
    ],
  },
  'a wait that every move has is no warning': {
    events: [passOf(rest, [note('MoveCopying', 'User.id::3')])],
    lines: [{ level: 'info', msg: 'holds', reason: 'MoveCopying' }],
  },
  'sentinels of one pod name in two datacenters are two': {
    events: [
      passOf(rest, [tilted('10.255.0.0:26379')]),
      passOf(rest, [tilted('10.255.0.0:26379'), tilted('10.255.1.0:26379')]),
      passOf(rest, [tilted('10.255.1.0:26379')]),
    ],
    lines: [
      { msg: 'holds', detail: '10.255.0.0:26379' },
      { msg: 'holds', detail: '10.255.1.0:26379' },
      { msg: 'over', detail: '10.255.0.0:26379' },
    ],
  },
  'a sentinel whose error changes is one brake': {
    events: [
      passOf(rest, [note('SentinelUnreachable', 'sentinel-main-0-0', '10.255.0.0:26379: refused')]),
      passOf(rest, [note('SentinelUnreachable', 'sentinel-main-0-0', '10.255.0.0:26379: timed out')]),
    ],
    lines: [{ msg: 'holds', reason: 'SentinelUnreachable' }],
  },
  'many brakes of one reason share a line': {
    events: [passOf(rest, many), passOf(rest)],
    lines: [
      { msg: 'holds', reason: 'PodUnreachable', count: 25, detail: 'first: 10.0.0.0:6378' },
      { msg: 'over', reason: 'PodUnreachable', count: 25 },
    ],
  },
  'while Barn is isolated nothing else is said to be over': {
    events: [
      passOf(rest, [note('NoIdlePod', 'User.id::3')]),
      passOf(rest, [note('BarnIsolated', 'barn')]),
      passOf(rest, [note('NoIdlePod', 'User.id::3')]),
    ],
    lines: [
      { msg: 'holds', reason: 'NoIdlePod' },
      { msg: 'holds', reason: 'BarnIsolated' },
      { msg: 'over', reason: 'BarnIsolated' },
    ],
  },
  'a pass that failed is an error, of which name, message and stack are told': {
    events: [{ kind: 'failed', error: Object.assign(new TypeError('no such thing'), { command: { args: ['x'] } }) }],
    lines: [
      {
        level: 'error',
        msg: 'failed',
        error: { name: 'TypeError', message: 'no such thing', stack: expect.stringContaining('lines.test') },
      },
    ],
  },
  'an error that is none is told too': {
    events: [{ kind: 'failed', error: 'nothing' }],
    lines: [{ level: 'error', error: { name: 'string', message: 'nothing' } }],
  },
  'a pass without news is silent': { events: [passOf(rest), passOf(rest)], lines: [] },
};

describe('the lines', () => {
  test.each(Object.entries(CASES))('%s', (_, { events, lines, without = [] }) => {
    const heard = listen();
    heard.tell(passOf(rest));
    for (const event of events) {
      heard.tell(event);
      heard.clock.now += 1_000;
    }
    const said = heard.lines().slice(1);
    expect(said).toHaveLength(lines.length);
    lines.forEach((line, i) => {
      expect(said[i]).toMatchObject(line);
    });
    expect(said.flatMap((line) => without.filter((field) => field in line))).toEqual([]);
  });

  test('the first pass is told with what it found, the others at level debug', () => {
    const heard = listen({ level: 'debug' });
    heard.tell(passOf(rest), passOf(rest));
    const detail = '1 cache clusters, 9 pods, 0 decisions, 0 notes';
    expect(heard.lines()).toMatchObject([
      { level: 'info', msg: 'started', detail, ms: 12.5 },
      { level: 'debug', msg: 'pass', detail, ms: 12.5 },
    ]);
  });
  test('each is one line, whatever is in it', () => {
    const heard = listen();
    heard.tell({ kind: 'failed', error: new Error('first\nsecond\u2028third') });
    heard.voice.say('info', 'stopping\nnow');
    expect(heard.written).toHaveLength(2);
    for (const line of heard.written) expect(line.trimEnd()).not.toContain('\n');
  });
  test('a level above is not written, and is in the events all the same', () => {
    const heard = listen({ level: 'warn' });
    heard.tell(decided);
    expect(heard.written).toEqual([]);
    expect(heard.voice.events()).toMatchObject([{ msg: 'decided' }]);
  });
  test('a stream that is full or closed does not end the pass, and is counted', async () => {
    const heard = listen({
      out: {
        write: () => {
          throw new Error('ENOSPC');
        },
      },
    });
    expect(() => heard.tell(decided, { kind: 'failed', error: new Error('x') })).not.toThrow();
    expect(() => heard.voice.say('info', 'stopping')).not.toThrow();
    const families = await heard.families();
    expect(seriesValue(families, 'cachefarm_voice_failures_total')).toBe(3);
    expect(seriesValue(families, 'cachefarm_decisions_total', { reason: 'PodCrashed' })).toBe(1);
  });
});
