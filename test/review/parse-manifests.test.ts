import { expect, test } from '@jest/globals';
import { parseManifests } from '../../src/review/parse-manifests.js';
import { dist, filesOf, pool } from './small-dist.js';

const parse = (text: string, path = 'a/x.yaml') => parseManifests('dist', [{ path, text }]);

test('every document of every file is an object with its folder', () => {
  const { objects } = parseManifests('dist', filesOf(dist()));
  expect(objects.map(({ folder, kind, name }) => `${folder} ${kind} ${name}`)).toEqual([
    'a ConfigMap redis-scripts',
    'a StatefulSet redis-m1-6378',
    'all CacheCluster user.id',
    'b ConfigMap redis-scripts',
    'b StatefulSet redis-m1-6378',
    'c ConfigMap redis-scripts',
    'c StatefulSet redis-m1-6378',
  ]);
  expect(
    parse(
      '---\n---\napiVersion: v1\nkind: A\nmetadata: {name: x}\n---\napiVersion: g.dev/v1\nkind: A\nmetadata: {name: x}\n',
      'x.yaml',
    ).objects,
  ).toMatchObject([
    { folder: '', group: '', name: 'x' },
    { folder: '', group: 'g.dev', name: 'x' },
  ]);
});

const bad: Record<string, [string, string]> = {
  'text that is no YAML, with its line': ['apiVersion: v1\nkind: "A\n', 'dist/a/x.yaml:3: Missing closing "quote'],
  'a key twice': ['kind: A\nkind: B\n', 'dist/a/x.yaml:2: Map keys must be unique'],
  'no Kubernetes object, with the line of its document': [
    'apiVersion: v1\nkind: A\nmetadata: {name: x}\n---\nfoo: 1\n',
    'dist/a/x.yaml:5: no Kubernetes manifest, it has no apiVersion, kind, metadata.name',
  ],
  'a list': ['- 1\n', 'dist/a/x.yaml:1: no Kubernetes manifest'],
  'an object without a name': [
    'apiVersion: v1\nkind: A\nmetadata: {}\n',
    'dist/a/x.yaml:1: no Kubernetes manifest, it has no metadata.name',
  ],
  'one object twice': [
    'apiVersion: v1\nkind: A\nmetadata: {name: x}\n---\napiVersion: v1\nkind: A\nmetadata: {name: x}\n',
    'dist/a/x.yaml: A x is in a/x.yaml too',
  ],
};
test.each(Object.entries(bad))('%s is refused', (_, [text, message]) => expect(() => parse(text)).toThrow(message));

test('no files at all', () =>
  expect(() => parseManifests('lib', [])).toThrow(
    'lib: no manifests there (no *.yaml); is it what cdk8s synth wrote?',
  ));

test('the same object in two folders is two objects: two KubeClusters', () => {
  expect(parseManifests('dist', filesOf({ a: [pool('a')], b: [pool('a')] })).objects).toHaveLength(2);
});
