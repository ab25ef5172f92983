import { describe, expect, test } from '@jest/globals';
import { replaceHosts, replacePaths } from '../../src/local/substitute.js';

describe('a container path becomes a folder here', () => {
  const paths = replacePaths(
    new Map([
      ['/data', '/s/data'],
      ['/etc/farm', '/s/farm'],
      ['/etc/farm/scripts', '/s/scripts'],
    ]),
  );
  const cases: Record<string, [string, string]> = {
    'as a whole': ['/data', '/s/data'],
    'as the beginning of a path': ['/data/x.rdb', '/s/data/x.rdb'],
    'inside a command': ['exec sh "/etc/farm/scripts/a.sh" --dir=/data', 'exec sh "/s/scripts/a.sh" --dir=/s/data'],
    'the longest mount wins': ['/etc/farm/scripts/a /etc/farm/b', '/s/scripts/a /s/farm/b'],
    'not as part of another name': ['/database /my/data /data-2', '/database /my/data /data-2'],
    'not in an address': ['http://host/data', 'http://host/data'],
  };
  test.each(Object.entries(cases))('%s', (_, [text, expected]) => expect(paths(text)).toBe(expected));
  test('nothing is mounted', () => expect(replacePaths(new Map())('/data')).toBe('/data'));
});

describe('a host name becomes an address', () => {
  const hosts = replaceHosts(
    new Map([
      ['s-0.s.a.farm.internal', '127.64.1.1'],
      ['s.a.farm.internal', '127.64.1.2'],
    ]),
  );
  const cases: Record<string, [string, string]> = {
    'with its port': ['main s-0.s.a.farm.internal:26379', 'main 127.64.1.1:26379'],
    'the pod before the service': ['s-0.s.a.farm.internal s.a.farm.internal', '127.64.1.1 127.64.1.2'],
    'at the end of a sentence': ['ask s.a.farm.internal.', 'ask 127.64.1.2.'],
    'not as part of a longer name': [
      'x.s.a.farm.internal s.a.farm.internal.org',
      'x.s.a.farm.internal s.a.farm.internal.org',
    ],
  };
  test.each(Object.entries(cases))('%s', (_, [text, expected]) => expect(hosts(text)).toBe(expected));
});
