import { describe, expect, test } from '@jest/globals';
import { planOnce } from '../../src/barn/seed.js';
import { farm as demo } from '../../src/farms/demo.js';
import type { Decision } from '../../src/plan/action.js';
import { measureSpread, worstExcess } from '../../src/plan/placement/bounds.js';
import { plan } from '../../src/plan/plan.js';
import { UNLIMITED } from '../../src/plan/planning.js';
import { deriveFacts } from '../../src/world/facts.js';
import { measureProgress } from '../../src/world/progress.js';
import { ImaginaryFarm } from '../builders/imaginary-farm.js';

type Pod = ImaginaryFarm['pods'][number];
const NAME = 'User.id::0';

function seeded(): ImaginaryFarm {
  const imaginary = new ImaginaryFarm(demo);
  for (let pass = 0; pass < 10; pass++) imaginary.carryOut(planOnce(demo, imaginary.world(), 1, 0).decisions);
  return imaginary;
}

const found = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Error('the scene lacks what it needs');
  return value;
};
const viewOf = (imaginary: ImaginaryFarm, name = NAME) =>
  found(imaginary.sentinels.flatMap(({ names }) => names.get(name) ?? [])[0]);
const standbys = (imaginary: ImaginaryFarm): readonly Pod[] =>
  imaginary.pods.filter(({ state }) => state.claim.kind === 'standby' && state.claim.clusterName === 'User.id');

/** The pod of the partition refuses connections, and all sentinels have lost it. */
function kill(imaginary: ImaginaryFarm, name = NAME, flags: readonly string[] = ['disconnected']): Pod {
  const pod = imaginary.pod(viewOf(imaginary, name).address);
  Object.assign(pod.state, { up: false, refused: true });
  for (const { names } of imaginary.sentinels) {
    const view = names.get(name);
    if (view) names.set(name, { ...view, flags: ['master', ...flags] });
  }
  return pod;
}

function decide(imaginary: ImaginaryFarm, spread = false): readonly Decision[] {
  const input = { inFlight: new Set<string>(), budget: UNLIMITED, failures: new Map<string, number>(), controller: 1 };
  return plan({ declared: demo, world: imaginary.world(), now: 0, spread, ...input }).decisions;
}

/** Where the dead partition goes. */
function heir(imaginary: ImaginaryFarm): Pod {
  const decision = found(decide(imaginary).find(({ reason }) => reason === 'PodCrashed'));
  const action = found(decision.actions.find(({ kind }) => kind === 'switch-name'));
  if (action.kind !== 'switch-name') throw new Error('no switch');
  return imaginary.pod(action.pod.address);
}

describe('the pod that a dead partition goes to', () => {
  test('is the standby that the sentinels list: they would go there themselves', () => {
    const imaginary = seeded();
    const listed = found(viewOf(imaginary).replicas[0]).address;
    const dead = kill(imaginary);
    expect(heir(imaginary).address).toBe(listed);
    expect(heir(imaginary).datacenter).not.toBe(dead.datacenter);
  });

  test.each(['a standby', 'an idle pod'])('is %s that is given up at once when another Barn was ahead', (kind) => {
    const imaginary = seeded();
    kill(imaginary);
    if (kind === 'an idle pod') for (const { state } of standbys(imaginary)) state.up = false;
    const { actions } = found(decide(imaginary).find(({ reason }) => reason === 'PodCrashed'));
    expect(actions).toMatchObject([
      { kind: 'claim-pod', expect: { kind: kind === 'a standby' ? 'standby' : 'locked' } },
      { kind: 'switch-name', applicationUser: 'User.id' },
    ]);
  });

  test('is, when that one is lost too, a standby of another datacenter, and its own datacenter comes last', () => {
    const imaginary = seeded();
    const listed = found(viewOf(imaginary).replicas[0]).address;
    const dead = kill(imaginary);
    imaginary.pod(listed).state.up = false;
    const next = heir(imaginary);
    expect(next.state.claim.kind).toBe('standby');
    expect(next.datacenter).not.toBe(dead.datacenter);
    next.state.up = false;
    const last = heir(imaginary);
    expect([last.state.claim.kind, last.datacenter]).toEqual(['standby', dead.datacenter]);
  });

  test('is, of two that are equal, the one in the datacenter where the cache cluster has least', () => {
    const imaginary = seeded();
    const dead = kill(imaginary);
    for (const { names } of imaginary.sentinels) {
      const view = names.get(NAME);
      if (view) names.set(NAME, { ...view, replicas: [] });
    }
    const others = standbys(imaginary).filter(({ datacenter }) => datacenter !== dead.datacenter);
    expect(others).toHaveLength(2);
    for (const chosen of others) {
      const own = imaginary.pods.filter(
        ({ state, datacenter }) =>
          datacenter === chosen.datacenter && state.claim.kind === 'bound' && state.openFor[0] === 'User.id',
      );
      for (const pod of own.slice(1)) pod.state.up = false;
      expect(heir(imaginary).datacenter).toBe(chosen.datacenter);
      for (const pod of own) pod.state.up = true;
    }
  });

  test('is not one that is being emptied while another is there', () => {
    const imaginary = seeded();
    const listed = found(viewOf(imaginary).replicas[0]).address;
    kill(imaginary);
    imaginary.pod(listed).draining = true;
    expect(heir(imaginary).draining).toBe(false);
    for (const pod of standbys(imaginary)) pod.draining = true;
    expect(heir(imaginary).address).toBe(listed);
  });
});

describe('the spread after a failover to another datacenter', () => {
  const partitionsIn = (imaginary: ImaginaryFarm): readonly number[] => {
    const { partitions } = deriveFacts(demo, imaginary.world());
    const homes = partitions.flatMap(({ cluster, at }) => (cluster.clusterName === 'User.id' && at ? [at] : []));
    return ['a', 'b', 'c'].map((name) => homes.filter(({ datacenter }) => datacenter === name).length);
  };

  test.each([
    ['by Barn', (imaginary: ImaginaryFarm) => void kill(imaginary)],
    [
      'by Sentinel alone, adopted afterwards',
      (imaginary: ImaginaryFarm) => {
        const view = viewOf(imaginary);
        kill(imaginary);
        const to = found(view.replicas[0]).address;
        for (const { names } of imaginary.sentinels)
          if (names.has(NAME))
            names.set(NAME, {
              ...view,
              address: to,
              epoch: view.epoch + 1,
              replicas: [{ address: view.address, flags: ['slave', 's_down'] }],
            });
      },
    ],
  ])('%s is repaired, warm, once the dead pod is back', (_, fail) => {
    const imaginary = seeded();
    const dead = imaginary.pod(viewOf(imaginary).address);
    fail(imaginary);
    for (let pass = 0; pass < 30; pass++) {
      const decisions = decide(imaginary);
      if (decisions.length === 0) break;
      imaginary.carryOut(decisions);
    }
    expect(viewOf(imaginary).address).not.toBe(dead.address);
    Object.assign(dead.state, { up: true, claim: { kind: 'locked' }, access: 'locked', openFor: [], keys: 0 });
    for (let pass = 0; pass < 200; pass++) {
      const decisions = decide(imaginary, true);
      if (decisions.length === 0) break;
      imaginary.carryOut(decisions);
    }
    const facts = deriveFacts(demo, imaginary.world());
    expect(worstExcess(measureSpread(demo, imaginary.world(), facts))).toEqual({ datacenter: 0, machine: 0 });
    const after = partitionsIn(imaginary);
    expect(Math.max(...after) - Math.min(...after)).toBeLessThanOrEqual(1);
    const progress = measureProgress(demo, facts);
    expect(progress).toMatchObject({ serving: progress.declared, armed: progress.toArm });
  });
});

describe('the pods that go to more dead partitions than there are standbys', () => {
  const lost = (count: number): readonly string[] => Array.from({ length: count }, (_, i) => `User.id::${i}`);
  /** What each replaced partition of User.id was claimed for: an idle pod, or a standby, and whether sentinels may ask it. */
  const claimed = (imaginary: ImaginaryFarm, only?: ReadonlySet<string>) => {
    const input = {
      inFlight: new Set<string>(),
      budget: UNLIMITED,
      failures: new Map<string, number>(),
      controller: 1,
    };
    return plan({ declared: demo, world: imaginary.world(), now: 0, ...input, ...(only ? { only } : {}) })
      .decisions.filter(({ reason, subject }) => reason === 'PodCrashed' && subject.startsWith('User.id::'))
      .map(({ actions }) => {
        const action = found(actions.find(({ kind }) => kind === 'claim-pod'));
        if (action.kind !== 'claim-pod') throw new Error('no claim');
        return action.asked ? `${action.expect.kind}, asked` : action.expect.kind;
      });
  };

  test('are idle ones, so that no name that lives loses its standby; sentinels may ask them at once', () => {
    const imaginary = seeded();
    const names = lost(standbys(imaginary).length + 1);
    for (const name of names) kill(imaginary, name);
    expect(claimed(imaginary)).toEqual(names.map(() => 'locked, asked'));
    // As well on the crash path, which has looked at these alone.
    expect(claimed(imaginary, new Set(names))).toEqual(names.map(() => 'locked, asked'));
  });

  test('are the standbys while there is one for each', () => {
    const imaginary = seeded();
    const names = lost(standbys(imaginary).length);
    for (const name of names) kill(imaginary, name);
    expect(claimed(imaginary)).toEqual(names.map(() => 'standby'));
  });

  test('are the standbys, and idle ones for the rest, when one sentinel is silent: none could be asked at once', () => {
    const imaginary = seeded();
    const count = standbys(imaginary).length;
    for (const name of lost(count + 1)) kill(imaginary, name);
    found(imaginary.sentinels.at(-1)).up = false;
    expect(claimed(imaginary).toSorted()).toEqual(['locked', ...Array(count).fill('standby')]);
  });

  test('are the standbys, and idle ones for the rest, where a sentinel has noticed: it may be about to go there', () => {
    const imaginary = seeded();
    const count = standbys(imaginary).length;
    for (const name of lost(count + 1)) kill(imaginary, name, ['disconnected', 's_down']);
    expect(claimed(imaginary).toSorted()).toEqual(['locked, asked', ...Array(count).fill('standby')]);
  });

  test('are the standbys when nothing is idle', () => {
    const imaginary = seeded();
    const count = standbys(imaginary).length;
    for (const { state } of imaginary.pods) if (state.claim.kind === 'locked') state.up = false;
    for (const name of lost(count + 1)) kill(imaginary, name);
    expect(claimed(imaginary)).toEqual(Array(count).fill('standby'));
  });

  test('have their sentinels to themselves: nothing of that group is armed while one of them is on its way', () => {
    const imaginary = seeded();
    const names = lost(2);
    for (const name of names) kill(imaginary, name);
    imaginary.carryOut(decide(imaginary).filter(({ reason }) => reason === 'PodCrashed'));
    const armed = (replacing: readonly string[]): readonly string[] => {
      const input = {
        inFlight: new Set<string>(),
        budget: UNLIMITED,
        failures: new Map<string, number>(),
        controller: 1,
      };
      const farm = { declared: demo, world: imaginary.world(), now: 0 };
      return plan({ ...farm, ...input, replacing: new Set(replacing) })
        .decisions.filter(({ reason }) => reason === 'StandbyNotArmed')
        .map(({ subject }) => subject.slice(0, subject.indexOf('::')));
    };
    for (let pass = 0; pass < 3 && !armed([]).includes('User.id'); pass++)
      imaginary.carryOut(decide(imaginary).filter(({ reason }) => reason === 'StandbyMissing'));
    expect(armed([])).toContain('User.id');
    expect(armed([NAME])).not.toContain('User.id');
    expect(armed(['Chat.room::0'])).toContain('User.id');
  });
});
