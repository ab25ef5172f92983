import { describe, expect, test } from '@jest/globals';
import { answerOf, nameInEvent } from '../../src/client/sentinel-replies.js';

describe('an event of a sentinel names', () => {
  test.each([
    ['+switch-master', 'User.id::0 10.0.0.1 6379 10.0.0.2 6380', 'User.id::0'],
    ['+monitor', 'master User.id::0 10.0.0.1 6379 quorum 2', 'User.id::0'],
    ['-monitor', 'master User.id::0 10.0.0.1 6379', 'User.id::0'],
    ['+monitor', '', undefined],
  ])('%s %s: %s', (channel, text, name) => expect(nameInEvent(channel, text)).toBe(name));
});

describe('the answer of a sentinel', () => {
  const fields = (epoch: string) => ['name', 'User.id::0', 'config-epoch', epoch, 'quorum', '2'];
  const at = { host: '10.0.0.1', port: 6379 };

  test('has address and epoch', () => {
    expect(answerOf(['10.0.0.1', '6379'], fields('1025'))).toEqual({ kind: 'address', address: at, epoch: 1025 });
  });
  test('null is a name that it does not know', () => {
    expect(answerOf(null, undefined)).toEqual({ kind: 'unknown' });
  });
  test.each([
    ['poisoned', fields('18446744073709551615')],
    ['no number', fields('x')],
    ['missing', undefined],
  ])('an epoch that is %s is no evidence', (_what, master) => {
    expect(answerOf(['10.0.0.1', '6379'], master)).toEqual({ kind: 'address', address: at, epoch: 0 });
  });
});
