import { describe, expect, test } from '@jest/globals';
import type { BarnEvent } from '../../src/barn/barn.js';
import { CENSORED, scrubber } from '../../src/voice/scrub.js';
import { listen } from './listening.js';
import { CLAIM, decisionOf, endedOf, note, passOf, scene } from './scene.js';

const CANARY = 'c4n4ry-Ahq/7+x.(s3cret)';
const rest = scene({ clusters: { 'User.id': 2 } });
const adopt = decisionOf('FailoverAdopted', [CLAIM]);

/** As ioredis throws it: the command hangs on the error, with its arguments. */
const replyError = (): Error =>
  Object.assign(new Error('WRONGPASS invalid username-password pair or user is disabled.'), {
    command: { name: 'auth', args: ['barn', CANARY] },
    password: CANARY,
    cause: new Error(CANARY),
  });

/** Each carries the canary where somebody else's text could. */
const LEAKS: Readonly<Record<string, BarnEvent>> = {
  'the arguments on an error of ioredis': { kind: 'failed', error: replyError() },
  'the message of an error': { kind: 'failed', error: new Error(`could not use ${CANARY}`) },
  'a thrown text': { kind: 'failed', error: `AUTH barn ${CANARY}` },
  'a thrown object': { kind: 'failed', error: { password: CANARY } },
  'the name of an error': { kind: 'failed', error: Object.assign(new Error('x'), { name: `E ${CANARY}` }) },
  'the detail of a decision': { kind: 'decided', decision: { ...adopt, detail: `redis://barn:${CANARY}@10.0.0.1` } },
  'a subject': { kind: 'decided', decision: { ...adopt, subject: CANARY } },
  'the reason of a receipt': endedOf(adopt, ['Failed'], { reason: `ERR at ACL SETUSER barn on >${CANARY}` }),
  'the application user of an action': {
    kind: 'decided',
    decision: { ...adopt, actions: [{ ...CLAIM, applicationUser: CANARY } as typeof CLAIM] },
  },
  'a note': passOf(rest, [note('SentinelUnreachable', 'sentinel-main-0-0', `10.0.0.1:26379: ${CANARY}`)]),
  'a problem of a KubeCluster': passOf(rest, [note('DatacenterUnread', 'a', `401 for Bearer ${CANARY}`)]),
  'many notes at once': passOf(
    rest,
    Array.from({ length: 20 }, (_, i) => note('PodUnreachable', `${CANARY}${i}`, CANARY)),
  ),
};

describe('a secret that the voice was told of never leaves', () => {
  test.each(Object.entries(LEAKS))('in %s', async (_, event) => {
    const heard = listen({ level: 'debug', secrets: ['something-else', CANARY] });
    heard.tell(event);
    heard.clock.now += 60_000;
    const said = [
      ...heard.written,
      JSON.stringify(heard.voice.events()),
      JSON.stringify([heard.voice.live(), heard.voice.ready()]),
      await heard.voice.metrics(),
    ].join('\n');
    expect(heard.written.length).toBeGreaterThan(0);
    expect(said).not.toContain(CANARY);
    expect(said).not.toContain('s3cret');
  });
  test('in a line of the process itself', () => {
    const heard = listen({ secrets: [CANARY] });
    heard.voice.say('info', `started with ${CANARY}`);
    expect(heard.lines()).toMatchObject([{ msg: `started with ${CENSORED}` }]);
  });
});

describe('what looks like a secret never leaves, told of or not', () => {
  const HIDDEN: Readonly<Record<string, string>> = {
    'a password in a URL': 'connect redis://barn:hunter22@10.0.0.1:6378 failed',
    'a password alone in a URL': 'connect redis://:hunter22@10.0.0.1:6378/0 failed',
    'arguments of AUTH': 'ERR unknown command `AUTH barn hunter22`',
    'AUTH with a password only': 'sent AUTH hunter22',
    'an ACL rule': 'ERR Error in ACL SETUSER modifier on >hunter22',
    'an ACL rule that takes a password away': 'ACL SETUSER marker <hunter22',
    'the hash of a password': `user barn on #${'a1'.repeat(32)} ~*`,
    'auth-pass of a sentinel': 'SENTINEL SET User.id::0 auth-pass hunter22',
    'requirepass of a configuration': 'requirepass "hunter22"',
    'masterauth of a configuration': 'masterauth hunter22',
    'a password as JSON': '{"password":"hunter22 and more","x":1}',
    'a password as an assignment': "password='hunter22'",
    'a token': 'token: hunter22',
    'a bearer token': 'Authorization: Bearer hunter22.x.y',
    'a JWT': `got eyJhbGciOi.${'hunter22'}.c2ln`,
    'a private key': '-----BEGIN RSA PRIVATE KEY-----\nhunter22\n-----END RSA PRIVATE KEY-----',
    'a private key that was cut off': '-----BEGIN PRIVATE KEY-----\nhunter22',
  };
  test.each(Object.entries(HIDDEN))('%s', (_, text) => {
    const scrubbed = scrubber()(text);
    expect(scrubbed).toContain(CENSORED);
    expect(scrubbed).not.toContain('hunter22');
    expect(scrubbed).not.toContain('a1a1');
  });

  const KEPT: readonly string[] = [
    '10.0.0.1:6378 -> 10.0.0.7:6378 (standby redis-m1-6378-7 on b-m1), epoch 2049',
    'WRONGPASS invalid username-password pair or user is disabled.',
    'NOAUTH Authentication required.',
    'sentinel-main-0-0 says master,o_down',
    'connect ECONNREFUSED 10.0.0.1:6378',
    '3 of 3 sentinels give 10.0.0.7:6378, < 10 ms',
    'redis-m1-6378-7 says bound/User.id::3/2049, not standby/User.id/1025',
    'User.secret::3, User.token::4',
  ];
  test.each(KEPT)('and this stays as it is: %s', (text) => expect(scrubber()(text)).toBe(text));
});

describe('the scrubber', () => {
  test('takes the longer of two secrets that begin alike', () => {
    expect(scrubber(['abcdefgh', 'abcdefghij'])('x abcdefghij y')).toBe(`x ${CENSORED} y`);
  });
  test('does not take words apart for a short one', () => {
    expect(scrubber(['redis'])('redis-m1-6378-7')).toBe('redis-m1-6378-7');
  });
  test('cuts an endless text', () => expect(scrubber()('x'.repeat(100_000)).length).toBeLessThan(2_100));
  test('is quick on hostile text', () => {
    const hostile = [
      '://'.repeat(20_000),
      'AUTH '.repeat(20_000),
      '-----BEGIN PRIVATE KEY-----'.repeat(4_000),
      '>'.repeat(99_999),
    ];
    const start = performance.now();
    for (const text of hostile) scrubber()(text);
    expect(performance.now() - start).toBeLessThan(2_000);
  });
});
