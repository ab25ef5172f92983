import { expect, test } from '@jest/globals';
import { changedFields } from '../../src/review/fields.js';
import { showField } from '../../src/review/show-field.js';

const shown = (from: unknown, to: unknown): string[] => changedFields(from, to).map(showField);

const cases: Record<string, [unknown, unknown, string[]]> = {
  'equal things have no changes, whatever the order of keys': [
    { a: 1, b: [1, { c: 2 }] },
    { b: [1, { c: 2 }], a: 1 },
    [],
  ],
  'a nested value': [{ spec: { replicas: 1 } }, { spec: { replicas: 2 } }, ['spec.replicas: 1 -> 2']],
  'an element of a list is found by its name, wherever it stands': [
    { containers: [{ name: 'a', image: 'x:1' }, { name: 'b' }] },
    { containers: [{ name: 'b' }, { name: 'a', image: 'x:2' }] },
    ['containers[a].image: x:1 -> x:2'],
  ],
  'volume mounts repeat their names and differ by path': [
    {
      volumeMounts: [
        { name: 'v', mountPath: '/a' },
        { name: 'v', mountPath: '/b' },
      ],
    },
    {
      volumeMounts: [
        { name: 'v', mountPath: '/a' },
        { name: 'v', mountPath: '/b', readOnly: true },
      ],
    },
    ['volumeMounts[/b].readOnly: added true'],
  ],
  'an added and a removed element': [
    { env: [{ name: 'A', value: '1' }] },
    { env: [{ name: 'B', value: '2' }] },
    ['env[A]: removed (was {"name":"A","value":"1"})', 'env[B]: added {"name":"B","value":"2"}'],
  ],
  'arguments are shown whole, in their order': [
    { args: ['a', 'b'] },
    { args: ['b', 'a'] },
    ['args: ["a","b"] -> ["b","a"]'],
  ],
  'keys with dots are quoted': [
    { labels: { 'x.dev/tier': 'M1' } },
    { labels: { 'x.dev/tier': 'M4' } },
    ['labels["x.dev/tier"]: M1 -> M4'],
  ],
  'JSON inside a text is compared as JSON': [
    { data: { 'farm.json': '{"tiers":[{"name":"M1","replicas":4}]}' } },
    { data: { 'farm.json': '{ "tiers": [ { "replicas": 5, "name": "M1" } ] }' } },
    ['data["farm.json"].tiers[M1].replicas: 4 -> 5'],
  ],
  'text that only looks like JSON is text': [{ a: '{x' }, { a: '{y' }, ['a: {x -> {y']],
  'scripts are counted, not printed': [{ s: 'a\nb\n' }, { s: 'a\nc\nd\n' }, ['s: text changed (2 -> 3 lines)']],
  'blanks and quotes are made visible': [
    { a: '', b: 'x' },
    { a: ' ', b: 'a "b"' },
    ['a: "" -> " "', 'b: x -> "a \\"b\\""'],
  ],
  'a value becomes a record': [{ a: 1 }, { a: { b: 1 } }, ['a: 1 -> {"b":1}']],
  'null is a value': [{ a: null }, { a: 1 }, ['a: null -> 1']],
};
test.each(Object.entries(cases))('%s', (_, [from, to, expected]) => expect(shown(from, to)).toEqual(expected));

test('long values are cut', () => {
  const [line] = shown({ a: 'x' }, { a: 'y'.repeat(500) });
  expect(line).toHaveLength('a: x -> '.length + 100);
});
