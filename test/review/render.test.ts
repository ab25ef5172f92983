import { describe, expect, test } from '@jest/globals';
import { compareManifests } from '../../src/review/compare-manifests.js';
import { parseManifests } from '../../src/review/parse-manifests.js';
import { renderJson } from '../../src/review/render-json.js';
import { renderMarkdown } from '../../src/review/render-markdown.js';
import { renderText } from '../../src/review/render-text.js';
import { cacheCluster, configMap, type Dist, dist, filesOf, pools } from './small-dist.js';

const compare = (from: Dist, to: Dist) =>
  compareManifests(parseManifests('main', filesOf(from)), parseManifests('dist', filesOf(to)));
const after = dist({
  ...pools({ replicas: 5, image: 'redis:8' }),
  all: [cacheCluster('User.id', { clusterSize: 6 })],
  d: [configMap('new', {})],
});

describe('text', () => {
  test('the same change in every datacenter is one line', () => {
    expect(renderText(compare(dist(), after))).toMatchInlineSnapshot(`
"main -> dist: differences, none of them refused

Cache clusters
  ~ User.id
      size 5 -> 6: 16.7 % of the keys move (jump, the least possible) and are misses at first; User.id::5 created

Pools: 3 pods created, 0 deleted
  ~ redis-m1-6378 (M1, port 6378) in a, b, c: 4 -> 5 pods each
      in each: 1 pod created (redis-m1-6378-4), idle until needed

Templates: 12 pods to restart
  ~ StatefulSet redis-m1-6378 in a, b, c
      12 pods will need a restart: under OnDelete they keep the old template until they are deleted
      spec.containers[redis].image: redis:7.4.6 -> redis:8

Objects added
  + ConfigMap new in d

Capacity
  tier  pods      partitions + replicas + standbys  used          bound 1-1/D
  M1    12 -> 15  5 + 0 + 3 = 8 -> 6 + 0 + 3 = 9    67 % -> 60 %  67 %
"
`);
  });
  test('no difference is one line', () =>
    expect(renderText(compare(dist(), dist()))).toBe('main -> dist: no difference\n'));
  test('paint is asked for every mark, and only then', () => {
    const paint = { bold: String, dim: String, red: String, green: (text: string) => `<g>${text}</g>`, yellow: String };
    expect(renderText(compare(dist(), after), paint)).toContain('<g>  + ConfigMap new in d</g>');
  });
});

describe('markdown', () => {
  test('sections, code spans and a table', () => {
    expect(renderMarkdown(compare(dist(), after))).toMatchInlineSnapshot(`
"### Farm: main → dist

Nothing is deleted and made again.

#### Cache clusters

- changed **User.id**
  - size 5 -> 6: 16.7 % of the keys move (jump, the least possible) and are misses at first; User.id::5 created

#### Pools: 3 pods created, 0 deleted

- changed **redis-m1-6378 (M1, port 6378) in a, b, c: 4 -> 5 pods each**
  - in each: 1 pod created (redis-m1-6378-4), idle until needed

#### Templates: 12 pods to restart

- changed **StatefulSet redis-m1-6378 in a, b, c**
  - 12 pods will need a restart: under OnDelete they keep the old template until they are deleted
  - \`spec.containers[redis].image: redis:7.4.6 -> redis:8\`

#### Objects added

- added **ConfigMap new in d**

#### Capacity

| tier | pods | partitions + replicas + standbys | used | bound 1-1/D |  |
| --- | --- | --- | --- | --- | --- |
| M1 | 12 -> 15 | 5 + 0 + 3 = 8 -> 6 + 0 + 3 = 9 | 67 % -> 60 % | 67 % |  |
"
`);
  });
  test('names and values cannot break out of their place', () => {
    const markdown = renderMarkdown(
      compare(dist(), dist({ d: [], all: [cacheCluster('User.id', { clusterSize: 5, sentinelGroup: '<b>|`x`*' })] })),
    );
    expect(markdown).toContain('\\<b>\\|\\`x\\`\\*');
    const fields = renderMarkdown(
      compare(dist({ d: [configMap('x', { a: '`one`' })] }), dist({ d: [configMap('x', { a: '``two``' })] })),
    );
    expect(fields).toContain('``` data.a: `one` -> ``two`` ```');
  });
  test('a farm that changes everywhere still fits into a comment', () => {
    const many = (value: string) =>
      dist({
        d: Array.from({ length: 300 }, (_, i) =>
          configMap(`x${i}`, Object.fromEntries(Array.from({ length: 30 }, (_v, k) => [`k${k}`, value.repeat(90)]))),
        ),
      });
    const markdown = renderMarkdown(compare(many('a'), many('b')));
    expect(markdown.length).toBeLessThan(65_536);
    expect(markdown).toContain('more');
  });
});

test('JSON is the review itself, and the same every time', () => {
  const review = compare(dist(), after);
  expect(JSON.parse(renderJson(review))).toEqual(JSON.parse(JSON.stringify(review)));
  expect(Object.keys(review)).toEqual([
    'format',
    'from',
    'to',
    'verdict',
    'totals',
    'refused',
    'cacheClusters',
    'pools',
    'templates',
    'added',
    'removed',
    'changed',
    'capacity',
  ]);
  expect(renderJson(compare(dist(), after))).toBe(renderJson(review));
});
