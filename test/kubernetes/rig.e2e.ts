/** KubeClusters side by side: one kubeconfig for all, and what happens to one does not happen to the others. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import { processesOf } from '../local/processes-of.js';
import type { Rig } from './rig/control-plane-options.js';
import { applyObject } from './rig/kube-objects.js';
import { startRig } from './rig/rig.js';

const DATACENTERS = ['a', 'b', 'c'];
const folder = mkdtempSync(join(tmpdir(), 'cachefarm-rig-'));
let rig: Rig;

beforeAll(async () => {
  rig = await startRig({
    datacenters: DATACENTERS,
    contexts: { c: 'third' },
    folder,
    namespace: 'farm',
    processes: ['etcd', 'kube-apiserver'],
  });
});
afterAll(async () => {
  await rig?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const configOf = (path: string, context?: string): KubeConfig => {
  const config = new KubeConfig();
  config.loadFromFile(path);
  if (context !== undefined) config.setCurrentContext(context);
  return config;
};

/** Names of namespaces of ours, by context; undefined where the API server does not answer. */
async function namespaces(): Promise<Readonly<Record<string, readonly string[] | undefined>>> {
  const entries = rig.planes.map(async ({ context }) => {
    const client = configOf(rig.kubeconfig, context).makeApiClient(CoreV1Api);
    try {
      const { items } = await client.listNamespace();
      const names = items.map(({ metadata }) => metadata?.name ?? '');
      return [context, names.filter((name) => name.startsWith('of-'))] as const;
    } catch {
      return [context, undefined] as const;
    }
  });
  return Object.fromEntries(await Promise.all(entries));
}

test('one kubeconfig has a context for each, in the namespace of the farm', () => {
  const config = configOf(rig.kubeconfig);
  expect(config.getContexts().map(({ name, namespace }) => [name, namespace])).toEqual([
    ['a', 'farm'],
    ['b', 'farm'],
    ['third', 'farm'],
  ]);
  expect(config.getCurrentContext()).toBe('a');
  expect(new Set(config.getClusters().map(({ server }) => server)).size).toBe(3);
});

test('each has objects of its own, also while another is dead', async () => {
  for (const { datacenter } of rig.planes)
    await applyObject(rig.plane(datacenter), {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: `of-${datacenter}` },
    });
  expect(await namespaces()).toEqual({ a: ['of-a'], b: ['of-b'], third: ['of-c'] });
  await rig.plane('b').kill('kube-apiserver');
  expect(await namespaces()).toEqual({ a: ['of-a'], b: undefined, third: ['of-c'] });
  await rig.plane('b').restart('kube-apiserver');
  expect(await namespaces()).toEqual({ a: ['of-a'], b: ['of-b'], third: ['of-c'] });
});

test('a kubeconfig for some tokens has contexts for those only', () => {
  const { adminToken } = rig.plane('c');
  const config = configOf(rig.kubeconfigForTokens('partial', { c: adminToken }));
  expect(config.getContexts().map(({ name }) => name)).toEqual(['third']);
});

test('a datacenter that is not in the rig is an error', () => {
  expect(() => rig.plane('d')).toThrow('the rig has no datacenter d');
});

test('when one cannot start, none is left running', async () => {
  const own = join(folder, 'second');
  mkdirSync(own);
  const flags = { 'kube-apiserver': ['--no-such-flag'] };
  const failed = startRig({ datacenters: ['x', 'y'], folder: own, processes: ['etcd', 'kube-apiserver'], flags });
  await expect(failed).rejects.toThrow(/kube-apiserver ended while it started:[\s\S]*no-such-flag/);
  expect(processesOf(own)).toEqual([]);
});
