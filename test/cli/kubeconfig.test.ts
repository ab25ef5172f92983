/** A kubeconfig of several files, as kubectl takes it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { farmEndpoints } from '../../src/cli/farm-endpoints.js';
import { kubeconfigPath } from '../../src/cli/kubeconfig-path.js';
import { loadKubeconfig } from '../../src/cli/load-kubeconfig.js';
import { farm as demo } from '../../src/farms/demo.js';

const folder = mkdtempSync(join(tmpdir(), 'cachefarm-kubeconfig-'));
afterAll(() => rmSync(folder, { recursive: true }));

const joined = (...files: readonly string[]): string => files.join(delimiter);

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** A file with one context for each name, whose server and token tell where it was written. */
const config = (name: string, contexts: readonly string[], current?: string): string =>
  file(
    name,
    JSON.stringify({
      clusters: contexts.map((one) => ({ name: one, cluster: { server: `https://${name}.test/${one}` } })),
      contexts: contexts.map((one) => ({ name: one, context: { cluster: one, user: one } })),
      users: contexts.map((one) => ({ name: one, user: { token: `${name}-${one}` } })),
      ...(current === undefined ? {} : { 'current-context': current }),
    }),
  );

const FIRST = config('first', ['a', 'b']);
const SECOND = config('second', ['b', 'c'], 'c');
const THIRD = config('third', ['d'], 'd');
const NONE = join(folder, 'none');

describe('the kubeconfig that is meant', () => {
  test.each<[string, string | undefined, NodeJS.ProcessEnv, string]>([
    ['the one given, before that of the environment', FIRST, { KUBECONFIG: SECOND }, FIRST],
    ['all files of KUBECONFIG', undefined, { KUBECONFIG: joined(FIRST, SECOND) }, joined(FIRST, SECOND)],
    ['of those the ones that are there', undefined, { KUBECONFIG: joined(NONE, SECOND) }, SECOND],
    ['empty names are no files', undefined, { KUBECONFIG: joined('', FIRST, '') }, FIRST],
  ])('%s', (_, given, env, path) => {
    expect(kubeconfigPath(given, env)).toBe(path);
  });

  test.each<[string, NodeJS.ProcessEnv, string]>([
    ['none of several', { KUBECONFIG: joined(NONE, `${NONE}2`) }, `there is no kubeconfig at ${NONE} or ${NONE}2`],
    ['not the usual one', { HOME: folder }, `there is no kubeconfig at ${join(folder, '.kube', 'config')}`],
  ])('%s is there: said by name', (_, env, message) => {
    expect(() => kubeconfigPath(undefined, env)).toThrow(message);
  });
});

describe('several files', () => {
  const merged = loadKubeconfig(joined(FIRST, SECOND, THIRD));

  test('have the contexts of all', () => {
    expect(merged.getContexts().map(({ name }) => name)).toEqual(['a', 'b', 'c', 'd']);
  });
  test('where two have one name the first counts, as a whole', () => {
    expect(merged.getCluster('b')?.server).toBe('https://first.test/b');
    expect(merged.getUser('b')?.token).toBe('first-b');
  });
  test('the first that names a current context says which it is', () => {
    expect(merged.getCurrentContext()).toBe('c');
  });
  test('one that cannot be read is named', () => {
    const broken = file('broken', 'nothing: [');
    expect(() => loadKubeconfig(joined(FIRST, broken))).toThrow(`${broken} is no kubeconfig: `);
  });
  test('relative files in them are looked for beside them', () => {
    writeFileSync(join(folder, 'ca.pem'), 'x');
    const beside = file(
      'beside',
      JSON.stringify({
        clusters: [{ name: 'z', cluster: { server: 'https://z.test', 'certificate-authority': 'ca.pem' } }],
        contexts: [],
        users: [],
      }),
    );
    expect(loadKubeconfig(joined(FIRST, beside)).getCluster('z')?.caFile).toBe(join(folder, 'ca.pem'));
  });
});

test('each datacenter is asked through its own context, whichever file has it', async () => {
  const endpoints = farmEndpoints(demo, joined(FIRST, SECOND), undefined);
  const connections = await Promise.all(endpoints.map((endpoint) => endpoint.connect()));
  expect(endpoints.map(({ datacenter }) => datacenter)).toEqual(['a', 'b', 'c']);
  expect(connections.map(({ server }) => server)).toEqual([
    'https://first.test/a',
    'https://first.test/b',
    'https://second.test/c',
  ]);
  expect(
    connections.map(({ options }) => new Headers(options.headers as Record<string, string>).get('authorization')),
  ).toEqual(['Bearer first-a', 'Bearer first-b', 'Bearer second-c']);
});
