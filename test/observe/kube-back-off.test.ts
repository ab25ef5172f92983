import { describe, expect, test } from '@jest/globals';
import { restAfter } from '../../src/observe/kube-back-off.js';
import { KubeRefusal } from '../../src/observe/kube-request.js';

const broken = new Error('socket hang up');

describe('the rest after a failure', () => {
  test('doubles up to ten seconds, half of it by chance', () => {
    expect([1, 2, 3, 6, 7, 50, 5_000].map((failures) => restAfter(broken, failures, 0))).toEqual([
      125, 250, 500, 4_000, 5_000, 5_000, 5_000,
    ]);
    expect(restAfter(broken, 1, 0.999)).toBeCloseTo(250, 0);
    expect(restAfter(broken, 50, 0.999)).toBeCloseTo(10_000, -2);
  });

  test('is at least what the API server asks for, never everybody at the same moment, and not for ever', () => {
    expect(restAfter(new KubeRefusal(429, '', 3_000), 1, 0)).toBe(3_125);
    expect(restAfter(new KubeRefusal(429, '', 3_000), 1, 0.5)).toBe(3_187.5);
    expect(restAfter(new KubeRefusal(503, '', 1e9), 1, 0)).toBe(300_125);
    expect(restAfter(new KubeRefusal(500, ''), 1, 0)).toBe(125);
  });
});
