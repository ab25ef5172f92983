import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import { cacheClusterObjectSchema } from '../../constructs/cache-cluster-definition.js';
import { structural, withBounds } from '../../constructs/crd-schema.js';
import { synthesizeFarm } from '../../constructs/synthesize-farm.js';
import { farm as demo } from '../../src/farms/demo.js';
import { farm as talk } from '../../src/farms/talk.js';
import { kubernetesProblems } from './strict-schema.js';
import { type Manifest, manifestsBelow } from './synthesized.js';

const folder = mkdtempSync(join(tmpdir(), 'cachefarm-schema-'));
afterAll(() => rmSync(folder, { recursive: true }));
const options = { monitoring: 'podMonitor', sentinelLoadBalancer: true } as const;
synthesizeFarm(demo, join(folder, 'demo'), options);
synthesizeFarm(talk, join(folder, 'talk'));
const manifests = manifestsBelow(folder);

/** As the API server does with a structural schema and strict field validation: no field that the schema does not name. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const entries = Object.entries(schema).map(([key, value]) => [key, key === 'enum' ? value : closed(value)]);
  const open = Object.fromEntries(entries) as Record<string, unknown>;
  return open.type === 'object' && open.properties ? { ...open, additionalProperties: false } : open;
}

const string = { type: 'string' };
const object = (properties: Record<string, unknown>) => ({
  type: 'object',
  required: Object.keys(properties),
  properties,
});
const array = (items: unknown) => ({ type: 'array', minItems: 1, items });
const strings = { type: 'object', additionalProperties: string };
const source = object({
  repoURL: string,
  targetRevision: string,
  path: string,
  directory: object({ exclude: string }),
});

/** The fields we use of types that come with other people's CRDs, as their published schemas have them. */
const FOREIGN: Readonly<Record<string, unknown>> = {
  ApplicationSet: object({
    apiVersion: { const: 'argoproj.io/v1alpha1' },
    kind: string,
    metadata: object({ name: string, namespace: string }),
    spec: object({
      goTemplate: { type: 'boolean' },
      goTemplateOptions: array(string),
      generators: array(object({ list: object({ elements: array(strings) }) })),
      syncPolicy: object({ preserveResourcesOnDeletion: { type: 'boolean' } }),
      template: object({
        metadata: object({ name: string }),
        spec: object({
          project: string,
          destination: object({ name: string, namespace: string }),
          sources: array(source),
          syncPolicy: object({
            automated: object({ prune: { type: 'boolean' }, selfHeal: { type: 'boolean' } }),
            syncOptions: array(string),
            retry: object({
              limit: { type: 'integer' },
              backoff: object({ duration: string, factor: { type: 'integer' }, maxDuration: string }),
            }),
          }),
        }),
      }),
    }),
  }),
  PodMonitor: object({
    apiVersion: { const: 'monitoring.coreos.com/v1' },
    kind: string,
    metadata: object({ name: string, namespace: string, labels: strings }),
    spec: object({
      selector: object({ matchLabels: strings }),
      podTargetLabels: array(string),
      podMetricsEndpoints: array(object({ port: string, path: string, interval: string })),
    }),
  }),
};

const metadata = object({ name: string, namespace: string, annotations: strings });
const cacheClusterSchema = cacheClusterObjectSchema();
const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
const validators = Object.fromEntries(
  Object.entries({
    ...FOREIGN,
    CacheCluster: { ...cacheClusterSchema, properties: { ...cacheClusterSchema.properties, metadata } },
  }).map(([kind, schema]) => [kind, ajv.compile(closed(schema) as object)]),
);

function problemsOf(manifest: Manifest): string[] {
  const builtIn = kubernetesProblems(manifest);
  if (builtIn) return builtIn;
  const validate = validators[manifest.kind];
  if (!validate) return [`no schema for ${manifest.apiVersion} ${manifest.kind}`];
  validate(manifest);
  return (validate.errors ?? []).map((e) => `${e.instancePath} ${e.message} ${JSON.stringify(e.params)}`);
}

const copy = (manifest: Manifest) => structuredClone(manifest) as Manifest & { spec: Record<string, never> };

describe('every manifest', () => {
  test('of the demo and the talk farm is what the API server accepts, to the last field', () => {
    const problems = [...manifests].flatMap(([path, manifest]) =>
      problemsOf(manifest).map((problem) => `${path}: ${problem}`),
    );
    expect(problems).toEqual([]);
    expect(manifests.size).toBeGreaterThan(200);
  });

  test('holds no Secret and no password', () => {
    expect([...manifests.values()].filter((m) => m.kind === 'Secret')).toEqual([]);
    const text = JSON.stringify([...manifests.values()].filter((m) => m.kind !== 'ConfigMap'));
    expect(text).not.toMatch(/requirepass|masterauth|"password":/i);
  });
});

describe('the schema check itself', () => {
  const set = manifests.get('demo/a/StatefulSet.redis-m1-6378.k8s.yaml') as Manifest;

  test.each([
    [
      'an unknown field',
      (spec: Record<string, unknown>) => Object.assign(spec, { replica: 3 }),
      'StatefulSet.spec.replica is no field',
    ],
    ['a wrong type', (spec: Record<string, unknown>) => Object.assign(spec, { replicas: '3' }), 'replicas'],
    [
      'an enum that does not exist',
      (spec: Record<string, unknown>) => Object.assign(spec, { podManagementPolicy: 'Ordered' }),
      'podManagementPolicy',
    ],
    ['a missing field', (spec: Record<string, unknown>) => delete spec.selector, 'selector'],
  ])('refuses %s', (_, spoil, message) => {
    const spoilt = copy(set);
    spoil(spoilt.spec);
    expect(problemsOf(spoilt).join('\n')).toContain(message);
  });

  test('refuses an unknown field deep inside a list', () => {
    const spoilt = JSON.parse(JSON.stringify(set).replace('"hostPort"', '"hostport"')) as Manifest;
    expect(problemsOf(spoilt)).toEqual([
      'StatefulSet.spec.template.spec.containers[0].ports[0].hostport is no field of V1ContainerPort',
    ]);
  });
});

describe('the schema of a CacheCluster', () => {
  const spec = { clusterName: 'User.id', clusterSize: 10, tier: 'M1' };
  const judged = (changed: object): string[] =>
    problemsOf({
      apiVersion: 'cachefarm.dev/v1alpha1',
      kind: 'CacheCluster',
      metadata: { name: 'user.id', namespace: 'cachefarm', annotations: {} },
      spec: { ...spec, ...changed },
    });

  test('accepts the least that can be declared', () => {
    expect(judged({})).toEqual([]);
  });
  test('accepts all that can be declared', () => {
    const all = {
      partitionSize: 1,
      standbys: 2,
      hash: 'ketama',
      importance: 1,
      backingGroup: 'db',
      sentinelGroup: 'main-0',
      placement: { datacenters: ['a'] },
    };
    expect(judged(all)).toEqual([]);
  });

  const refused: Record<string, object> = {
    'an empty cluster': { clusterSize: 0 },
    'half a partition': { clusterSize: 1.5 },
    'a name with a space': { clusterName: 'User id' },
    'a name with a line break': { clusterName: 'User\nid' },
    'a name beyond 63 characters': { clusterName: 'U'.repeat(64) },
    'an unknown hash': { hash: 'crc16' },
    'an importance of 6': { importance: 6 },
    'a field that is none': { clustersize: 3 },
    'a placement nowhere': { placement: { datacenters: [] } },
    'a tier without name': { tier: '' },
    'a backing group with a space': { backingGroup: 'user db' },
    'a backing group beyond 63 characters': { backingGroup: 'u'.repeat(64) },
  };
  test.each(Object.entries(refused))('refuses %s', (_, changed) => {
    expect(judged(changed)).not.toEqual([]);
  });

  test('is structural: no unions, no additionalProperties, a type at every level', () => {
    const faults: string[] = [];
    const walk = (schema: Record<string, unknown>, path: string): void => {
      for (const key of ['anyOf', 'oneOf', 'allOf', 'not', 'additionalProperties', '$ref', '$schema'])
        if (key in schema) faults.push(`${path}.${key}`);
      if (typeof schema.type !== 'string') faults.push(`${path} has no type`);
      for (const [name, child] of Object.entries((schema.properties as object | undefined) ?? {}))
        walk(child as Record<string, unknown>, `${path}.${name}`);
      if (schema.items) walk(schema.items as Record<string, unknown>, `${path}[]`);
    };
    walk(cacheClusterSchema as Record<string, unknown>, '');
    expect(faults).toEqual([]);
  });

  test('explains every field that a person writes or reads', () => {
    const silent: string[] = [];
    const walk = (schema: Record<string, unknown>, path: string): void => {
      if (schema.type !== 'object' && !schema.description) silent.push(path);
      for (const [name, child] of Object.entries((schema.properties as object | undefined) ?? {}))
        walk(child as Record<string, unknown>, `${path}.${name}`);
    };
    const { spec: declared, status } = cacheClusterSchema.properties ?? {};
    walk(declared as Record<string, unknown>, 'spec');
    walk(status as Record<string, unknown>, 'status');
    expect(silent).toEqual([]);
  });

  test('keeps what its structure cannot say in CEL: names of the farm itself, and rules that need two values', () => {
    const rules = (cacheClusterSchema.properties?.spec?.['x-kubernetes-validations'] ?? []).map(({ rule }) => rule);
    expect(rules).toEqual([
      "!(self.clusterName in ['barn', 'sentinel', 'exporter', 'replication', 'marker', 'peer', 'pod', 'app', 'default', 'barn-selftest'])",
      'self.clusterName == oldSelf.clusterName',
      'self.hash == oldSelf.hash',
      '!has(self.standbys) || self.standbys == 0 || self.partitionSize == 1',
      '!has(self.minReplicas) || self.minReplicas < self.partitionSize',
    ]);
  });

  test('cannot be made of a union or bounded where there is no field', () => {
    expect(() => structural({ type: 'object', properties: { a: { anyOf: [] } } })).toThrow(
      'spec.a: anyOf is no structural schema',
    );
    expect(() => withBounds({ type: 'object', properties: {} }, { a: { minimum: 1 } })).toThrow('no field a to bound');
  });
});
