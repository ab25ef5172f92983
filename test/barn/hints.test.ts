import { describe, expect, test } from '@jest/globals';
import { Barn, type BarnEvent } from '../../src/barn/barn.js';
import { resolveFarm } from '../../src/farm/resolve.js';
import { partitionName } from '../../src/farm/words.js';
import type { World } from '../../src/world/model.js';
import { cacheCluster, farmSpec } from '../builders/farm.js';
import { ImaginaryFarm } from '../builders/imaginary-farm.js';

const SIZE = 20;
const names = Array.from({ length: SIZE }, (_, index) => partitionName('User.id', index));

/** As the real look: what was not asked, names of other partitions and pods that serve none of these, is as it was before. */
function lookedAt(before: World, now: World, partitions: readonly string[]): World {
  const asked = new Set<string>();
  const old = new Map(before.groups.flatMap(({ sentinels }) => sentinels.map((one) => [one.address, one] as const)));
  const groups = now.groups.map((group) => ({
    ...group,
    sentinels: group.sentinels.map((sentinel) => {
      const earlier = old.get(sentinel.address);
      if (sentinel.state !== 'up' || earlier?.state !== 'up') return sentinel;
      const fresh = sentinel.names.filter(({ partition }) => partitions.includes(partition));
      for (const { address } of fresh) asked.add(address);
      return {
        ...sentinel,
        names: [...earlier.names.filter(({ partition }) => !partitions.includes(partition)), ...fresh],
      };
    }),
  }));
  const pods = new Map(before.pods.map((pod) => [pod.address, pod]));
  return {
    ...now,
    groups,
    pods: now.pods.map((pod) => (asked.has(pod.address) ? pod : (pods.get(pod.address) ?? pod))),
  };
}

/** A farm whose partitions all serve, a Barn that has nothing to do there, and the looks that hints lead to; time moves by `wait` only. */
async function quietFarm() {
  const farm = resolveFarm(
    farmSpec({ cacheClusters: [cacheCluster({ clusterName: 'User.id', clusterSize: SIZE, standbys: 0 })] }),
  );
  const imaginary = new ImaginaryFarm(farm);
  const looks: { names: readonly string[]; at: number }[] = [];
  const events: BarnEvent[] = [];
  let clock = 0;
  let hold: (name: string) => Promise<void> = () => Promise.resolve();
  let holdPass: () => Promise<void> = () => Promise.resolve();
  let holdAnswers: () => Promise<void> = () => Promise.resolve();
  let holdActs: () => Promise<void> = () => Promise.resolve();
  const waits: number[] = [];
  let whole = true;
  let limit = Number.POSITIVE_INFINITY;
  const { cacheClusters: _, ...frame } = farm;
  const barn = new Barn({
    frame,
    observe: async () => {
      const world = imaginary.world();
      await holdPass();
      return world;
    },
    look: async (before, partitions): Promise<World> => {
      looks.push({ names: partitions, at: clock });
      await Promise.all(partitions.map((name) => hold(name)));
      const world = imaginary.world();
      await holdAnswers();
      if (whole) return world;
      return lookedAt(before, world, partitions);
    },
    act: async (decision) => {
      await holdActs();
      const carried = imaginary.carryOut([decision], limit);
      return decision.actions.map((action, i) => ({
        action,
        status: i < carried ? 'Done' : 'Failed',
        reason: '',
        ms: 0,
      }));
    },
    now: () => clock,
    wallClock: () => 1_000 + clock,
    wait: async (ms) => {
      waits.push(ms);
      clock += ms;
      await new Promise((resolve) => setImmediate(resolve));
    },
    controller: 0,
    told: (event) => events.push(event),
  });
  const decided = (): number => events.filter(({ kind }) => kind === 'decided').length;
  for (let before = -1; before !== decided(); ) {
    before = decided();
    await barn.pass();
    await barn.settled();
    clock += 1_000;
  }
  const from = clock;
  events.length = 0;
  const pods = imaginary.pods.filter(({ state }) => state.claim.kind === 'bound');
  return {
    from,
    imaginary,
    barn,
    looks,
    events,
    pods,
    lookOnlyAt: () => {
      whole = false;
    },
    later: (ms: number) => {
      clock += ms;
    },
    /** of each decision only so many actions succeed */
    failAfter: (actions: number) => {
      limit = actions;
    },
    waits,
    holdPasses: (gate: typeof holdPass) => {
      holdPass = gate;
    },
    holdLooks: (gate: typeof hold) => {
      hold = gate;
    },
    /** of looks that have seen what there is */
    holdAnswers: (gate: typeof holdAnswers) => {
      holdAnswers = gate;
    },
    holdActs: (gate: typeof holdActs) => {
      holdActs = gate;
    },
  };
}

/** The pod there refuses connections, and all sentinels have lost it. */
function kill(imaginary: ImaginaryFarm, address: string): void {
  Object.assign(imaginary.pod(address).state, { up: false, refused: true });
  for (const { names: views } of imaginary.sentinels)
    for (const [name, view] of views)
      if (view.address === address) views.set(name, { ...view, flags: ['master', 'disconnected'] });
}

/** The pods that were to be claimed, in order. */
const claimedIn = (events: readonly BarnEvent[]): readonly string[] =>
  events.flatMap((event) =>
    event.kind === 'decided'
      ? event.decision.actions.flatMap((action) => (action.kind === 'claim-pod' ? [action.pod.address] : []))
      : [],
  );

describe('hints', () => {
  test('of one turn lead to one look, and each partition is looked at once', async () => {
    const { barn, looks, pods } = await quietFarm();
    await Promise.all([...pods, ...pods].map(({ address }) => barn.hintAddress(address)));
    expect(looks.map((look) => [...look.names].sort())).toEqual([[...names].sort()]);
  });

  test('do not wait for a look at other partitions that does not end', async () => {
    const { barn, looks, holdLooks } = await quietFarm();
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    holdLooks((name) => (name === names[0] ? gate : Promise.resolve()));
    const first = barn.hint([names[0] as string]);
    await barn.hint([]);
    while (looks.length < 1) await new Promise((resolve) => setImmediate(resolve));
    await barn.hint([names[1] as string]);
    expect(looks.map((look) => look.names)).toEqual([[names[0]], [names[1]]]);
    release();
    await first;
  });

  test('of a partition that is silent are followed up every 5 ms, and every 25 ms once it is no crash; then the passes take over', async () => {
    const { imaginary, barn, looks, pods, from } = await quietFarm();
    const [pod] = pods;
    if (!pod) throw new Error('no pod');
    imaginary.pod(pod.address).state.up = false;
    await barn.hintAddress(pod.address);
    const gaps = looks.map(({ at }, i, all) => at - (all[i - 1]?.at ?? at));
    expect(new Set(gaps.slice(1, 30))).toEqual(new Set([5]));
    expect(new Set(gaps.slice(45))).toEqual(new Set([25]));
    expect(looks.at(-1)?.at).toBeLessThan(from + 1_600);
  });

  test('that end in a decision are not looked at again', async () => {
    const { imaginary, barn, looks, events, pods } = await quietFarm();
    const dead = pods.slice(0, 3).map(({ address }) => address);
    const lost = pods.slice(0, 3).map(({ state }) => ('partition' in state.claim ? state.claim.partition : ''));
    for (const address of dead) kill(imaginary, address);
    await Promise.all(dead.map((address) => barn.hintAddress(address)));
    await barn.settled();
    expect(looks).toHaveLength(1);
    expect(events.flatMap((event) => (event.kind === 'decided' ? [event.decision.subject] : [])).sort()).toEqual(
      lost.sort(),
    );
  });

  test('of two that die one after the other, between two whole passes, do not send both to the pod that was idle', async () => {
    const { imaginary, barn, events, pods, lookOnlyAt, later } = await quietFarm();
    const [last, ...others] = imaginary.pods.filter(({ state }) => state.claim.kind === 'locked');
    for (const { state } of others) state.up = false;
    await barn.pass();
    events.length = 0;
    lookOnlyAt();
    later(100);
    for (const { address } of pods.slice(0, 2)) {
      kill(imaginary, address);
      await barn.hintAddress(address);
      await barn.settled();
      later(100);
    }
    expect(claimedIn(events)).toEqual([last?.address]);
    expect(events.filter(({ kind }) => kind === 'pass')).toEqual([]);
  });

  test('of a partition whose replacement failed leave it to the next whole pass: its pod was claimed, which they do not see', async () => {
    const { imaginary, barn, events, pods, lookOnlyAt, later, failAfter } = await quietFarm();
    lookOnlyAt();
    later(100);
    const [pod] = pods;
    if (!pod) throw new Error('no pod');
    kill(imaginary, pod.address);
    failAfter(1);
    for (let hints = 0; hints < 3; hints++) {
      await barn.hintAddress(pod.address);
      await barn.settled();
      later(100);
    }
    expect(claimedIn(events)).toHaveLength(1);
    failAfter(Number.POSITIVE_INFINITY);
    await barn.pass();
    await barn.settled();
    expect(claimedIn(events)).toHaveLength(1);
    const finished = events.findLast(({ kind }) => kind === 'decided');
    expect(finished).toMatchObject({ decision: { reason: 'MoveUnfinished', actions: [{ kind: 'switch-name' }] } });
  });

  test('of a partition whose replacement failed while a pass was under way are followed by another pass at once', async () => {
    const { imaginary, barn, events, pods, lookOnlyAt, later, failAfter, waits, holdPasses } = await quietFarm();
    lookOnlyAt();
    later(100);
    const [pod] = pods;
    if (!pod) throw new Error('no pod');
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let begun = 0;
    let waited: readonly number[] = [];
    holdPasses(() => {
      if (++begun === 2) waited = [...waits];
      return begun === 1 ? held : Promise.resolve();
    });
    const running = barn.run();
    while (begun === 0) await new Promise((resolve) => setImmediate(resolve));
    kill(imaginary, pod.address);
    failAfter(1);
    later(100);
    await barn.hintAddress(pod.address);
    await barn.settled();
    failAfter(Number.POSITIVE_INFINITY);
    later(100);
    waits.length = 0;
    release();
    while (begun < 2) await new Promise((resolve) => setImmediate(resolve));
    expect(waited).toEqual([]);
    barn.stop();
    await running;
    expect(events.findLast(({ kind }) => kind === 'decided')).toMatchObject({ decision: { reason: 'MoveUnfinished' } });
  });
});

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function gated(): { readonly gate: Promise<void>; readonly open: () => void } {
  let open = (): void => undefined;
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { gate, open };
}

const crashedIn = (events: readonly BarnEvent[]): readonly string[] =>
  events.flatMap((event) =>
    event.kind === 'decided' && event.decision.reason === 'PodCrashed' ? [event.decision.subject] : [],
  );

/** The first two partitions, and the pods that serve them. */
async function twoOfQuiet() {
  const scene = await quietFarm();
  const [first, second] = scene.pods.map(({ address, state }) => ({
    address,
    name: 'partition' in state.claim ? state.claim.partition : '',
  }));
  if (!first || !second) throw new Error('no two pods');
  return { ...scene, first, second };
}

describe('a hint of a death is not lost', () => {
  test('where a look that saw the pod alive before has not ended', async () => {
    const { barn, imaginary, events, looks, first, holdAnswers } = await twoOfQuiet();
    const { gate, open } = gated();
    holdAnswers(() => (looks.length > 1 ? Promise.resolve() : gate));
    const before = barn.hintAddress(first.address);
    while (looks.length === 0) await turn();
    kill(imaginary, first.address);
    const after = barn.hintAddress(first.address);
    open();
    await Promise.all([before, after]);
    await barn.settled();
    expect(crashedIn(events)).toEqual([first.name]);
  });

  test('where the partition was found alive, while another one of the same look is silent still', async () => {
    const { barn, imaginary, events, looks, first, second } = await twoOfQuiet();
    imaginary.pod(second.address).state.up = false;
    const before = Promise.all([first, second].map(({ address }) => barn.hintAddress(address)));
    while (looks.length < 3) await turn();
    expect(looks.map((look) => look.names.length)).toEqual([2, 1, 1]);
    kill(imaginary, first.address);
    const after = barn.hintAddress(first.address);
    await Promise.all([before, after]);
    await barn.settled();
    expect(crashedIn(events)).toEqual([first.name]);
  });

  test('where something else is being done to the partition: it is looked at when that has ended', async () => {
    const { barn, imaginary, events, looks, first, holdActs, later } = await twoOfQuiet();
    const [sentinel] = imaginary.sentinels.filter(({ names: views }) => views.has(first.name));
    const view = sentinel?.names.get(first.name);
    if (!view) throw new Error('no sentinel');
    sentinel?.names.set(first.name, { ...view, failoverTimeoutMs: 77 });
    const { gate, open } = gated();
    holdActs(() => gate);
    later(1_000);
    await barn.pass();
    expect(events.flatMap((event) => (event.kind === 'decided' ? [event.decision.reason] : []))).toEqual([
      'OptionsDiffer',
    ]);
    kill(imaginary, first.address);
    const heard = barn.hintAddress(first.address);
    while (looks.length === 0) await turn();
    await heard;
    expect(crashedIn(events)).toEqual([]);
    open();
    for (let turns = 0; turns < 30; turns++) {
      later(1);
      await turn();
    }
    await barn.settled();
    expect(crashedIn(events)).toEqual([first.name]);
  });
});
