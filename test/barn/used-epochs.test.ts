import { describe, expect, test } from '@jest/globals';
import { Barn } from '../../src/barn/barn.js';
import type { Farm } from '../../src/farm/model.js';
import { resolveFarm } from '../../src/farm/resolve.js';
import { cacheCluster, farmSpec } from '../builders/farm.js';
import { ImaginaryFarm } from '../builders/imaginary-farm.js';

const both = resolveFarm(
  farmSpec({
    cacheClusters: ['User.id', 'Session'].map((clusterName) =>
      cacheCluster({ clusterName, clusterSize: 3, standbys: 0 }),
    ),
  }),
);
const withoutSession: Farm = {
  ...both,
  cacheClusters: both.cacheClusters.filter(({ clusterName }) => clusterName !== 'Session'),
};

/** A Barn on a farm in memory, both within one second of the wall clock. */
function barnOn(imaginary: ImaginaryFarm, controller = 3) {
  let clock = 0;
  const { cacheClusters: _, ...frame } = both;
  const barn = new Barn({
    frame,
    observe: async () => imaginary.world(),
    look: async () => imaginary.world(),
    act: async (decision) => {
      imaginary.carryOut([decision]);
      return decision.actions.map((action) => ({ action, status: 'Done', reason: '', ms: 0 }));
    },
    now: () => clock,
    wallClock: () => 5_000,
    wait: async () => undefined,
    controller,
  });
  return {
    async declare(farm: Farm): Promise<void> {
      imaginary.farm = farm;
      for (let passes = 0; passes < 6; passes++) {
        await barn.pass();
        await barn.settled();
        clock += 100;
      }
    },
  };
}

const epochsOfSession = (imaginary: ImaginaryFarm): readonly number[] =>
  imaginary.sentinels.flatMap(({ names }) =>
    [...names.values()].filter(({ partition }) => partition.startsWith('Session::')).map(({ epoch }) => epoch),
  );

describe('a cache cluster that is deleted and declared again within a second', () => {
  test('gets epochs above those that it had, though nobody knows them any more', async () => {
    const imaginary = new ImaginaryFarm(withoutSession);
    const barn = barnOn(imaginary);
    await barn.declare(withoutSession);
    await barn.declare(both);
    const before = epochsOfSession(imaginary);
    await barn.declare(withoutSession);
    expect(epochsOfSession(imaginary)).toEqual([]);
    await barn.declare(both);
    const after = epochsOfSession(imaginary);
    expect(before).toHaveLength(9);
    expect(after).toHaveLength(9);
    expect(Math.min(...after)).toBeGreaterThan(Math.max(...before));
  });

  test('gets none that it had where another controller declares it again', async () => {
    const imaginary = new ImaginaryFarm(withoutSession);
    const first = barnOn(imaginary, 3);
    await first.declare(withoutSession);
    await first.declare(both);
    const before = epochsOfSession(imaginary);
    await first.declare(withoutSession);
    await barnOn(imaginary, 4).declare(both);
    expect(epochsOfSession(imaginary).filter((epoch) => before.includes(epoch))).toEqual([]);
  });
});
