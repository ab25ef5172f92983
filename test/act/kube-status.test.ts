import { beforeEach, describe, expect, test } from '@jest/globals';
import { KubeRefused } from '../../src/act/kube-hand.js';
import { KubeStatus } from '../../src/act/kube-status.js';
import type { ClusterStatus, CopyStatus } from '../../src/plan/cluster-status.js';
import { KeptHand } from '../builders/kept-hand.js';

const status = (changes: Partial<ClusterStatus> = {}, message = 'all'): ClusterStatus => ({
  observedGeneration: 1,
  conditions: [
    {
      type: 'Ready',
      status: 'True',
      observedGeneration: 1,
      lastTransitionTime: '2026-01-01T00:00:00Z',
      reason: 'PartitionsServing',
      message,
    },
  ],
  serving: 3,
  standbys: 1,
  sentinelGroup: 'main-0',
  spread: '0/0',
  ...changes,
});

const told = (wanted: ClusterStatus, copy: Partial<CopyStatus['copy']> = {}): CopyStatus => ({
  copy: {
    clusterName: 'User.id',
    datacenter: 'a',
    name: 'user.id',
    uid: 'u1',
    generation: 1,
    clusterSize: 3,
    deleted: false,
    ...copy,
  },
  status: wanted,
});

describe('the status of CacheClusters', () => {
  let hands: readonly [KeptHand, KeptHand];
  let clock: number;
  let failures: string[];
  let writer: KubeStatus;
  beforeEach(() => {
    hands = [new KeptHand('a'), new KeptHand('b')];
    clock = 0;
    failures = [];
    writer = new KubeStatus({
      hands,
      namespace: 'cachefarm',
      now: () => clock,
      failed: (datacenter, error) => failures.push(`${datacenter}: ${(error as Error).message}`),
    });
  });
  const tell = async (...all: readonly CopyStatus[]): Promise<void> => {
    writer.tell(all);
    await writer.settled();
  };
  const written = (): number => hands[0].calls.length;

  test('is applied to the object, in the KubeCluster that has it', async () => {
    await tell(told(status()));
    expect(hands[0].of('cacheclusters')).toEqual([
      {
        apiVersion: 'cachefarm.dev/v1alpha1',
        kind: 'CacheCluster',
        metadata: { name: 'user.id', namespace: 'cachefarm', resourceVersion: '1' },
        status: status(),
      },
    ]);
    expect(hands[1].calls).toEqual([]);
  });

  test('is not written when the object shows it, however its fields are ordered', async () => {
    const { conditions, serving, ...rest } = status();
    const shown = { serving, ...rest, conditions: conditions.map(({ type, ...more }) => ({ ...more, type })) };
    await tell(told(status(), { status: shown }));
    expect(written()).toBe(0);
  });

  test('is written once, though the object does not show it for a while', async () => {
    await tell(told(status()));
    clock = 9_000;
    await tell(told(status()));
    expect(written()).toBe(1);
    expect(writer.previousOf(told(status()).copy)).toEqual(status());
  });

  test('is written again when the object still does not show it after ten seconds', async () => {
    await tell(told(status()));
    clock = 10_000;
    await tell(told(status()));
    expect(written()).toBe(2);
  });

  test('is written again for an object that was made anew', async () => {
    await tell(told(status()));
    await tell(told(status(), { uid: 'u2' }));
    expect(written()).toBe(2);
  });

  test('does not follow every word: a new message waits five seconds, a new count does not', async () => {
    await tell(told(status()));
    clock = 1_000;
    await tell(told(status({}, 'nearly all')));
    expect(written()).toBe(1);
    await tell(told(status({ serving: 2 }, 'nearly all')));
    expect(written()).toBe(2);
    clock = 6_000;
    await tell(told(status({ serving: 2 }, 'nearly all, still')));
    expect(written()).toBe(3);
  });

  test('of a KubeCluster that fails is not tried at once again, and the others are written', async () => {
    hands[0].failure = new KubeRefused(500, 'no');
    await tell(told(status()), told(status(), { datacenter: 'b' }));
    expect(failures).toEqual(['a: no']);
    expect(hands[1].calls).toHaveLength(1);
    clock = 999;
    await tell(told(status()));
    expect(written()).toBe(1);
    hands[0].failure = undefined;
    clock = 1_000;
    await tell(told(status()));
    expect(written()).toBe(2);
    expect(failures).toHaveLength(1);
  });

  test('rests twice as long after each failure, five seconds at most: then it may be back, with a status from before', async () => {
    hands[0].failure = new Error('away');
    const at: number[] = [];
    for (clock = 0; clock < 200_000; clock += 500) {
      const before = written();
      await tell(told(status()));
      if (written() > before) at.push(clock);
    }
    expect(at.slice(0, 7)).toEqual([0, 1_000, 3_000, 7_000, 12_000, 17_000, 22_000]);
  });

  test('of one object has one write under way, and then the newest', async () => {
    let go = (): void => undefined;
    hands[0].slow = new Promise((resolve) => {
      go = resolve;
    });
    writer.tell([told(status({ serving: 0 }))]);
    for (let serving = 1; serving < 9; serving++) writer.tell([told(status({ serving }))]);
    go();
    await writer.settled();
    expect(written()).toBe(2);
    expect(hands[0].of('cacheclusters')).toEqual([expect.objectContaining({ status: status({ serving: 8 }) })]);
  });

  test('goes nowhere for a KubeCluster that cannot be reached at all', async () => {
    await tell(told(status(), { datacenter: 'c' }));
    expect(hands.flatMap(({ calls }) => calls)).toEqual([]);
  });
});
