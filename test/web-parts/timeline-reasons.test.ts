import { expect, test } from '@jest/globals';
import { REASONS } from '../../src/plan/reasons.js';
import { words } from '../../src/web/words/reasons.js';

const keys = Object.keys(REASONS).map((reason) => `reasons.${reason}`);

test('the page has a sentence in both languages for every reason of the plan, and for no other', () => {
  expect(Object.keys(words.en).sort()).toEqual([...keys].sort());
  expect(Object.keys(words.ko).sort()).toEqual([...keys].sort());
});

test('the English sentences are those of the plan', () => {
  expect(words.en).toEqual(Object.fromEntries(Object.entries(REASONS).map(([name, why]) => [`reasons.${name}`, why])));
});

test('the Korean sentences are Korean, end as sentences, and differ', () => {
  const sentences = Object.values(words.ko);
  for (const sentence of sentences) expect(sentence).toMatch(/[가-힣].*다\.$/);
  expect(new Set(sentences).size).toBe(sentences.length);
});
