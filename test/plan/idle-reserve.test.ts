import { describe, expect, test } from '@jest/globals';
import { planOnce } from '../../src/barn/seed.js';
import { resolveFarm } from '../../src/farm/resolve.js';
import type { Plan } from '../../src/plan/action.js';
import { plan } from '../../src/plan/plan.js';
import { UNLIMITED } from '../../src/plan/planning.js';
import { cacheCluster, farmSpec, tier } from '../builders/farm.js';
import { ImaginaryFarm } from '../builders/imaginary-farm.js';
import { put } from '../builders/placed-farm.js';

type Pod = ImaginaryFarm['pods'][number];

/** 3 datacenters x 4 machines with one pod each, no standbys: what is not in use is idle. */
function seeded(partitionSize = 1): ImaginaryFarm {
  const farm = resolveFarm(
    farmSpec({
      tiers: [tier({ ports: [6378] })],
      cacheClusters: [cacheCluster({ clusterSize: 6 / partitionSize, partitionSize, standbys: 0 })],
    }),
  );
  const imaginary = new ImaginaryFarm(farm);
  for (let pass = 0; pass < 8; pass++) imaginary.carryOut(planOnce(farm, imaginary.world(), 1, 0).decisions);
  expect(idle(imaginary)).toHaveLength(6);
  return imaginary;
}

const idle = (imaginary: ImaginaryFarm): readonly Pod[] =>
  imaginary.pods.filter(({ state, draining }) => state.claim.kind === 'locked' && state.up && !draining);
const used = (imaginary: ImaginaryFarm): readonly Pod[] =>
  imaginary.pods.filter(({ state }) => state.claim.kind !== 'locked');

/** Only so many idle pods answer. */
function leave(imaginary: ImaginaryFarm, count: number): void {
  for (const pod of idle(imaginary).slice(count)) pod.state.up = false;
}

const decide = (imaginary: ImaginaryFarm, spread = false): Plan =>
  plan({
    declared: imaginary.farm,
    world: imaginary.world(),
    inFlight: new Set(),
    budget: UNLIMITED,
    failures: new Map(),
    now: 0,
    controller: 1,
    spread,
  });
const reasons = ({ decisions, notes }: Plan): readonly string[] => [...decisions, ...notes].map(({ reason }) => reason);

/** In use, and no master of others: what is emptied there is not merely handed over. */
const movable = (imaginary: ImaginaryFarm): readonly Pod[] =>
  used(imaginary).filter(({ state }) => state.claim.kind === 'bound' || state.master !== undefined);

/** One pod is to be emptied. */
function drainOne(imaginary: ImaginaryFarm): void {
  const [pod] = movable(imaginary);
  if (pod) pod.draining = true;
}

describe.each([
  ['an un-replicated partition', 1],
  ['a replicated partition', 2],
])('idle pods that the loss of a machine needs, and %s', (_, partitionSize) => {
  test('a drain waits for more of them, and says so', () => {
    const imaginary = seeded(partitionSize);
    drainOne(imaginary);
    leave(imaginary, 1);
    expect(reasons(decide(imaginary))).toEqual(['ReserveKept']);
  });

  test('a drain goes on when one more is idle', () => {
    const imaginary = seeded(partitionSize);
    drainOne(imaginary);
    leave(imaginary, 2);
    expect(reasons(decide(imaginary))).toEqual(['Draining']);
  });

  test('a pass takes no more of them than there are beyond the reserve', () => {
    const imaginary = seeded(partitionSize);
    for (const pod of movable(imaginary).slice(0, 3)) pod.draining = true;
    leave(imaginary, 2);
    expect([...reasons(decide(imaginary))].sort()).toEqual(['Draining', 'ReserveKept', 'ReserveKept']);
  });

  test('a datacenter that is emptied as a whole takes them', () => {
    const imaginary = seeded(partitionSize);
    for (const pod of imaginary.pods) pod.draining = pod.datacenter === 'a';
    leave(imaginary, 1);
    expect(reasons(decide(imaginary))).toContain('Draining');
    expect(reasons(decide(imaginary))).not.toContain('ReserveKept');
  });

  test('a recovery takes the last one', () => {
    const imaginary = seeded(partitionSize);
    leave(imaginary, 1);
    const [dead] = movable(imaginary);
    if (!dead) throw new Error('nothing is in use');
    Object.assign(dead.state, { up: false, refused: true });
    for (const { names } of imaginary.sentinels)
      for (const view of names.values())
        names.set(view.partition, {
          ...view,
          flags: view.address === dead.address ? ['master', 's_down'] : view.flags,
          replicas: view.replicas.map((one) =>
            one.address === dead.address ? { ...one, flags: ['slave', 's_down'] } : one,
          ),
        });
    expect(reasons(decide(imaginary))).toContain(partitionSize === 1 ? 'PodCrashed' : 'ReplicaMissing');
  });
});

describe('a better spread', () => {
  /** One datacenter has everything it can hold of the cache cluster. */
  function crowded(): ImaginaryFarm {
    const imaginary = seeded();
    const away = used(imaginary).filter(({ datacenter }) => datacenter !== 'a');
    for (const pod of away.slice(0, 2)) {
      const { claim } = pod.state;
      const to = idle(imaginary).find(({ datacenter }) => datacenter === 'a');
      if (to && claim.kind === 'bound') put(imaginary, 'User.id', Number(claim.partition.split('::')[1]), to);
    }
    for (let pass = 0; pass < 3; pass++) imaginary.carryOut(decide(imaginary).decisions);
    return imaginary;
  }
  test('is looked for while more is idle than the loss of a machine needs', () => {
    expect(reasons(decide(crowded(), true))).toEqual(['SpreadBetter']);
  });
  test('is not worth the last idle pod', () => {
    const imaginary = crowded();
    leave(imaginary, 1);
    expect(reasons(decide(imaginary, true))).toEqual([]);
  });
});
