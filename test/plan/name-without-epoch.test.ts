import { describe, expect, test } from '@jest/globals';
import { planOnce } from '../../src/barn/seed.js';
import { farm as demo } from '../../src/farms/demo.js';
import type { Action } from '../../src/plan/action.js';
import type { NameView } from '../../src/world/model.js';
import { ImaginaryFarm } from '../builders/imaginary-farm.js';

const NAME = 'User.id::0';

type NamePartition = Extract<Action, { kind: 'name-partition' }>;

function seeded(): ImaginaryFarm {
  const imaginary = new ImaginaryFarm(demo);
  for (let pass = 0; pass < 10; pass++) imaginary.carryOut(planOnce(demo, imaginary.world(), 1, 0).decisions);
  return imaginary;
}

/** As REMOVE and MONITOR leave a name: no epoch, no standby. */
function nameAnew(imaginary: ImaginaryFarm, change: (view: NameView) => NameView | undefined): void {
  for (const { names } of imaginary.sentinels) {
    const view = names.get(NAME);
    const changed = view && change({ ...view, epoch: 0, replicas: [] });
    if (changed) names.set(NAME, changed);
    else names.delete(NAME);
  }
}

const written = (imaginary: ImaginaryFarm): readonly NamePartition[] =>
  planOnce(demo, imaginary.world(), 1, 0)
    .decisions.filter(({ subject }) => subject === NAME)
    .flatMap(({ actions }) => actions.filter((action) => action.kind === 'name-partition'));

describe('a name without an epoch', () => {
  test('is armed at one above all, for a hello at 0 is taken by nobody', () => {
    const imaginary = seeded();
    nameAnew(imaginary, (view) => view);
    const [action, ...more] = written(imaginary);
    expect(more).toEqual([]);
    expect(action?.standby).toBeDefined();
    expect(action?.epoch).toBeGreaterThan(0);
  });

  test('is told at one above all to sentinels that do not know it', () => {
    const imaginary = seeded();
    let known = 0;
    nameAnew(imaginary, (view) => (known++ === 0 ? view : undefined));
    const actions = written(imaginary);
    expect(actions.length).toBeGreaterThan(0);
    for (const { epoch } of actions) expect(epoch).toBeGreaterThan(0);
  });
});
