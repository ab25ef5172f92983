/** A pod or a sentinel that answers anything at all, over real TCP: nobody who asks it crashes, hangs, or does anything by halves. */
import { describe, expect, test } from '@jest/globals';
import { PartitionUnresolved } from '../../src/client/partition-unresolved.js';
import type { Address } from '../../src/client/verdict.js';
import { fc } from '../builders/fast-check.js';
import { actionsAt, actOnServer, COMMAND_MS, followServer, lookAtServer } from './asked-server.js';
import { NAMES } from './hostile.js';
import { type Answers, HostileServer, type Manner, resp } from './hostile-server.js';

/** While somebody talks to it, and no longer: tests run side by side. */
async function whileServed(
  { answers, manner = {} }: { readonly answers: Answers; readonly manner?: Manner },
  work: (address: string, server: HostileServer) => Promise<void>,
): Promise<void> {
  const server = new HostileServer(answers, manner);
  try {
    await work(await server.start(), server);
  } finally {
    await server.stop();
  }
}

const nested = (levels: number): string => '*1\r\n'.repeat(levels);
const always = (answer: string) => (): string => answer;
const MB = 2 ** 20;

const HOSTILE: Readonly<Record<string, Answers | readonly [Answers, Manner]>> = {
  'says nothing at all': () => undefined,
  'closes at the first question': [always(''), { after: 'close' }],
  'resets at the first question': [always('$5\r\nhe'), { after: 'reset' }],
  'sends half a bulk': always('$100\r\nhalf'),
  'sends half an array': always('*3\r\n:1\r\n'),
  'speaks HTTP': always('HTTP/1.1 400 Bad Request\r\n\r\n'),
  'speaks TLS': always('\u0015\u0003\u0001\u0000\u0002\u0002\u000a'),
  'sends zeros': always('\0'.repeat(64)),
  'answers nil': always('*-1\r\n'),
  'answers a number': always(':18446744073709551616\r\n'),
  'answers an empty array': always('*0\r\n'),
  'answers an empty text': always('$0\r\n\r\n'),
  'answers errors': always('-ERR no\r\n'),
  'is still loading': always('-LOADING Redis is loading the dataset in memory\r\n'),
  'answers twice': always('+OK\r\n+OK\r\n'),
  'sends lengths that are none': always('$abc\r\n*-9\r\n$-9\r\n'),
  'promises more elements than an array can have': always('*4294967296\r\n'),
  'promises more elements than memory holds': always('*30000000\r\n'.repeat(12)),
  'promises as many as there are numbers': always(`*${'9'.repeat(400)}\r\n`),
  'promises a text without end': always(`$${'9'.repeat(400)}\r\nx`),
  'nests arrays a hundred deep': always(`${nested(100)}:1\r\n`),
  'nests arrays deeper than a stack': always(`${nested(30_000)}:1\r\n`),
  'tells a subscriber nothing': always('*1\r\n$7\r\nmessage\r\n'),
  'tells a subscriber nil': always('*3\r\n$9\r\nsubscribe\r\n*-1\r\n*-1\r\n*1\r\n*-1\r\n'),
  'tells a subscriber something else': always(
    '*3\r\n$9\r\nsubscribe\r\n$6\r\n+sdown\r\n:1\r\n*2\r\n$7\r\nmessage\r\n*-1\r\n',
  ),
  'sends a text of 9 MB': always(`$${9 * MB}\r\n${'x'.repeat(9 * MB)}\r\n`),
  'sends a line that does not end': always(`+${'x'.repeat(2 * MB)}`),
  drips: [always(resp(Array.from({ length: 20 }, (_, i) => `word ${i}`))), { pieces: 1 }],
  'tells names that no file can hold': always(
    resp(NAMES.flatMap((name) => ['name', name, 'ip', name, 'port', name, 'flags', name])),
  ),
  'tells masters that are none': always(
    resp([[], ['name'], 7, null, ['name', 'User.id::0', 'port', ['nested']], [['ip']]]),
  ),
};
const rows = Object.entries(HOSTILE).map(([what, how]) =>
  typeof how === 'function' ? ([what, how, {}] as const) : ([what, ...how] as const),
);

/** Its commands' time-outs, one after the other, on a machine that is busy with other things. */
const LOOK_MS = 8 * COMMAND_MS + 8_000;
const FOLLOW_MS = 15_000;

describe('not answered, and there is a reason, when a server', () => {
  test.concurrent.each(rows)('%s', async (_, answers, manner) => {
    await whileServed({ answers, manner }, async (address) => {
      const start = performance.now();
      for (const { instance, sentinel } of await lookAtServer(address)) {
        if (instance.state === 'unreachable') expect(instance.why).not.toBe('');
        else expect(instance).toMatchObject({ claim: undefined });
        if (sentinel.state === 'unreachable') expect(sentinel.why).not.toBe('');
        else expect(sentinel.id).toMatch(/^[0-9a-f]{40}$/);
      }
      expect(performance.now() - start).toBeLessThan(LOOK_MS);
    });
  });
});

describe('nothing is done, and nothing by halves, when a server', () => {
  test.concurrent.each(rows)('%s', async (_, answers, manner) => {
    await whileServed({ answers, manner }, async (address, server) => {
      for (const { status, reason } of await actOnServer(address)) {
        expect(['Stale', 'Failed', 'Done']).toContain(status);
        expect(reason).not.toBe('');
      }
      const wrote = server.received.map(([first = '', second = '']) => `${first} ${second}`.toUpperCase());
      // No pod has said a claim: whatever drops data, cuts clients or gives a name away comes after that.
      for (const forbidden of ['REPLICAOF NO', 'ACL DELUSER', 'SCRIPT FLUSH', 'CLIENT PAUSE', 'FUNCTION FLUSH'])
        expect(wrote).not.toContain(forbidden);
      const given = `User.id::0,${address.replace(':', ',')}`;
      expect(server.received.filter((words) => words.join(' ').includes(given))).toEqual([]);
    });
  });
});

describe('clients end with an error of theirs, in time, when a server', () => {
  test.concurrent.each(rows)('%s', async (_, answers, manner) => {
    await whileServed({ answers, manner }, async (address) => {
      const start = performance.now();
      const [resolved, got] = await followServer(address);
      expect(resolved instanceof PartitionUnresolved || typeof (resolved as Address).host === 'string').toBe(true);
      expect(got).toBeInstanceOf(Error);
      expect(performance.now() - start).toBeLessThan(FOLLOW_MS);
    });
  });
});

describe('a server that sends any bytes', () => {
  test('is asked, written to and followed without harm', async () => {
    const piece = fc.oneof(
      fc.constantFrom(
        '+OK\r\n',
        '$-1\r\n',
        '*2\r\n',
        '*1\r\n',
        '$3\r\nabc\r\n',
        ':1\r\n',
        '-ERR x\r\n',
        '\r\n',
        '$',
        '*',
        'message',
        'subscribe',
      ),
      fc.string({ unit: 'binary', maxLength: 8 }),
    );
    const answer = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(answer, { minLength: 1, maxLength: 4 }), { minLength: 8, maxLength: 8 }),
        async (all) => {
          await Promise.all(
            all.map(async (script, i) => {
              const answers: Answers = (_words, n) => script[n % script.length];
              await whileServed({ answers, manner: i % 3 === 0 ? { pieces: 3 } : {} }, async (address) => {
                await Promise.all([
                  lookAtServer(address),
                  actOnServer(address, actionsAt(address).slice(i, i + 2)),
                  followServer(address),
                ]);
              });
            }),
          );
        },
      ),
      { numRuns: 4, interruptAfterTimeLimit: 8_000 },
    );
  });
});
