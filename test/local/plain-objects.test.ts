import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { EmbeddedFarm } from '../../src/local/embedded-farm.js';
import { call, MERGE } from './farm-api.js';
import { TestFarms } from './run-farm.js';

const farms = new TestFarms();
let farm: EmbeddedFarm;
beforeAll(async () => {
  farm = await farms.run({ datacenters: { a: [], b: [] } });
});
afterAll(() => farms.end());

const LEASES = '/a/apis/coordination.k8s.io/v1/namespaces/cachefarm/leases';
const lease = (name: string, spec: object = {}, metadata: object = {}) => ({
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: { name, namespace: 'cachefarm', ...metadata },
  spec,
});

describe('Leases and Events of the embedded API', () => {
  test('are kept as they are written, each in its own KubeCluster', async () => {
    const made = await call(farm, 'POST', LEASES, lease('one', { holderIdentity: 'x' }));
    expect(made).toMatchObject({ code: 201, body: { spec: { holderIdentity: 'x' }, metadata: { name: 'one' } } });
    expect((await call(farm, 'GET', `${LEASES}/one`)).body).toEqual(made.body);
    expect((await call(farm, 'GET', LEASES)).body.items).toEqual([made.body]);
    expect((await call(farm, 'GET', `${LEASES.replace('/a/', '/b/')}/one`)).code).toBe(404);
  });

  test('are made once', async () => {
    await call(farm, 'POST', LEASES, lease('twice'));
    expect(await call(farm, 'POST', LEASES, lease('twice'))).toMatchObject({
      code: 409,
      body: { reason: 'AlreadyExists' },
    });
  });

  test('are replaced only by who saw the last version', async () => {
    const { body } = await call(farm, 'POST', LEASES, lease('held', { holderIdentity: 'x' }));
    const { resourceVersion } = body.metadata;
    const second = await call(
      farm,
      'PUT',
      `${LEASES}/held`,
      lease('held', { holderIdentity: 'y' }, { resourceVersion }),
    );
    expect(second.code).toBe(200);
    expect(second.body.metadata.resourceVersion).not.toBe(resourceVersion);
    const late = await call(farm, 'PUT', `${LEASES}/held`, lease('held', { holderIdentity: 'z' }, { resourceVersion }));
    expect(late).toMatchObject({ code: 409, body: { reason: 'Conflict' } });
    expect((await call(farm, 'GET', `${LEASES}/held`)).body.spec).toEqual({ holderIdentity: 'y' });
  });

  test.each<[string, string, string, object, number]>([
    ['of another kind', 'POST', LEASES, { ...lease('k'), kind: 'Event' }, 400],
    ['of another namespace', 'POST', LEASES, lease('k', {}, { namespace: 'other' }), 400],
    ['of another name', 'PUT', `${LEASES}/held`, lease('k'), 400],
    ['that is not there', 'PUT', `${LEASES}/none`, lease('none'), 404],
    ['in a namespace that is not there', 'POST', LEASES.replace('cachefarm', 'other'), lease('k'), 404],
  ])('one %s is refused', async (_, method, path, body, code) => {
    await call(farm, 'POST', LEASES, lease('held'));
    expect((await call(farm, method, path, body)).code).toBe(code);
  });

  test('an Event is counted by a patch', async () => {
    const events = '/a/apis/events.k8s.io/v1/namespaces/cachefarm/events';
    const event = { apiVersion: 'events.k8s.io/v1', kind: 'Event', metadata: { name: 'e.1' }, reason: 'PodCrashed' };
    expect((await call(farm, 'POST', events, event)).code).toBe(201);
    const counted = await call(farm, 'PATCH', `${events}/e.1`, { series: { count: 2 } }, MERGE);
    expect(counted.body).toMatchObject({ reason: 'PodCrashed', series: { count: 2 } });
  });

  test('are nothing that another path offers', async () => {
    expect((await call(farm, 'GET', '/a/apis/apps/v1/namespaces/cachefarm/leases')).code).toBe(404);
    expect((await call(farm, 'GET', `${LEASES}/held/status`)).code).toBe(404);
  });
});
