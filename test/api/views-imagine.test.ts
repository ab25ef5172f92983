import { describe, expect, test } from '@jest/globals';
import { imagine } from '../../src/api/views/imagine.js';
import { planOnce } from '../../src/barn/seed.js';
import type { CacheCluster } from '../../src/farm/model.js';
import { farm as demo } from '../../src/farms/demo.js';
import type { Decision } from '../../src/plan/action.js';
import type { NameView, World } from '../../src/world/model.js';
import { fc } from '../builders/fast-check.js';
import { ImaginaryFarm } from '../builders/imaginary-farm.js';
import { smallFarm } from '../builders/running-farm.js';
import { look, settled } from './views-scene.js';

const inOrder = (replicas: NameView['replicas']): NameView['replicas'] =>
  [...replicas].sort((x, y) => (x.address < y.address ? -1 : 1));

/**
 * Without what nobody decides by here: who may be asked for INFO, none against 0, and whether a pod that is given back lets replicas copy (it does
 * not, and the imaginary farm forgets to say so); replicas in any order.
 */
const plain = (world: World): unknown => ({
  ...world,
  groups: world.groups.map(({ sentinels, ...group }) => ({
    ...group,
    sentinels: sentinels.map((sentinel) =>
      sentinel.state === 'up'
        ? { ...sentinel, names: sentinel.names.map((name) => ({ ...name, replicas: inOrder(name.replicas) })) }
        : sentinel,
    ),
  })),
  pods: world.pods.map(({ instance, ...pod }) => {
    if (instance.state === 'unreachable') return { ...pod, instance };
    const { mute: _, minReplicas = 0, copyable, ...rest } = instance;
    return { ...pod, instance: { ...rest, minReplicas, copyable: copyable && rest.claimText !== 'locked' } };
  }),
});

/** Both go on from the same World with the same decisions, until nothing is left to do. @returns rounds */
function expectAlike(imaginary: ImaginaryFarm): number {
  for (let round = 0; round < 40; round++) {
    const world = imaginary.world();
    const { decisions } = planOnce(imaginary.farm, world, 1, 0);
    if (decisions.length === 0) return round;
    const imagined = imagine(world, decisions);
    imaginary.carryOut(decisions);
    expect(plain(imagined)).toEqual(plain(imaginary.world()));
  }
  return 40;
}

const declare = (imaginary: ImaginaryFarm, clusterName: string, changes: Partial<CacheCluster>): ImaginaryFarm => {
  imaginary.farm = {
    ...imaginary.farm,
    cacheClusters: imaginary.farm.cacheClusters.map((one) =>
      one.clusterName === clusterName ? { ...one, ...changes } : one,
    ),
  };
  return imaginary;
};

describe('what is imagined is what the imaginary farm becomes', () => {
  test.each<[string, () => ImaginaryFarm]>([
    ['a farm that was never seeded', () => new ImaginaryFarm(demo)],
    ['a cache cluster that shrinks', () => declare(settled(demo), 'User.id', { clusterSize: 7 })],
    ['one that changes its tier', () => declare(settled(demo), 'Session', { tier: 'M16', standbys: 0 })],
    [
      'one that becomes replicated',
      () => declare(settled(demo), 'Session', { partitionSize: 2, standbys: 0, sentinelGroup: 'replicated-0' }),
    ],
    [
      'one that is replicated no more',
      () => declare(settled(demo), 'Chat.room', { partitionSize: 1, sentinelGroup: 'main-0' }),
    ],
    ['one that wants replicas in step', () => declare(settled(demo), 'Chat.room', { minReplicas: 1 })],
    [
      'a machine that is emptied',
      () => {
        const imaginary = settled(demo);
        for (const pod of imaginary.pods) pod.draining = pod.machine === 'a-m1';
        return imaginary;
      },
    ],
  ])('%s', (_, scene) => {
    const rounds = expectAlike(scene());
    expect(rounds).toBeGreaterThan(0);
    expect(rounds).toBeLessThan(40);
  });

  test('whatever is declared', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            clusterSize: fc.integer({ min: 1, max: 9 }),
            standbys: fc.nat(2),
            tier: fc.constantFrom('M1', 'M4'),
          }),
          { minLength: 1, maxLength: 4 },
        ),
        fc.nat(100),
        (changes, drained) => {
          const imaginary = settled(smallFarm());
          const pod = imaginary.pods[drained];
          if (pod) pod.draining = true;
          for (const change of changes) expectAlike(declare(imaginary, 'User.id', change));
        },
      ),
      { numRuns: 25 },
    );
  });
});

describe('what cannot be done changes nothing', () => {
  const decisionsOf = (imaginary: ImaginaryFarm): readonly Decision[] => look(imaginary).plan.decisions;
  test('a pod that is claimed by another meanwhile', () => {
    const decisions = decisionsOf(new ImaginaryFarm(demo));
    const world = settled(demo).world();
    expect(plain(imagine(world, decisions))).toEqual(plain(world));
  });
  test('pods and sentinels that do not answer, or are gone', () => {
    const imaginary = new ImaginaryFarm(demo);
    const decisions = decisionsOf(imaginary);
    for (const pod of imaginary.pods) pod.state.up = false;
    for (const sentinel of imaginary.sentinels) sentinel.up = false;
    const world = imaginary.world();
    expect(imagine(world, decisions)).toEqual(world);
    expect(imagine({ ...world, pods: [], groups: [] }, decisions)).toEqual({ ...world, pods: [], groups: [] });
  });
  test('the World it began with', () => {
    const world = new ImaginaryFarm(demo).world();
    const before = structuredClone(world);
    imagine(world, decisionsOf(new ImaginaryFarm(demo)));
    expect(world).toEqual(before);
  });
});
