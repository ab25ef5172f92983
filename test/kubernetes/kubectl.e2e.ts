/** What people do with plain kubectl: apply dist, look at cache clusters, wait for them, scale and explain them. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { until } from '../local/until.js';
import { startControlPlane } from './rig/control-plane.js';
import type { ControlPlane } from './rig/control-plane-options.js';
import { type KubeObject, readDistFolder } from './rig/kube-objects.js';
import { type KubectlEnd, kubectlOf } from './rig/kubectl.js';

const PROGRAM = fileURLToPath(new URL('../../lib/src/cli/main.js', import.meta.url));
const HOST_ONLY =
  /^Warning: would violate PodSecurity "restricted:latest": host namespaces \(hostNetwork=true\), hostPort \([^()]*\)$/;
const folder = mkdtempSync(join(tmpdir(), 'cachefarm-kubectl-'));
let plane: ControlPlane;
let kubectl: (...args: readonly string[]) => KubectlEnd;

beforeAll(async () => {
  plane = await startControlPlane({ datacenter: 'a', folder, processes: ['etcd', 'kube-apiserver'] });
  kubectl = kubectlOf(plane, folder);
});
afterAll(async () => {
  await plane?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const apply = (name: string): KubectlEnd => kubectl('apply', '--server-side', '-f', `dist/${name}`);

/** `kind/name` -> resourceVersion, of all that kubectl reads from a folder of dist. */
function versionsOf(name: string): Readonly<Record<string, string>> {
  const { stdout } = kubectl('get', '-f', `dist/${name}`, '-o', 'json');
  const { items } = JSON.parse(stdout) as { items: readonly KubeObject[] };
  return Object.fromEntries(
    items.map(({ kind, metadata }) => [`${kind}/${metadata.name}`, metadata.resourceVersion ?? '']),
  );
}

/** Rows of a table that kubectl prints, by the first column; columns are two spaces or more apart. */
const rowsOf = (text: string): readonly (readonly string[])[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => line.trimEnd().split(/ {2,}/));

describe('dist applied with kubectl --server-side', () => {
  test('the cache clusters before anything else are refused, and nothing is left of that', () => {
    const { status, stderr } = apply('all');
    expect(status).toBe(1);
    expect(stderr).toContain('ensure CRDs are installed first');
  });

  test('the datacenter, then the cache clusters: one command each, nothing has to be done again', () => {
    const { status, stderr } = apply('a');
    // What the namespace's annotation says: but for the host's network and ports, all pods meet `restricted`.
    const warnings = stderr.split('\n').filter(Boolean);
    expect(warnings.filter((line) => !HOST_ONLY.test(line))).toEqual([]);
    expect(status).toBe(0);
    expect(apply('all')).toMatchObject({ status: 0, stderr: '' });
    const count = readDistFolder('all').length + readDistFolder('a').length;
    expect(Object.keys({ ...versionsOf('all'), ...versionsOf('a') })).toHaveLength(count);
  });

  test('again: nothing changes', () => {
    const before = { ...versionsOf('all'), ...versionsOf('a') };
    expect([apply('a').status, apply('all').status]).toEqual([0, 0]);
    expect({ ...versionsOf('all'), ...versionsOf('a') }).toEqual(before);
  });

  test('kubectl diff sees no difference', () => {
    expect(kubectl('diff', '--server-side', '-f', 'dist/a')).toMatchObject({ status: 0, stdout: '' });
  });
});

describe('a cache cluster', () => {
  const now = '2026-01-02T03:04:05Z';
  const readiness = (status: 'True' | 'False', observedGeneration: number): string =>
    JSON.stringify({
      status: {
        serving: status === 'True' ? 10 : 9,
        standbys: 3,
        spread: '0/0',
        conditions: [
          { type: 'Ready', status, observedGeneration, lastTransitionTime: now, reason: 'Tried', message: 'tried' },
        ],
      },
    });
  const patchStatus = (status: 'True' | 'False', generation = 1): KubectlEnd =>
    kubectl('patch', 'cc', 'user.id', '--subresource=status', '--type=merge', '-p', readiness(status, generation));
  const wait = (timeout: string): KubectlEnd =>
    kubectl('wait', '--for=condition=Ready', 'cc/user.id', `--timeout=${timeout}`);

  test('is got as cc, narrow and wide', () => {
    expect(patchStatus('False').status).toBe(0);
    const narrow = rowsOf(kubectl('get', 'cc', 'user.id').stdout);
    expect(narrow[0]).toEqual(['NAME', 'SIZE', 'SERVING', 'STANDBY', 'TIER', 'READY', 'AGE']);
    expect(narrow[1]?.slice(0, 6)).toEqual(['user.id', '10', '9', '3', 'M1', 'False']);
    const wide = rowsOf(kubectl('get', 'cc', 'user.id', '-o', 'wide').stdout);
    expect(wide[0]).toEqual([
      ...['NAME', 'SIZE', 'SERVING', 'STANDBY', 'TIER', 'READY'],
      ...['GROUP', 'SPREAD', 'LAST MOVE', 'AGE'],
    ]);
    expect(wide[1]?.slice(5, 8)).toEqual(['False', 'main-0', '0/0']);
  });

  test('is among `kubectl get all`', () => {
    expect(kubectl('get', 'all').stdout).toContain('cachecluster.cachefarm.dev/user.id');
  });

  test('is waited for until it is Ready, and not before', () => {
    expect(wait('1s')).toMatchObject({ status: 1, stderr: expect.stringContaining('timed out') });
    patchStatus('True');
    expect(wait('10s')).toMatchObject({ status: 0, stdout: expect.stringContaining('condition met') });
  });

  test('is scaled', () => {
    expect(kubectl('scale', 'cc/user.id', '--replicas=12').status).toBe(0);
    expect(kubectl('get', 'cc', 'user.id', '-o', 'jsonpath={.spec.clusterSize}').stdout).toBe('12');
    expect(kubectl('scale', 'cc/user.id', '--replicas=0')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('spec.clusterSize'),
    });
  });

  test('is waited for after it was scaled, though it was Ready before: until a status says so of what is declared now', () => {
    expect(kubectl('get', 'cc', 'user.id', '-o', 'jsonpath={.metadata.generation}').stdout).toBe('2');
    expect(wait('1s')).toMatchObject({ status: 1, stderr: expect.stringContaining('timed out') });
    patchStatus('True', 2);
    expect(wait('10s')).toMatchObject({ status: 0, stdout: expect.stringContaining('condition met') });
  });

  test('is explained', () => {
    const { stdout } = kubectl('explain', 'cc.spec');
    expect(stdout).toContain('Number of partitions');
    expect(stdout).not.toContain('<no description>');
    expect(kubectl('explain', 'cc.status.conditions').stdout).toContain('When the status last changed');
  });

  test('misspelt is refused by kubectl with the name of the field', () => {
    const end = kubectl('patch', 'cc', 'user.id', '--type=merge', '-p', '{"spec":{"clusterSise":3}}');
    // A patch is only warned of; what is created is checked strictly.
    expect(end.stderr).toContain('unknown field "spec.clusterSise"');
  });
});

describe('kubectl farm', () => {
  let plugged: (...args: readonly string[]) => KubectlEnd;

  beforeAll(() => {
    const plugins = join(folder, 'plugins');
    mkdirSync(plugins);
    // As npm links the programs of a package.
    for (const name of ['kubectl-farm', 'kubectl_complete-farm']) symlinkSync(PROGRAM, join(plugins, name));
    plugged = kubectlOf(plane, folder, plugins);
  });

  test('is a plugin that kubectl finds and runs', () => {
    expect(plugged('plugin', 'list').stdout).toMatch(/\/plugins\/kubectl-farm$/m);
    expect(plugged('farm', 'get', '--help')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('Lists what is running'),
    });
    expect(plugged('farm', 'get', 'nonsense')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('partitions'),
    });
  });

  test('is completed by kubectl, with names that the API server has', async () => {
    const completed = (...words: readonly string[]): readonly string[] =>
      plugged('__complete', 'farm', ...words)
        .stdout.split('\n')
        .filter(Boolean);
    expect(completed('ge')).toEqual(['get', ':4']);
    // A shell does not wait longer than 1.5 s: on a busy machine there may be no names yet.
    await until('the name', () => completed('scale', 'User.i').join() === 'User.id,:4', 30_000);
  });
});
