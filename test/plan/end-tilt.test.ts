import { describe, expect, test } from '@jest/globals';
import { planOnce } from '../../src/barn/seed.js';
import { TILT_NAME } from '../../src/plan/decisions/end-tilt.js';
import { ImaginaryFarm } from '../builders/imaginary-farm.js';
import { smallFarm } from '../builders/running-farm.js';

const farm = smallFarm();

/** Until nothing is left to do. */
function settle(imaginary: ImaginaryFarm): void {
  for (let pass = 0; pass < 40; pass++) {
    const { decisions } = planOnce(farm, imaginary.world(), 1, 0);
    if (decisions.length === 0) return;
    imaginary.carryOut(decisions);
  }
  throw new Error('not settled');
}

describe('sentinels that tilt before they were told any name', () => {
  const tilting = (): ImaginaryFarm => {
    const imaginary = new ImaginaryFarm(farm);
    settle(imaginary);
    for (const sentinel of imaginary.sentinels.filter(({ datacenter }) => datacenter !== 'a')) {
      sentinel.names.clear();
      sentinel.tilt = true;
    }
    return imaginary;
  };

  test('get one throw-away name to look at, once, though they hold their group', () => {
    const imaginary = tilting();
    settle(imaginary);
    for (const { tilt, names } of imaginary.sentinels)
      expect([...names.keys()].filter((name) => name === TILT_NAME || tilt)).toEqual(tilt ? [TILT_NAME] : []);
  });

  test('are told all names when TILT is over, and the throw-away one is gone', () => {
    const imaginary = tilting();
    const before = imaginary.sentinels[0]?.names;
    settle(imaginary);
    for (const sentinel of imaginary.sentinels) if (sentinel.names.has(TILT_NAME)) sentinel.tilt = false;
    settle(imaginary);
    for (const { names } of imaginary.sentinels) expect(names.has(TILT_NAME)).toBe(false);
    const group = imaginary.sentinels.filter((one) => one.group === imaginary.sentinels[0]?.group);
    for (const { names } of group) expect([...names.keys()].sort()).toEqual([...(before?.keys() ?? [])].sort());
  });

  test('are left alone when they know a name: each write is work', () => {
    const imaginary = new ImaginaryFarm(farm);
    settle(imaginary);
    for (const sentinel of imaginary.sentinels) sentinel.tilt = true;
    expect(planOnce(farm, imaginary.world(), 1, 0).decisions).toEqual([]);
  });
});

describe('a sentinel in TILT that still gives an old address', () => {
  // It hung while a partition moved. 50 writes a second on the others were made of it, each with a new epoch.
  const stale = (): ImaginaryFarm => {
    const imaginary = new ImaginaryFarm(farm);
    settle(imaginary);
    const [sentinel] = imaginary.sentinels;
    const [view] = sentinel?.names.values() ?? [];
    const idle = imaginary.pods.find(({ state }) => state.claim.kind === 'locked');
    if (!sentinel || !view || !idle) throw new Error('nothing to be stale about');
    sentinel.names.set(view.partition, { ...view, address: idle.address, epoch: view.epoch - 1 });
    sentinel.tilt = true;
    return imaginary;
  };

  test('is no reason to write to the others again', () => {
    expect(planOnce(farm, stale().world(), 1, 0).decisions).toEqual([]);
  });

  test('is corrected when it has kept it beyond TILT', () => {
    const imaginary = stale();
    for (const sentinel of imaginary.sentinels) sentinel.tilt = false;
    const [decision] = planOnce(farm, imaginary.world(), 1, 0).decisions;
    expect(decision?.reason).toBe('SentinelsDisagree');
    settle(imaginary);
  });
});
