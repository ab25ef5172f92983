/** What the HTTP API changes, through the very API of an embedded farm: one path with the command line, but for two people at once. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Control, Pass } from '../../src/api/parts.js';
import { Refusal } from '../../src/api/parts.js';
import { planOnce } from '../../src/barn/seed.js';
import { kubeControl } from '../../src/cli/api-control.js';
import { writersOf } from '../../src/cli/declared-access.js';
import type { DeclaredObject, KubeWriter } from '../../src/cli/kube-port.js';
import type { FarmFrame } from '../../src/farm/model.js';
import { ANNOTATION } from '../../src/farm/words.js';
import { UNLIMITED } from '../../src/plan/planning.js';
import { type RunningFarm, runFarm, smallFarm } from '../builders/running-farm.js';

let farm: RunningFarm;
let frame: FarmFrame;
let writers: readonly KubeWriter[];
let original: readonly DeclaredObject[];
let pass: Pass;
const forgiven: string[] = [];

beforeAll(async () => {
  farm = await runFarm(smallFarm({ web: { changes: 'all' } }));
  ({ frame } = farm.embedded);
  writers = await writersOf(frame, { state: farm.embedded.state });
  original = (await writers[0]?.list()) ?? [];
  const looked = await farm.look();
  pass = { ...looked, plan: planOnce(looked.farm, looked.world, 0, 0), budget: UNLIMITED };
}, 60_000);
afterAll(() => farm?.stop());

beforeEach(async () => {
  for (const writer of writers) {
    for (const object of await writer.list())
      if (!original.some(({ metadata }) => metadata.name === object.metadata.name)) await writer.remove(object, false);
    for (const { apiVersion, kind, metadata, spec } of original) {
      const { name, namespace = 'cachefarm', annotations = {} } = metadata;
      await writer.apply({ apiVersion, kind, metadata: { name, namespace, annotations }, spec }, BY_FORCE);
    }
  }
});
const BY_FORCE = { dryRun: false, force: true };

interface Given {
  readonly through?: readonly KubeWriter[];
  readonly sees?: Pass | undefined;
  readonly leads?: boolean;
  readonly changes?: 'none' | 'clusters' | 'all';
}
const control = (given: Given = {}): Control =>
  kubeControl({
    frame: { ...frame, web: { port: 9_190, openReading: true, changes: given.changes ?? 'all' } },
    writers: given.through ?? writers,
    sight: { last: () => ('sees' in given ? given.sees : pass), leads: () => given.leads ?? true },
    forgive: (partition) => {
      forgiven.push(partition);
      return partition === 'User.id::0';
    },
    clientsOf: async () => [],
    now: () => performance.now(),
  });

const resize = async (by: Control, clusterSize: unknown, more: object = {}) =>
  by.change({
    clusterName: 'User.id',
    fields: { clusterSize },
    expect: (await by.declared('User.id'))?.version,
    create: false,
    dryRun: false,
    ...more,
  });
const make = (by: Control, clusterName: string, fields: Readonly<Record<string, unknown>>, dryRun = false) =>
  by.change({ clusterName, fields, expect: undefined, create: true, dryRun });

const refusalOf = async (work: Promise<unknown>): Promise<Refusal> => {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof Refusal)) throw new Error(`no refusal: ${String(error)}`);
  return error;
};
const sizes = async (): Promise<readonly unknown[]> =>
  Promise.all(
    writers.map(
      async (writer) => (await writer.list()).find(({ metadata }) => metadata.name === 'user.id')?.spec.clusterSize,
    ),
  );
const silent = (writer: KubeWriter): KubeWriter => ({
  datacenter: writer.datacenter,
  list: () => Promise.reject(new Error('no route to host')),
  apply: () => Promise.reject(new Error('no route to host')),
  remove: () => Promise.reject(new Error('no route to host')),
  annotate: () => Promise.reject(new Error('no route to host')),
});

describe('a change', () => {
  test('is written everywhere, and tells what it does: fields, keys that move, pods, the next version', async () => {
    const by = control();
    const done = await resize(by, 8);
    expect(done).toMatchObject({
      clusterName: 'User.id',
      dryRun: false,
      kind: 'change',
      before: { clusterSize: 7 },
      after: { clusterSize: 8 },
      movedShare: 1 / 8,
      writtenTo: ['a', 'b', 'c'],
      silent: [],
    });
    expect(done.lines[0]).toBe('User.id: changes');
    expect(done.lines).toContainEqual(expect.stringMatching(/^clusterSize +7 -> 8$/));
    expect(done.capacity).toContainEqual(expect.objectContaining({ tier: 'M1' }));
    expect(await sizes()).toEqual([8, 8, 8]);
    expect(done.version).toBe((await by.declared('User.id'))?.version);
  });
  test('that is tried writes nothing, and says the same', async () => {
    const done = await resize(control(), 8, { dryRun: true });
    expect(done).toMatchObject({ dryRun: true, kind: 'change', movedShare: 1 / 8, writtenTo: [], version: null });
    expect(await sizes()).toEqual([7, 7, 7]);
  });
  test('that changes nothing is none', async () => {
    expect(await resize(control(), 7)).toMatchObject({ kind: 'none', movedShare: 0 });
  });
  test('works before the farm was seen: without a preview', async () => {
    expect(await resize(control({ sees: undefined }), 8)).toMatchObject({
      kind: 'change',
      decisions: [],
      capacity: [],
    });
  });
  test('makes a cache cluster, changes it by the version it got, and deletes it by the next', async () => {
    const by = control();
    const made = await make(by, 'Feed', { clusterSize: 1, tier: 'M1', standbys: null });
    expect(made).toMatchObject({ kind: 'create', before: null, after: { standbys: 1 }, writtenTo: ['a', 'b', 'c'] });
    const expectedOf = (version: string | null) => ({ expect: version ?? 'none', create: false, dryRun: false });
    const grown = await by.change({ clusterName: 'Feed', fields: { importance: 1 }, ...expectedOf(made.version) });
    const gone = await by.change({ clusterName: 'Feed', fields: undefined, ...expectedOf(grown.version) });
    expect(gone).toMatchObject({ kind: 'delete', after: null, movedShare: 0, version: null });
    expect(await by.declared('Feed')).toBeUndefined();
  });
  test('is written where it can be, and says where not', async () => {
    const [a, b, c] = writers;
    if (!a || !b || !c) throw new Error('three KubeClusters');
    const done = await resize(control({ through: [a, b, silent(c)] }), 8);
    expect(done).toMatchObject({
      writtenTo: ['a', 'b'],
      silent: [{ datacenter: 'c', problem: 'no route to host' }],
    });
    expect(await sizes()).toEqual([8, 8, 7]);
  });
});

describe('wrong input is refused, with the field that the user has filled in', () => {
  const wrong: Record<string, [fields: Readonly<Record<string, unknown>>, field: string, message: RegExp]> = {
    'too many partitions for the tier': [{ clusterSize: 60 }, 'clusterSize', /pods/],
    'a tier that is none': [{ tier: 'M2' }, 'tier', /tier M2 is unknown; did you mean M1\?/],
    'another hash': [{ hash: 'ketama' }, 'hash', /almost every key/],
    'a group that is none': [{ sentinelGroup: 'mian-0' }, 'sentinelGroup', /mian-0/],
    'an importance out of range': [{ importance: 9 }, 'importance', /importance/],
    'replicas and standbys at once': [{ partitionSize: 3, standbys: 2 }, 'standbys', /standbys/],
  };
  test.each(Object.entries(wrong))('%s', async (_, [fields, field, message]) => {
    const refusal = await refusalOf(resize(control(), 7, { fields }));
    expect(refusal.kind).toBe('invalid');
    expect(refusal.more.errors).toContainEqual({ field, message: expect.stringMatching(message) });
    expect(await sizes()).toEqual([7, 7, 7]);
  });
  test('a name that is taken in another spelling', async () => {
    const refusal = await refusalOf(make(control(), 'user.id', { clusterSize: 1, tier: 'M1' }));
    expect([refusal.kind, refusal.message]).toEqual(['invalid', expect.stringContaining('user.id')]);
  });
  test('a name that is there already', async () => {
    expect((await refusalOf(make(control(), 'User.id', { clusterSize: 1, tier: 'M1' }))).kind).toBe('exists');
  });
  test('a cache cluster that is not there, with what was probably meant', async () => {
    const refusal = await refusalOf(resize(control(), 8, { clusterName: 'User.ID' }));
    expect([refusal.kind, refusal.message]).toEqual(['not-found', expect.stringContaining('did you mean User.id?')]);
  });
});

describe('two people', () => {
  test('who saw the same: the second is told, and nothing of his is written', async () => {
    const [one, other] = [control(), control()];
    const seen = (await other.declared('User.id'))?.version;
    await resize(one, 8);
    const refusal = await refusalOf(resize(other, 5, { expect: seen }));
    expect(refusal.kind).toBe('conflict');
    expect(await sizes()).toEqual([8, 8, 8]);
  });
  test.each([1, 2, 3, 4, 5])('at the very same moment: exactly one wins, everywhere (%s)', async () => {
    const people = [control(), control(), control(), control()];
    const seen = (await people[0]?.declared('User.id'))?.version;
    const wished = [2, 3, 4, 5];
    const results = await Promise.all(
      people.map((by, i) =>
        resize(by, wished[i], { expect: seen }).then(
          ({ writtenTo }) => writtenTo,
          (error: unknown) => (error instanceof Refusal ? error.kind : 'error'),
        ),
      ),
    );
    expect(results.filter((one) => Array.isArray(one))).toEqual([['a', 'b', 'c']]);
    expect(results.filter((one) => one === 'conflict')).toHaveLength(3);
    const winner = wished[results.findIndex((one) => Array.isArray(one))];
    expect(await sizes()).toEqual([winner, winner, winner]);
  });
  test('one of whom deletes while the other resizes: one of both', async () => {
    const [one, other] = [control(), control()];
    const seen = (await one.declared('User.id'))?.version;
    const [resized, deleted] = await Promise.allSettled([
      resize(one, 8, { expect: seen }),
      resize(other, 0, { expect: seen, fields: undefined }),
    ]);
    expect([resized.status, deleted.status].sort()).toEqual(['fulfilled', 'rejected']);
    const left = (await control().declared('User.id')) !== undefined;
    expect(left).toBe(resized.status === 'fulfilled');
    if (left) expect(await sizes()).toEqual([8, 8, 8]);
  });
  test('one with the command line', async () => {
    const by = control();
    const seen = (await by.declared('User.id'))?.version;
    const [writer] = writers;
    const object = original.find(({ metadata }) => metadata.name === 'user.id');
    if (!writer || !object) throw new Error('the farm has a KubeCluster, and it User.id');
    const metadata = { name: 'user.id', namespace: 'cachefarm', annotations: object.metadata.annotations ?? {} };
    await writer.apply({ ...object, metadata, spec: { ...object.spec, clusterSize: 6 } }, BY_FORCE);
    expect((await refusalOf(resize(by, 8, { expect: seen }))).kind).toBe('conflict');
  });
  test('nobody may change without the version that he saw', async () => {
    expect((await refusalOf(resize(control(), 8, { expect: undefined }))).kind).toBe('conflict');
    expect((await refusalOf(resize(control(), 8, { expect: '*' }))).kind).toBe('conflict');
  });
  test('a status is no change', async () => {
    const by = control();
    const before = (await by.declared('User.id'))?.version;
    const {
      address,
      kubeconfig,
      frame: { namespace },
    } = farm.embedded;
    const { token } = JSON.parse(readFileSync(kubeconfig, 'utf8')).users[0].user;
    const path = `/a/apis/cachefarm.dev/v1alpha1/namespaces/${namespace}/cacheclusters/user.id/status`;
    const response = await fetch(`${address}${path}`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/merge-patch+json' },
      body: JSON.stringify({ status: { serving: 3 } }),
    });
    expect(response.status).toBe(200);
    expect((await control().declared('User.id'))?.version).toBe(before);
    expect((await resize(by, 8, { expect: before })).writtenTo).toEqual(['a', 'b', 'c']);
  });
});

describe('what belongs to others', () => {
  test('is read-only here: the change to make there is shown', async () => {
    const tracked = { 'argocd.argoproj.io/tracking-id': 'farm:cachefarm.dev/CacheCluster:cachefarm/user.id' };
    for (const writer of writers) {
      const object = original.find(({ metadata }) => metadata.name === 'user.id');
      if (!object) throw new Error('User.id is declared');
      const annotations = { ...object.metadata.annotations, ...tracked };
      await writer.apply({ ...object, metadata: { name: 'user.id', namespace: 'cachefarm', annotations } }, BY_FORCE);
    }
    const by = control();
    expect((await by.declared('User.id'))?.owner).toBe('Argo CD application farm');
    const refusal = await refusalOf(resize(by, 8));
    expect(refusal.kind).toBe('owned');
    expect(refusal.more.changeElsewhere).toEqual({
      owner: 'Argo CD application farm',
      typescript: expect.stringContaining("clusterName: 'User.id', clusterSize: 8"),
      yaml: expect.stringMatching(/kind: CacheCluster[\s\S]*clusterSize: 8/),
    });
    expect(await sizes()).toEqual([7, 7, 7]);
  });
});

describe('KubeClusters that are away', () => {
  test('all of them: unavailable, not an error of ours', async () => {
    const by = control({ through: writers.map(silent) });
    expect((await refusalOf(by.declared('User.id'))).kind).toBe('unavailable');
    expect((await refusalOf(make(by, 'Feed', { clusterSize: 1, tier: 'M1' }))).kind).toBe('unavailable');
  });
  test('more than half: nothing is deleted', async () => {
    const [a, b, c] = writers;
    if (!a || !b || !c) throw new Error('three KubeClusters');
    const by = control({ through: [a, silent(b), silent(c)] });
    const refusal = await refusalOf(resize(by, 0, { fields: undefined }));
    expect([refusal.kind, refusal.message]).toEqual(['unavailable', expect.stringContaining('more than half')]);
  });
  test('a KubeCluster that comes back means: look again', async () => {
    const [a, b, c] = writers;
    if (!a || !b || !c) throw new Error('three KubeClusters');
    const seen = (await control({ through: [a, b, silent(c)] }).declared('User.id'))?.version;
    expect((await refusalOf(resize(control(), 8, { expect: seen }))).kind).toBe('conflict');
  });
});

describe('a farm that is not changed over HTTP', () => {
  test('tells what a change would do, and makes none', async () => {
    const by = control({ changes: 'none' });
    expect((await resize(by, 8, { dryRun: true })).kind).toBe('change');
    expect((await refusalOf(resize(by, 8))).kind).toBe('unavailable');
    expect(await sizes()).toEqual([7, 7, 7]);
  });
});

describe('draining', () => {
  const marks = async (): Promise<readonly string[]> => {
    const { pods, datacenters } = (await farm.look()).world;
    const machines = datacenters.flatMap((one) => one.machines);
    return [...machines.filter(({ draining }) => draining), ...pods.filter(({ draining }) => draining)].map(
      ({ datacenter, name }) => `${datacenter}/${name}`,
    );
  };
  test('a machine is tried, done and undone', async () => {
    const by = control();
    const tried = await by.drain({ kind: 'machine', name: 'a-m1' }, true);
    expect(tried).toMatchObject({ dryRun: true, targets: [{ datacenter: 'a', kind: 'node', name: 'a-m1' }] });
    expect(await marks()).toEqual([]);
    expect((await by.drain({ kind: 'machine', name: 'a-m1' }, false)).problems).toEqual([]);
    expect(await marks()).toContain('a/a-m1');
    await by.drain({ kind: 'machine', name: 'a-m1', undo: true }, false);
    expect(await marks()).toEqual([]);
  });
  test.each(['machine', 'datacenter', 'pod'] as const)('a %s that is none is named', async (kind) => {
    const refusal = await refusalOf(control().drain({ kind, name: 'a-m' }, false));
    expect([refusal.kind, refusal.more.errors?.[0]?.field]).toEqual(['not-found', 'name']);
  });
  test('what cannot be marked is no success', async () => {
    const by = control({ through: writers.map(silent) });
    expect((await refusalOf(by.drain({ kind: 'machine', name: 'a-m1' }, false))).kind).toBe('unavailable');
  });
  test('before the farm was seen: unavailable', async () => {
    const refusal = await refusalOf(control({ sees: undefined }).drain({ kind: 'machine', name: 'a-m1' }, true));
    expect(refusal.kind).toBe('unavailable');
  });
});

describe('a word to Barn', () => {
  test('lets a held partition go on, where this Barn leads', () => {
    expect(control().approve('User.id::0')).toBe(true);
    expect(control().approve('User.id::1')).toBe(false);
    expect(control({ leads: false }).approve('User.id::0')).toBe(false);
    expect(forgiven).toEqual(['User.id::0', 'User.id::1']);
  });
  test('rebalance tells moves and what they cost', async () => {
    expect(await control().rebalance()).toMatchObject({ moves: [], keys: 0, worstBefore: { machine: 0 } });
  });
  test('marks carry the time', async () => {
    await control().drain({ kind: 'pod', name: 'a/redis-m1-6378-0' }, false);
    const objects = await farm.embedded.kube();
    const pod = objects.flatMap(({ pods }) => pods).find(({ metadata }) => metadata.annotations?.[ANNOTATION.drain]);
    expect(pod?.metadata.annotations?.[ANNOTATION.drain]).toMatch(/^\d{4}-\d\d-\d\dT/);
    await control().drain({ kind: 'pod', name: 'a/redis-m1-6378-0', undo: true }, false);
  });
});
