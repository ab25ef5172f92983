import { describe, expect, test } from '@jest/globals';
import { planOnce } from '../../src/barn/seed.js';
import type { Claim } from '../../src/farm/access.js';
import { farm as demo } from '../../src/farms/demo.js';
import type { Decision } from '../../src/plan/action.js';
import { plan } from '../../src/plan/plan.js';
import { UNLIMITED } from '../../src/plan/planning.js';
import { deriveFacts } from '../../src/world/facts.js';
import { ImaginaryFarm } from '../builders/imaginary-farm.js';

type Pod = ImaginaryFarm['pods'][number];
type BoundClaim = Extract<Claim, { kind: 'bound' }>;

const PARTITION = 'User.id::0';

interface Scene {
  readonly imaginary: ImaginaryFarm;
  /** the pod that the sentinels give, open and bound */
  readonly home: Pod;
  readonly epoch: number;
  /** a standby of the same cache cluster */
  readonly standby: Pod;
}

const found = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Error('the scene lacks what it needs');
  return value;
};

function seeded(): Scene {
  const imaginary = new ImaginaryFarm(demo);
  for (let pass = 0; pass < 10; pass++) imaginary.carryOut(planOnce(demo, imaginary.world(), 1, 0).decisions);
  const home = found(
    imaginary.pods.find(({ state }) => state.claim.kind === 'bound' && state.claim.partition === PARTITION),
  );
  const listed = found(views(imaginary)[0]).replicas[0]?.address ?? '';
  return { imaginary, home, epoch: (home.state.claim as BoundClaim).epoch, standby: imaginary.pod(listed) };
}

const views = (imaginary: ImaginaryFarm) => imaginary.sentinels.flatMap(({ names }) => names.get(PARTITION) ?? []);

/** What the first, second and third sentinel of the group say. */
function say(imaginary: ImaginaryFarm, said: readonly (readonly [Pod, number])[]): void {
  const sentinels = imaginary.sentinels.filter(({ names }) => names.has(PARTITION));
  said.forEach(([pod, epoch], i) => {
    const view = found(sentinels[i]?.names.get(PARTITION));
    sentinels[i]?.names.set(PARTITION, { ...view, address: pod.address, epoch });
  });
}

const claim = (pod: Pod, epoch: number): void =>
  void Object.assign(pod.state, {
    claim: { kind: 'bound', partition: PARTITION, epoch },
    access: 'bound',
    openFor: ['User.id'],
    mute: true,
  });

/** Claimed, and no reply came: what it is open for, and what a sentinel may do to it, is what a standby has. */
const halfClaim = (pod: Pod, epoch: number): void =>
  void Object.assign(pod.state, { claim: { kind: 'bound', partition: PARTITION, epoch } });

const decisionsOf = ({ imaginary }: Scene): readonly Decision[] =>
  planOnce(demo, imaginary.world(), 1, 0).decisions.filter(({ subject }) => subject === PARTITION);

const said = (decisions: readonly Decision[]): readonly string[] =>
  decisions.map(({ reason, actions }) => `${reason} ${actions.map(({ kind }) => kind).join()}`);

/** Passes until nothing is left to do about the partition. @returns what was decided about it */
function settle(scene: Scene): readonly string[] {
  const all: string[] = [];
  for (let pass = 0; pass < 20; pass++) {
    const { decisions } = planOnce(demo, scene.imaginary.world(), 1, 0);
    all.push(...said(decisions.filter(({ subject }) => subject === PARTITION)));
    if (decisions.length === 0) return all;
    scene.imaginary.carryOut(decisions);
  }
  throw new Error(`not settled: ${all.join(' / ')}`);
}

const claimants = ({ imaginary }: Scene): readonly string[] =>
  imaginary.pods
    .filter(({ state }) => state.up && state.claim.kind === 'bound' && state.claim.partition === PARTITION)
    .map(({ address }) => address);

describe('two sentinels came back with an old address: a pod whose claim, and whose name on the third, are newer', () => {
  /** The serving pod claims at +10, and was told at +20 since; the old pod came back and is what `old` makes of it. */
  function aged(old: (pod: Pod, epoch: number) => void): Scene {
    const scene = seeded();
    const { imaginary, home, epoch, standby } = scene;
    claim(standby, epoch + 10);
    standby.state.keys = 5;
    old(home, epoch);
    say(imaginary, [
      [home, epoch],
      [home, epoch],
      [standby, epoch + 20],
    ]);
    return scene;
  }
  const OLD: Readonly<Record<string, (pod: Pod, epoch: number) => void>> = {
    'bound to the partition, as its fence found it': claim,
    'locked and empty': ({ state }) =>
      void Object.assign(state, { claim: { kind: 'locked' }, access: 'locked', openFor: [] }),
    'a standby of the cache cluster': ({ state }, epoch) =>
      void Object.assign(state, {
        claim: { kind: 'standby', clusterName: 'User.id', epoch },
        access: 'standby',
      }),
    'dead, as all sentinels see': ({ state }) => void Object.assign(state, { up: false, refused: true }),
  };
  test.each(Object.entries(OLD))('is kept, with its data, and named again: the old pod is %s', (_, old) => {
    const scene = aged(old);
    for (const sentinel of scene.imaginary.sentinels) {
      const view = sentinel.names.get(PARTITION);
      if (view?.address === scene.home.address && !scene.home.state.up)
        sentinel.names.set(PARTITION, { ...view, flags: ['master', 's_down'] });
    }
    // Only then, perhaps, is a standby claimed and armed.
    expect(settle(scene)[0]).toBe('SentinelsDisagree switch-name');
    expect(claimants(scene)).toEqual([scene.standby.address]);
    expect(new Set(views(scene.imaginary).map(({ address }) => address))).toEqual(new Set([scene.standby.address]));
    expect(scene.standby.state.keys).toBe(5);
  });
  test('is not replaced by the crash path either, which looks at this partition alone', () => {
    const { imaginary } = aged(({ state }) => void Object.assign(state, { up: false, refused: true }));
    for (const { names } of imaginary.sentinels) {
      const view = names.get(PARTITION);
      if (view) names.set(PARTITION, { ...view, flags: ['master', 's_down'] });
    }
    const { decisions } = plan({
      declared: demo,
      world: imaginary.world(),
      inFlight: new Set(),
      budget: UNLIMITED,
      failures: new Map(),
      only: new Set([PARTITION]),
      now: 0,
      controller: 1,
    });
    expect(decisions).toEqual([]);
  });
  test('is not released while the third has yet another name, that no pod claims', () => {
    const scene = aged(claim);
    const { imaginary, home, epoch, standby } = scene;
    const other = found(imaginary.pods.find(({ state }) => state.claim.kind === 'locked'));
    say(imaginary, [
      [home, epoch],
      [home, epoch],
      [other, epoch + 20],
    ]);
    expect(decisionsOf(scene).flatMap(({ actions }) => actions.map(({ kind }) => kind))).not.toContain('release-pod');
    expect(standby.state.keys).toBe(5);
  });
});

describe('a pod with a claim that no sentinel was told, newer than the name of the pod that serves,', () => {
  const half = (ahead: number): Scene => {
    const scene = seeded();
    halfClaim(scene.standby, scene.epoch + ahead);
    return scene;
  };
  test.each([
    ['above', 5_000],
    ['at', 0],
  ])('is outbid and given back when it never opened: its epoch is %s the name', (_, ahead) => {
    const scene = half(ahead);
    const [first, ...others] = decisionsOf(scene);
    expect(others).toEqual([]);
    expect(first).toMatchObject({ reason: 'MoveUnfinished', actions: [{ kind: 'switch-name' }] });
    const [action] = found(first).actions;
    // Whoever set that claim, and is still about to tell it, is refused from here on.
    expect(action).toMatchObject({ pod: { address: scene.home.address } });
    // It serves: should somebody be ahead once more, it is not given up by who tells it.
    expect(action).not.toHaveProperty('applicationUser');
    expect(action?.kind === 'switch-name' && action.epoch).toBeGreaterThan(scene.epoch + ahead);
    const all = settle(scene);
    expect(all.slice(0, 2)).toEqual(['MoveUnfinished switch-name', 'ClaimSuperseded release-pod']);
    expect(claimants(scene)).toEqual([scene.home.address]);
  });
  test('goes on and gets the name when it is open, which is later than any copy', () => {
    const scene = seeded();
    claim(scene.standby, scene.epoch + 5_000);
    settle(scene);
    expect(claimants(scene)).toEqual([scene.standby.address]);
  });
  const WAITS: Readonly<Record<string, (scene: Scene) => void>> = {
    'the pod that serves does not answer': ({ home }) => void Object.assign(home.state, { up: false }),
    'the pod that serves is not open': ({ home }) => void Object.assign(home.state, { openFor: [] }),
    'Sentinel is failing the partition over': ({ imaginary }) => {
      for (const { names } of imaginary.sentinels.slice(0, 1)) {
        const view = found(names.get(PARTITION));
        names.set(PARTITION, { ...view, flags: ['master', 'o_down', 'failover_in_progress'] });
      }
    },
    'a sentinel gives it the name': ({ imaginary, home, epoch, standby }) =>
      say(imaginary, [
        [home, epoch],
        [home, epoch],
        [standby, epoch + 5_000],
      ]),
  };
  test.each(Object.entries(WAITS))('is neither outbid nor released while %s', (_, change) => {
    const scene = half(5_000);
    change(scene);
    expect(said(decisionsOf(scene))).not.toContain('MoveUnfinished switch-name');
    expect(decisionsOf(scene).flatMap(({ actions }) => actions.map(({ kind }) => kind))).not.toContain('release-pod');
  });
  test('is left alone while an earlier pass works on it', () => {
    const scene = half(5_000);
    const { decisions } = plan({
      declared: demo,
      world: scene.imaginary.world(),
      inFlight: new Set([scene.standby.address]),
      budget: UNLIMITED,
      failures: new Map(),
      now: 0,
      controller: 1,
    });
    expect(said(decisions.filter(({ subject }) => subject === PARTITION))).not.toContain('MoveUnfinished switch-name');
  });
});

describe('several masters that claim one partition which its sentinels do not know, as after a change of copies and group', () => {
  test.each([0, 1])('are given up but for the one with the data: number %i', (withData) => {
    const imaginary = new ImaginaryFarm(demo);
    const pods = imaginary.pods.filter(({ tier }) => tier === 'M1').slice(0, 2);
    for (const [i, pod] of pods.entries())
      Object.assign(pod.state, {
        claim: { kind: 'member', partition: 'User.id::0', epoch: 1_024 },
        access: 'member',
        openFor: ['User.id'],
        keys: i === withData ? 16 : 0,
      });
    const { decisions } = planOnce(imaginary.farm, imaginary.world(), 1, 0);
    const released = decisions.flatMap(({ reason, actions }) =>
      reason === 'ClaimDuplicate' ? actions.flatMap((action) => ('pod' in action ? [action.pod.address] : [])) : [],
    );
    expect(released).toEqual([pods[1 - withData]?.address]);
  });
});

describe('two claims that no sentinel was told, the older one on a pod that has opened', () => {
  test('are decided about in turn: the sentinels are told one address in a pass', () => {
    const scene = seeded();
    const { imaginary, epoch } = scene;
    const { listed } = deriveFacts(demo, imaginary.world());
    const [first, second] = imaginary.pods.filter(
      ({ tier, state, address }) => tier === 'M1' && state.claim.kind === 'locked' && !listed.has(address),
    );
    claim(found(first), epoch + 1);
    claim(found(second), epoch + 2);
    found(second).state.openFor = [];
    const told = decisionsOf(scene).flatMap(({ actions }) =>
      actions.flatMap((action) => (action.kind === 'switch-name' ? [action.pod.address] : [])),
    );
    expect(told).toEqual([scene.home.address]);
    settle(scene);
    expect(claimants(scene)).toHaveLength(1);
  });
});

describe('an address that two Kubernetes pods have, one of which has failed', () => {
  test('is one claimant: the pod is not given up beside itself', () => {
    const { imaginary, home } = seeded();
    for (const { names } of imaginary.sentinels) names.clear();
    const world = imaginary.world();
    const pods = world.pods.flatMap((pod) =>
      pod.address === home.address ? [{ ...pod, name: `${pod.name}-failed`, uid: 'x', phase: 'Failed' }, pod] : [pod],
    );
    const { decisions } = planOnce(demo, { ...world, pods }, 1, 0);
    expect(decisions.length).toBeGreaterThan(0);
    expect(decisions.flatMap(({ actions }) => actions.map(({ kind }) => kind))).not.toContain('release-pod');
  });
});
