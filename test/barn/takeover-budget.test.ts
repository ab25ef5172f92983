import { describe, expect, test } from '@jest/globals';
import { Barn, type BarnEvent } from '../../src/barn/barn.js';
import { DEFAULT_LIMITS, ReplacementWindow } from '../../src/barn/replacement-window.js';
import { resolveFarm } from '../../src/farm/resolve.js';
import { cacheCluster, farmSpec } from '../builders/farm.js';
import { ImaginaryFarm } from '../builders/imaginary-farm.js';

const WINDOW_MS = 60_000;
const LIMITS = { ...DEFAULT_LIMITS, windowMs: WINDOW_MS, share: 0, least: 1 };

/** A farm in memory whose cache clusters may lose one pod a minute, and Barns side by side on it; time moves by `advance`. */
async function quietFarm() {
  const farm = resolveFarm(
    farmSpec({
      cacheClusters: ['Session', 'User.id'].map((clusterName) =>
        cacheCluster({ clusterName, clusterSize: 6, standbys: 0 }),
      ),
    }),
  );
  const imaginary = new ImaginaryFarm(farm);
  const { cacheClusters: _, ...frame } = farm;
  const state = { clock: 0, leader: 1 };
  const barnOf = (number: number) => {
    const events: BarnEvent[] = [];
    const barn = new Barn({
      frame,
      observe: async () => imaginary.world(),
      look: async () => imaginary.world(),
      act: async ({ actions }) =>
        actions.map((action) => ({ action, status: imaginary.apply(action) ? 'Done' : 'Stale', reason: '', ms: 0 })),
      now: () => state.clock,
      wallClock: () => 1_000 + state.clock,
      wait: () => new Promise((resolve) => setImmediate(resolve)),
      controller: number,
      leads: () => state.leader === number,
      spreadEveryMs: Number.POSITIVE_INFINITY,
      window: new ReplacementWindow(LIMITS),
      told: (event) => events.push(event),
    });
    return {
      barn,
      /** subjects of what it has replaced */
      replaced: (): readonly string[] =>
        events.flatMap((event) =>
          event.kind === 'decided' && event.decision.reason === 'PodCrashed' ? [event.decision.subject] : [],
        ),
      held: (): readonly string[] =>
        barn.notes.flatMap(({ reason, subject }) => (reason === 'BudgetSpent' ? [subject] : [])),
    };
  };
  const [first, second] = [barnOf(1), barnOf(2)];
  const pass = async (...barns: readonly (typeof first)[]): Promise<void> => {
    state.clock += 1_000;
    for (const { barn } of barns) {
      await barn.pass();
      await barn.settled();
    }
  };
  /** Its machine refuses, and every sentinel has lost it. */
  const kill = (partition: string): void => {
    const pod = imaginary.pods.find(({ state: { claim } }) => claim.kind === 'bound' && claim.partition === partition);
    if (!pod) throw new Error(`${partition} has no pod`);
    Object.assign(pod.state, { up: false, refused: true });
    for (const { names } of imaginary.sentinels) {
      const view = names.get(partition);
      if (view) names.set(partition, { ...view, flags: ['master', 'disconnected'] });
    }
  };
  for (let i = 0; i < 6; i++) await pass(first, second);
  state.clock += WINDOW_MS;
  await pass(first, second);
  return { imaginary, state, first, second, barnOf, pass, kill };
}

describe('what one Barn has replaced', () => {
  test('is spent for the one that takes over, until the window has passed', async () => {
    const { state, first, second, pass, kill } = await quietFarm();
    kill('User.id::0');
    await pass(first);
    expect(first.replaced()).toEqual(['User.id::0']);
    await pass(second);
    const seenAt = state.clock;
    state.leader = 2;
    kill('User.id::1');
    await pass(second);
    expect(second.replaced()).toEqual([]);
    expect(second.held()).toEqual(['User.id::1']);
    state.clock = seenAt + WINDOW_MS - 2_000;
    await pass(second);
    expect(second.held()).toEqual(['User.id::1']);
    await pass(second);
    expect(second.replaced()).toEqual(['User.id::1']);
  });

  test('is spent also where the first pass of the one that takes over is the first that shows it', async () => {
    const { state, first, second, pass, kill } = await quietFarm();
    kill('User.id::0');
    await pass(first);
    kill('User.id::1');
    state.leader = 2;
    await pass(second);
    expect(second.replaced()).toEqual([]);
    expect(second.held()).toEqual(['User.id::1']);
  });

  test('is not decided about by a hint before the one that leads now has looked at the farm', async () => {
    const { state, first, second, pass, kill } = await quietFarm();
    kill('User.id::0');
    await pass(first);
    kill('User.id::1');
    state.leader = 2;
    await second.barn.hint(['User.id::1']);
    expect(second.replaced()).toEqual([]);
  });

  test('of one cache cluster takes nothing from another one', async () => {
    const { state, first, second, pass, kill } = await quietFarm();
    kill('User.id::0');
    await pass(first);
    state.leader = 2;
    kill('Session::0');
    await pass(second);
    expect(second.replaced()).toEqual(['Session::0']);
  });

  test('counts once for the one that did it, however often that sees it', async () => {
    const { state, first, second, pass, kill } = await quietFarm();
    kill('User.id::0');
    await pass(first);
    const doneAt = state.clock;
    for (let i = 0; i < 3; i++) await pass(first, second);
    state.clock = doneAt + WINDOW_MS - 1_000;
    kill('User.id::1');
    await pass(first);
    expect(first.replaced()).toEqual(['User.id::0', 'User.id::1']);
  });

  test('is unknown to a Barn that was started afterwards', async () => {
    const { state, first, barnOf, pass, kill } = await quietFarm();
    kill('User.id::0');
    await pass(first);
    const third = barnOf(3);
    state.leader = 3;
    kill('User.id::1');
    await pass(third);
    expect(third.replaced()).toEqual(['User.id::1']);
  });
});
