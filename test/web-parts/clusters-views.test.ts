import { describe, expect, test } from '@jest/globals';
import type { EventView, PartitionView, Sentinels } from '../../src/api/schemas.js';
import { changeForGit } from '../../src/web/clusters/change-for-git.js';
import { concerns, progressOf } from '../../src/web/clusters/change-progress.js';
import { healthOf } from '../../src/web/clusters/cluster-health.js';
import { valuesOf } from '../../src/web/clusters/cluster-values.js';
import { connectSnippets } from '../../src/web/clusters/connect-snippets.js';
import { applyListQuery, COLUMNS, parseListQuery, queryParts } from '../../src/web/clusters/list-query.js';
import { spreadCounts } from '../../src/web/clusters/spread-counts.js';
import { undoOf } from '../../src/web/clusters/undo-change.js';
import { replicaLags } from '../../src/web/partition/replica-lag.js';
import { compareSentinels } from '../../src/web/partition/sentinel-views.js';
import { AREAS } from '../../src/web/words/all.js';
import { change, cluster } from './clusters-fixtures.js';

const query = (text: string) => parseListQuery(new URLSearchParams(text));
const names = (found: readonly { readonly clusterName: string }[]): readonly string[] =>
  found.map(({ clusterName }) => clusterName);

describe('the list of cache clusters', () => {
  const all = [
    cluster({ clusterName: 'B', hitRatio: null, tier: 'M4' }),
    cluster({ clusterName: 'a', serving: 9, hitRatio: 0.5 }),
    cluster({ clusterName: 'C', hitRatio: 0.7 }),
  ];
  test('is by name, whatever its case', () => {
    expect(names(applyListQuery(all, query('')))).toEqual(['a', 'B', 'C']);
  });
  test('what the URL says is what is shown', () => {
    expect(names(applyListQuery(all, query('sort=hitRatio&dir=desc')))).toEqual(['C', 'a', 'B']);
    expect(names(applyListQuery(all, query('tier=M4')))).toEqual(['B']);
    expect(names(applyListQuery(all, query('state=trouble')))).toEqual(['a']);
    expect(names(applyListQuery(all, query('q=c')))).toEqual(['C']);
  });
  test('nonsense in the URL is the plain list', () => {
    expect(query('sort=__proto__&dir=x&state=y')).toEqual(query(''));
  });
  test.each(COLUMNS)('sorts by %s without losing one', (sort) => {
    expect(applyListQuery(all, { ...query(''), sort })).toHaveLength(3);
  });
  test('the query survives the way through the URL', () => {
    const asked = query('q=user&tier=M1&state=trouble&sort=keys&dir=desc');
    const parts = Object.entries(queryParts(asked)).filter(([, value]) => value !== undefined) as [string, string][];
    expect(parseListQuery(new URLSearchParams(parts))).toEqual(asked);
  });
});

describe('how a cache cluster is', () => {
  const condition = (type: string, status: string) => ({ type, status, reason: 'PodCrashed', message: 'm' });
  test('partitions that do not serve come before what was written of it', () => {
    const health = healthOf(cluster({ serving: 9, conditions: [condition('Degraded', 'True')] }));
    expect(health).toEqual({ level: 'error', key: 'partitionsDown', reason: 'PodCrashed', message: 'm' });
  });
  test('degraded, changing, not ready, short of standbys, well', () => {
    const keyOf = (...conditions: ReturnType<typeof condition>[]) => healthOf(cluster({ conditions })).key;
    expect(keyOf(condition('Degraded', 'True'))).toBe('degraded');
    expect(keyOf(condition('Progressing', 'True'))).toBe('progressing');
    expect(keyOf(condition('Ready', 'False'))).toBe('notReady');
    expect(keyOf(condition('Ready', 'True'), condition('Degraded', 'False'))).toBe('well');
    expect(healthOf(cluster({ standbysReady: 2 })).key).toBe('standbysMissing');
  });
});

describe('undo', () => {
  test('of a change: the fields that were sent, as they were', () => {
    expect(undoOf(change(), ['clusterSize', 'standbys'])).toEqual({
      kind: 'change',
      clusterName: 'User.id',
      version: 'v2',
      fields: { clusterSize: 10, standbys: null },
    });
  });
  test('of a new one: it is deleted', () => {
    expect(undoOf(change({ kind: 'create', before: null }), [])).toEqual({
      kind: 'delete',
      clusterName: 'User.id',
      version: 'v2',
    });
  });
  test('of a deleted one: it is declared again', () => {
    expect(undoOf(change({ kind: 'delete', after: null, version: null }), [])).toEqual({
      kind: 'create',
      cluster: { clusterName: 'User.id', clusterSize: 10, tier: 'M1' },
    });
  });
  test('there is none of what was not written', () => {
    expect(undoOf(change({ dryRun: true }), ['clusterSize'])).toBeUndefined();
    expect(undoOf(change({ kind: 'none' }), [])).toBeUndefined();
    expect(undoOf(change({ version: null }), ['clusterSize'])).toBeUndefined();
    expect(undoOf(change({ before: null }), ['clusterSize'])).toBeUndefined();
  });
});

describe('progress of a change', () => {
  test('is not over while Barn still sees what was before', () => {
    expect(progressOf(change(), cluster())).toMatchObject({ serving: 10, wanted: 12, settled: false });
  });
  test('is over when all of it serves and nothing is under way', () => {
    const grown = cluster({ clusterSize: 12, serving: 12 });
    expect(progressOf(change(), grown)).toMatchObject({ settled: true });
    const progressing = { type: 'Progressing', status: 'True', reason: 'TierDiffers', message: '' };
    expect(progressOf(change(), { ...grown, conditions: [progressing] })).toMatchObject({ settled: false });
    expect(progressOf(change(), { ...grown, standbysReady: 2 })).toMatchObject({ settled: false });
  });
  test('of a new one begins with nothing', () => {
    expect(progressOf(change({ kind: 'create' }), undefined)).toMatchObject({ serving: 0, wanted: 12, settled: false });
  });
  test('of a deleted one is over when it is not seen any more', () => {
    expect(progressOf(change({ kind: 'delete', after: null }), undefined).settled).toBe(true);
    expect(progressOf(change({ kind: 'delete', after: null }), cluster())).toMatchObject({
      serving: 10,
      settled: false,
    });
  });
  test('events of it and of its partitions, not of those that begin alike', () => {
    const event = (more: Partial<EventView>): EventView => ({ seq: 1, at: 1, level: 'info', msg: 'ended', ...more });
    expect(concerns(event({ cluster: 'User.id' }), 'User.id')).toBe(true);
    expect(concerns(event({ subject: 'User.id::3' }), 'User.id')).toBe(true);
    expect(concerns(event({ subjects: ['X::0', 'User.id::3'] }), 'User.id')).toBe(true);
    expect(concerns(event({ subject: 'User.idx::3', cluster: 'User.idx' }), 'User.id')).toBe(false);
    expect(concerns(event({}), 'User.id')).toBe(false);
  });
});

describe('the rest of a cache cluster', () => {
  const at = (datacenter: string | null, machine: string | null) => ({ datacenter, machine }) as PartitionsOf[number];
  const spreadable = {
    ...cluster(),
    partitions: [at('a', 'm10'), at('a', 'm2'), at('b', 'm10'), at(null, null)],
  };
  test('partitions are counted by place, datacenters without any too', () => {
    const counts = spreadCounts(spreadable, []);
    expect(counts.datacenters.map(({ name, pods }) => `${name}${pods}`)).toEqual(['a2', 'b1', 'c0']);
    expect(counts.machines.map(({ name, pods }) => `${name} ${pods}`)).toEqual(['m2 1', 'm10 2']);
    expect(counts.nowhere).toBe(1);
  });
  test('of replicated ones every copy is counted, as its bound does', () => {
    const pod = (clusterName: string, state: string, datacenter: string) =>
      ({ clusterName, state, datacenter, machine: `${datacenter}-m1` }) as PodsOf[number];
    const pods = [
      pod('User.id', 'serving', 'a'),
      pod('User.id', 'replica', 'b'),
      pod('User.id', 'unreachable', 'b'),
      pod('Session', 'serving', 'c'),
    ];
    const counts = spreadCounts({ ...spreadable, partitionSize: 3 }, pods);
    expect(counts.datacenters.map(({ name, pods: n }) => `${name}${n}`)).toEqual(['a1', 'b1', 'c0']);
  });
  test('snippets name every sentinel of its group, and its size', () => {
    const [resolver, ioredis, nodes] = connectSnippets(cluster({ hash: 'ketama' }), sentinels, 'http://h:1');
    expect(resolver?.code).toContain("{ host: '10.0.0.9', port: 26379 }");
    expect(resolver?.code).not.toContain('10.0.0.8');
    expect(resolver?.code).toContain("clusterSize: 10, hash: 'ketama', sentinels");
    expect(ioredis?.code).toContain("name: 'User.id::0', // 0 ... 9");
    expect(nodes?.code).toContain('http://h:1/cluster/nodes?clusterName=User.id');
  });
  test('what to change in Git says what differs and leaves out defaults and the group of the farm', () => {
    const from = valuesOf(cluster({ backingGroup: 'user-db' }));
    const { typescript, yaml } = changeForGit(from, { ...from, clusterSize: '12', backingGroup: '' });
    expect(typescript).toBe("{ clusterName: 'User.id', clusterSize: 12, tier: 'M1' }, // without backingGroup");
    expect(yaml.split('\n')).toEqual([
      'apiVersion: cachefarm.dev/v1alpha1',
      'kind: CacheCluster',
      'metadata:',
      '  name: user.id',
      'spec:',
      '  clusterName: "User.id"',
      '  clusterSize: 12',
      '  tier: "M1"',
    ]);
  });
});

describe('a partition', () => {
  const says = (address: string | null, more: Partial<SentinelsOf[number]> = {}): SentinelsOf[number] => ({
    sentinel: 's',
    datacenter: 'a',
    address: '10.0.0.9:26379',
    up: true,
    tilt: false,
    says: address,
    epoch: 1,
    flags: [],
    replicas: [],
    ...more,
  });
  const differs = (...views: SentinelsOf): readonly boolean[] => compareSentinels(views).map((view) => view.differs);
  test('who says another address than most is marked, and who does not know it', () => {
    expect(differs(says('x'), says('y'), says('x'))).toEqual([false, true, false]);
    expect(differs(says('x'), says(null), says('x'))).toEqual([false, true, false]);
  });
  test('who does not answer differs from nobody', () => {
    expect(differs(says('x'), says(null, { up: false }))).toEqual([false, false]);
    expect(differs()).toEqual([]);
  });
  test('of two the newer is right', () => {
    expect(differs(says('x', { epoch: 2 }), says('y', { epoch: 3 }))).toEqual([true, false]);
  });
  test('replicas are behind the one that is furthest; unknown stays unknown', () => {
    const replica = (address: string, offset: number | null) => ({
      address,
      offset,
      pod: null,
      machine: null,
      linkUp: true,
    });
    expect(replicaLags([replica('x', 90), replica('y', 100), replica('z', null)])).toEqual([
      { address: 'x', behind: 10 },
      { address: 'y', behind: 0 },
      { address: 'z', behind: null },
    ]);
    expect(replicaLags([])).toEqual([]);
  });
});

test('both languages put in the same figures', () => {
  const holes = (text: string): readonly string[] =>
    [...text.matchAll(/\{(\w+)/g)].map(([, name]) => name ?? '').sort();
  for (const area of [AREAS.clusters, AREAS.partition]) {
    const ko: Readonly<Record<string, string>> = area.ko;
    for (const [key, text] of Object.entries(area.en))
      expect([key, [...new Set(holes(ko[key] ?? ''))]]).toEqual([key, [...new Set(holes(text))]]);
  }
});

type PartitionsOf = Parameters<typeof spreadCounts>[0]['partitions'];
type PodsOf = Parameters<typeof spreadCounts>[1];
type SentinelsOf = PartitionView['sentinels'];

const sentinels: Sentinels = [
  {
    group: 'main-0',
    replicated: false,
    quorum: 1,
    sentinels: [{ datacenter: 'a', ip: '10.0.0.9', port: 26379, address: '10.0.0.9:26379', up: true }],
  },
  {
    group: 'other',
    replicated: false,
    quorum: 1,
    sentinels: [{ datacenter: 'a', ip: '10.0.0.8', port: 26379, address: '10.0.0.8:26379', up: true }],
  },
];
