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
