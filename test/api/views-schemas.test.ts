import { describe, expect, test } from '@jest/globals';
import type { Pass } from '../../src/api/parts.js';
import { LoadBook } from '../../src/api/views/load.js';
import { declaredIn } from '../../src/barn/seed.js';
import { farm as demo } from '../../src/farms/demo.js';
import { UNLIMITED } from '../../src/plan/planning.js';
import { createVoice } from '../../src/voice/voice.js';
import { fc } from '../builders/fast-check.js';
import type { ImaginaryFarm } from '../builders/imaginary-farm.js';
import { smallFarm } from '../builders/running-farm.js';
import { hear } from '../fuzz/heard-world.js';
import { editor, editsOf } from '../fuzz/hostile.js';
import { FRAME, type Told, tellFarm } from '../fuzz/told-farm.js';
import { drawFaults } from '../simulation/draw-faults.js';
import { Run } from '../simulation/run.js';
import { seededRandom } from '../simulation/scheduler.js';
import { installTime } from '../simulation/virtual-time.js';
import { everyView, loadsOf, look, NO_LOAD, passOf, settled, unlike, withLoad } from './views-scene.js';

/** One thing that goes wrong, or a Barn that is cut off in the middle of its work. */
const TROUBLE: readonly ((imaginary: ImaginaryFarm, x: number) => void)[] = [
  (imaginary, x) => {
    const pod = imaginary.pods[x % imaginary.pods.length];
    if (pod) Object.assign(pod.state, { up: false, refused: x % 2 === 0 });
  },
  (imaginary, x) => {
    const sentinel = imaginary.sentinels[x % imaginary.sentinels.length];
    if (sentinel) Object.assign(sentinel, x % 2 === 0 ? { up: false } : { tilt: true });
  },
  (imaginary, x) => imaginary.sentinels[x % imaginary.sentinels.length]?.names.clear(),
  (imaginary, x) => imaginary.unread.add(['a', 'b', 'c'][x % 3] ?? 'a'),
  (imaginary, x) => {
    const machine = imaginary.pods[x % imaginary.pods.length]?.machine;
    for (const pod of imaginary.pods) if (pod.machine === machine) pod.draining = true;
  },
  (imaginary, x) => void imaginary.carryOut(look(imaginary).plan.decisions, x % 7),
  (imaginary, x) => {
    const [first, ...rest] = imaginary.farm.cacheClusters;
    if (!first) return;
    const cacheClusters = x % 3 === 0 ? rest : [{ ...first, clusterSize: 1 + (x % 12), standbys: x % 2 }, ...rest];
    imaginary.farm = { ...imaginary.farm, cacheClusters };
  },
];

describe('every view is what its schema says', () => {
  test('of a farm at rest, and of one that was never seeded', () => {
    const imaginary = settled(demo);
    expect(unlike(everyView(look(imaginary), NO_LOAD))).toEqual([]);
    for (const pod of imaginary.pods) pod.state.up = false;
    expect(unlike(everyView(look(imaginary), NO_LOAD))).toEqual([]);
  });

  test('whatever goes wrong', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(TROUBLE.length - 1), fc.nat(10_000)), { maxLength: 8 }),
        fc.boolean(),
        (troubles, isLoaded) => {
          const imaginary = settled(smallFarm());
          for (const [which, x] of troubles) TROUBLE[which]?.(imaginary, x);
          const world = withLoad(imaginary.world(), ({ port }) =>
            isLoaded ? { opsPerSecond: port, hits: port, misses: 1, clients: 3 } : undefined,
          );
          const pass = passOf(imaginary.farm, world);
          expect(unlike(everyView(pass, loadsOf(world)))).toEqual([]);
        },
      ),
      { numRuns: 40 },
    );
  }, 60_000);

  test.each([-3, 2.5, 1e300, 2 ** 60, Number.NaN, Number.POSITIVE_INFINITY])('whatever a pod counts: %d', (odd) => {
    const imaginary = settled(demo);
    for (const { state } of imaginary.pods) state.keys = odd;
    const loaded = withLoad(imaginary.world(), () => ({ opsPerSecond: odd, hits: 1, misses: 1, clients: odd }));
    const pods = loaded.pods.map((pod) => ({ ...pod, instance: { ...pod.instance, usedMemoryBytes: odd } }));
    const world = { ...loaded, pods };
    expect(unlike(everyView(passOf(demo, world), loadsOf(world)))).toEqual([]);
  });

  test('of a farm of which Kubernetes, Redis and Sentinel tell wrong things', async () => {
    const told = tellFarm();
    const busy: Told = {
      ...told,
      instances: Object.fromEntries(
        Object.entries(told.instances).map(([address, instance]) => [
          address,
          {
            ...instance,
            info: `${instance.info}# Clients\r\nconnected_clients:9\r\n# Stats\r\ninstantaneous_ops_per_sec:7\r\nkeyspace_hits:5\r\nkeyspace_misses:5\r\n`,
          },
        ]),
      ),
    };
    const edited = editor(busy);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 32 }), async (input) => {
        const world = await hear(edited(editsOf(input)));
        const pass = passOf(declaredIn(FRAME, world), world, { budget: UNLIMITED });
        expect(unlike(everyView(pass, loadsOf(world)))).toEqual([]);
      }),
      { numRuns: 150 },
    );
  }, 60_000);

  test.each([2, 3, 4])(
    'of all that simulated farm %i goes through, with the events of its Barns',
    async (seed) => {
      const options = { seed, steps: 16, barns: 2 };
      const run = new Run(options);
      const voice = createVoice({
        farm: 'simulated',
        out: { write: () => true },
        level: 'debug',
        now: () => run.farm.scheduler.now,
        secrets: [],
        processMetrics: false,
        sights: () => [],
      });
      const loads = new LoadBook();
      const found = new Set<string>();
      let passes = 0;
      const look = (pass: Pass): void => {
        passes++;
        loads.passed(pass);
        for (const line of unlike(everyView(pass, loads, voice.events()))) found.add(line);
      };
      const { invariants } = run;
      const told = invariants.told.bind(invariants);
      Object.assign(invariants, {
        told: (...[barn, event]: Parameters<typeof told>) => {
          told(barn, event);
          voice.told(event);
          if (event.kind === 'pass') look(event);
        },
      });
      const time = installTime(run.farm.scheduler);
      try {
        expect(await run.seed()).toBe(true);
        await run.live();
        await run.hurt(drawFaults(seededRandom(options.seed), options.steps, options.barns));
      } finally {
        time.restore();
      }
      expect([...found]).toEqual([]);
      expect(passes).toBeGreaterThan(10);
    },
    60_000,
  );
});
