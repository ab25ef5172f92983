import { describe, expect, test } from '@jest/globals';
import { containerEnv, type EnvSources, expandVariables, UnresolvedReference } from '../../src/local/container-env.js';
import { downwardField } from '../../src/local/downward-api.js';
import type { Container, EnvVar } from '../../src/local/manifest.js';

const fields = {
  name: 'redis-0',
  namespace: 'cachefarm',
  uid: 'u-1',
  labels: { 'cachefarm.dev/tier': 'M1' },
  annotations: { note: 'n' },
  machine: 'a-m1',
  address: '127.64.1.1',
};
const sources: EnvSources = {
  configMap: (name) => (name === 'settings' ? new Map([['mode', 'fast']]) : undefined),
  secret: (name) => (name === 'auth' ? new Map([['barn', 's3cret']]) : undefined),
  field: (path) => downwardField(fields, path),
};
const container = (more: Partial<Container>): Container => ({ name: 'c', image: 'i', ...more });
const field = (fieldPath: string): EnvVar => ({ name: 'X', valueFrom: { fieldRef: { fieldPath } } });
const value = (variable: EnvVar): string | undefined => containerEnv(container({ env: [variable] }), sources).get('X');

describe('an environment variable', () => {
  const cases: Record<string, [EnvVar, string | undefined]> = {
    'is a plain value': [{ name: 'X', value: 'v' }, 'v'],
    'without a value is empty': [{ name: 'X' }, ''],
    'names the pod': [field('metadata.name'), 'redis-0'],
    'names the namespace': [field('metadata.namespace'), 'cachefarm'],
    'is the uid': [field('metadata.uid'), 'u-1'],
    'is a label': [field("metadata.labels['cachefarm.dev/tier']"), 'M1'],
    'is a label that is not there': [field("metadata.labels['none']"), ''],
    'is an annotation': [field("metadata.annotations['note']"), 'n'],
    'names the machine': [field('spec.nodeName'), 'a-m1'],
    'is the address of the machine': [field('status.hostIP'), '127.64.1.1'],
    'is the address of the pod': [field('status.podIP'), '127.64.1.1'],
    'comes from a Secret': [{ name: 'X', valueFrom: { secretKeyRef: { name: 'auth', key: 'barn' } } }, 's3cret'],
    'comes from a ConfigMap': [
      { name: 'X', valueFrom: { configMapKeyRef: { name: 'settings', key: 'mode' } } },
      'fast',
    ],
    'is left out when an optional key is not there': [
      { name: 'X', valueFrom: { secretKeyRef: { name: 'auth', key: 'none', optional: true } } },
      undefined,
    ],
  };
  test.each(Object.entries(cases))('%s', (_, [variable, expected]) => {
    expect(value(variable)).toBe(expected);
  });

  test.each<[string, EnvVar, string]>([
    ['a Secret', { name: 'X', valueFrom: { secretKeyRef: { name: 'no', key: 'k' } } }, 'secret no not found'],
    ['a key', { name: 'X', valueFrom: { secretKeyRef: { name: 'auth', key: 'k' } } }, 'secret auth has no key k'],
    ['a field', field('status.startTime'), 'fieldRef status.startTime is not emulated'],
  ])('that refers to %s that is not there is refused', (_, variable, message) => {
    expect(() => value(variable)).toThrow(new UnresolvedReference(message));
  });

  test('sees those before it, envFrom first', () => {
    const env = containerEnv(
      container({
        envFrom: [{ prefix: 'S_', configMapRef: { name: 'settings' } }],
        env: [
          field('status.hostIP'),
          { name: 'URL', value: 'redis://$(X):1/$(S_mode)/$(LATER)' },
          { name: 'LATER', value: 'l' },
        ],
      }),
      sources,
    );
    expect(Object.fromEntries(env)).toEqual({
      S_mode: 'fast',
      X: '127.64.1.1',
      URL: 'redis://127.64.1.1:1/fast/$(LATER)',
      LATER: 'l',
    });
  });
});

describe('expansion', () => {
  test.each([
    ['$(A)', '1'],
    ['x$(A)y$(A)', 'x1y1'],
    ['$$(A)', '$(A)'],
    ['$(NONE)', '$(NONE)'],
    ['$A $ (A) $', '$A $ (A) $'],
  ])('%s -> %s', (text, expected) => {
    expect(expandVariables(text, new Map([['A', '1']]))).toBe(expected);
  });
});
