import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { EmbeddedFarm } from '../../src/local/embedded-farm.js';
import { APPLY, CRD, call, cluster, list, MERGE, one, type Reply } from './farm-api.js';
import { TestFarms } from './run-farm.js';

const farms = new TestFarms();
let farm: EmbeddedFarm;
const ask = (method: string, path: string, body?: unknown, type?: string): Promise<Reply> =>
  call(farm, method, path, body, type);

beforeAll(async () => {
  farm = await farms.run({ datacenters: { a: [], b: [] }, all: [CRD] });
});
afterAll(() => farms.end());
beforeEach(async () => {
  for (const { metadata } of (await ask('GET', list)).body.items ?? []) await ask('DELETE', `${list}/${metadata.name}`);
});
const make = (spec = {}, metadata = {}): Promise<Reply> => ask('POST', list, cluster(spec, metadata));

describe('a CacheCluster is written as in Kubernetes', () => {
  test('POST: uid, generation 1, version, time, defaults of the CRD', async () => {
    const { code, body } = await make();
    expect(code).toBe(201);
    expect(body.metadata).toMatchObject({ name: 'user.id', namespace: 'cachefarm', generation: 1 });
    expect(body.metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
    expect(body.metadata.creationTimestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(body.spec).toEqual({
      clusterName: 'User.id',
      clusterSize: 3,
      tier: 'M1',
      partitionSize: 1,
      hash: 'jump',
      importance: 3,
    });
    expect((await ask('GET', one)).body).toEqual(body);
  });

  test('only in the KubeCluster that was asked', async () => {
    await make();
    expect((await ask('GET', one.replace('/a/', '/b/'))).code).toBe(404);
  });

  test('PUT replaces the spec and counts a generation; labels alone count none', async () => {
    const { metadata } = (await make({ backingGroup: 'db' })).body;
    const { resourceVersion } = metadata;
    const put = await ask('PUT', one, cluster({ clusterSize: 4 }, { resourceVersion }));
    expect(put.code).toBe(200);
    expect(put.body.metadata).toMatchObject({ generation: 2, uid: metadata.uid });
    expect(put.body.spec).not.toHaveProperty('backingGroup');
    const labelled = cluster(
      { clusterSize: 4 },
      { resourceVersion: put.body.metadata.resourceVersion, labels: { x: 'y' } },
    );
    const again = (await ask('PUT', one, labelled)).body;
    expect(again.metadata).toMatchObject({ generation: 2, labels: { x: 'y' } });
    expect(Number(again.metadata.resourceVersion)).toBeGreaterThan(Number(put.body.metadata.resourceVersion));
  });

  test('merge patch merges, null takes away, nothing changed keeps the version', async () => {
    await make({ backingGroup: 'db', importance: 1 });
    const patched = (await ask('PATCH', one, { spec: { clusterSize: 5, backingGroup: null, importance: null } }, MERGE))
      .body;
    expect(patched.spec).toEqual({
      clusterName: 'User.id',
      clusterSize: 5,
      tier: 'M1',
      partitionSize: 1,
      hash: 'jump',
      importance: 3,
    });
    const again = (await ask('PATCH', one, { spec: { clusterSize: 5 } }, MERGE)).body;
    expect(again.metadata.resourceVersion).toBe(patched.metadata.resourceVersion);
  });

  test('DELETE, with preconditions', async () => {
    const { uid } = (await make()).body.metadata;
    expect((await ask('DELETE', one, { preconditions: { uid: 'another' } })).code).toBe(409);
    expect((await ask('DELETE', `${one}?dryRun=All`)).code).toBe(200);
    const gone = await ask('DELETE', one, { preconditions: { uid } });
    expect(gone.body).toMatchObject({ kind: 'Status', status: 'Success' });
    expect((await ask('GET', one)).code).toBe(404);
  });

  test('the status is written by its own path, and by no other', async () => {
    const { resourceVersion } = (await ask('POST', list, { ...cluster(), status: { serving: 9 } })).body.metadata;
    const status = { serving: 3, standbys: 2 };
    const put = await ask('PUT', `${one}/status`, { ...cluster({ clusterSize: 99 }, { resourceVersion }), status });
    expect(put.body).toMatchObject({ status, spec: { clusterSize: 3 }, metadata: { generation: 1 } });
    const patched = await ask('PATCH', `${one}/status`, { status: { serving: 1 } }, MERGE);
    expect(patched.body.status).toEqual({ serving: 1, standbys: 2 });
    expect((await ask('PATCH', one, { status: { serving: 7 }, spec: { clusterSize: 4 } }, MERGE)).body).toMatchObject({
      status: { serving: 1 },
      spec: { clusterSize: 4 },
    });
    expect((await ask('PATCH', `${one}/status`, { status: { serving: -1 } }, MERGE)).code).toBe(422);
  });

  test('a dry run answers as the write would, and writes nothing', async () => {
    const { code, body } = await ask('POST', `${list}?dryRun=All`, cluster());
    expect([code, body.metadata.generation]).toEqual([201, 1]);
    expect((await ask('GET', one)).code).toBe(404);
  });

  test('unknown fields are dropped with a warning, refused when Strict, and dropped in silence when ignored', async () => {
    const warned = await make({ colour: 'red', placement: { racks: [] } });
    expect(warned.body.spec).not.toHaveProperty('colour');
    expect(warned.warning).toContain('299 - "unknown field \\"spec.colour\\""');
    expect(warned.warning).toContain('spec.placement.racks');
    const strict = await ask('PATCH', `${one}?fieldValidation=Strict`, { spec: { colour: 'red' } }, MERGE);
    expect(strict.body).toMatchObject({ code: 400, message: 'strict decoding error: unknown field "spec.colour"' });
    expect(
      (await ask('PATCH', `${one}?fieldValidation=Ignore`, { spec: { colour: 'red' } }, MERGE)).warning,
    ).toBeNull();
  });
});

describe('server-side apply', () => {
  const apply = (body: unknown, manager = 'me', more = ''): Promise<Reply> =>
    ask('PATCH', `${one}?fieldManager=${manager}${more}`, body, APPLY);

  test('makes what is not there, from YAML too', async () => {
    const yaml =
      'apiVersion: cachefarm.dev/v1alpha1\nkind: CacheCluster\nmetadata: {name: user.id}\nspec: {clusterName: User.id, clusterSize: 2, tier: M1}\n';
    expect((await apply(yaml)).code).toBe(201);
    expect((await apply(yaml)).code).toBe(200);
  });

  test('merges, and takes away what the same manager says no more', async () => {
    await apply(cluster({ backingGroup: 'db', importance: 1 }, { labels: { l: '1' } }));
    const { spec, metadata } = (await apply(cluster({ importance: 1 }))).body;
    expect(spec).toMatchObject({ importance: 1, clusterSize: 3 });
    expect(spec).not.toHaveProperty('backingGroup');
    expect(metadata).not.toHaveProperty('labels');
  });

  test('leaves alone what others own, and says who conflicts', async () => {
    await apply(cluster({ importance: 1 }));
    await ask('PATCH', `${one}?fieldManager=editor`, { spec: { importance: 2, backingGroup: 'db' } }, MERGE);
    const refused = await apply(cluster({ importance: 1 }));
    expect(refused.body).toMatchObject({
      code: 409,
      reason: 'Conflict',
      message: 'Apply failed with 1 conflict: conflict with "editor": .spec.importance',
    });
    const { spec, metadata } = (await apply(cluster(), 'me')).body;
    expect(spec).toMatchObject({ importance: 2, backingGroup: 'db' });
    expect(metadata.managedFields?.map(({ manager, operation }) => [manager, operation])).toEqual([
      ['editor', 'Update'],
      ['me', 'Apply'],
    ]);
    const forced = (await apply(cluster({ importance: 5 }), 'me', '&force=true')).body;
    expect(forced.spec.importance).toBe(5);
    const editor = forced.metadata.managedFields?.find(({ manager }) => manager === 'editor');
    expect(editor?.fieldsV1).toEqual({ 'f:spec': { 'f:backingGroup': {} } });
  });

  test.each<[string, string, unknown, number, RegExp]>([
    ['no manager', one, cluster(), 422, /fieldManager: Required value/],
    [
      'a field that the schema does not know',
      `${one}?fieldManager=me`,
      cluster({ colour: 1 }),
      400,
      /unknown field "spec\.colour"/,
    ],
    ['broken YAML', `${one}?fieldManager=me`, 'a: [', 400, /the body is not YAML/],
    ['force that is neither', `${one}?fieldManager=me&force=2`, cluster(), 400, /force: Unsupported value/],
  ])('%s is refused', async (_, path, body, code, message) => {
    const reply = await ask('PATCH', path, body, APPLY);
    expect(reply.code).toBe(code);
    expect(reply.body.message).toMatch(message);
  });
});

describe('what the CRD does not allow is refused with 422 and every cause', () => {
  test.each<[string, Record<string, unknown>, string]>([
    [
      'too large',
      { clusterSize: 1001 },
      'spec.clusterSize: Invalid value: 1001: spec.clusterSize in body should be less than or equal to 1000',
    ],
    [
      'too small',
      { clusterSize: 0 },
      'spec.clusterSize: Invalid value: 0: spec.clusterSize in body should be greater than or equal to 1',
    ],
    [
      'half',
      { clusterSize: 2.5 },
      'spec.clusterSize: Invalid value: 2.5: spec.clusterSize in body must be of type integer',
    ],
    [
      'text',
      { clusterSize: '3' },
      'spec.clusterSize: Invalid value: "3": spec.clusterSize in body must be of type number',
    ],
    ['missing', { tier: undefined }, 'spec.tier: Required value'],
    ['no such value', { hash: 'md5' }, 'spec.hash: Unsupported value: "md5": supported values: "jump", "ketama"'],
    [
      'pattern',
      { clusterName: 'a b' },
      'spec.clusterName: Invalid value: "a b": spec.clusterName in body should match \'^[A-Za-z][A-Za-z0-9._-]{0,62}$\'',
    ],
    ['too long', { tier: 'M'.repeat(64) }, 'should be at most 63 chars long'],
    [
      'too few',
      { placement: { datacenters: [] } },
      'spec.placement.datacenters in body should be at least 1 items long',
    ],
    ['an item', { placement: { datacenters: ['A'] } }, 'spec.placement.datacenters[0]: Invalid value: "A"'],
  ])('%s', async (_, spec, message) => {
    const { code, body } = await make(spec);
    expect(code).toBe(422);
    expect(body).toMatchObject({ kind: 'Status', reason: 'Invalid' });
    expect(body.message).toContain('CacheCluster.cachefarm.dev "user.id" is invalid: ');
    expect(body.message).toContain(message);
    expect((await ask('GET', one)).code).toBe(404);
  });

  test('all causes together', async () => {
    const { body } = await make({ clusterSize: 0, tier: 5, hash: 'x' });
    expect(body).toMatchObject({
      details: { causes: [{ field: 'spec.clusterSize' }, { field: 'spec.hash' }, { field: 'spec.tier' }] },
    });
  });
});

describe('a request is refused as Kubernetes refuses it', () => {
  const put = (metadata: Record<string, unknown>) => () => ask('PUT', one, cluster({}, metadata));
  test.each<[string, () => Promise<Reply>, number, string]>([
    ['an object that is there already', () => make(), 409, 'AlreadyExists'],
    ['a stale version in PUT', put({ resourceVersion: '1' }), 409, 'Conflict'],
    ['no version in PUT', put({}), 422, 'Invalid'],
    [
      'another uid in PUT',
      async () => put({ uid: 'x', resourceVersion: (await ask('GET', one)).body.metadata.resourceVersion })(),
      409,
      'Conflict',
    ],
    [
      'a stale version in a merge patch',
      () => ask('PATCH', one, { metadata: { resourceVersion: '1' } }, MERGE),
      409,
      'Conflict',
    ],
    [
      'a stale version in an apply',
      () => ask('PATCH', `${one}?fieldManager=me`, cluster({}, { resourceVersion: '1' }), APPLY),
      409,
      'Conflict',
    ],
    [
      'a stale version in the status',
      () => ask('PUT', `${one}/status`, { metadata: { resourceVersion: '1' }, status: {} }),
      409,
      'Conflict',
    ],
    [
      'PUT of nothing',
      () => ask('PUT', `${list}/none`, cluster({}, { name: 'none', resourceVersion: '1' })),
      404,
      'NotFound',
    ],
    ['PATCH of nothing', () => ask('PATCH', `${list}/none`, {}, MERGE), 404, 'NotFound'],
    ['DELETE of nothing', () => ask('DELETE', `${list}/none`), 404, 'NotFound'],
    ['another name than the path', () => ask('PUT', one, cluster({}, { name: 'other' })), 400, 'BadRequest'],
    ['another namespace than the path', () => ask('POST', list, cluster({}, { namespace: 'x' })), 400, 'BadRequest'],
    [
      'a namespace that is not there',
      () => ask('POST', list.replace('/cachefarm/', '/x/'), cluster()),
      404,
      'NotFound',
    ],
    ['another kind', () => ask('POST', list, { ...cluster(), kind: 'Pod' }), 400, 'BadRequest'],
    ['a name that is none', () => ask('POST', list, cluster({}, { name: 'User_id' })), 422, 'Invalid'],
    ['no name', () => ask('POST', list, { ...cluster(), metadata: {} }), 422, 'Invalid'],
    ['no spec', () => ask('POST', list, { ...cluster({}, { name: 'x' }), spec: undefined }), 422, 'Invalid'],
    [
      'labels that are no strings',
      () => ask('PATCH', one, { metadata: { labels: { a: 1 } } }, MERGE),
      400,
      'BadRequest',
    ],
    ['JSON patch', () => ask('PATCH', one, [], 'application/json-patch+json'), 415, 'UnsupportedMediaType'],
    ['a form', () => ask('POST', list, 'a=b', 'application/x-www-form-urlencoded'), 415, 'UnsupportedMediaType'],
    ['a list as body', () => ask('POST', list, []), 400, 'BadRequest'],
    ['broken JSON', () => ask('POST', list, '{'), 400, 'BadRequest'],
    ['dry run of a kind that is none', () => ask('POST', `${list}?dryRun=Some`, cluster()), 400, 'BadRequest'],
    [
      'a body beyond all bounds',
      () => ask('POST', list, cluster({ backingGroup: 'x'.repeat(4e6) })),
      413,
      'RequestEntityTooLarge',
    ],
    ['deletion of all', () => ask('DELETE', list), 405, 'MethodNotAllowed'],
    ['a subresource that is none', () => ask('GET', `${one}/scale`), 404, 'NotFound'],
  ])('%s', async (_, request, code, reason) => {
    await make();
    const before = (await ask('GET', list)).body.items;
    const { code: given, body } = await request();
    expect([given, body]).toEqual([code, expect.objectContaining({ kind: 'Status', status: 'Failure', reason, code })]);
    expect((await ask('GET', list)).body.items).toEqual(before);
  });
});
