import { beforeEach, describe, expect, test } from '@jest/globals';
import { KubeEvents, microTime } from '../../src/act/kube-events.js';
import type { Action, Decision } from '../../src/plan/action.js';
import type { Receipt } from '../../src/plan/receipt.js';
import { KeptHand } from '../builders/kept-hand.js';

const pod = { name: 'p', datacenter: 'a', machine: 'm', address: '10.0.0.1:6378' };
const claim = { kind: 'bound', partition: 'User.id::0', epoch: 5 } as const;
const open: Action = { kind: 'open-pod', pod, claim, applicationUser: 'User.id' };
const release: Action = { kind: 'release-pod', pod, expect: claim, applicationUser: 'User.id' };
const decision = (changes: Partial<Decision> = {}): Decision => ({
  reason: 'PodHalfOpen',
  subject: 'User.id::0',
  detail: '10.0.0.1:6378',
  actions: [open, release],
  ...changes,
});
const done = (action: Action): Receipt => ({ action, status: 'Done', reason: 'ok', ms: 1 });
const copy = (datacenter: string, clusterName = 'User.id') => ({
  clusterName,
  datacenter,
  name: clusterName.toLowerCase(),
  uid: `uid-${datacenter}`,
  deleted: false,
});

describe('an Event', () => {
  let hands: readonly [KeptHand, KeptHand];
  let clock: number;
  let failures: string[];
  let events: KubeEvents;
  beforeEach(() => {
    hands = [new KeptHand('a'), new KeptHand('b')];
    clock = 0;
    failures = [];
    events = new KubeEvents({
      hands,
      namespace: 'cachefarm',
      instance: 'a/barn-0',
      now: () => clock,
      wallClock: () => Date.UTC(2026, 0, 1) + clock,
      failed: (datacenter, error) => failures.push(`${datacenter}: ${(error as Error).message}`),
    });
  });

  test('tells a decision and what came of it, at the CacheCluster of each KubeCluster that has it', async () => {
    events.ended(decision(), [done(open), done(release)], [copy('a'), copy('b'), copy('b', 'Session')]);
    await events.settled();
    const [first] = hands[0].of('events');
    expect(first).toEqual({
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: {
        name: expect.stringMatching(/^user\.id\.[0-9a-f]{16}$/),
        namespace: 'cachefarm',
        resourceVersion: '1',
      },
      eventTime: '2026-01-01T00:00:00.000000Z',
      reportingController: 'cachefarm.dev/barn',
      reportingInstance: 'a/barn-0',
      action: 'open-pod',
      reason: 'PodHalfOpen',
      regarding: {
        apiVersion: 'cachefarm.dev/v1alpha1',
        kind: 'CacheCluster',
        namespace: 'cachefarm',
        name: 'user.id',
        uid: 'uid-a',
      },
      note: 'User.id::0: 10.0.0.1:6378; open-pod, release-pod done',
      type: 'Normal',
    });
    expect(hands[1].of('events')).toHaveLength(1);
  });

  test.each<[string, Partial<Decision>, Receipt['status'], string, string]>([
    ['a failure is a warning that names the action', {}, 'Failed', 'Warning', 'release-pod was Failed: why'],
    ['what did not hold any more is none', {}, 'Stale', 'Normal', 'release-pod was Stale: why'],
    ['a dead pod is one, though all went well', { reason: 'PodCrashed' }, 'Done', 'Warning', 'done'],
  ])('%s', async (_, changes, status, type, note) => {
    events.ended(decision(changes), [done(open), { action: release, status, reason: 'why', ms: 1 }], [copy('a')]);
    await events.settled();
    expect(hands[0].of('events')).toEqual([expect.objectContaining({ type, note: expect.stringContaining(note) })]);
  });

  test('of a cache cluster is about its standbys too', async () => {
    events.ended(decision({ subject: 'User.id', reason: 'StandbyMissing' }), [], [copy('a')]);
    await events.settled();
    expect(hands[0].calls).toHaveLength(1);
  });

  test('that was told before is counted', async () => {
    events.ended(decision(), [], [copy('a')]);
    clock = 20_000;
    events.ended(decision(), [], [copy('a')]);
    await events.settled();
    expect(hands[0].of('events')).toEqual([
      expect.objectContaining({ series: { count: 2, lastObservedTime: '2026-01-01T00:00:20.000000Z' } }),
    ]);
  });

  test('that cannot be written stops nothing', async () => {
    hands[0].failure = new Error('away');
    events.ended(decision(), [], [copy('a'), copy('b')]);
    await events.settled();
    hands[0].failure = undefined;
    events.ended(decision({ subject: 'User.id::1' }), [], [copy('a')]);
    await events.settled();
    expect(failures).toEqual(['a: away']);
    expect(hands[0].of('events')).toHaveLength(1);
    expect(hands[1].of('events')).toHaveLength(1);
  });

  test('is not queued for ever for a KubeCluster that does not answer', async () => {
    let go = (): void => undefined;
    hands[0].slow = new Promise((resolve) => {
      go = resolve;
    });
    for (let i = 0; i < 1_000; i++) {
      clock += 1_000;
      events.ended(decision({ subject: `C${i}::0` }), [], [copy('a', `C${i}`)]);
    }
    go();
    await events.settled();
    expect(hands[0].calls.length).toBeLessThanOrEqual(100);
  });

  test('has a time with six digits, as Kubernetes reads it', () => {
    expect(microTime(Date.UTC(2026, 0, 1, 1, 2, 3, 45))).toBe('2026-01-01T01:02:03.045000Z');
  });
});
