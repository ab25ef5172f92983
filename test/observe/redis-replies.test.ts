import { describe, expect, test } from '@jest/globals';
import { SENTINEL_RULES } from '../../src/farm/access.js';
import {
  parseAclList,
  parseInfo,
  readInstance,
  readName,
  readSetting,
  requiresReplicas,
} from '../../src/observe/redis-replies.js';
import { fc } from '../builders/fast-check.js';

const INFO = [
  '# Server',
  'redis_version:7.0.15',
  'run_id:abc',
  'uptime_in_seconds:12',
  '',
  '# Memory',
  'used_memory:1048576',
  '# Replication',
  'role:master',
  '# Keyspace',
  'db0:keys=3,expires=0,avg_ttl=0',
  'db7:keys=2,expires=2,avg_ttl=5',
  '',
].join('\r\n');
const MARKER = (claim: string) => `user marker off #aa ~${claim} resetchannels -@all`;
const SENTINEL = (kind: keyof typeof SENTINEL_RULES) => `user sentinel on #bb ${SENTINEL_RULES[kind]}`;
const OWN = [
  'user default off resetchannels -@all',
  'user barn on #cc ~* &* +@all',
  'user exporter on #dd -@all +info',
  'user replication off #ee -@all',
];

describe('an instance from INFO and ACL LIST', () => {
  test('replicas that it requires for a write: INFO tells that, CONFIG GET how many', () => {
    expect(requiresReplicas(INFO)).toBe(false);
    expect(requiresReplicas(`${INFO}\r\nmin_slaves_good_slaves:0\r\n`)).toBe(true);
    expect(readSetting(['min-replicas-to-write', '2'])).toBe(2);
    expect(readSetting(undefined)).toBe(0);
    const acl = [...OWN, MARKER('member/A::0/1'), SENTINEL('member')];
    expect(readInstance(INFO, acl, 2)).toMatchObject({ minReplicas: 2 });
    expect(readInstance(INFO, acl)).not.toHaveProperty('minReplicas');
  });
  describe('what it has to do', () => {
    const loaded = (...lines: readonly string[]) => {
      const view = readInstance([INFO, ...lines, ''].join('\r\n'), OWN);
      return view.state === 'up' ? view.load : undefined;
    };
    const STATS = ['instantaneous_ops_per_sec:40', 'keyspace_hits:9', 'keyspace_misses:1', 'connected_clients:7'];
    test('is read from the same INFO', () => {
      expect(loaded(...STATS)).toEqual({ opsPerSecond: 40, hits: 9, misses: 1, clients: 7 });
    });
    test('is left out where the server does not tell it', () => {
      expect(readInstance(INFO, OWN)).not.toHaveProperty('load');
      expect(loaded('keyspace_hits:9')).toBeUndefined();
    });
    test('a field that is not there is 0', () => {
      expect(loaded('instantaneous_ops_per_sec:40')).toEqual({ opsPerSecond: 40, hits: 0, misses: 0, clients: 0 });
    });
    test.each([
      ['', 0],
      ['many', 0],
      ['-3', 0],
      ['-0', 0],
      ['NaN', 0],
      ['Infinity', 0],
      ['1e400', 0],
      ['99999999999999999999', 0],
      ['2.9', 2],
      ['0x10', 16],
    ])('%j is %i', (value, expected) => {
      const lines = STATS.map((line) => `${line.split(':')[0]}:${value}`);
      const { opsPerSecond, hits, misses, clients } = loaded(...lines) ?? {};
      expect([opsPerSecond, hits, misses, clients]).toEqual([expected, expected, expected, expected]);
    });
    test('a field whose name ends the same is another one', () => {
      expect(loaded('total_instantaneous_ops_per_sec:40')).toBeUndefined();
      expect(loaded('my_keyspace_hits:9', ...STATS)).toMatchObject({ hits: 9 });
    });
  });
  test('a bound pod', () => {
    const view = readInstance(INFO, [
      ...OWN,
      MARKER('bound/User.id::0/1025'),
      SENTINEL('bound'),
      'user User.id on #ff ~* resetchannels +@all',
    ]);
    expect(view).toEqual({
      state: 'up',
      runId: 'abc',
      uptimeSeconds: 12,
      role: 'master',
      offset: 0,
      copyable: false,
      keys: 5,
      usedMemoryBytes: 1_048_576,
      claim: { kind: 'bound', partition: 'User.id::0', epoch: 1_025 },
      claimText: 'bound/User.id::0/1025',
      sentinelAccess: 'bound',
      mute: true,
      openFor: ['User.id'],
    });
  });
  test.each(['locked', 'bound', 'standby', 'member'] as const)('the rules of a %s pod are told apart', (kind) => {
    const claim = { locked: 'locked', bound: 'bound/A::0/1', standby: 'standby/A/1', member: 'member/A::0/1' }[kind];
    expect(readInstance(INFO, [...OWN, MARKER(claim), SENTINEL(kind)])).toMatchObject({
      claim: { kind },
      sentinelAccess: kind,
    });
  });
  test('a claim of no version of ours is unknown, its text is kept', () => {
    expect(readInstance(INFO, [...OWN, MARKER('leased/A::0/1')])).toMatchObject({
      claim: undefined,
      claimText: 'leased/A::0/1',
    });
  });
  test('a pod without a marker is unknown', () => {
    expect(readInstance(INFO, OWN)).toMatchObject({ claim: undefined, claimText: '', sentinelAccess: undefined });
  });
  test('the default user counts as application where it is on', () => {
    expect(
      readInstance(INFO, ['user default on nopass ~* +@all', MARKER('bound/A::0/1'), SENTINEL('bound')]),
    ).toMatchObject({ openFor: ['default'] });
  });
  test('an application user that is off does not count', () => {
    expect(readInstance(INFO, [...OWN, MARKER('bound/A::0/1'), 'user A off #ff ~* +@all'])).toMatchObject({
      openFor: [],
    });
  });
  test('a sentinel user that was made deaf has no access', () => {
    const deaf = SENTINEL_RULES.locked.replace(' +ping', '');
    expect(readInstance(INFO, [MARKER('locked'), `user sentinel on #bb ${deaf}`])).toMatchObject({
      sentinelAccess: undefined,
    });
  });
  test('a replica names its master and whether the link is up', () => {
    const info = INFO.replace(
      'role:master',
      'role:slave\r\nmaster_host:10.0.0.1\r\nmaster_port:6378\r\nmaster_link_status:down',
    );
    expect(readInstance(info, OWN)).toMatchObject({
      role: 'replica',
      masterAddress: '10.0.0.1:6378',
      masterLinkUp: false,
    });
  });
});

describe('a name from SENTINEL MASTERS and SENTINEL REPLICAS', () => {
  const master = [
    'name',
    'A::0',
    'ip',
    '10.0.0.1',
    'port',
    '6378',
    'flags',
    'master,s_down',
    'config-epoch',
    '1025',
    'quorum',
    '2',
    'num-other-sentinels',
    '2',
    'down-after-milliseconds',
    '1000',
    'failover-timeout',
    '5000',
    's-down-time',
    '1200',
    'role-reported-time',
    '17',
  ];
  test('every field and every replica', () => {
    expect(readName(master, [['ip', '10.0.0.2', 'port', '6379', 'flags', 'slave']])).toEqual({
      partition: 'A::0',
      address: '10.0.0.1:6378',
      epoch: 1_025,
      downMs: 1_200,
      flags: ['master', 's_down'],
      quorum: 2,
      downAfterMs: 1_000,
      failoverTimeoutMs: 5_000,
      otherSentinels: 2,
      roleMs: 17,
      replicas: [{ address: '10.0.0.2:6379', flags: ['slave'] }],
    });
  });
  test('a field without a value, an odd array or no array is no exception', () => {
    for (const odd of [null, 'text', [], ['ip', { toString: 0 }], ['name'], [1, 2, 3], [['nested']]])
      expect(() => readName(odd, odd)).not.toThrow();
  });
});

describe('whatever a server answers', () => {
  test('no parser throws', () => {
    fc.assert(
      fc.property(fc.string(), fc.array(fc.string()), fc.anything(), fc.anything(), (info, acl, one, two) => {
        parseInfo(info);
        parseAclList(acl);
        readInstance(info, acl);
        readName(one, two);
      }),
    );
  });
});
