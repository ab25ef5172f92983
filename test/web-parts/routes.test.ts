import { describe, expect, test } from '@jest/globals';
import { pathTo, type Route, routeOf } from '../../src/web/routes.js';
import { takeToken } from '../../src/web/token-in-address.js';

describe('an address shows', () => {
  const cases: Readonly<Record<string, Route>> = {
    '/': { view: 'overview' },
    '/map': { view: 'map' },
    '/map/': { view: 'map' },
    '/clusters': { view: 'clusters' },
    '/clusters/new': { view: 'new-cluster' },
    '/clusters/User.id': { view: 'cluster', clusterName: 'User.id' },
    '/clusters/User.id/edit': { view: 'edit-cluster', clusterName: 'User.id' },
    '/clusters/new/edit': { view: 'edit-cluster', clusterName: 'new' },
    '/partitions/User.id::0': { view: 'partition', name: 'User.id::0' },
    '/partitions/User.id%3A%3A0': { view: 'partition', name: 'User.id::0' },
    '/timeline': { view: 'timeline' },
    '/groups': { view: 'groups' },
    '/brakes': { view: 'brakes' },
    '/login': { view: 'login' },
    '/constructor': { view: 'none' },
    '/nothing': { view: 'none' },
    '/map/x': { view: 'none' },
    '/partitions': { view: 'none' },
    '/partitions/a/b': { view: 'none' },
    '/clusters/a/b': { view: 'none' },
    '/clusters/a/edit/x': { view: 'none' },
    '/clusters/%E0%A4%A': { view: 'none' },
  };
  test.each(Object.entries(cases))('%s', (path, route) => expect(routeOf(path)).toEqual(route));

  test.each(['User.id', 'new', 'a_b-c.d'])('a cache cluster named %s has an address of its own', (name) => {
    expect(routeOf(pathTo.cluster(name))).toEqual({ view: 'cluster', clusterName: name });
    expect(routeOf(pathTo.editCluster(name))).toEqual({ view: 'edit-cluster', clusterName: name });
  });
  test('a partition has one too', () =>
    expect(routeOf(pathTo.partition('User.id::12'))).toEqual({ view: 'partition', name: 'User.id::12' }));
});

describe('a token in the address', () => {
  const cases: Readonly<Record<string, readonly [string, ReturnType<typeof takeToken>]>> = {
    'is taken': ['#token=abc', { token: 'abc', rest: '' }],
    'leaves the rest': ['#a=1&token=abc', { token: 'abc', rest: '#a=1' }],
    'is decoded': ['#token=a%2Bb', { token: 'a+b', rest: '' }],
    'is none when it is empty': ['#token=', undefined],
    'is none when it is blank': ['#token=%20', undefined],
    'is none in another fragment': ['#main', undefined],
    'is none without one': ['', undefined],
  };
  test.each(Object.entries(cases))('%s', (_, [hash, expected]) => expect(takeToken(hash)).toEqual(expected));
});
