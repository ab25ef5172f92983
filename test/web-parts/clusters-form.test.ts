import { describe, expect, test } from '@jest/globals';
import { clusterChangeSchema, newClusterSchema } from '../../src/api/schemas.js';
import { checkValues, holdsBack } from '../../src/web/clusters/check-values.js';
import {
  type ClusterValues,
  changedFields,
  clusterChange,
  emptyValues,
  fieldsOfSpec,
  newCluster,
  valuesOf,
} from '../../src/web/clusters/cluster-values.js';
import { compareEdits, rebase } from '../../src/web/clusters/compare-edits.js';
import { neededPods } from '../../src/web/clusters/needed-pods.js';
import { cluster, limits } from './clusters-fixtures.js';

const filled = (changes: Partial<ClusterValues> = {}): ClusterValues => ({
  ...emptyValues('M1'),
  clusterName: 'Feed.item',
  clusterSize: '2',
  ...changes,
});
const said = (values: ClusterValues, now?: ReturnType<typeof cluster>): readonly string[] =>
  checkValues(values, limits, now).map(
    ({ field, level, key }) => `${field} ${level} ${key.replace('clusters.check.', '')}`,
  );

describe('what the browser says of a form', () => {
  const CASES: Readonly<Record<string, readonly [Partial<ClusterValues>, readonly string[]]>> = {
    'all is well': [{}, []],
    'nothing is filled in': [
      { clusterName: '', clusterSize: ' ', tier: '' },
      ['clusterName error required', 'clusterSize error required', 'tier error required'],
    ],
    'a name that begins with a digit': [{ clusterName: '1user' }, ['clusterName error name']],
    'a name with a colon': [{ clusterName: 'User::id' }, ['clusterName error name']],
    'a name in Korean': [{ clusterName: '사용자' }, ['clusterName error name']],
    'a name of 64 letters': [{ clusterName: 'a'.repeat(64) }, ['clusterName error name']],
    'a name of ours': [{ clusterName: 'default' }, ['clusterName error nameReserved']],
    'a name that Kubernetes would not have': [{ clusterName: 'User.' }, ['clusterName error nameKubernetes']],
    'a name that exists': [{ clusterName: 'User.id' }, ['clusterName error nameTaken']],
    'a name that is another one in Kubernetes': [{ clusterName: 'session' }, ['clusterName error nameTwin']],
    'a size of 0': [{ clusterSize: '0' }, ['clusterSize error range']],
    'a size beyond the limit': [{ clusterSize: '1001' }, ['clusterSize error range', 'clusterSize warning missing']],
    'a size that is no number': [{ clusterSize: '1e3' }, ['clusterSize error whole']],
    'half a partition': [{ clusterSize: '1.5' }, ['clusterSize error whole']],
    'no copy': [{ partitionSize: '0' }, ['partitionSize error range']],
    'a tier that is not there': [{ tier: 'M2' }, ['tier error tierUnknown']],
    'more pods than are idle': [{ clusterSize: '6' }, ['clusterSize warning missing']],
    'standbys of replicated partitions': [{ partitionSize: '3', standbys: '1' }, ['standbys error standbysReplicated']],
    'no standby at all': [{ standbys: '0' }, ['standbys warning noStandby']],
    'standbys below 0': [{ standbys: '-1' }, ['standbys error range']],
    'more replicas required than there are': [{ minReplicas: '1' }, ['minReplicas error minReplicas']],
    'as many replicas required as there are': [{ partitionSize: '3', clusterSize: '1', minReplicas: '2' }, []],
    'an importance of 6': [{ importance: '6' }, ['importance error range']],
    'a backing group with a space': [{ backingGroup: 'user db' }, ['backingGroup error backingGroup']],
    'a group that is not there': [{ sentinelGroup: 'x' }, ['sentinelGroup error groupUnknown']],
    'a group for replicated ones': [{ sentinelGroup: 'replicated-0' }, ['sentinelGroup error groupReplicated']],
    'a group for plain ones': [{ sentinelGroup: 'main-0', partitionSize: '2' }, ['sentinelGroup error groupPlain']],
    'a group without room': [{ sentinelGroup: 'main-0', clusterSize: '3' }, ['sentinelGroup warning groupFull']],
  };
  test.each(Object.entries(CASES))('%s', (_sentence, [changes, expected]) => {
    expect(said(filled(changes))).toEqual(expected);
  });

  test('a change says nothing of its own name and group', () => {
    expect(said(valuesOf(cluster()), cluster())).toEqual([]);
  });
  test('a change that loses partitions, and one that moves every key, are warnings', () => {
    const now = cluster();
    const values = { ...valuesOf(now), clusterSize: '9', hash: 'ketama' };
    expect(said(values, now)).toEqual(['clusterSize warning shrinks', 'hash warning hashMoves']);
    expect(holdsBack(checkValues(values, limits, now))).toBe(false);
  });
  test('an error holds the form back', () => {
    expect(holdsBack(checkValues(filled({ clusterSize: '' }), limits))).toBe(true);
  });
});

describe('pods that a form needs', () => {
  test('partitions and standbys of every datacenter', () => {
    expect(neededPods(filled(), limits)).toEqual({ tier: 'M1', needed: 5, more: 5, idle: 8, missing: 0 });
  });
  test('replicas, and no standbys for them', () => {
    expect(neededPods(filled({ partitionSize: '3' }), limits)).toMatchObject({ needed: 6, missing: 0 });
  });
  test('only what is not there yet, when the tier stays', () => {
    const values = { ...valuesOf(cluster()), clusterSize: '12' };
    expect(neededPods(values, limits, cluster())).toMatchObject({ needed: 15, more: 2 });
  });
  test('all of them in another tier', () => {
    const values = { ...valuesOf(cluster()), tier: 'M4' };
    expect(neededPods(values, limits, cluster())).toMatchObject({ needed: 13, more: 13, missing: 9 });
  });
  test('what is given back is negative and never missing', () => {
    const values = { ...valuesOf(cluster()), clusterSize: '4' };
    expect(neededPods(values, limits, cluster())).toMatchObject({ more: -6, missing: 0 });
  });
  test('nothing is said before there is a size', () => {
    expect(neededPods(filled({ clusterSize: 'x' }), limits)).toBeUndefined();
  });
});

describe('what is sent', () => {
  test('a new one leaves out what was left empty, and is as the API has it', () => {
    const sent = newCluster(filled({ importance: '1' }));
    expect(sent).toEqual({
      clusterName: 'Feed.item',
      clusterSize: 2,
      partitionSize: 1,
      tier: 'M1',
      hash: 'jump',
      importance: 1,
    });
    expect(newClusterSchema.safeParse(sent).success).toBe(true);
  });
  test('a change names only what differs; emptied is the default', () => {
    const base = valuesOf(cluster({ backingGroup: 'user-db' }));
    const sent = clusterChange(base, { ...base, clusterSize: ' 12 ', backingGroup: '', standbys: '' });
    expect(sent).toEqual({ clusterSize: 12, standbys: null, backingGroup: null });
    expect(clusterChangeSchema.safeParse(sent).success).toBe(true);
    expect(changedFields(base, { ...base, clusterSize: '10 ' })).toEqual([]);
  });
  test('what is no number goes as it is: the API says what is wrong with it', () => {
    expect(newCluster(filled({ clusterSize: '1e3' })).clusterSize).toBe('1e3');
  });
  test('fields of a declaration come back, and defaults where it says nothing', () => {
    const fields = ['clusterSize', 'partitionSize', 'standbys', 'hash', 'tier'] as const;
    const back = fieldsOfSpec({ clusterSize: 10 }, fields);
    expect(back).toEqual({ clusterSize: 10, partitionSize: 1, standbys: null, hash: 'jump' });
  });
});

describe('two people change one cache cluster', () => {
  const base = valuesOf(cluster());
  const mine = { ...base, clusterSize: '11', backingGroup: 'user-db' };
  const theirs = { ...base, clusterSize: '12', importance: '1' };
  test('what each changed is told, and where they clash', () => {
    expect(compareEdits(base, mine, theirs)).toEqual([
      { field: 'clusterSize', base: '10', mine: '11', theirs: '12', clash: true },
      { field: 'importance', base: '3', mine: '3', theirs: '1', clash: false },
      { field: 'backingGroup', base: '', mine: 'user-db', theirs: '', clash: false },
    ]);
  });
  test('the same change of both is no clash', () => {
    expect(compareEdits(base, mine, mine).some(({ clash }) => clash)).toBe(false);
  });
  test('mine on the newest keeps theirs where I changed nothing', () => {
    const values = rebase(base, mine, theirs);
    expect(values).toMatchObject({ clusterSize: '11', backingGroup: 'user-db', importance: '1' });
    expect(clusterChange(theirs, values)).toEqual({ clusterSize: 11, backingGroup: 'user-db' });
  });
});
