import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import * as client from '../../src/client/index.js';
import { hashTag, partitionIndex, xxh64 } from '../../src/keyspace/index.js';
import { codeBlocks, codeSpans, tableRows } from '../base/markdown.js';

const text = readFileSync(join(import.meta.dirname, '../../docs/client.md'), 'utf8');

describe('docs/client.md', () => {
  const vectors = tableRows(text, 'Test vectors').map(([key = '', ...cells]) => [codeSpans(key)[0] ?? '', ...cells]);

  test('has vectors', () => expect(vectors.length).toBeGreaterThan(8));

  test.each(vectors)('the vector of "%s" is right', (key = '', hash = '', ...indexes) => {
    const { hi, lo } = xxh64(new TextEncoder().encode(hashTag(key)));
    const hex = [hi, lo].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('');
    expect(codeSpans(hash)).toEqual([hex]);
    expect(indexes.map(Number)).toEqual([10, 60, 1_000].map((size) => partitionIndex(key, size)));
  });

  test('imports only what there is', () => {
    const imported = codeBlocks(text, 'js').flatMap((block) =>
      [...block.matchAll(/import \{ (.+) \} from 'cachefarm\/client'/g)].flatMap((match) =>
        (match[1] ?? '').split(', '),
      ),
    );
    expect(imported.length).toBeGreaterThan(4);
    expect(imported.filter((name) => !(name in client))).toEqual([]);
  });
});
