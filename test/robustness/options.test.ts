import { describe, expect, test } from '@jest/globals';
import { parseOptions, UsageError } from './options.js';
import type { Scenario } from './scenario.js';
import { select } from './select.js';

const scenario = (name: string, changes: Partial<Scenario> = {}): Scenario => ({
  ...{ name, sources: ['R1'], what: name, seconds: 10 },
  ...{ expect: { unavailableMs: 1, wholeS: 1 }, run: () => Promise.resolve(), ...changes },
});

describe('options', () => {
  test('none: all scenarios', () => expect(parseOptions([])).toEqual({ mode: 'run', seed: 1, json: false }));
  test('all of a run', () =>
    expect(
      parseOptions(['--scenario', 'one,two', '--seed', '7', '--report', '/tmp/r', '--json', '--no-build']),
    ).toEqual({
      ...{ mode: 'run', scenarios: ['one', 'two'], seed: 7, report: '/tmp/r', json: true },
    }));
  test('minutes', () => expect(parseOptions(['--minutes', '6'])).toMatchObject({ minutes: 6 }));
  test.each(['list', 'help', 'self-test'])('--%s', (mode) =>
    expect(parseOptions([`--${mode}`])).toMatchObject({ mode }),
  );
  test('a report that is judged again', () =>
    expect(parseOptions(['--validate', 'folder'])).toMatchObject({ mode: 'validate', report: 'folder' }));

  const refused: readonly (readonly string[])[] = [
    ['--minute', '6'],
    ['--minutes', 'six'],
    ['--minutes', '0'],
    ['--minutes'],
    ['--seed', '-1'],
    ['--seed', '1.5'],
    ['--scenario', 'one,,two'],
    ['--scenario', 'one', '--all'],
    ['--minutes', '6', '--all'],
    ['--list', '--self-test'],
    ['kill-master'],
  ];
  test.each(refused.map((argv) => [argv.join(' '), argv] as const))('%s is refused', (_, argv) => {
    expect(() => parseOptions(argv)).toThrow(UsageError);
  });
});

describe('a selection', () => {
  const all = [
    scenario('a', { seconds: 30 }),
    scenario('b', { ci: true }),
    scenario('c', { ci: true, seconds: 200 }),
    scenario('d', { farm: 'replicated' }),
  ];
  const names = (minutes?: number) => select(all, minutes === undefined ? {} : { minutes }).map(({ name }) => name);

  test('of no minutes is all', () => expect(names()).toEqual(['a', 'b', 'c', 'd']));
  test('takes what CI takes first, then what fits, and keeps the order', () => {
    expect(names(0.5)).toEqual(['b']);
    expect(names(1)).toEqual(['a', 'b']);
    expect(names(4)).toEqual(['b', 'c']);
    expect(names(60)).toEqual(['a', 'b', 'c', 'd']);
  });
  test('is the same each time', () => expect(names(4)).toEqual(names(4)));
  test('by name keeps the order of the list', () => {
    expect(select(all, { scenarios: ['c', 'a'] }).map(({ name }) => name)).toEqual(['a', 'c']);
  });
  test('of a name that there is not is refused', () => {
    expect(() => select(all, { scenarios: ['e'] })).toThrow('no scenario is called e');
  });
  test('of nothing at all is refused', () => expect(() => select(all, { minutes: 0.1 })).toThrow(UsageError));
});
