import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Ended } from './bare-machine.js';
import { KubernetesMachine } from './kubernetes-machine.js';

let machine: KubernetesMachine;
beforeEach(() => {
  machine = new KubernetesMachine();
});
afterEach(() => machine.bare.destroy());

const find = (args: readonly string[] = [], env = {}): Ended =>
  machine.node(['tools/kubernetes-binaries.mjs', ...args], env);

type Found = Readonly<
  Record<string, Readonly<Record<string, { readonly path: string; readonly version: string; readonly from: string }>>>
>;
const foundBy = ({ stdout }: Ended): Found => JSON.parse(stdout) as Found;
/** Where each program was found: the last folder of its path. */
const folders = (found: Found, version: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(found[version] ?? {}).map(([name, { path }]) => [name, path.split('/').at(-2) ?? '']),
  );

describe('the programs of a control plane', () => {
  test('are built once from the pinned modules and found in the cache after that', () => {
    machine.go('1.26.0');
    const first = find();
    expect([first.status, machine.bare.log]).toEqual([
      0,
      [
        'go build . in etcd',
        'go build k8s.io/kubernetes/cmd/kube-apiserver in v1.36.3',
        'go build k8s.io/kubernetes/cmd/kube-controller-manager in v1.36.3',
        'go build k8s.io/kubernetes/cmd/kube-scheduler in v1.36.3',
        'go build k8s.io/kubernetes/cmd/kubectl in v1.36.3',
      ],
    ]);
    expect(first.stderr).toMatch(/building kube-apiserver v1.36.3 into .*\n.*built kube-apiserver in \d+ s/);
    expect(first.stdout.match(/"from":"built"/g)).toHaveLength(5);
    machine.bare.file('log', '');
    expect(find().stdout).toBe(first.stdout.replaceAll('"from":"built"', '"from":"cache"'));
    expect(machine.bare.log).toEqual([]);
  });

  test('of the older version share etcd and kubectl with the newest', () => {
    machine.go('1.26.0');
    expect(folders(foundBy(find(['1.28'])), 'v1.28.15')).toEqual({
      etcd: 'etcd-v3.6.8',
      'kube-apiserver': 'v1.28.15',
      'kube-controller-manager': 'v1.28.15',
      'kube-scheduler': 'v1.28.15',
      kubectl: 'v1.36.3',
    });
  });

  test('are taken from KUBEBUILDER_ASSETS, then from the PATH, when their version fits', () => {
    mkdirSync(join(machine.bare.folder, 'assets'));
    machine.release('assets', 'v1.36.1', '3.6.0');
    machine.release('bin', 'v1.28.2', '3.5.9');
    const env = { KUBEBUILDER_ASSETS: join(machine.bare.folder, 'assets') };
    const found = foundBy(find(['all'], env));
    expect(found['v1.36.3']?.['kube-apiserver']).toEqual({
      path: join(machine.bare.folder, 'assets/kube-apiserver'),
      version: 'v1.36.1',
      from: 'KUBEBUILDER_ASSETS',
    });
    expect(found['v1.28.15']?.['kube-apiserver']).toMatchObject({ from: 'PATH' });
    expect(folders(found, 'v1.28.15')).toMatchObject({ 'kube-apiserver': 'bin', etcd: 'assets' });
  });

  test('of another version are not taken, and the reason is said', () => {
    machine.release('bin', 'v1.31.0', '3.4.23');
    machine.go('1.26.0');
    const ended = find();
    expect(ended.stderr).toContain('bin/kube-apiserver is v1.31.0: not taken');
    expect(ended.stderr).toContain('bin/etcd is 3.4.23: not taken');
    expect(folders(foundBy(ended), 'v1.36.3')).toMatchObject({ 'kube-apiserver': 'v1.36.3', etcd: 'etcd-v3.6.8' });
  });

  test('a build that fails leaves nothing behind', () => {
    machine.bare.program('go', `[ "$1" = version ] && echo "go version go1.26.0 x" && exit 0\nexit 1`);
    const { status, stderr } = find();
    expect([status, stderr]).toEqual([1, expect.stringContaining('building etcd failed: go ended with status 1')]);
    expect(machine.cached('etcd-v3.6.8/etcd')).toBe(false);
  });

  test('without Go the error has the commands that help', () => {
    machine.bare.program('apt-get', 'exit 0');
    const { status, stderr } = find();
    expect(status).toBe(1);
    expect(stderr).toContain('there is no Go to build with');
    expect(stderr).toContain('Run:  apt-get update && apt-get install -y golang-go');
    expect(stderr).toContain('then run:  node tools/kubernetes-binaries.mjs v1.36.3');
  });

  test('a Go that cannot fetch the toolchain it needs is too old', () => {
    machine.go('1.19.8');
    expect(find().stderr).toContain('Go 1.19.8 is too old');
    expect(machine.bare.log).toEqual([]);
  });

  test('--find-only does without kubectl', () => {
    machine.release('bin', 'v1.36.3', '3.6.8');
    machine.bare.remove('bin/kubectl');
    expect(Object.keys(foundBy(find(['--find-only']))['v1.36.3'] ?? {})).not.toContain('kubectl');
  });

  test('--find-only builds nothing and names the command that does', () => {
    machine.go('1.26.0');
    const { status, stderr } = find(['1.28', '--find-only']);
    expect([status, machine.bare.log]).toEqual([1, []]);
    expect(stderr).toContain('run node tools/kubernetes-binaries.mjs v1.28.15');
  });

  test('of a version that is not pinned: the error says which are', () => {
    expect(find(['1.30'])).toMatchObject({
      status: 1,
      stderr: 'kubernetes: no Kubernetes 1.30: choose newest, all or one of v1.36.3, v1.28.15\n',
    });
  });
});

describe('argo-sync', () => {
  const argoSync = (): Ended => machine.node(['tools/argo-sync-binary.mjs']);
  const { stringContaining } = expect;

  test('is built once, and again when a file of it has changed', () => {
    machine.go('1.26.0');
    const first = argoSync();
    expect(first).toMatchObject({ status: 0, stderr: stringContaining('built in') });
    expect(argoSync()).toEqual({ ...first, stderr: '' });
    machine.bare.file('tools/argo-sync/main.go', 'package main\n');
    expect(argoSync().stdout).not.toBe(first.stdout);
    expect(machine.bare.log).toEqual(['go build . in argo-sync', 'go build . in argo-sync']);
  });

  test('without Go the error has the commands that help', () => {
    machine.bare.program('dnf', 'exit 0');
    const { status, stderr } = argoSync();
    expect(status).toBe(1);
    expect(stderr).toMatch(/argo-sync is not in .*cache\/cachefarm\/argo-sync.*\nand there is no Go/);
    expect(stderr).toContain('Run:  dnf install -y golang');
    expect(stderr).toContain('then run:  node tools/argo-sync-binary.mjs');
  });

  test('a build that fails leaves nothing behind', () => {
    machine.bare.program('go', `[ "$1" = version ] && echo "go version go1.26.0 x" && exit 0\nexit 1`);
    expect(argoSync()).toMatchObject({ status: 1, stderr: stringContaining('building argo-sync failed') });
    machine.go('1.26.0');
    expect(argoSync().status).toBe(0);
  });
});
