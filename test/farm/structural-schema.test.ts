import { describe, expect, test } from '@jest/globals';
import { structuralSchema } from '../../src/farm/structural-schema.js';

const check = structuralSchema({
  type: 'object',
  required: ['name'],
  properties: {
    name: { type: 'string', minLength: 1, pattern: '^[a-z]+$' },
    size: { type: 'integer', minimum: 1, maximum: 5, default: 3 },
    at: { type: 'string', format: 'date-time' },
    kind: { type: 'string', enum: ['x', 'y'] },
    any: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    list: {
      type: 'array',
      maxItems: 2,
      items: { type: 'object', required: ['id'], properties: { id: { type: 'string' } } },
    },
  },
});
const faults = (value: unknown) => check(value, 'spec').faults.map(({ field, message }) => `${field}: ${message}`);

describe('a value against a structural schema', () => {
  test('gets its defaults and loses what is unknown, at every depth', () => {
    const result = check({ name: 'a', colour: 1, any: { x: 1 }, list: [{ id: 'b', z: { q: 1 } }] }, 'spec');
    expect(result).toEqual({
      value: { name: 'a', size: 3, any: { x: 1 }, list: [{ id: 'b' }] },
      faults: [],
      unknown: ['spec.colour', 'spec.list[0].z'],
    });
  });

  test.each<[string, unknown, string]>([
    ['required', {}, 'spec.name: Required value'],
    ['a type', { name: 5 }, 'spec.name: Invalid value: 5: spec.name in body must be of type string'],
    ['empty', { name: '' }, 'spec.name in body should be at least 1 chars long'],
    ['a pattern', { name: 'A' }, "spec.name in body should match '^[a-z]+$'"],
    ['below', { name: 'a', size: 0 }, 'spec.size in body should be greater than or equal to 1'],
    ['above', { name: 'a', size: 6 }, 'spec.size in body should be less than or equal to 5'],
    ['no whole number', { name: 'a', size: 1.5 }, 'spec.size in body must be of type integer'],
    ['null', { name: 'a', size: null }, 'spec.size in body must be of type'],
    ['an enum', { name: 'a', kind: 'z' }, 'spec.kind: Unsupported value: "z": supported values: "x", "y"'],
    ['a time', { name: 'a', at: 'noon' }, 'spec.at: Invalid value: "noon": spec.at in body'],
    ['an item', { name: 'a', list: [{ id: 'b' }, {}] }, 'spec.list[1].id: Required value'],
    ['too many', { name: 'a', list: [{ id: 'b' }, { id: 'c' }, { id: 'd' }] }, 'should be at most 2 items long'],
    ['a list for an object', [], 'spec: Invalid value: []: spec in body must be of type object'],
  ])('%s', (_, value, message) => {
    expect(faults(value).join('\n')).toContain(message);
  });

  test('tells every fault at once', () => {
    expect(faults({ size: 9, kind: 'q', list: 3 })).toHaveLength(4);
  });
});
