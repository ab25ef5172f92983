import { describe, expect, test } from '@jest/globals';
import { parseLabelSelector, selectsLabels } from '../../src/local/select-labels.js';

describe('a selector in an API request', () => {
  const labels = { app: 'redis', 'cachefarm.dev/tier': 'M1' };
  test.each([
    ['', true],
    ['app=redis', true],
    ['app==redis,cachefarm.dev/tier=M1', true],
    ['app=redis,cachefarm.dev/tier=M4', false],
    ['app!=redis', false],
    ['other!=x', true],
    ['app', true],
    ['!app', false],
    ['!other', true],
  ])('%s', (text, expected) => {
    expect(selectsLabels(parseLabelSelector(text), labels)).toBe(expected);
  });
  test('sets are refused', () => expect(parseLabelSelector('app in (a,b)')).toBeUndefined());
});

describe('a selector in a manifest', () => {
  test.each([
    ['In', ['redis', 'x'], true],
    ['NotIn', ['redis'], false],
    ['Exists', [], true],
    ['DoesNotExist', [], false],
  ])('%s %j', (operator, values, expected) => {
    expect(selectsLabels({ matchExpressions: [{ key: 'app', operator, values }] }, { app: 'redis' })).toBe(expected);
  });
  test('one that is not there selects nothing', () => expect(selectsLabels(undefined, { app: 'redis' })).toBe(false));
  test('an unknown operator is refused', () => {
    const selector = { matchExpressions: [{ key: 'app', operator: 'Gt', values: ['1'] }] };
    expect(() => selectsLabels(selector, { app: 'redis' })).toThrow('Gt is none of');
  });
});
