import { expect, test } from '@jest/globals';
import { declaredIn } from '../../src/barn/seed.js';
import { resolveFarm } from '../../src/farm/resolve.js';
import { farmSpec } from '../builders/farm.js';
import { ImaginaryFarm } from '../builders/imaginary-farm.js';

test('the declared farm is the same object until something is declared otherwise', () => {
  const { cacheClusters, ...frame } = resolveFarm(farmSpec());
  const world = new ImaginaryFarm({ ...frame, cacheClusters }).world();
  const first = declaredIn(frame, world);
  const readAgain = { ...world, cacheClusters: world.cacheClusters.map((cluster) => ({ ...cluster })) };
  expect(declaredIn(frame, readAgain)).toBe(first);
  const grown = cacheClusters.map((cluster, i) => (i === 0 ? { ...cluster, clusterSize: 7 } : cluster));
  const next = declaredIn(frame, { ...world, cacheClusters: grown });
  expect(next.cacheClusters).toEqual(grown);
  expect(next).not.toBe(first);
});
