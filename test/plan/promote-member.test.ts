import { describe, expect, test } from '@jest/globals';
import { planOnce } from '../../src/barn/seed.js';
import { farm as demo } from '../../src/farms/demo.js';
import { plan } from '../../src/plan/plan.js';
import { type PlanInput, UNLIMITED } from '../../src/plan/planning.js';
import type { NameView } from '../../src/world/model.js';
import { ImaginaryFarm } from '../builders/imaginary-farm.js';

const NAME = 'Chat.room::0';

type Pod = ImaginaryFarm['pods'][number];
type Input = Partial<PlanInput>;

const found = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Error('the scene lacks what it needs');
  return value;
};

function decide(imaginary: ImaginaryFarm, input: Input = {}) {
  const { decisions, notes } = plan({
    declared: imaginary.farm,
    world: imaginary.world(),
    inFlight: new Set(),
    budget: UNLIMITED,
    failures: new Map(),
    now: 0,
    controller: 1,
    ...input,
  });
  return [...decisions, ...notes].filter(({ subject }) => subject === NAME).map(({ reason }) => reason);
}

function views(imaginary: ImaginaryFarm): readonly NameView[] {
  return imaginary.sentinels.flatMap(({ names }) => names.get(NAME) ?? []);
}

/** What the sentinels say of the partition is changed, on the first `count` of them. */
function say(imaginary: ImaginaryFarm, change: (view: NameView) => Partial<NameView>, count = 3): void {
  let told = 0;
  for (const { names } of imaginary.sentinels) {
    const view = names.get(NAME);
    if (view && told++ < count) names.set(NAME, { ...view, ...change(view) });
  }
}

const memberPods = (imaginary: ImaginaryFarm): readonly Pod[] =>
  imaginary.pods.filter(({ state }) => state.claim.kind === 'member' && state.claim.partition === NAME);

const lock = (pod: Pod): void =>
  void Object.assign(pod.state, {
    claim: { kind: 'locked' },
    access: 'locked',
    openFor: [],
    keys: 0,
    master: undefined,
  });

/** Master restarted empty and waits, locked; two members hold its data. */
function restarted(): { imaginary: ImaginaryFarm; master: Pod; members: readonly [Pod, Pod] } {
  const imaginary = new ImaginaryFarm(demo);
  for (let pass = 0; pass < 10; pass++) imaginary.carryOut(planOnce(demo, imaginary.world(), 1, 0).decisions);
  const master = imaginary.pod(found(views(imaginary)[0]).address);
  const [first, second] = memberPods(imaginary).filter((pod) => pod !== master);
  const members = [found(first), found(second)] as const;
  for (const pod of members) pod.state.keys = 10;
  lock(master);
  return { imaginary, master, members };
}

const forgetReplicas = (imaginary: ImaginaryFarm, count = 3): void => say(imaginary, () => ({ replicas: [] }), count);
const down = (ms: number) => (): Partial<NameView> => ({ flags: ['master', 's_down', 'o_down'], downMs: ms });

describe('a replicated partition whose master restarted empty and is shut', () => {
  test('no sentinel is told the name of a partition whose master is shut: what a replica list holds stays', () => {
    const { imaginary, members } = restarted();
    // One of the members restarted too, so that all lists name a stranger; one sentinel has forgotten the name.
    lock(members[0]);
    found(imaginary.sentinels.find(({ names }) => names.has(NAME))).names.delete(NAME);
    expect(decide(imaginary)).toEqual([]);
    say(imaginary, down(1_000_000), 1);
    expect(decide(imaginary)).toEqual(['FailoverUnderWay']);
  });

  test('a sentinel that calls its open master down is not told anew either: it would hear of no replica', () => {
    const { imaginary, master, members } = restarted();
    Object.assign(master.state, { claim: members[0].state.claim, access: 'member', openFor: ['Chat.room'] });
    lock(members[0]);
    for (const pod of imaginary.pods) if (pod.state.claim.kind === 'locked') pod.draining = true;
    expect(decide(imaginary)).toContain('ReplicaForgotten');
    say(imaginary, down(1_000_000));
    expect(decide(imaginary)).not.toContain('ReplicaForgotten');
  });

  test('is left to the sentinels as long as one of them lists a member it could promote', () => {
    const { imaginary } = restarted();
    expect(decide(imaginary)).toEqual([]);
    forgetReplicas(imaginary, 2);
    expect(decide(imaginary)).toEqual([]);
    say(imaginary, down(1_000));
    expect(decide(imaginary)).toEqual(['FailoverUnderWay']);
  });

  test('the one with data gets the name, and the restarted pod joins it', () => {
    const { imaginary, master, members } = restarted();
    members[0].state.keys = 0;
    forgetReplicas(imaginary);
    say(imaginary, down(1_000));
    expect(decide(imaginary)).toEqual(['ReplicaPromoted']);
    for (let pass = 0; pass < 10; pass++) imaginary.carryOut(planOnce(demo, imaginary.world(), 1, 0).decisions);
    expect(new Set(views(imaginary).map(({ address }) => address))).toEqual(new Set([members[1].address]));
    expect(members[1].state).toMatchObject({ master: undefined, keys: 10, openFor: ['Chat.room'] });
    expect(memberPods(imaginary)).toHaveLength(3);
    expect(master.state.master).toBe(members[1].address);
    expect(members[0].state.master).toBe(members[1].address);
  });

  test('cut off before the sentinels were told, the same pod is taken again', () => {
    const { imaginary, members } = restarted();
    forgetReplicas(imaginary);
    const promote = () =>
      planOnce(demo, imaginary.world(), 1, 0).decisions.filter(({ reason }) => reason === 'ReplicaPromoted');
    const [first] = promote();
    imaginary.carryOut([found(first)], 1);
    expect(members.filter(({ state }) => state.master === undefined)).toHaveLength(1);
    imaginary.carryOut(promote());
    const [heir] = members.filter(({ state }) => state.master === undefined);
    expect(members.filter(({ state }) => state.master === undefined)).toHaveLength(1);
    expect(found(views(imaginary)[0]).address).toBe(found(heir).address);
  });

  test('of several the one that is furthest is taken', () => {
    for (const furthest of [0, 1] as const) {
      const { imaginary, members } = restarted();
      members[furthest].state.offset = 2_000;
      forgetReplicas(imaginary);
      imaginary.carryOut(planOnce(demo, imaginary.world(), 1, 0).decisions);
      expect(found(views(imaginary)[0]).address).toBe(members[furthest].address);
    }
  });

  test('members without keys: only when no copy is missing that could hold some', () => {
    const { imaginary, members } = restarted();
    for (const { state } of members) state.keys = 0;
    forgetReplicas(imaginary);
    members[1].state.up = false;
    expect(decide(imaginary)).toEqual([]);
    members[1].state.up = true;
    expect(decide(imaginary)).toEqual(['ReplicaPromoted']);
  });

  test('elections failed, and one member that never got a copy is all that is left: it begins anew', () => {
    const { imaginary, members } = restarted();
    const { failoverTimeoutMs } = found(views(imaginary)[0]);
    lock(members[0]);
    members[1].state.keys = 0;
    say(imaginary, down(2 * failoverTimeoutMs));
    expect(decide(imaginary)).toContain('ReplicaPromoted');
    Object.assign(members[0].state, { up: false, refused: false });
    expect(decide(imaginary)).not.toContain('ReplicaPromoted');
  });

  test('a former master that no sentinel lists any more follows the new one; one that is listed is left to them', () => {
    const { imaginary, master, members } = restarted();
    const [former] = members;
    Object.assign(master.state, { claim: former.state.claim, access: 'member', openFor: ['Chat.room'], keys: 5 });
    former.state.master = undefined;
    expect(decide(imaginary)).toEqual([]);
    say(imaginary, ({ replicas }) => ({ replicas: replicas.filter(({ address }) => address !== former.address) }));
    expect(decide(imaginary)).toEqual(['ReplicaDetached']);
  });

  test('a sentinel that goes on calling an open master down holds no copy back', () => {
    const { imaginary, master, members } = restarted();
    const { failoverTimeoutMs } = found(views(imaginary)[0]);
    Object.assign(master.state, { claim: members[0].state.claim, access: 'member', openFor: ['Chat.room'] });
    lock(members[0]);
    say(imaginary, down(2 * failoverTimeoutMs - 1), 1);
    expect(decide(imaginary)).toEqual(['FailoverUnderWay']);
    say(imaginary, down(2 * failoverTimeoutMs), 1);
    expect(decide(imaginary)).toContain('ReplicaMissing');
  });

  test("after twice the failover-timeout the majority's elections have failed, whatever they list", () => {
    const { imaginary } = restarted();
    const { failoverTimeoutMs } = found(views(imaginary)[0]);
    say(imaginary, down(2 * failoverTimeoutMs - 1));
    say(imaginary, down(2 * failoverTimeoutMs), 1);
    expect(decide(imaginary)).toEqual(['FailoverUnderWay']);
    say(imaginary, down(2 * failoverTimeoutMs), 2);
    expect(decide(imaginary)).toEqual(['ReplicaPromoted']);
  });

  test('a master that holds data, does not answer, or is dead beside empty members: nothing is promoted', () => {
    const { imaginary, master, members } = restarted();
    forgetReplicas(imaginary);
    master.state.keys = 1;
    expect(decide(imaginary)).toEqual([]);
    Object.assign(master.state, { up: false, refused: true, keys: 0 });
    expect(decide(imaginary)).toEqual([]);
    say(imaginary, () => ({ flags: ['master', 'disconnected'] }), 1);
    expect(decide(imaginary)).toEqual([]);
    say(imaginary, () => ({ flags: ['master', 'disconnected'] }), 2);
    expect(decide(imaginary)).toEqual(['ReplicaPromoted']);
    for (const { state } of members) state.keys = 0;
    expect(decide(imaginary)).toEqual([]);
  });

  test.each<[string, Input, string]>([
    ['six failures in a row', { failures: new Map([[NAME, 6]]) }, 'PersonNeeded'],
    ['the budget', { budget: { ...UNLIMITED, replacements: new Map([['Chat.room', 0]]) } }, 'BudgetSpent'],
  ])('%s hold it back', (_, input, reason) => {
    const { imaginary } = restarted();
    forgetReplicas(imaginary);
    expect(decide(imaginary, input)).toEqual([reason]);
  });

  test('too few sentinels that agree hold it back', () => {
    const { imaginary } = restarted();
    forgetReplicas(imaginary);
    let kept = 1;
    for (const sentinel of imaginary.sentinels) if (sentinel.names.has(NAME) && kept-- <= 0) sentinel.up = false;
    expect(decide(imaginary)).toEqual([]);
  });
});

describe('a replicated partition whose master has just died, with a full member and one that copies still', () => {
  function scene() {
    const { imaginary, master, members } = restarted();
    const [full, fresh] = members;
    full.state.keys = 1_000;
    // It has joined just now: no sentinel has heard of it yet (INFO every 10 s).
    Object.assign(fresh.state, { keys: 10, offset: 5, linkUp: false });
    Object.assign(master.state, { up: false, refused: true });
    const replicas = [{ address: full.address, flags: ['slave'] }];
    say(imaginary, () => ({ flags: ['master', 'disconnected'], replicas }));
    return { imaginary, full };
  }
  test('is left to the sentinels, which list the full one', () => {
    expect(decide(scene().imaginary)).toEqual([]);
  });
  test('is left to them too when the full one did not answer us in time', () => {
    const { imaginary, full } = scene();
    Object.assign(full.state, { up: false, refused: false });
    expect(decide(imaginary)).toEqual([]);
  });
  test('is left to them too when the KubeCluster of the full one is not read', () => {
    const { imaginary, full } = scene();
    imaginary.unread.add(full.datacenter);
    expect(decide(imaginary)).toEqual([]);
  });
});
