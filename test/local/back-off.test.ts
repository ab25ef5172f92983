import { describe, expect, test } from '@jest/globals';
import { type BackOff, KUBELET_BACK_OFF, nextRestart } from '../../src/local/back-off.js';

describe('a container that keeps exiting', () => {
  test('waits 0, 10, 20, 40 ... 300 s, as the kubelet makes it', () => {
    let backOff: BackOff | undefined;
    let now = 1_000;
    const waits = Array.from({ length: 9 }, () => {
      const next = nextRestart(backOff, now, KUBELET_BACK_OFF);
      backOff = next.backOff;
      now += next.waitMs + 1_000;
      return next.waitMs / 1_000;
    });
    expect(waits).toEqual([0, 10, 20, 40, 80, 160, 300, 300, 300]);
  });

  test('waits before the first restart too, when it is told to', () => {
    const { waitMs, backOff } = nextRestart(undefined, 1_000, { ...KUBELET_BACK_OFF, firstMs: 2_000 });
    expect(waitMs).toBe(2_000);
    expect(nextRestart(backOff, 4_000, KUBELET_BACK_OFF).waitMs).toBe(10_000);
  });

  test.each([
    ['that ran for less than ten minutes goes on where it was', 600_000, 40_000],
    ['that ran for more than ten minutes starts over', 600_001, 0],
  ])('%s', (_, ranMs, waitMs) => {
    const backOff: BackOff = { delayMs: 40_000, at: 0 };
    expect(nextRestart(backOff, ranMs, KUBELET_BACK_OFF).waitMs).toBe(waitMs);
  });
});
