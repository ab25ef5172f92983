import { describe, expect, test } from '@jest/globals';
import { compareManifests, type Review } from '../../src/review/compare-manifests.js';
import { parseManifests } from '../../src/review/parse-manifests.js';
import {
  application,
  cacheCluster,
  configMap,
  type Dist,
  dist,
  filesOf,
  type Json,
  job,
  KEEP,
  pool,
  pools,
} from './small-dist.js';

const compare = (from: Dist, to: Dist): Review =>
  compareManifests(parseManifests('before', filesOf(from)), parseManifests('after', filesOf(to)));
const withClusters = (...clusters: readonly Json[]): Dist => dist({ all: clusters });

test('a dist is the same as itself, and as itself in other files', () => {
  expect(compare(dist(), dist())).toMatchObject({
    verdict: 'same',
    totals: { podsCreated: 0, podsDeleted: 0, podsToRestart: 0, movedPartitions: 0 },
  });
  const moved = filesOf(dist()).map((file) => ({ ...file, path: file.path.replace('StatefulSet.', 'sts.') }));
  expect(compareManifests(parseManifests('x', filesOf(dist())), parseManifests('y', moved)).verdict).toBe('same');
});

describe('cache clusters', () => {
  const user = (spec: Json = {}) => cacheCluster('User.id', spec);
  const cases: Record<string, [Json, Json, Json & { consequences: readonly string[] }]> = {
    'grown under jump': [
      {},
      { clusterSize: 12 },
      {
        movedKeys: { share: 2 / 12, by: 'jump' },
        movedPartitions: 0,
        consequences: [
          'size 10 -> 12: 16.7 % of the keys move (jump, the least possible) and are misses at first; User.id::10 ... ::11 created',
        ],
      },
    ],
    'shrunk by one': [
      {},
      { clusterSize: 9 },
      {
        movedKeys: { share: 0.1, by: 'jump' },
        consequences: [
          'size 10 -> 9: 10.0 % of the keys move (jump, the least possible) and are misses at first; User.id::9 released, their pods flushed',
        ],
      },
    ],
    'grown under ketama is a mean, and says so': [
      { hash: 'ketama' },
      { hash: 'ketama', clusterSize: 12 },
      {
        movedKeys: { by: 'ketama' },
        consequences: [expect.stringContaining('about 16.7 % of the keys move (ketama: a mean') as unknown as string],
      },
    ],
    'another hash moves nearly all': [
      {},
      { hash: 'ketama' },
      {
        movedKeys: { share: 0.9, by: 'rehash' },
        consequences: [
          'hash jump -> ketama: about 90.0 % of the keys move, because every key is hashed anew; all clients must change at the same moment',
        ],
      },
    ],
    'another hash and another size are counted once': [
      {},
      { hash: 'ketama', clusterSize: 20 },
      {
        movedKeys: { share: 0.95, by: 'rehash' },
        consequences: [
          expect.stringMatching(/^hash jump -> ketama: about 95.0 %/) as unknown as string,
          'size 10 -> 20; User.id::10 ... ::19 created',
        ],
      },
    ],
    'another tier moves every partition': [
      {},
      { tier: 'M4' },
      {
        movedPartitions: 10,
        consequences: ['tier M1 -> M4: every partition moves (10 pods of M4 taken, those of M1 released)'],
      },
    ],
    'another sentinel group registers every partition anew': [
      {},
      { sentinelGroup: 'main-1' },
      {
        movedPartitions: 10,
        consequences: [
          "sentinel group main-0 -> main-1: every partition is registered anew (10 partitions); clients must ask the sentinels of main-1; if that is not meant, declare sentinelGroup: 'main-0'",
        ],
      },
    ],
    'replicas attached': [
      {},
      { partitionSize: 3 },
      { consequences: ['partitionSize 1 -> 3: 20 replicas attached; from then on Sentinel fails over to a replica'] },
    ],
    'replicas detached': [
      { partitionSize: 2 },
      { partitionSize: 1 },
      {
        consequences: [
          'partitionSize 2 -> 1: 10 replicas detached and flushed; from then on a dead partition starts again empty, on a standby',
        ],
      },
    ],
    'standbys given up': [
      {},
      { standbys: 0 },
      {
        consequences: [
          'standbys 1 -> 0 a datacenter: 3 pods released; without a standby a dead partition waits for Barn',
        ],
      },
    ],
    'a standby more': [{}, { standbys: 2 }, { consequences: ['standbys 1 -> 2 a datacenter: 3 pods armed'] }],
    'a datacenter left': [
      {},
      { placement: { datacenters: ['a', 'b'] } },
      { consequences: ['placement leaves c: the partitions there move'] },
    ],
    'a datacenter entered': [
      { placement: { datacenters: ['a'] } },
      { placement: { datacenters: ['a', 'b'] } },
      { consequences: ['placement may use b: partitions move there as the spread asks'] },
    ],
    'importance and backing group move nothing': [
      {},
      { importance: 1, backingGroup: 'db' },
      {
        movedPartitions: 0,
        consequences: [
          'importance 3 -> 1: order of recovery only, nothing moves',
          'backingGroup (none) -> db: shared replacement budget only, nothing moves',
        ],
      },
    ],
  };
  test.each(Object.entries(cases))('%s', (_, [from, to, expected]) => {
    const review = compare(withClusters(user(from)), withClusters(user(to)));
    // What another hash would do is told as well, but its CRD does not let it in.
    expect(review.verdict).toBe(from.hash === to.hash ? 'changed' : 'refused');
    expect(review.cacheClusters).toMatchObject([{ change: 'changed', clusterName: 'User.id', ...expected }]);
    expect(review.changed).toEqual([]);
  });

  test('defaults spelled out are no change', () => {
    const short = {
      ...cacheCluster('User.id'),
      spec: { clusterName: 'User.id', clusterSize: 10, tier: 'M1', sentinelGroup: 'main-0' },
    };
    expect(compare(withClusters(short), withClusters(user())).cacheClusters).toEqual([]);
  });
  test('added and removed, with their pods', () => {
    const review = compare(
      withClusters(user()),
      withClusters(cacheCluster('Chat.room', { partitionSize: 3, standbys: 0, clusterSize: 2 })),
    );
    expect(
      review.cacheClusters.map(({ change, clusterName, consequences }) => [change, clusterName, ...consequences]),
    ).toEqual([
      ['added', 'Chat.room', '2 partitions, 4 replicas of M1, named by main-0; empty at first'],
      ['removed', 'User.id', 'every key is lost: 10 partitions, 3 standby pods of M1 flushed and idle again'],
    ]);
  });
  test('a size that is no number is an error that names the file', () => {
    expect(() => compare(dist(), withClusters(user({ clusterSize: 'ten' })))).toThrow(
      'after/all/CacheCluster.user.id.k8s.yaml: spec.clusterSize is "ten", need a whole number',
    );
  });
});

describe('pools and templates', () => {
  test('grown: pods created', () => {
    const {
      pools: changes,
      totals,
      changed,
      templates,
    } = compare(dist(), dist({ b: [pool('b', { replicas: 6 }), ...(dist().b ?? []).slice(1)] }));
    expect(changes).toEqual([
      {
        change: 'grown',
        datacenter: 'b',
        name: 'redis-m1-6378',
        tier: 'M1',
        port: 6378,
        from: 4,
        to: 6,
        consequence: '2 pods created (redis-m1-6378-4 ... -5), idle until needed',
      },
    ]);
    expect(totals).toMatchObject({ podsCreated: 2, podsDeleted: 0 });
    expect([changed, templates]).toEqual([[], []]);
  });
  test('shrunk: the highest pods are deleted, whatever they serve', () => {
    const { pools: changes, totals } = compare(dist(), dist(pools({ replicas: 3 })));
    expect(changes.map(({ consequence }) => consequence)).toEqual(
      Array(3).fill('1 pod deleted at once (redis-m1-6378-3), whatever partitions they serve: drain them first'),
    );
    expect(totals).toMatchObject({ podsCreated: 0, podsDeleted: 3 });
  });
  test('a template under OnDelete waits in every pod that stays', () => {
    const { templates, totals } = compare(
      dist(),
      dist(pools({ image: 'redis:8.0.1', args: ['--port', '6378', '--io-threads', '2'], replicas: 5 })),
    );
    expect(totals.podsToRestart).toBe(12);
    expect(templates[0]).toMatchObject({
      folder: 'a',
      kind: 'StatefulSet',
      rollout: 'OnDelete',
      pods: 4,
      role: 'redis',
    });
    expect(templates[0]?.consequence).toMatch(/^4 pods will need a restart/);
    expect(templates[0]?.fields).toEqual([
      { path: 'spec.containers[redis].args', from: ['--port', '6378'], to: ['--port', '6378', '--io-threads', '2'] },
      { path: 'spec.containers[redis].image', from: 'redis:7.4.6', to: 'redis:8.0.1' },
    ]);
  });
  test.each(['env', 'initContainers'])(
    '%s in another order are another template: Kubernetes compares it as written',
    (list) => {
      const listing = (names: readonly string[]): Dist => {
        const set = structuredClone(pool('a')) as { spec: { template: { spec: Record<string, unknown> } } };
        const pod = set.spec.template.spec;
        const [container] = pod.containers as Json[];
        if (list === 'env') Object.assign(container ?? {}, { env: names.map((name) => ({ name, value: '1' })) });
        else pod.initContainers = names.map((name) => ({ name, image: 'x:1' }));
        return { a: [set as unknown as Json] };
      };
      const review = compare(listing(['A', 'B']), listing(['B', 'A']));
      expect(review).toMatchObject({ verdict: 'changed', totals: { podsToRestart: 4 } });
      expect(JSON.stringify(review)).toContain(`${list} (order)`);
    },
  );
  test('a template under RollingUpdate is taken at once', () => {
    const rolling = { spec: { updateStrategy: { type: 'RollingUpdate' } } };
    const { templates } = compare(dist(pools(rolling)), dist(pools({ ...rolling, image: 'redis:8' })));
    expect(templates[0]?.consequence).toBe(
      'Kubernetes restarts 4 pods by itself, one after another, each one empty afterwards',
    );
  });
  test('a changed script says who reads it', () => {
    const { changed } = compare(dist(), dist(pools({}, 'exec valkey\n')));
    expect(changed).toHaveLength(3);
    expect(changed[0]).toMatchObject({
      kind: 'ConfigMap',
      name: 'redis-scripts',
      consequence: expect.stringContaining('read by 4 pods of 1 workload'),
    });
  });
  test('secret values are not shown', () => {
    const secret = (value: string) => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 's' },
      stringData: { barn: value },
    });
    const review = compare(dist({ d: [secret('hush')] }), dist({ d: [secret('hush2')] }));
    expect(review.changed[0]?.fields).toEqual([{ path: 'stringData.barn', from: '(hidden)', to: '(hidden)' }]);
    expect(JSON.stringify(review)).not.toContain('hush');
  });
});

describe('refused', () => {
  const keepsPods = (spec: Json): [Dist, Dist] => [dist(), dist(pools({ spec }))];
  const hook = { 'argocd.argoproj.io/hook': 'PostSync' };
  const cases: Record<string, [Dist, Dist, string]> = {
    'the selector of a StatefulSet': [
      ...keepsPods({ selector: { matchLabels: { x: 'y' } } }),
      'spec.selector.matchLabels["cachefarm.dev/port"]',
    ],
    'its serviceName': [...keepsPods({ serviceName: 'redis' }), 'spec.serviceName'],
    'its podManagementPolicy': [...keepsPods({ podManagementPolicy: 'OrderedReady' }), 'spec.podManagementPolicy'],
    'its volume claims': [
      ...keepsPods({ volumeClaimTemplates: [{ metadata: { name: 'data' } }] }),
      'spec.volumeClaimTemplates',
    ],
    'the template of a Job': [
      dist({ d: [job('x:1')] }),
      dist({ d: [job('x:2')] }),
      'spec.template.spec.containers[seed].image',
    ],
    'the hash of a cache cluster, which is jump when none is named': [
      withClusters(cacheCluster('User.id')),
      withClusters(cacheCluster('User.id', { hash: 'ketama' })),
      'spec.hash',
    ],
    'a cache cluster in other letters, which has the same object': [
      withClusters(cacheCluster('User.id')),
      withClusters(cacheCluster('User.Id')),
      'spec.clusterName',
    ],
    'an immutable ConfigMap': [
      dist({ d: [configMap('x', { a: '1' }, { immutable: true })] }),
      dist({ d: [configMap('x', { a: '2' }, { immutable: true })] }),
      'data.a',
    ],
  };
  test.each(Object.entries(cases))('%s', (_, [from, to, path]) => {
    const { verdict, refused } = compare(from, to);
    expect(verdict).toBe('refused');
    expect(refused[0]?.fields[0]?.path).toBe(path);
    expect(refused[0]).toMatchObject({
      reason: 'ImmutableField',
      consequence: expect.stringContaining('the API server refuses this change'),
    });
  });
  test('what a StatefulSet may change is not refused', () => {
    const free = {
      replicas: 9,
      minReadySeconds: 3,
      updateStrategy: { type: 'RollingUpdate' },
      persistentVolumeClaimRetentionPolicy: {},
      revisionHistoryLimit: 3,
    };
    const { verdict, changed } = compare(...keepsPods(free));
    expect(verdict).toBe('changed');
    expect(changed[0]?.fields.map(({ path }) => path)).toEqual([
      'spec.minReadySeconds',
      'spec.persistentVolumeClaimRetentionPolicy',
      'spec.revisionHistoryLimit',
      'spec.updateStrategy.type',
    ]);
  });
  test('a Job that Argo CD makes anew at each sync is not refused', () => {
    const { verdict, templates } = compare(dist({ d: [job('x:1', hook)] }), dist({ d: [job('x:2', hook)] }));
    expect(verdict).toBe('changed');
    expect(templates).toMatchObject([
      { rollout: 'hook', pods: 0, consequence: 'takes effect at the next sync, which makes this hook anew' },
    ]);
  });
  test('a Job whose hook keeps it is refused', () => {
    const kept = { ...hook, 'argocd.argoproj.io/hook-delete-policy': 'HookSucceeded' };
    expect(compare(dist({ d: [job('x:1', kept)] }), dist({ d: [job('x:2', kept)] })).verdict).toBe('refused');
  });
  test('a renamed tier is another pool, and a lost cache', () => {
    const { verdict, refused } = compare(dist(), dist(pools({ tier: 'S1' })));
    expect(verdict).toBe('refused');
    expect(refused.map(({ reason, folder, name, pods }) => `${reason} ${folder} ${name} ${pods}`)).toEqual(
      ['a', 'b', 'c'].map((dc) => `PoolRenamed ${dc} redis-m1-6378 4`),
    );
    expect(refused[0]?.fields).toEqual([
      { path: 'metadata.name', from: 'redis-m1-6378', to: 'redis-s1-6378' },
      { path: 'tier', from: 'M1', to: 'S1' },
    ]);
    expect(refused[0]?.consequence).toContain('goes with its 4 pods and every key in them');
  });
  test('a renamed pool that Argo CD may not prune keeps its port from the new one', () => {
    expect(
      compare(dist(pools({ annotations: KEEP })), dist(pools({ tier: 'S1', annotations: KEEP }))).refused[0]
        ?.consequence,
    ).toContain('so the pods of redis-s1-6378 find no machine');
  });
  test('a pool on another port of its tier is a renamed one', () => {
    expect(compare(dist(), dist(pools({ port: 6390 }))).refused[0]).toMatchObject({
      reason: 'PoolRenamed',
      fields: [{ path: 'metadata.name' }, { path: 'port', from: 6378, to: 6390 }],
    });
  });
  test('another namespace is another pool', () => {
    const elsewhere = (name: string) => ({
      ...pool(name),
      metadata: { ...(pool(name).metadata as Json), namespace: 'other' },
    });
    const review = compare(dist(), dist({ a: [elsewhere('a'), ...(dist().a ?? []).slice(1)] }));
    expect(review.refused).toMatchObject([
      { reason: 'PoolRenamed', fields: [{ path: 'metadata.namespace', from: 'cachefarm', to: 'other' }] },
    ]);
  });
  test('a pool that goes without another in its place is not refused, and an added one neither', () => {
    const gone = compare(dist(), dist({ a: (dist().a ?? []).slice(1) }));
    expect(gone).toMatchObject({
      verdict: 'changed',
      totals: { podsDeleted: 4 },
      pools: [{ change: 'removed', from: 4, to: 0 }],
    });
    expect(compare(dist({ a: (dist().a ?? []).slice(1) }), dist())).toMatchObject({
      verdict: 'changed',
      totals: { podsCreated: 4 },
    });
  });
});

describe('objects removed', () => {
  const gone = (object: Json, automated?: Json | 'nobody') => {
    const argocd = automated === 'nobody' ? [] : [application(automated)];
    return compare(dist({ d: [object], argocd }), dist({ argocd })).removed[0];
  };
  const cases: Record<string, [Json | 'nobody' | undefined, Json, string]> = {
    'pruned by an automatic sync': [{ prune: true }, {}, 'pruned'],
    'waits for a person where pruning is off': [{ prune: false }, {}, 'manual'],
    'waits for a person where nothing is automatic': [undefined, {}, 'manual'],
    'waits where the automatic sync is disabled': [{ prune: true, enabled: false }, {}, 'manual'],
    'stays where Prune=false': [{ prune: true }, KEEP, 'kept'],
    'asks where Prune=confirm': [{ prune: true }, { 'argocd.argoproj.io/sync-options': 'Prune=confirm' }, 'confirm'],
    'stays where nobody syncs': ['nobody', {}, 'nobody'],
  };
  test.each(Object.entries(cases))('%s', (_, [automated, annotations, prune]) => {
    const object = configMap('x', {});
    expect(gone({ ...object, metadata: { name: 'x', annotations } }, automated)).toMatchObject({
      folder: 'd',
      kind: 'ConfigMap',
      name: 'x',
      prune,
    });
  });
  test('a CustomResourceDefinition takes its objects along', () => {
    expect(
      gone(
        { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: 'x' } },
        { prune: true },
      )?.sentence,
    ).toBe('Argo CD prunes it at the next sync, and every object of that kind with it');
  });
});

test('standbys are a part of what is kept back for the loss of a datacenter, as where the farm is declared', () => {
  // 18 partitions and 3 standbys of 30 pods; where one datacenter is lost, 18 and 2 of the 20 that are left.
  const full = dist({ ...pools({ replicas: 10 }), all: [cacheCluster('A', { clusterSize: 18, standbys: 1 })] });
  expect(compare(dist(), full).capacity[0]?.to).toMatchObject({ used: 21, overBound: false });
  const more = dist({ ...pools({ replicas: 10 }), all: [cacheCluster('A', { clusterSize: 21, standbys: 0 })] });
  expect(compare(dist(), more).capacity[0]?.to).toMatchObject({ used: 21, overBound: true });
});

test('capacity before and after, against the loss of a datacenter', () => {
  const after = dist({
    ...pools({ replicas: 5 }),
    all: [
      cacheCluster('User.id', { clusterSize: 4, partitionSize: 2, standbys: 0 }),
      cacheCluster('Lost', { tier: 'M9', clusterSize: 1, standbys: 0 }),
    ],
  });
  expect(compare(dist(), after).capacity).toEqual([
    {
      tier: 'M1',
      from: {
        pods: 12,
        datacenters: 3,
        partitions: 5,
        replicas: 0,
        standbys: 3,
        used: 8,
        utilisation: 8 / 12,
        bound: 1 - 1 / 3,
        overBound: false,
      },
      to: {
        pods: 15,
        datacenters: 3,
        partitions: 4,
        replicas: 4,
        standbys: 0,
        used: 8,
        utilisation: 8 / 15,
        bound: 1 - 1 / 3,
        overBound: false,
      },
    },
    {
      tier: 'M9',
      from: null,
      to: {
        pods: 0,
        datacenters: 0,
        partitions: 1,
        replicas: 0,
        standbys: 0,
        used: 1,
        utilisation: null,
        bound: 0,
        overBound: true,
      },
    },
  ]);
});
