import { expect, test } from '@jest/globals';
import { Barn, type BarnEvent } from '../../src/barn/barn.js';
import { resolveFarm } from '../../src/farm/resolve.js';
import { FAILURES_UNTIL_PERSON } from '../../src/plan/decisions/replace-dead.js';
import { cacheCluster, farmSpec } from '../builders/farm.js';
import { ImaginaryFarm } from '../builders/imaginary-farm.js';

const NAME = 'User.id::0';

test('failures are in a row only until the partition serves again, by whatever decision', async () => {
  const farm = resolveFarm(
    farmSpec({ cacheClusters: [cacheCluster({ clusterName: 'User.id', clusterSize: 1, standbys: 0 })] }),
  );
  const imaginary = new ImaginaryFarm(farm);
  const events: BarnEvent[] = [];
  const { cacheClusters: _, ...frame } = farm;
  let clock = 0;
  let limit = Number.POSITIVE_INFINITY;
  const barn = new Barn({
    frame,
    observe: async () => imaginary.world(),
    look: async () => imaginary.world(),
    act: async (decision) => {
      const carried = imaginary.carryOut([decision], limit);
      return decision.actions.map((action, i) => {
        const status = i < carried ? 'Done' : 'Failed';
        return { action, status, reason: '', ms: 0 };
      });
    },
    now: () => clock,
    wallClock: () => 1_000 + clock,
    wait: () => new Promise(() => undefined),
    controller: 0,
    told: (event) => events.push(event),
  });
  const passes = async (count: number): Promise<void> => {
    for (let pass = 0; pass < count; pass++) {
      clock += 1_000;
      await barn.pass();
      await barn.settled();
    }
  };
  const addressOf = (): string =>
    imaginary.sentinels.flatMap(({ names }) => names.get(NAME) ?? [])[0]?.address ?? 'nowhere';
  const decided = (): readonly string[] =>
    events.flatMap((event) => (event.kind === 'decided' ? [event.decision.reason] : []));

  await passes(10);
  for (let incident = 0; incident <= FAILURES_UNTIL_PERSON; incident++) {
    clock += 3_600_000;
    const dead = addressOf();
    Object.assign(imaginary.pod(dead).state, { up: false, refused: true });
    for (const { names } of imaginary.sentinels) {
      const view = names.get(NAME);
      if (view) names.set(NAME, { ...view, flags: ['master', 'disconnected'] });
    }
    events.length = 0;
    // The pod is claimed, and the sentinels cannot be told.
    limit = 1;
    await passes(1);
    expect(barn.notes).toEqual([]);
    expect(decided()).toEqual(['PodCrashed']);
    limit = Number.POSITIVE_INFINITY;
    await passes(5);
    expect(decided()).toContain('MoveUnfinished');
    expect(addressOf()).not.toBe(dead);
    const fresh = { up: true, refused: false, claim: { kind: 'locked' }, access: 'locked', openFor: [], keys: 0 };
    Object.assign(imaginary.pod(dead).state, fresh);
    await passes(5);
  }
});
