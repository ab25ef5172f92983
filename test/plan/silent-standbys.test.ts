import { describe, expect, test } from '@jest/globals';
import { planOnce } from '../../src/barn/seed.js';
import { farm as demo } from '../../src/farms/demo.js';
import { ImaginaryFarm } from '../builders/imaginary-farm.js';

/** A farm at rest, and the standby that sentinels list behind the first partition. */
function scene() {
  const imaginary = new ImaginaryFarm(demo);
  const decide = () => planOnce(demo, imaginary.world(), 1, 0).decisions;
  for (let pass = 0; pass < 10; pass++) imaginary.carryOut(decide());
  const address = imaginary.sentinels.flatMap(({ names }) => names.get('User.id::0') ?? [])[0]?.replicas[0]?.address;
  if (address === undefined) throw new Error('the partition has no standby');
  /** So many sentinels of its group have lost the standby, whatever partition lists it. */
  const lose = (sentinels: number): void => {
    const left = imaginary.sentinels.filter(({ names }) => names.has('User.id::0')).slice(0, sentinels);
    for (const { names } of left)
      for (const [name, view] of names) {
        const replicas = view.replicas.map((replica) =>
          replica.address === address ? { address, flags: ['slave', 's_down'] } : replica,
        );
        names.set(name, { ...view, replicas });
      }
  };
  const missing = (): number => decide().filter(({ reason }) => reason === 'StandbyMissing').length;
  return { imaginary, decide, standby: imaginary.pod(address).state, lose, missing };
}

describe('a standby that does not answer us', () => {
  test('is there as long as no majority of sentinels has lost it: nothing is claimed in its place', () => {
    const { standby, lose, missing } = scene();
    expect(missing()).toBe(0);
    Object.assign(standby, { up: false, refused: false });
    expect(missing()).toBe(0);
    lose(1);
    expect(missing()).toBe(0);
  });

  test('is replaced once a majority has lost it', () => {
    const { standby, lose, missing } = scene();
    Object.assign(standby, { up: false, refused: false });
    lose(2);
    expect(missing()).toBe(1);
  });

  test('is replaced at once when its machine says that nobody listens there', () => {
    const { standby, missing } = scene();
    Object.assign(standby, { up: false, refused: true });
    expect(missing()).toBe(1);
  });

  test('is left once, not again and again, while a sentinel in TILT, which gets no writes, goes on listing it', () => {
    const { imaginary, decide, standby, lose } = scene();
    for (const sentinel of imaginary.sentinels)
      if (sentinel.group === 'main-0' && sentinel.datacenter === 'a') sentinel.tilt = true;
    Object.assign(standby, { up: false, refused: false });
    const armed: number[] = [];
    for (let pass = 0; pass < 20; pass++) {
      lose(3);
      const decisions = decide();
      armed.push(decisions.filter(({ reason }) => reason === 'StandbyNotArmed').length);
      imaginary.carryOut(decisions);
    }
    expect(Math.max(...armed)).toBeGreaterThan(0);
    expect(armed.slice(10)).toEqual(Array(10).fill(0));
  });
});
