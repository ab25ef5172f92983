/** The CacheCluster definition of dist on a real API server: what it accepts, refuses, fills in, prints and explains. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { until } from '../local/until.js';
import { type ApiQuestion, type ApiReply, apiRequest } from './rig/api-request.js';
import { startControlPlane } from './rig/control-plane.js';
import type { ControlPlane } from './rig/control-plane-options.js';
import { applyObject, type KubeObject, readDistFolder, readDistObject } from './rig/kube-objects.js';

type Spec = Readonly<Record<string, unknown>>;
interface Refusal {
  readonly message: string;
}

const DEFINITION = readDistObject('a/00-CustomResourceDefinition.cacheclusters.cachefarm.dev.k8s.yaml');
const LIST = '/apis/cachefarm.dev/v1alpha1/namespaces/cachefarm/cacheclusters';
const MERGE = 'application/merge-patch+json';
const folder = mkdtempSync(join(tmpdir(), 'cachefarm-crd-'));
let plane: ControlPlane;

const ask = <Body = KubeObject>(question: ApiQuestion): Promise<ApiReply<Body>> =>
  apiRequest<Body>({ url: plane.url, caData: plane.caData, token: plane.adminToken }, question);

const nameOf = (clusterName: unknown): string => String(clusterName).toLowerCase().replaceAll('_', '-');

/** A CacheCluster with what is required, and what is said. */
const cluster = (spec: Spec = {}, name?: string) => {
  const whole = { clusterName: 'Try.it', clusterSize: 3, tier: 'M1', ...spec };
  return {
    apiVersion: 'cachefarm.dev/v1alpha1',
    kind: 'CacheCluster',
    metadata: { name: name ?? nameOf(whole.clusterName), namespace: 'cachefarm' },
    spec: whole,
  };
};

const create = <Body = KubeObject>(object: unknown, query = '') =>
  ask<Body>({ method: 'POST', path: `${LIST}${query}`, body: object });
const change = <Body = KubeObject>(name: string, body: unknown, subresource = '') =>
  ask<Body>({ method: 'PATCH', path: `${LIST}/${name}${subresource}`, body, contentType: MERGE });

beforeAll(async () => {
  plane = await startControlPlane({ datacenter: 'a', folder, processes: ['etcd', 'kube-apiserver'] });
  await applyObject(plane, readDistObject('a/00-Namespace.cachefarm.k8s.yaml'));
  await applyObject(plane, DEFINITION);
  await until('CacheClusters are served', async () => (await ask({ path: LIST })).code === 200);
});
afterAll(async () => {
  await plane?.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('the definition', () => {
  test('is structural, its names are taken, and it is established', async () => {
    const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${DEFINITION.metadata.name}`;
    const { body } = await ask<{ status: { conditions: readonly { type: string; status: string }[] } }>({ path });
    const conditions = Object.fromEntries(body.status.conditions.map(({ type, status }) => [type, status]));
    expect(conditions).toEqual({ NamesAccepted: 'True', Established: 'True' });
  });

  test('applied again changes nothing', async () => {
    const [first, second] = [await applyObject(plane, DEFINITION), await applyObject(plane, DEFINITION)];
    expect(second.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
  });

  test('is found as cc, in the categories all and cachefarm, with status and scale', async () => {
    const { body } = await ask<{
      resources: readonly { name: string; shortNames?: string[]; categories?: string[]; kind: string }[];
    }>({ path: '/apis/cachefarm.dev/v1alpha1' });
    const found = Object.fromEntries(body.resources.map((resource) => [resource.name, resource]));
    expect(found.cacheclusters).toMatchObject({ shortNames: ['cc'], categories: ['all', 'cachefarm'] });
    expect(Object.keys(found).sort()).toEqual(['cacheclusters', 'cacheclusters/scale', 'cacheclusters/status']);
    expect(found['cacheclusters/scale']?.kind).toBe('Scale');
  });
});

describe('the CacheClusters of dist', () => {
  const objects = readDistFolder('all').filter(({ kind }) => kind === 'CacheCluster');

  test('are all accepted; applied again they do not change', async () => {
    expect(objects.length).toBeGreaterThan(10);
    for (const object of objects) {
      const { metadata, spec } = await applyObject(plane, object);
      expect(spec).toEqual(object.spec);
      expect((await applyObject(plane, object)).metadata.resourceVersion).toBe(metadata.resourceVersion);
    }
  });
});

interface Rule {
  readonly accepted: { readonly before?: Spec; readonly spec: Spec; readonly name?: string };
  readonly refused: { readonly before?: Spec; readonly spec: Spec; readonly name?: string };
}

/** By the message that says what is wrong. */
const RULES: Readonly<Record<string, Rule>> = {
  'clusterName may not be a name of the farm itself': {
    accepted: { spec: { clusterName: 'barn.cache' } },
    refused: { spec: { clusterName: 'barn' } },
  },
  'clusterName names the partitions in every sentinel and cannot change': {
    accepted: { before: { clusterName: 'Rule.name' }, spec: { clusterName: 'Rule.name', clusterSize: 4 } },
    refused: { before: { clusterName: 'Rule.name' }, spec: { clusterName: 'Rule.NAME' } },
  },
  'another hash sends almost every key to another partition': {
    accepted: { before: { clusterName: 'Rule.hash' }, spec: { clusterName: 'Rule.hash', hash: 'jump' } },
    refused: { before: { clusterName: 'Rule.hash' }, spec: { clusterName: 'Rule.hash', hash: 'ketama' } },
  },
  'standbys must be 0 when partitionSize > 1': {
    accepted: { spec: { standbys: 2 } },
    refused: { spec: { standbys: 2, partitionSize: 2 } },
  },
  'minReplicas must be below partitionSize': {
    accepted: { spec: { minReplicas: 1, partitionSize: 2 } },
    refused: { spec: { minReplicas: 2, partitionSize: 2 } },
  },
  'metadata.name must be clusterName in lower case with _ as -': {
    accepted: { spec: { clusterName: 'Some_long_Name.x' }, name: 'some-long-name.x' },
    refused: { spec: { clusterName: 'Some_long_Name.x' }, name: 'another' },
  },
};

/** Every message of a schema's rules, however deep. */
const messagesOf = (schema: unknown): readonly string[] =>
  typeof schema !== 'object' || schema === null
    ? []
    : Object.entries(schema).flatMap(([key, value]) =>
        key === 'x-kubernetes-validations'
          ? (value as readonly { message: string }[]).map(({ message }) => message)
          : messagesOf(value),
      );

describe('rule', () => {
  /** Creates what is before, then creates or replaces the object; @returns the last answer. Cleans up. */
  const attempt = async ({ before, spec, name }: Rule['accepted']): Promise<ApiReply<Refusal>> => {
    const object = cluster(spec, name);
    const path = `${LIST}/${nameOf(before?.clusterName ?? object.metadata.name)}`;
    try {
      if (!before) return await create<Refusal>(object);
      const { body } = await create(cluster(before));
      const resourceVersion = body.metadata.resourceVersion ?? '';
      return await ask<Refusal>({
        method: 'PUT',
        path,
        body: { ...object, metadata: { ...object.metadata, resourceVersion } },
      });
    } finally {
      await ask({ method: 'DELETE', path });
    }
  };

  test('every rule of the definition is tried here', () => {
    const missing = messagesOf(DEFINITION).filter(
      (message) => !Object.keys(RULES).some((known) => message.startsWith(known)),
    );
    expect(missing).toEqual([]);
    expect(messagesOf(DEFINITION)).toHaveLength(Object.keys(RULES).length);
  });

  describe.each(Object.entries(RULES))('%s', (message, { accepted, refused }) => {
    test(`accepts ${JSON.stringify(accepted)}`, async () => {
      const { code, body } = await attempt(accepted);
      expect([code, body.message]).toEqual([accepted.before ? 200 : 201, undefined]);
    });
    test(`refuses ${JSON.stringify(refused)}`, async () => {
      const { code, body } = await attempt(refused);
      expect([code, body.message]).toEqual([422, expect.stringContaining(message)]);
    });
  });
});

describe('the schema', () => {
  const refusals: Readonly<Record<string, readonly [Spec, string]>> = {
    'no tier': [{ tier: undefined }, 'spec.tier: Required value'],
    'no partition': [{ clusterSize: 0 }, 'spec.clusterSize'],
    'too many partitions': [{ clusterSize: 1001 }, 'spec.clusterSize'],
    'half a partition': [{ clusterSize: 1.5 }, 'spec.clusterSize'],
    'a name that begins with a digit': [{ clusterName: '1st' }, 'spec.clusterName'],
    'a backing group with a space': [{ backingGroup: 'user db' }, 'spec.backingGroup'],
    'too many copies': [{ partitionSize: 6 }, 'spec.partitionSize'],
    'an unknown hash': [{ hash: 'md5' }, 'spec.hash'],
    'an importance of 6': [{ importance: 6 }, 'spec.importance'],
    'a datacenter twice': [
      { placement: { datacenters: ['a', 'a'] } },
      'spec.placement.datacenters[1]: Duplicate value',
    ],
  };
  test.each(Object.entries(refusals))('refuses %s', async (_, [spec, message]) => {
    const { code, body } = await create<Refusal>(cluster(spec));
    expect([code, body.message]).toEqual([422, expect.stringContaining(message)]);
  });

  test('a field it does not know is dropped with a warning, or refused where that is asked', async () => {
    const object = cluster({ replicas: 3 });
    const strict = await create<Refusal>(object, '?dryRun=All&fieldValidation=Strict');
    expect([strict.code, strict.body.message]).toEqual([400, expect.stringContaining('unknown field "spec.replicas"')]);
    const { code, body, warnings } = await create(object, '?dryRun=All&fieldValidation=Warn');
    expect([code, body.spec?.replicas, warnings]).toEqual([201, undefined, expect.stringContaining('spec.replicas')]);
  });

  test('fills in hash, importance and copies', async () => {
    const { body } = await create(cluster(), '?dryRun=All');
    expect(body.spec).toEqual({
      clusterName: 'Try.it',
      clusterSize: 3,
      tier: 'M1',
      hash: 'jump',
      importance: 3,
      partitionSize: 1,
    });
  });
});

describe('a CacheCluster that serves', () => {
  const name = 'table.row';
  const time = '2026-01-02T03:04:05Z';
  const condition = (type: string, status: string) => ({
    type,
    status,
    observedGeneration: 1,
    lastTransitionTime: time,
    reason: 'Tried',
    message: 'tried',
  });
  const status = {
    observedGeneration: 1,
    conditions: [condition('Progressing', 'False'), condition('Ready', 'True')],
    serving: 7,
    standbys: 2,
    sentinelGroup: 'main-0',
    spread: '0/0',
    lastMove: time,
  };
  beforeAll(async () => {
    await create(cluster({ clusterName: 'Table.row', clusterSize: 7, sentinelGroup: 'main-0' }));
  });

  test('status is written apart from the rest, and leaves the generation alone', async () => {
    const ignored = await change(name, { status });
    expect(ignored.body.status).toBeUndefined();
    const written = await change(name, { status, spec: { clusterSize: 99 } }, '/status');
    expect(written.body).toMatchObject({ status, spec: { clusterSize: 7 }, metadata: { generation: 1 } });
  });

  test('conditions are merged by type when applied', async () => {
    const apply = (fieldManager: string, type: string) =>
      ask<{ status: { conditions: readonly { type: string }[] } }>({
        method: 'PATCH',
        path: `${LIST}/${name}/status?fieldManager=${fieldManager}`,
        contentType: 'application/apply-patch+yaml',
        body: {
          apiVersion: 'cachefarm.dev/v1alpha1',
          kind: 'CacheCluster',
          metadata: { name },
          status: { conditions: [condition(type, 'False')] },
        },
      });
    const { code, body } = await apply('somebody', 'Degraded');
    expect([code, body.status.conditions.map(({ type }) => type).sort()]).toEqual([
      200,
      ['Degraded', 'Progressing', 'Ready'],
    ]);
  });

  test('prints Size, Serving, Standby, Tier, Ready and Age; wide: Group, Spread and Last Move too', async () => {
    const { body } = await ask<{
      columnDefinitions: readonly { name: string; priority: number }[];
      rows: readonly { cells: readonly unknown[] }[];
    }>({ path: `${LIST}/${name}`, accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' });
    const names = (wide: boolean): readonly string[] =>
      body.columnDefinitions.filter(({ priority }) => priority === 0 || wide).map((column) => column.name);
    expect(names(false)).toEqual(['Name', 'Size', 'Serving', 'Standby', 'Tier', 'Ready', 'Age']);
    const cells = Object.fromEntries(names(true).map((column, i) => [column, body.rows[0]?.cells[i]]));
    expect(cells).toEqual({
      Name: name,
      Size: 7,
      Serving: 7,
      Standby: 2,
      Tier: 'M1',
      Ready: 'True',
      Group: 'main-0',
      Spread: '0/0',
      'Last Move': expect.stringMatching(/\d/),
      Age: expect.stringMatching(/^\d+s$/),
    });
  });

  interface Scale {
    readonly spec: { readonly replicas: number };
    readonly status: { readonly replicas: number };
  }

  test('scale shows declared and serving partitions, and sets the size', async () => {
    const { body } = await ask<Scale>({ path: `${LIST}/${name}/scale` });
    expect([body.spec, body.status]).toEqual([{ replicas: 7 }, { replicas: 7 }]);
    expect((await change<Scale>(name, { spec: { replicas: 9 } }, '/scale')).body.spec.replicas).toBe(9);
    expect((await ask({ path: `${LIST}/${name}` })).body).toMatchObject({
      spec: { clusterSize: 9 },
      metadata: { generation: 2 },
    });
  });

  test('scale keeps the bounds of the size', async () => {
    const { code, body } = await change<Refusal>(name, { spec: { replicas: 1001 } }, '/scale');
    expect([code, body.message]).toEqual([422, expect.stringContaining('spec.clusterSize')]);
  });
});

describe('kubectl explain', () => {
  interface Schema {
    readonly description?: string;
    readonly properties?: Readonly<Record<string, Schema>>;
    readonly items?: Schema;
  }
  /** Paths of fields without a text. */
  const silent = (schema: Schema, path: string): readonly string[] => [
    ...(schema.description ? [] : [path]),
    ...Object.entries(schema.properties ?? {}).flatMap(([name, child]) => silent(child, `${path}.${name}`)),
  ];

  test('has a text for every field of spec and status', async () => {
    const published = async (): Promise<Schema | undefined> => {
      const { body } = await ask<{ components?: { schemas?: Readonly<Record<string, Schema>> } }>({
        path: '/openapi/v3/apis/cachefarm.dev/v1alpha1',
      });
      return body.components?.schemas?.['dev.cachefarm.v1alpha1.CacheCluster'];
    };
    await until('the schema is published', async () => (await published()) !== undefined, 20_000);
    const { spec = {}, status = {} } = (await published())?.properties ?? {};
    expect([...silent(spec, 'spec'), ...silent(status, 'status')]).toEqual([]);
    expect(spec.properties?.clusterSize?.description).toBe('Number of partitions');
  });
});
