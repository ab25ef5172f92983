/** Argo CD's Lua is 5.1 without the math and string libraries; so is, with those hidden, the one in redis-server. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { argoHealthChecks } from '../../constructs/argo-health.js';
import { ask, freeAddress, ProcessRoom } from '../builders/processes.js';
import { RECORDED, RECORDED_HEALTH } from '../kubernetes/rig/recorded-health.js';

const room = new ProcessRoom();
const address = freeAddress();
beforeAll(() => room.redis(address));
afterAll(() => room.stopAll());

type Health = { readonly status: string; readonly message: string };

/** RFC 3339, as Kubernetes writes it. */
const ago = (seconds: number): string => new Date(Date.now() - seconds * 1_000).toISOString().replace(/\.\d+Z$/, 'Z');

/** The os of the check has the two functions that Argo CD leaves it; redis-server has neither, so they are given: its clock is at 0. */
async function health(kind: string, object: object): Promise<Health> {
  const body = argoHealthChecks()[`resource.customizations.health.${kind}`];
  const dates = Object.fromEntries([300, 600].map((seconds) => [String(-seconds), ago(seconds)]));
  const script = `local obj, dates = cjson.decode(ARGV[1]), cjson.decode(ARGV[2])
    local os = {time = function() return 0 end, date = function(_, time) return dates[tostring(time)] end}
    local function check() local math, string, io, redis, cjson, bit, struct
${body}
    end
    return cjson.encode(check())`;
  const reply = await ask(address, undefined, 'EVAL', script, '0', JSON.stringify(object), JSON.stringify(dates));
  if (typeof reply !== 'string') throw reply;
  return JSON.parse(reply) as Health;
}

describe('a StatefulSet', () => {
  const set = (status: object, ours = true, spec: object = {}) => ({
    metadata: { generation: 2, labels: ours ? { 'cachefarm.dev/role': 'redis' } : { app: 'other' } },
    spec: { replicas: 40, updateStrategy: { type: 'OnDelete' }, ...spec },
    status: {
      observedGeneration: 2,
      readyReplicas: 40,
      updatedReplicas: 40,
      updateRevision: 'b',
      currentRevision: 'b',
      ...status,
    },
  });
  const created = (seconds: number) => ({
    metadata: { generation: 2, labels: { 'cachefarm.dev/role': 'sentinel' }, creationTimestamp: ago(seconds) },
  });
  const rolling = { updateStrategy: { type: 'RollingUpdate' } };

  const cases: Record<string, [object: object, status: string, message: string]> = {
    'is healthy when all is there': [set({}), 'Healthy', ''],
    'is waited for until its controller has seen the change': [
      set({ observedGeneration: 1 }),
      'Progressing',
      'waiting for the StatefulSet controller to see the change',
    ],
    'does not hold a sync back for one machine': [set({ readyReplicas: 39 }), 'Healthy', '1 of 40 pods are missing'],
    'does not hold a sync back for a tenth of its pods': [
      set({ readyReplicas: 36 }),
      'Healthy',
      '4 of 40 pods are missing',
    ],
    'holds a sync back for more': [set({ readyReplicas: 35 }), 'Progressing', '35 of 40 pods are ready'],
    'holds a sync back when its only pod is missing': [
      set({ readyReplicas: 0 }, true, { replicas: 1 }),
      'Progressing',
      '0 of 1 pods are ready',
    ],
    'of one pod is waited for while it is new': [
      { ...set({ readyReplicas: 0 }, true, { replicas: 1 }), ...created(60) },
      'Progressing',
      '0 of 1 pods are ready',
    ],
    'of one pod does not hold every sync back for as long as its machine is broken': [
      { ...set({ readyReplicas: 0, updatedReplicas: 1 }, true, { replicas: 1 }), ...created(3_600) },
      'Healthy',
      '1 of 1 pods are missing',
    ],
    'is not ready before it has a status': [
      { ...set({}), status: undefined },
      'Progressing',
      'waiting for the StatefulSet controller to see the change',
    ],
    'says how many old pods are left, and lets Barn replace them after the sync': [
      set({ updatedReplicas: 28 }),
      'Healthy',
      '12 of 40 pods run an old template until they are deleted',
    ],
    'of someone else may miss no pod': [set({ readyReplicas: 39 }, false), 'Progressing', '39 of 40 pods are ready'],
    'of someone else is waited for while it rolls': [
      set({ updatedReplicas: 30, updateRevision: 'c' }, false, rolling),
      'Progressing',
      '30 of 40 pods are updated',
    ],
    'of someone else is healthy at its partition': [
      set({ updatedReplicas: 30, updateRevision: 'c' }, false, {
        updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 10 } },
      }),
      'Healthy',
      '',
    ],
  };
  test.each(Object.entries(cases))('%s', async (_, [object, status, message]) => {
    expect(await health('apps_StatefulSet', object)).toEqual({ status, message });
  });
});

describe('a CacheCluster', () => {
  const cluster = (status?: object) => ({ metadata: { generation: 3 }, spec: {}, ...(status ? { status } : {}) });
  const condition = (type: string, value: string, message: string, since?: number) => ({
    ...{ type, status: value, message, reason: message.replaceAll(' ', '') },
    ...(since === undefined ? {} : { lastTransitionTime: ago(since) }),
  });

  const cases: Record<string, [object: object, status: string, message: string]> = {
    'that Barn has not seen does not wait for the seed Job that waits for it': [
      cluster(),
      'Healthy',
      'declared; not seen by Barn yet',
    ],
    'that was changed since Barn saw it does not either': [
      cluster({ observedGeneration: 2, conditions: [condition('Ready', 'False', 'old')] }),
      'Healthy',
      'declared; not seen by Barn yet',
    ],
    'is healthy when Barn says so': [
      cluster({ observedGeneration: 3, conditions: [condition('Ready', 'True', '10 of 10 serve')] }),
      'Healthy',
      '10 of 10 serve',
    ],
    'is waited for while Barn works on it': [
      cluster({
        observedGeneration: 3,
        conditions: [condition('Ready', 'False', '7 of 10 serve'), condition('Degraded', 'False', '')],
      }),
      'Progressing',
      '7 of 10 serve',
    ],
    'fails no sync while all its partitions serve, whatever is missing behind them': [
      cluster({
        observedGeneration: 3,
        conditions: [condition('Ready', 'True', '10 of 10 serve'), condition('Degraded', 'True', 'no standby', 9_000)],
      }),
      'Healthy',
      '10 of 10 serve; no standby',
    ],
    'is waited for when it has just become degraded': [
      cluster({
        observedGeneration: 3,
        conditions: [condition('Ready', 'False', '9 of 10 serve'), condition('Degraded', 'True', 'no idle pod', 60)],
      }),
      'Progressing',
      '9 of 10 serve',
    ],
    'is waited for while Barn still does something about it': [
      cluster({
        observedGeneration: 3,
        conditions: [
          condition('Ready', 'False', '9 of 10 serve'),
          condition('Progressing', 'True', 'one decision'),
          condition('Degraded', 'True', 'no idle pod', 9_000),
        ],
      }),
      'Progressing',
      '9 of 10 serve',
    ],
    'is degraded when nothing was done about it for long': [
      cluster({
        observedGeneration: 3,
        conditions: [
          condition('Ready', 'False', '9 of 10 serve'),
          condition('Progressing', 'False', 'waits'),
          condition('Degraded', 'True', 'no idle pod', 9_000),
        ],
      }),
      'Degraded',
      'no idle pod',
    ],
    'that is marked as deleted holds nothing back': [
      cluster({
        observedGeneration: 3,
        conditions: [
          { type: 'Ready', status: 'False', reason: 'Deleted', message: 'the cache cluster is marked as deleted' },
          { type: 'Degraded', status: 'False', reason: 'Deleted', message: 'the cache cluster is marked as deleted' },
        ],
      }),
      'Healthy',
      'the cache cluster is marked as deleted',
    ],
    'is degraded when Barn gave up': [
      cluster({
        observedGeneration: 3,
        conditions: [condition('Ready', 'False', ''), condition('Degraded', 'True', 'no idle pod in M1')],
      }),
      'Degraded',
      'no idle pod in M1',
    ],
  };
  test.each(Object.entries(cases))('%s', async (_, [object, status, message]) => {
    expect(await health('cachefarm.dev_CacheCluster', object)).toEqual({ status, message });
  });
});

describe('an object as a real API server had it', () => {
  test.each(Object.entries(RECORDED_HEALTH))('%s', async (name, [status, message]) => {
    const object = parse(readFileSync(join(RECORDED, `${name}.yaml`), 'utf8')) as { readonly kind: string };
    const check = object.kind === 'CacheCluster' ? 'cachefarm.dev_CacheCluster' : 'apps_StatefulSet';
    expect(await health(check, object)).toEqual({ status, message: expect.stringMatching(message) });
  });
});
