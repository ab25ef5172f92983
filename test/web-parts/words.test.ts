import { describe, expect, test } from '@jest/globals';
import { ALL_WORDS, AREAS, fill } from '../../src/web/words/all.js';

type Book = Readonly<Record<string, string>>;
const areas = Object.entries(AREAS).map(([area, { en, ko }]) => [area, en as Book, ko as Book] as const);
const namesIn = (text: string): readonly string[] =>
  [...new Set([...text.matchAll(/\{(\w+)/g)].map(([, name]) => name ?? ''))].sort();

describe.each(areas)('words of %s', (_, en, ko) => {
  test('are the same in both languages', () => expect(Object.keys(ko).sort()).toEqual(Object.keys(en).sort()));
  test('are all there', () =>
    expect([...Object.values(en), ...Object.values(ko)].filter((text) => text.trim() === '')).toEqual([]));
  test('are filled with the same', () => {
    const differ = Object.keys(en).filter((key) => `${namesIn(en[key] ?? '')}` !== `${namesIn(ko[key] ?? '')}`);
    expect(differ).toEqual([]);
  });
});

test('no key is of two areas', () => {
  const keys = areas.flatMap(([, en]) => Object.keys(en));
  expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([]);
  expect(Object.keys(ALL_WORDS.ko).sort()).toEqual([...keys].sort());
});

test('"cluster" never stands alone', () => {
  const alone = /(?<!cache |kubernetes |kube|redis |cache)\bclusters?\b(?!::| name\b)/i;
  const texts = areas.flatMap(([, en]) => Object.values(en));
  expect(texts.filter((text) => alone.test(text.replaceAll(/`[^`]*`|\{[^}]*\}/g, '')))).toEqual([]);
});

describe('filling in', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['a name', fill('{a} of {b}', { a: 1, b: 'x' }), '1 of x'],
    ['thousands', fill('{n}', { n: 7_200 }), '7,200'],
    ['one', fill('{n|pod|pods}', { n: 1 }), '1 pod'],
    ['none', fill('{n|pod|pods}', { n: 0 }), '0 pods'],
    ['many', fill('{n|pod|pods}', { n: 1_200 }), '1,200 pods'],
    ['what is not given stays', fill('{n} {m}', { n: 1 }), '1 {m}'],
    ['what is filled in is not filled again', fill('{a}', { a: '{b}', b: 'x' }), '{b}'],
  ];
  test.each(cases)('%s', (_, shown, expected) => expect(shown).toBe(expected));
});
