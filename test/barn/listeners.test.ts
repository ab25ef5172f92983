import { expect, test } from '@jest/globals';
import { Barn, type BarnEvent } from '../../src/barn/barn.js';
import { resolveFarm } from '../../src/farm/resolve.js';
import { cacheCluster, farmSpec } from '../builders/farm.js';
import { ImaginaryFarm } from '../builders/imaginary-farm.js';

const NAME = 'User.id::0';

test.each<BarnEvent['kind']>(['pass', 'decided', 'ended', 'failed'])(
  'a listener that throws holds nothing up, told of: %s',
  async (kind) => {
    const farm = resolveFarm(
      farmSpec({ cacheClusters: [cacheCluster({ clusterName: 'User.id', clusterSize: 4, standbys: 0 })] }),
    );
    const imaginary = new ImaginaryFarm(farm);
    const { cacheClusters: _, ...frame } = farm;
    const failed: string[] = [];
    let clock = 0;
    let throws = false;
    let blind = false;
    const barn = new Barn({
      frame,
      observe: async () => {
        if (blind) throw new Error('nothing can be read');
        return imaginary.world();
      },
      look: async () => imaginary.world(),
      act: async (decision) => {
        imaginary.carryOut([decision]);
        return decision.actions.map((action) => ({ action, status: 'Done', reason: '', ms: 0 }));
      },
      now: () => clock,
      wallClock: () => 1_000 + clock,
      wait: () => new Promise(() => undefined),
      controller: 0,
      told: (event) => {
        if (event.kind === 'failed') failed.push(String(event.error));
        if (throws && event.kind === kind) throw new Error('cannot be told');
      },
    });
    const pass = async (): Promise<void> => {
      clock += 1_000;
      await barn.pass();
      await barn.settled();
    };
    const addressOf = (): string =>
      imaginary.sentinels.flatMap(({ names }) => names.get(NAME) ?? [])[0]?.address ?? 'nowhere';

    for (let passes = 0; passes < 10; passes++) await pass();
    throws = true;
    blind = kind === 'failed';
    if (blind) await pass();
    blind = false;
    const dead = addressOf();
    Object.assign(imaginary.pod(dead).state, { up: false, refused: true });
    for (const { names } of imaginary.sentinels) {
      const view = names.get(NAME);
      if (view) names.set(NAME, { ...view, flags: ['master', 'disconnected'] });
    }
    await pass();
    expect(addressOf()).not.toBe(dead);
    expect(failed[0]).toBe(kind === 'failed' ? 'Error: nothing can be read' : 'Error: cannot be told');
  },
);
