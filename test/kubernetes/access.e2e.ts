/** What the ServiceAccounts of dist may do on a real API server, and what they may not. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { kubeGate } from '../../src/cli/kube-gate.js';
import { farm as talk } from '../../src/farms/talk.js';
import { until } from '../local/until.js';
import { apiRequest } from './rig/api-request.js';
import { startControlPlane } from './rig/control-plane.js';
import type { ControlPlane } from './rig/control-plane-options.js';
import { applyObject, readDistFolder, readDistObject } from './rig/kube-objects.js';
import { serviceAccountToken } from './rig/service-account-token.js';

const FIRST = ['Namespace', 'ServiceAccount', 'Role', 'RoleBinding', 'ClusterRole', 'ClusterRoleBinding'];
const MERGE = 'application/merge-patch+json';
const OURS = 'cachefarm';
const folder = mkdtempSync(join(tmpdir(), 'cachefarm-access-'));
let plane: ControlPlane;
let tokens: Readonly<Record<'cachefarm-barn' | 'cachefarm-seed', string>>;

beforeAll(async () => {
  plane = await startControlPlane({ datacenter: 'a', folder, processes: ['etcd', 'kube-apiserver'] });
  await applyObject(plane, readDistObject('a/00-CustomResourceDefinition.cacheclusters.cachefarm.dev.k8s.yaml'));
  const objects = readDistFolder('a').filter(({ kind }) => FIRST.includes(kind));
  for (const kind of FIRST)
    for (const object of objects.filter((one) => one.kind === kind)) await applyObject(plane, object);
  tokens = {
    'cachefarm-barn': await serviceAccountToken(plane, 'cachefarm-barn'),
    'cachefarm-seed': await serviceAccountToken(plane, 'cachefarm-seed'),
  };
  const custom = '/apis/cachefarm.dev/v1alpha1/cacheclusters';
  await until('CacheClusters are served', async () => (await status('GET', custom, plane.adminToken)) === 200);
});
afterAll(async () => {
  await plane?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function status(method: string, path: string, token: string): Promise<number> {
  const { url, caData } = plane;
  const body = method === 'GET' ? {} : { body: {}, contentType: method === 'PATCH' ? MERGE : 'application/json' };
  return (await apiRequest({ url, caData, token }, { method, path, ...body })).code;
}

const core = (rest: string, namespace = OURS): string => `/api/v1/namespaces/${namespace}/${rest}`;
const group = (name: string, rest: string, namespace = OURS): string => `/apis/${name}/namespaces/${namespace}/${rest}`;
const custom = (rest: string): string => group('cachefarm.dev/v1alpha1', rest);

/** Asked of objects that do not exist: who may not is told so (403) before the API server looks whether there is one. */
const BARN_MAY: Readonly<Record<string, readonly [string, string]>> = {
  'list pods': ['GET', core('pods')],
  'watch pods': ['GET', core('pods?watch=1&timeoutSeconds=1')],
  'list machines': ['GET', '/api/v1/nodes'],
  'list cache clusters': ['GET', custom('cacheclusters')],
  'write the status of a cache cluster': ['PATCH', custom('cacheclusters/none/status')],
  'make its Lease': ['POST', group('coordination.k8s.io/v1', 'leases')],
  'read its Lease': ['GET', group('coordination.k8s.io/v1', 'leases/cachefarm-barn')],
  'renew its Lease': ['PUT', group('coordination.k8s.io/v1', 'leases/cachefarm-barn')],
  'write an Event': ['POST', group('events.k8s.io/v1', 'events')],
};

/** For the people who use its page: `web.changes` of the farm in dist is `clusters`, the default. */
const BARN_MAY_FOR_PEOPLE: Readonly<Record<string, readonly [string, string]>> = {
  'ask whose token it is': ['POST', '/apis/authentication.k8s.io/v1/tokenreviews'],
  'ask what somebody may do': ['POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews'],
  'declare a cache cluster': ['POST', custom('cacheclusters')],
  'change what is declared': ['PATCH', custom('cacheclusters/none')],
  'delete a cache cluster': ['DELETE', custom('cacheclusters/none')],
};

const NOBODY_MAY: Readonly<Record<string, readonly [string, string]>> = {
  'read a Secret': ['GET', core('secrets/cachefarm-auth')],
  'list Secrets': ['GET', core('secrets')],
  'read a ConfigMap': ['GET', core('configmaps/farm')],
  'run a command in a pod': ['POST', core('pods/none/exec?command=id')],
  'reach into a pod': ['GET', core('pods/none/proxy/')],
  'make a pod': ['POST', core('pods')],
  'change a pod': ['PATCH', core('pods/none')],
  'delete a pod': ['DELETE', core('pods/none')],
  'evict a pod': ['POST', core('pods/none/eviction')],
  'list pods elsewhere': ['GET', core('pods', 'kube-system')],
  'delete a pod elsewhere': ['DELETE', core('pods/none', 'kube-system')],
  'change a StatefulSet': ['PATCH', group('apps/v1', 'statefulsets/none')],
  'scale a StatefulSet': ['PATCH', group('apps/v1', 'statefulsets/none/scale')],
  'delete a StatefulSet': ['DELETE', group('apps/v1', 'statefulsets/none')],
  'replace what is declared': ['PUT', custom('cacheclusters/none')],
  'delete all cache clusters': ['DELETE', custom('cacheclusters')],
  'scale a cache cluster': ['PATCH', custom('cacheclusters/none/scale')],
  'replace the whole status of a cache cluster': ['PUT', custom('cacheclusters/none/status')],
  'take the Lease of another': ['PUT', group('coordination.k8s.io/v1', 'leases/another')],
  'take the heartbeat of a machine': ['PUT', group('coordination.k8s.io/v1', 'leases/none', 'kube-node-lease')],
  'change a machine': ['PATCH', '/api/v1/nodes/none'],
  'make a token': ['POST', core('serviceaccounts/default/token')],
  'bind a role': ['POST', group('rbac.authorization.k8s.io/v1', 'rolebindings')],
  'change its own role': ['PATCH', group('rbac.authorization.k8s.io/v1', 'roles/cachefarm-barn')],
  'change the definition': [
    'PATCH',
    '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/cacheclusters.cachefarm.dev',
  ],
  'delete the namespace': ['DELETE', `/api/v1/namespaces/${OURS}`],
};

describe('Barn may', () => {
  test.each(Object.entries({ ...BARN_MAY, ...BARN_MAY_FOR_PEOPLE }))('%s', async (_, [method, path]) => {
    expect([401, 403]).not.toContain(await status(method, path, tokens['cachefarm-barn']));
  });
});

describe.each(['cachefarm-barn', 'cachefarm-seed'] as const)('%s may not', (account) => {
  test.each(Object.entries(NOBODY_MAY))('%s', async (_, [method, path]) => {
    expect(await status(method, path, tokens[account])).toBe(403);
  });
});

describe('the page of Barn asks, with the rights of Barn', () => {
  const gate = () => {
    const { cacheClusters: _, ...frame } = talk;
    const barn = {
      datacenter: 'a',
      connect: async () => ({
        server: plane.url,
        options: {
          ca: Buffer.from(plane.caData, 'base64'),
          headers: { Authorization: `Bearer ${tokens['cachefarm-barn']}` },
        },
      }),
    };
    return kubeGate({ frame, endpoints: [barn], now: () => performance.now() });
  };
  test('whose a token is, and what he may do', async () => {
    const by = gate();
    const seed = await by.who(tokens['cachefarm-seed']);
    if (!seed) throw new Error('the API server knows the token');
    expect(seed).toEqual({
      user: `system:serviceaccount:${OURS}:cachefarm-seed`,
      groups: expect.arrayContaining(['system:serviceaccounts', 'system:authenticated']),
    });
    expect(await by.may(seed, 'read')).toBe(true);
    expect(await by.may(seed, 'change', 'User.id')).toBe(false);
    const admin = await by.who(plane.adminToken);
    if (!admin) throw new Error('the API server knows its administrator');
    expect(await by.may(admin, 'change', 'User.id')).toBe(true);
  });
  test('nobody is let in by a token that is none, or not any more', async () => {
    const by = gate();
    expect(await by.who('guess')).toBeUndefined();
    expect(await by.who(`${tokens['cachefarm-seed'].slice(0, -4)}AAAA`)).toBeUndefined();
  });
});

describe('the seed may only look', () => {
  const looks = Object.entries(BARN_MAY).filter(([what]) => /^(list|watch)/.test(what));
  const writes = Object.entries({ ...BARN_MAY, ...BARN_MAY_FOR_PEOPLE }).filter(
    ([what]) => !/^(list|watch)/.test(what),
  );

  test.each(looks)('it may %s', async (_, [method, path]) => {
    expect([401, 403]).not.toContain(await status(method, path, tokens['cachefarm-seed']));
  });
  test.each(writes)('it may not %s', async (_, [method, path]) => {
    expect(await status(method, path, tokens['cachefarm-seed'])).toBe(403);
  });
});
