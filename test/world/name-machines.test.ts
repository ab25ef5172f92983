import { describe, expect, test } from '@jest/globals';
import { drainImpact } from '../../src/cli/drain-impact.js';
import { defineFarm } from '../../src/farm/define.js';
import { LABEL } from '../../src/farm/words.js';
import type { KubeNode, KubeObjects, KubePod } from '../../src/world/kube.js';
import type { World } from '../../src/world/model.js';
import { nodeName } from '../../src/world/name-machines.js';
import { readKube } from '../../src/world/read-kube.js';
import { farmSpec } from '../builders/farm.js';

const { cacheClusters: _, ...frame } = defineFarm(farmSpec());

const node = (name: string, address: string, draining = false): KubeNode => ({
  metadata: {
    name,
    labels: {},
    ...(draining ? { annotations: { 'cachefarm.dev/drain': '2026-01-01T00:00:00Z' } } : {}),
  },
  status: { addresses: [{ type: 'InternalIP', address }], conditions: [{ type: 'Ready', status: 'True' }] },
});

const pod = (role: string, nodeOf: string, hostIP: string): KubePod => ({
  metadata: {
    name: `${role}-0`,
    uid: hostIP,
    labels: { [LABEL.farm]: frame.name, [LABEL.role]: role, [LABEL.tier]: 'M1', [LABEL.sentinelGroup]: 'main-0' },
  },
  spec: { nodeName: nodeOf, containers: [{ name: role, ports: [{ containerPort: 6378 }] }] },
  status: { phase: 'Running', hostIP },
});

const kube = (datacenter: string, names: readonly string[], draining = ''): KubeObjects => ({
  datacenter,
  nodes: names.map((name, i) => node(name, `10.${datacenter.charCodeAt(0)}.0.${i}`, name === draining)),
  pods: names.flatMap((name, i) => {
    const address = `10.${datacenter.charCodeAt(0)}.0.${i}`;
    return [pod('redis', name, address), pod('sentinel', name, address)];
  }),
  cacheClusters: [],
});

const read = (...all: readonly KubeObjects[]) =>
  readKube(
    frame,
    all.map((objects) => ({ datacenter: objects.datacenter, objects })),
  );

describe('machines of several KubeClusters', () => {
  const reading = read(kube('a', ['node-1', 'a-2'], 'node-1'), kube('b', ['node-1', 'b-2']));
  test('with one name are told apart, wherever they are named; the others keep theirs', () => {
    expect(reading.pods.map(({ machine }) => machine)).toEqual(['a/node-1', 'a-2', 'b/node-1', 'b-2']);
    expect(reading.sentinels.map(({ machine }) => machine)).toEqual(['a/node-1', 'a-2', 'b/node-1', 'b-2']);
    expect(reading.datacenters.map(({ machines }) => machines.map(({ name }) => name))).toEqual([
      ['a/node-1', 'a-2'],
      ['b/node-1', 'b-2'],
      [],
    ]);
  });
  test('with one name are emptied each by itself, under the name of its KubeCluster', () => {
    expect(reading.pods.map(({ draining }) => draining)).toEqual([true, false, false, false]);
    const world = { ...reading, observedAt: 0, groups: [], pods: [] } as unknown as World;
    const { targets } = drainImpact(world, 'machine', 'b/node-1');
    expect(targets.map(({ datacenter, name }) => [datacenter, nodeName(name)])).toEqual([['b', 'node-1']]);
    expect(nodeName('a-2')).toBe('a-2');
  });
  test('keep their names where only one KubeCluster has them', () => {
    expect(read(kube('a', ['node-1'])).pods.map(({ machine }) => machine)).toEqual(['node-1']);
  });
});
