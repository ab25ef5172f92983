import { describe, expect, test } from '@jest/globals';
import { type MachineLoad, type Placeable, pickMachine } from '../../src/local/schedule.js';

const HOSTNAME = 'kubernetes.io/hostname';
const ZONE = 'topology.kubernetes.io/zone';
const pod = (more: Partial<Placeable> = {}): Placeable => ({
  labels: { app: 'x' },
  memoryBytes: 10,
  hostPorts: [],
  antiAffinity: [],
  nodeSelector: {},
  ...more,
});
const machine = (name: string, more: Partial<MachineLoad> = {}): MachineLoad => ({
  name,
  ready: true,
  labels: { [HOSTNAME]: name, [ZONE]: 'z' },
  memoryBytes: 100,
  pods: [],
  ...more,
});
const apart = (topologyKey: string, app = 'x') => [{ topologyKey, labelSelector: { matchLabels: { app } } }];

describe('a pod is put on', () => {
  const cases: Record<string, [Placeable, readonly MachineLoad[], string]> = {
    'the machine with the fewest pods': [pod(), [machine('a', { pods: [pod()] }), machine('b')], 'b'],
    'the first of equals': [pod(), [machine('a'), machine('b')], 'a'],
    'a machine that has memory left': [
      pod({ memoryBytes: 95 }),
      [machine('a', { memoryBytes: 90 }), machine('b')],
      'b',
    ],
    'a machine without a limit': [
      pod({ memoryBytes: 1e12 }),
      [machine('a'), machine('b', { memoryBytes: undefined })],
      'b',
    ],
    'a machine that is ready': [pod(), [machine('a', { ready: false }), machine('b')], 'b'],
    'a machine whose port is free': [
      pod({ hostPorts: [7] }),
      [machine('a', { pods: [pod({ hostPorts: [7] })] }), machine('b', { pods: [pod(), pod()] })],
      'b',
    ],
    'a machine away from its like': [
      pod({ antiAffinity: apart(HOSTNAME) }),
      [machine('a', { pods: [pod()] }), machine('b', { pods: [pod({ labels: {} }), pod({ labels: {} })] })],
      'b',
    ],
    'a machine whose pods do not repel it': [
      pod(),
      [
        machine('a', { pods: [pod({ labels: {}, antiAffinity: apart(HOSTNAME) })] }),
        machine('b', { pods: [pod(), pod()] }),
      ],
      'b',
    ],
    'the machine its selector names': [pod({ nodeSelector: { [HOSTNAME]: 'b' } }), [machine('a'), machine('b')], 'b'],
  };
  test.each(Object.entries(cases))('%s', (_, [asked, machines, expected]) => {
    expect(pickMachine(asked, machines)).toEqual({ machine: expected });
  });
});

describe('a pod that fits nowhere is pending because', () => {
  const cases: Record<string, [Placeable, readonly MachineLoad[], string]> = {
    'memory is short': [
      pod({ memoryBytes: 101 }),
      [machine('a'), machine('b')],
      '0/2 nodes are available: 2 Insufficient memory.',
    ],
    'each machine has a reason of its own': [
      pod({ antiAffinity: apart(HOSTNAME), memoryBytes: 60 }),
      [machine('a', { pods: [pod()] }), machine('b', { memoryBytes: 10 })],
      "0/2 nodes are available: 1 Insufficient memory, 1 node(s) didn't match pod anti-affinity rules.",
    ],
    'its zone is one domain': [
      pod({ antiAffinity: apart(ZONE) }),
      [machine('a', { pods: [pod()] }), machine('b')],
      "0/2 nodes are available: 2 node(s) didn't match pod anti-affinity rules.",
    ],
    'the machines are down': [
      pod(),
      [machine('a', { ready: false })],
      '0/1 nodes are available: 1 node(s) had untolerated taint {node.kubernetes.io/unreachable: }.',
    ],
    'there are no machines': [pod(), [], '0/0 nodes are available: .'],
  };
  test.each(Object.entries(cases))('%s', (_, [asked, machines, reason]) => {
    expect(pickMachine(asked, machines)).toEqual({ pending: reason });
  });
});
