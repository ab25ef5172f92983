import { describe, expect, test } from '@jest/globals';
import type { Problem } from '../../src/api/schemas.js';
import { CHANGEABLE, FIELDS } from '../../src/web/clusters/cluster-values.js';
import { errorsBeyond, inPageWords } from '../../src/web/clusters/page-words.js';
import { ALL_WORDS, type WordKey } from '../../src/web/words/all.js';

const en = (key: WordKey): string => ALL_WORDS.en[key];
const problem = (...fields: string[]): Problem => ({
  type: 'about:blank',
  title: 'Unprocessable Entity',
  status: 422,
  detail: 'x',
  errors: fields.map((field) => ({ field, message: `${field} is wrong` })),
});

describe('what the API says of a form', () => {
  test('is told in the words of the page', () => {
    expect(inPageWords('lower clusterSize, partitionSize or standbys of tier M1', en)).toBe(
      'lower Size, Copies or standbys of tier M1',
    );
    expect(inPageWords('backingGroup must be text', en)).toBe('Backing group must be text');
  });
  test('stands at its field; only the rest is told beside the form', () => {
    expect(errorsBeyond(problem('clusterSize', 'placement'), FIELDS).map(({ field }) => field)).toEqual(['placement']);
    expect(errorsBeyond(problem('clusterSize', 'tier'), FIELDS)).toEqual([]);
    expect(errorsBeyond(problem('clusterName'), CHANGEABLE)).toHaveLength(1);
    expect(errorsBeyond({ ...problem(), errors: undefined }, FIELDS)).toEqual([]);
  });
});
