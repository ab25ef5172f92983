import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { freePorts, portRange } from './free-ports.js';

const { CACHEFARM_LANE } = process.env;
beforeEach(() => {
  process.env.CACHEFARM_LANE = '5';
});
afterEach(() => {
  if (CACHEFARM_LANE === undefined) delete process.env.CACHEFARM_LANE;
  else process.env.CACHEFARM_LANE = CACHEFARM_LANE;
});

test('control planes that start side by side get ports of their own, before any of them listens', async () => {
  const ports = (await Promise.all(Array.from({ length: 30 }, () => freePorts(10)))).flat();
  expect(new Set(ports).size).toBe(300);
});

test('files that run side by side take theirs from different ranges', () => {
  expect(portRange(undefined)).toEqual({ first: 20_000, count: 6_000 });
  expect(portRange('0')).toEqual({ first: 20_000, count: 1_000 });
  expect(portRange('1')).toEqual({ first: 21_000, count: 1_000 });
});
