/** Every command, in this process, with words that nobody should type: no stack, a status as documented, and the word named. */
import { afterAll, describe, expect, test } from '@jest/globals';
import { fc } from '../builders/fast-check.js';
import { hostileText, NAMES } from './hostile.js';
import { COMMANDS, commandLine, faultsOf, PLACES, runWords, tryWords } from './targets/command-line.js';

afterAll(() => commandLine.close?.());

const OPTIONS = [
  '-o',
  '--output',
  '--state',
  '--farm',
  '--kubeconfig',
  '--context',
  '-n',
  '--dry-run',
  '--size',
  '-f',
  '--timeout',
  '--listen',
  '--level',
  '--max',
  '--server',
  '--for',
  '--wait',
  '--undo',
  '--live',
  '--json',
  '--watch',
  '--',
  '--no-such',
];
const VALID = ['pods', 'partitions', 'machine', 'bash', 'json', '5', 'User.id', 'User.id::0', 'talk'];

const word = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...OPTIONS) },
  { weight: 2, arbitrary: fc.constantFrom(...VALID) },
  { weight: 2, arbitrary: fc.constantFrom(...PLACES) },
  { weight: 2, arbitrary: hostileText() },
);

describe.each(COMMANDS)('cachefarm %s', (command) => {
  test('with any words', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(word, { maxLength: 6 }), async (words) => {
        await tryWords([command, ...words.filter((one) => !one.includes('\0'))]);
      }),
      { numRuns: 25, interruptAfterTimeLimit: 1_200 },
    );
  });
});

/** Words that are right somewhere. */
const RIGHT: ReadonlySet<string> = new Set(['barn', '../../etc/passwd', 'default']);

/** As a message may show it. */
const isNamed = (message: string, name: string): boolean => {
  const shown = [
    name,
    name.trim(),
    JSON.stringify(name).slice(1, -1),
    name.replace(/[\p{C}\p{Z}\p{M}]/gu, (c) => `\\u{${(c.codePointAt(0) ?? 0).toString(16)}}`),
  ];
  return shown.some((one) => message.includes(one.slice(0, 40)));
};

describe('the message names the word', () => {
  test.each<[string, (name: string) => readonly string[]]>([
    ['a command', (name) => [name]],
    ['a kind', (name) => ['get', name]],
    ['an output', (name) => ['get', 'pods', '-o', name]],
    ['a state folder', (name) => ['plan', '--state', name]],
    ['a farm', (name) => ['up', '--farm', name]],
    ['a kubeconfig', (name) => ['plan', '--kubeconfig', name]],
    ['a size', (name) => ['scale', 'User.id', '--size', name]],
    ['a time', (name) => ['seed', '--timeout', name]],
    ['a place to listen', (name) => ['barn', '--listen', name]],
    ['a file', (name) => ['apply', '-f', name]],
    ['a folder', (name) => ['diff', name, 'x']],
    ['a shell', (name) => ['completion', name]],
  ])(
    'for %s',
    async (_, wordsFor) => {
      for (const name of NAMES.filter((one) => !RIGHT.has(one) && one.trim() !== '' && !/^-|::|\0|\ud800/.test(one))) {
        const words = wordsFor(name);
        const ended = await runWords(words);
        expect([words, ...faultsOf(words, ended)]).toEqual([words]);
        expect([1, 2]).toContain(ended.status);
        if (!isNamed(ended.err, name)) expect(ended.err).toBe(`something that names ${name}`);
      }
    },
    20_000,
  );
});

describe('a state folder with garbage in it', () => {
  test.each(PLACES)('%s', async (place) => {
    for (const command of [
      ['get', 'pods'],
      ['plan'],
      ['explain', 'User.id::0'],
      ['apply', '-f', '-'],
      ['delete', 'User.id', '--yes'],
      ['seed'],
      ['barn'],
      ['rebalance'],
    ]) {
      const words = [...command, '--state', place];
      expect([words, ...faultsOf(words, await runWords(words))]).toEqual([words]);
    }
  });
});
