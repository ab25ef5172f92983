import { describe, expect, test } from '@jest/globals';
import type { PodTemplate } from '../../src/local/manifest.js';
import { revisionName } from '../../src/local/revision.js';

const template = (image: string): PodTemplate => ({
  metadata: { labels: { a: '1', b: '2' } },
  spec: { containers: [{ name: 'c', image }] },
});

describe('the revision of a template', () => {
  test('is the same for the same template in another key order', () => {
    const turned: PodTemplate = {
      spec: { containers: [{ image: 'i', name: 'c' }] },
      metadata: { labels: { b: '2', a: '1' } },
    };
    expect(revisionName('s', turned)).toBe(revisionName('s', template('i')));
  });
  test('is another for another template', () => {
    expect(revisionName('s', template('i'))).not.toBe(revisionName('s', template('j')));
  });
  test('is a name that begins with its set', () => {
    expect(revisionName('redis-m1-6378', template('i'))).toMatch(/^redis-m1-6378-[b-z2-9]{10}$/);
  });
});
