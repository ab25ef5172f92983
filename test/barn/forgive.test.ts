import { describe, expect, test } from '@jest/globals';
import { Barn, type BarnEvent, type BarnParts } from '../../src/barn/barn.js';
import { resolveFarm } from '../../src/farm/resolve.js';
import { FAILURES_UNTIL_PERSON } from '../../src/plan/decisions/replace-dead.js';
import { cacheCluster, farmSpec } from '../builders/farm.js';
import { ImaginaryFarm } from '../builders/imaginary-farm.js';

const NAME = 'User.id::0';
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** One partition that is dead, and hands that fail until `mended`: a Barn that waits for a person, and for passes that nobody but he brings about. */
async function waitingBarn(changes: Partial<BarnParts> = {}) {
  const farm = resolveFarm(
    farmSpec({ cacheClusters: [cacheCluster({ clusterName: 'User.id', clusterSize: 1, standbys: 0 })] }),
  );
  const imaginary = new ImaginaryFarm(farm);
  const events: BarnEvent[] = [];
  const { cacheClusters: _, ...frame } = farm;
  let clock = 0;
  let broken = false;
  const barn = new Barn({
    frame,
    observe: async () => imaginary.world(),
    look: async () => imaginary.world(),
    act: async ({ actions }) =>
      actions.map((action) => {
        const status = !broken && imaginary.apply(action) ? 'Done' : 'Failed';
        return { action, status, reason: '', ms: 0 };
      }),
    now: () => clock,
    wallClock: () => 1_000 + clock,
    wait: () => new Promise(() => undefined),
    controller: 0,
    told: (event) => events.push(event),
    ...changes,
  });
  const pass = async (): Promise<void> => {
    clock += 60_000;
    await barn.pass();
    await barn.settled();
  };
  for (let i = 0; i < 5; i++) await pass();
  const served = imaginary.pods.find(({ state }) => state.claim.kind === 'bound');
  if (!served) throw new Error('nothing is bound');
  Object.assign(served.state, { up: false, refused: true });
  for (const { names } of imaginary.sentinels)
    for (const [name, view] of names) names.set(name, { ...view, flags: ['master', 'disconnected'] });
  broken = true;
  for (let i = 0; i <= FAILURES_UNTIL_PERSON; i++) await pass();
  events.length = 0;
  clock += 60_000;
  return {
    barn,
    events,
    mend: () => {
      broken = false;
    },
  };
}

describe('a person approves of a partition that failed too often', () => {
  test('and it is tried again at once, not at the next interval', async () => {
    const { barn, events, mend } = await waitingBarn();
    const running = barn.run();
    await turn();
    expect(barn.notes).toContainEqual(expect.objectContaining({ reason: 'PersonNeeded', subject: NAME }));
    mend();
    expect(barn.forgive(NAME)).toBe(true);
    await turn();
    expect(events).toContainEqual(
      expect.objectContaining({
        kind: 'decided',
        decision: expect.objectContaining({ reason: 'PodCrashed', subject: NAME }),
      }),
    );
    expect(barn.notes.map(({ reason }) => reason)).not.toContain('PersonNeeded');
    barn.stop();
    await running;
  });

  test('of one that did not fail, and no pass comes of it', async () => {
    const { barn, events } = await waitingBarn();
    const running = barn.run();
    await turn();
    const passes = (): number => events.filter(({ kind }) => kind === 'pass').length;
    const before = passes();
    expect(barn.forgive('User.id::1')).toBe(false);
    await turn();
    expect(passes()).toBe(before);
    barn.stop();
    await running;
  });
});

test('a Barn that cannot wait ends, and does not pass for ever without a pause', async () => {
  const { barn, events } = await waitingBarn({ wait: () => Promise.reject(new Error('no timers')) });
  const ended = barn.run().then(
    () => 'stopped',
    (error: unknown) => String(error),
  );
  // Passes without a pause would never let this turn come.
  await turn();
  barn.stop();
  expect(await ended).toBe('Error: no timers');
  expect(events.filter(({ kind }) => kind === 'pass')).toHaveLength(1);
});
