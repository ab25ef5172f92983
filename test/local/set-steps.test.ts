import { describe, expect, test } from '@jest/globals';
import { type SetPod, type SetRules, setSteps } from '../../src/local/set-steps.js';

const rules = (more: Partial<SetRules> = {}): SetRules => ({
  replicas: 3,
  ordered: false,
  rolling: false,
  revision: 'new',
  ...more,
});
const pod = (ordinal: number, more: Partial<SetPod> = {}): SetPod => ({
  ordinal,
  ready: true,
  terminating: false,
  revision: 'new',
  ...more,
});
const three = [pod(0), pod(1), pod(2)];

const cases: Record<string, [SetRules, readonly SetPod[], { create?: number[]; remove?: number[] }]> = {
  'Parallel makes all missing pods at once': [rules(), [pod(1)], { create: [0, 2] }],
  'Parallel does not wait for a pod that is not ready': [rules(), [pod(0, { ready: false })], { create: [1, 2] }],
  'Parallel removes all surplus pods at once': [rules({ replicas: 1 }), three, { remove: [1, 2] }],
  'a pod that is already going is not removed twice': [
    rules({ replicas: 2 }),
    [pod(0), pod(1), pod(2, { terminating: true })],
    {},
  ],
  'OnDelete moves no pod of an old revision': [rules(), [pod(0, { revision: 'old' }), pod(1), pod(2)], {}],
  'OrderedReady makes the lowest missing pod': [rules({ ordered: true }), [pod(0)], { create: [1] }],
  'OrderedReady waits for a pod that is not ready': [rules({ ordered: true }), [pod(0, { ready: false })], {}],
  'OrderedReady removes the highest surplus pod': [rules({ ordered: true, replicas: 1 }), three, { remove: [2] }],
  'OrderedReady removes one pod at a time': [
    rules({ ordered: true, replicas: 1 }),
    [pod(0), pod(1), pod(2, { terminating: true })],
    {},
  ],
  'RollingUpdate replaces the highest outdated pod': [
    rules({ rolling: true }),
    three.map((one) => ({ ...one, revision: one.ordinal === 2 ? 'new' : 'old' })),
    { remove: [1] },
  ],
  'RollingUpdate waits while a pod is not ready': [
    rules({ rolling: true }),
    [pod(0, { revision: 'old' }), pod(1), pod(2, { ready: false })],
    {},
  ],
  'a set of none has nothing to do': [rules({ replicas: 0 }), [], {}],
};

describe('the StatefulSet controller', () => {
  test.each(Object.entries(cases))('%s', (_, [given, pods, expected]) => {
    expect(setSteps(given, pods)).toEqual({ create: [], remove: [], ...expected });
  });
});
