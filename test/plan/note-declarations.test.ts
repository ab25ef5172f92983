import { expect, test } from '@jest/globals';
import { planOnce } from '../../src/barn/seed.js';
import { farm as demo } from '../../src/farms/demo.js';
import { ImaginaryFarm } from '../builders/imaginary-farm.js';

function seeded(): ImaginaryFarm {
  const imaginary = new ImaginaryFarm(demo);
  for (let pass = 0; pass < 10; pass++) imaginary.carryOut(planOnce(demo, imaginary.world(), 1, 0).decisions);
  return imaginary;
}

test('a cache cluster that lost its sentinel group loses nothing that is bound: no name is forgotten, no pod released', () => {
  const imaginary = seeded();
  imaginary.farm = {
    ...demo,
    cacheClusters: demo.cacheClusters.map((cluster) =>
      cluster.clusterName === 'User.id' ? { ...cluster, sentinelGroup: '' } : cluster,
    ),
  };
  const { decisions, notes } = planOnce(imaginary.farm, imaginary.world(), 1, 0);
  expect(decisions).toEqual([]);
  expect(notes).toEqual([
    {
      reason: 'NoSentinelGroup',
      subject: 'User.id',
      detail: expect.stringMatching(/^\d+ partitions; main-0 has \d+ of 100$/),
    },
  ]);
});

test('a group that is not in the farm is named', () => {
  const cacheClusters = demo.cacheClusters.map((cluster) => ({ ...cluster, sentinelGroup: 'main-9' }));
  const { notes } = planOnce({ ...demo }, { ...new ImaginaryFarm(demo).world(), cacheClusters }, 1, 0);
  expect(notes).toContainEqual({ reason: 'NoSentinelGroup', subject: 'User.id', detail: 'main-9 is not in the farm' });
});
