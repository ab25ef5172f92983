import { describe, expect, test } from '@jest/globals';
import { USER } from '../../src/farm/access.js';
import { cacheCluster, farmSpec, problemsOf } from '../builders/farm.js';

const linesFor = (clusterName: string): readonly string[] =>
  problemsOf(farmSpec({ cacheClusters: [cacheCluster({ clusterName })] }));

/** Each kind of name that Sentinel, its configuration or a shell has been seen to mistake (research on reliability). */
const BAD: readonly (readonly [kind: string, name: string, shown: string])[] = [
  ['nothing', '', '""'],
  ['a space', 'a b', '"a b"'],
  ['a trailing space', 'User.id ', '"User.id "'],
  ['a leading space', ' User.id', '" User.id"'],
  ['a tab', 'a\tb', '"a\\u{9}b"'],
  ['a double quote', 'a"b', '"a\\"b"'],
  ['a single quote', "a'b", '"a\'b"'],
  ['a newline', 'a\nsentinel down-after x 1', '\\u{a}'],
  ['a carriage return', 'a\rb', '\\u{d}'],
  ['NUL', 'a\u0000b', '\\u{0}'],
  ['a comma', 'a,b', '"a,b"'],
  ['64 characters', 'a'.repeat(64), 'a'.repeat(64)],
  ['over-long', 'a'.repeat(1_200), '(1200 characters)'],
  ['a star', 'User*', '"User*"'],
  ['a question mark', 'User?', '"User?"'],
  ['brackets', 'User[x]', '"User[x]"'],
  ['a leading dash', '-User', '"-User"'],
  ['a leading number sign', '#User', '"#User"'],
  ['a leading digit', '1User', '1User'],
  ['a leading dot', '.User', '".User"'],
  [':: inside', 'User::id', 'User::id'],
  ['a whole partition name', 'User.id::00', 'User.id::00'],
  ['a negative partition', 'User.id::-1', 'User.id::-1'],
  ['a slash', 'User/id', 'User/id'],
  ['a backslash', 'User\\id', 'User\\\\id'],
  ['a dollar', 'User$id', '$id'],
  ['a semicolon', 'User;id', ';id'],
  ['braces', '{User}', '{User}'],
  ['a percent sign', 'User%20id', '%20'],
  ['Korean, composed', '한글', '한글'],
  ['Korean, decomposed', '한글'.normalize('NFD'), '"'],
  ['a combining accent', 'Use\u0301r', '\\u{301}'],
  ['a zero-width space', 'User\u200bid', '\\u{200b}'],
  ['a zero-width joiner', 'User\u200did', '\\u{200d}'],
  ['a byte order mark', '\ufeffUser', '\\u{feff}'],
  ['right to left', 'User\u202eid', '\\u{202e}'],
  ['a no-break space', 'User\u00a0id', '\\u{a0}'],
  ['a line separator', 'User\u2028id', '\\u{2028}'],
  ['emoji', 'User🎂', '🎂'],
  ['a Cyrillic twin', 'Us\u0435r', 'Us\u0435r'],
  ['a lone surrogate', 'User\ud800', '\\u{d800}'],
  ["Sentinel's own channel", '__sentinel__', '__sentinel__'],
];

describe('names of cache clusters that Sentinel must never see', () => {
  test.each(BAD)('%s', (_kind, name, shown) => {
    const lines = linesFor(name).filter((line) => line.includes('cannot be a name for Sentinel'));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(shown);
    expect(lines[0]).toMatch(/^\[cacheClusters[^\n]*\.clusterName\] /);
    expect(lines[0]?.includes('\n')).toBe(false);
  });
});

describe('names that are wrong elsewhere', () => {
  test.each([...Object.values(USER), 'default', 'barn-selftest'])('%s is a name of the farm itself', (name) => {
    expect(linesFor(name)).toEqual([expect.stringContaining(`clusterName ${name} is a name of the farm itself`)]);
  });

  test.each([
    ['a trailing dot', 'User.', 'User'],
    ['a trailing dash', 'User-', 'User'],
    ['a trailing underscore', 'User_', 'User'],
    ['two dots', 'a..b', 'a.b'],
    ['a dash after a dot', 'a.-b', 'a.b'],
    ['a dash before a dot', 'a-.b', 'a.b'],
    ['an underscore before a dot', 'a_.b', 'a.b'],
  ])('%s is no object name in Kubernetes', (_kind, name, better) => {
    expect(linesFor(name)).toEqual([
      expect.stringMatching(new RegExp(`no object name .*; write ${better.replace('.', '\\.')}$`)),
    ]);
    expect(linesFor(better)).toEqual([]);
  });

  test.each(['User.id', 'a', 'User_id', 'User-id', 'A'.repeat(63), 'barn2', 'Default'])('%s is fine', (name) => {
    expect(linesFor(name)).toEqual([]);
  });

  test('what is suggested would be accepted', () => {
    for (const [, name] of BAD) {
      const better = /; write (\S+)$/.exec(linesFor(name).find((line) => line.includes('for Sentinel')) ?? '')?.[1];
      if (better !== undefined) expect([name, linesFor(better)]).toEqual([name, []]);
    }
  });
});
