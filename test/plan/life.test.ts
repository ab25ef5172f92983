import { describe, expect, test } from '@jest/globals';
import { planOnce } from '../../src/barn/seed.js';
import { claimedCluster } from '../../src/farm/access.js';
import type { CacheCluster } from '../../src/farm/model.js';
import { farm as demo } from '../../src/farms/demo.js';
import { measureSpread, worstExcess } from '../../src/plan/placement/bounds.js';
import { plan } from '../../src/plan/plan.js';
import { UNLIMITED } from '../../src/plan/planning.js';
import type { Reason } from '../../src/plan/reasons.js';
import { deriveFacts } from '../../src/world/facts.js';
import type { NameView } from '../../src/world/model.js';
import { measureProgress } from '../../src/world/progress.js';
import { ImaginaryFarm } from '../builders/imaginary-farm.js';

/** Passes until nothing is left to do. @returns the reasons of all decisions, in order */
function settle(imaginary: ImaginaryFarm): readonly Reason[] {
  const reasons: Reason[] = [];
  for (let pass = 0; pass < 60; pass++) {
    const { decisions } = planOnce(imaginary.farm, imaginary.world(), 1, 0);
    if (decisions.length === 0) return reasons;
    reasons.push(...decisions.map(({ reason }) => reason));
    imaginary.carryOut(decisions);
    expectSafe(imaginary);
  }
  throw new Error(
    `not settled: ${JSON.stringify(planOnce(imaginary.farm, imaginary.world(), 1, 0).decisions.slice(0, 3), null, 1)}`,
  );
}

/** At no moment does a name lead to a pod of another cache cluster, or to one that is shut to its own. */
function expectSafe(imaginary: ImaginaryFarm): void {
  for (const { names } of imaginary.sentinels)
    for (const view of names.values()) {
      const { claim } = imaginary.pod(view.address).state;
      const owner = claimedCluster(claim);
      if (owner !== undefined) expect([view.partition, owner]).toEqual([view.partition, view.partition.split('::')[0]]);
    }
}

function seeded(): ImaginaryFarm {
  const imaginary = new ImaginaryFarm(demo);
  settle(imaginary);
  return imaginary;
}

const change = (imaginary: ImaginaryFarm, clusterName: string, changes: Partial<CacheCluster>): void => {
  imaginary.farm = {
    ...imaginary.farm,
    cacheClusters: imaginary.farm.cacheClusters.map((cluster) =>
      cluster.clusterName === clusterName ? { ...cluster, ...changes } : cluster,
    ),
  };
};

function expectWhole(imaginary: ImaginaryFarm): void {
  const progress = measureProgress(imaginary.farm, deriveFacts(imaginary.farm, imaginary.world()));
  expect(progress).toMatchObject({ serving: progress.declared, named: progress.declared, armed: progress.toArm });
}

const claimed = (imaginary: ImaginaryFarm, clusterName: string) =>
  imaginary.pods.filter((pod) => claimedCluster(pod.state.claim) === clusterName);

describe('the declared state changes', () => {
  test('a cache cluster grows: only its new partitions are bound', () => {
    const imaginary = seeded();
    const before = claimed(imaginary, 'Friend.list').map(({ address }) => address);
    change(imaginary, 'Friend.list', { clusterSize: 7 });
    settle(imaginary);
    expectWhole(imaginary);
    expect(claimed(imaginary, 'Friend.list').map(({ address }) => address)).toEqual(expect.arrayContaining(before));
  });
  test('a cache cluster shrinks: names go first, then their pods are idle again', () => {
    const imaginary = seeded();
    change(imaginary, 'User.id', { clusterSize: 7 });
    const reasons = settle(imaginary);
    expect(reasons.filter((reason) => reason === 'NameRemoved' || reason === 'PodReleased')).toEqual([
      ...Array(3).fill('NameRemoved'),
      ...Array(3).fill('PodReleased'),
    ]);
    expectWhole(imaginary);
  });
  test('a cache cluster is deleted: nothing of it is left', () => {
    const imaginary = seeded();
    imaginary.farm = {
      ...demo,
      cacheClusters: demo.cacheClusters.filter(({ clusterName }) => clusterName !== 'Session'),
    };
    settle(imaginary);
    expect(claimed(imaginary, 'Session')).toEqual([]);
    expect(
      imaginary.sentinels.flatMap(({ names }) => [...names.keys()]).filter((name) => name.startsWith('Session::')),
    ).toEqual([]);
    expectWhole(imaginary);
  });
  test('a shrink that is taken back in the middle ends where it began', () => {
    const imaginary = seeded();
    change(imaginary, 'User.id', { clusterSize: 7 });
    imaginary.carryOut(planOnce(imaginary.farm, imaginary.world(), 1, 0).decisions, 4);
    change(imaginary, 'User.id', { clusterSize: 10 });
    settle(imaginary);
    expectWhole(imaginary);
  });
  test('another tier: every partition moves there with its data', () => {
    const imaginary = seeded();
    change(imaginary, 'Session', { tier: 'M16', clusterSize: 1, standbys: 0 });
    settle(imaginary);
    expectWhole(imaginary);
    expect(new Set(claimed(imaginary, 'Session').map(({ tier }) => tier))).toEqual(new Set(['M16']));
  });
  test('one copy to two, and back: the pod that holds the data keeps it', () => {
    const imaginary = seeded();
    const holders = claimed(imaginary, 'Friend.list')
      .filter(({ state }) => state.claim.kind === 'bound')
      .map(({ address }) => address);
    change(imaginary, 'Friend.list', { partitionSize: 2, standbys: 0, sentinelGroup: 'replicated-0' });
    settle(imaginary);
    expectWhole(imaginary);
    expect(
      claimed(imaginary, 'Friend.list')
        .filter(({ state }) => state.claim.kind === 'member' && state.master === undefined)
        .map(({ address }) => address),
    ).toEqual(holders);
    change(imaginary, 'Friend.list', { partitionSize: 1, standbys: 1, sentinelGroup: 'main-0' });
    settle(imaginary);
    expectWhole(imaginary);
    expect(
      claimed(imaginary, 'Friend.list')
        .filter(({ state }) => state.claim.kind === 'bound')
        .map(({ address }) => address),
    ).toEqual(holders);
  });
});

describe('a replicated partition that no sentinel knows any more', () => {
  test('is told at a new epoch: which of its pods is the master was not decided by their claims', () => {
    const imaginary = seeded();
    for (const { names } of imaginary.sentinels) names.delete('Chat.room::0');
    const { decisions } = planOnce(imaginary.farm, imaginary.world(), 1, 0);
    const told = decisions
      .filter(({ reason }) => reason === 'PartitionNotNamed')
      .flatMap(({ actions }) => actions.flatMap((action) => (action.kind === 'name-partition' ? [action.epoch] : [])));
    const claims = claimed(imaginary, 'Chat.room').flatMap(({ state }) =>
      state.claim.kind === 'member' ? [state.claim.epoch] : [],
    );
    expect(told).toHaveLength(3);
    expect(Math.min(...told)).toBeGreaterThan(Math.max(...claims));
  });
});

describe('copies that change while a failover is under way', () => {
  test('several copies to one, with the master lost: a replica keeps the data, and is the master', () => {
    const imaginary = seeded();
    const members = claimed(imaginary, 'Chat.room').filter(
      ({ state }) => state.claim.kind === 'member' && state.claim.partition === 'Chat.room::0',
    );
    for (const { state } of members) {
      state.keys = 16;
      if (state.master === undefined)
        Object.assign(state, { claim: { kind: 'locked' }, access: 'locked', openFor: [], keys: 0 });
    }
    change(imaginary, 'Chat.room', { partitionSize: 1, standbys: 1, sentinelGroup: 'main-0' });
    settle(imaginary);
    expectWhole(imaginary);
    const [home] = claimed(imaginary, 'Chat.room').filter(
      ({ state }) => state.claim.kind === 'bound' && state.claim.partition === 'Chat.room::0',
    );
    expect(home?.state).toMatchObject({ keys: 16, master: undefined });
  });
  const PARTITION = 'Chat.room::0';
  const membersOf = (imaginary: ImaginaryFarm) =>
    claimed(imaginary, 'Chat.room').filter(
      ({ state }) => state.claim.kind === 'member' && state.claim.partition === PARTITION,
    );
  const tell = (imaginary: ImaginaryFarm, changes: Partial<NameView>): void => {
    for (const { names } of imaginary.sentinels) {
      const view = names.get(PARTITION);
      if (view) names.set(PARTITION, { ...view, ...changes });
    }
  };

  test.each([0, 1])(
    'several copies to one, when two of them are masters: the one that Sentinel chose is kept (%i)',
    (chosen) => {
      const imaginary = seeded();
      const members = membersOf(imaginary);
      for (const { state } of members) Object.assign(state, { keys: 16, master: undefined });
      const home = members[chosen];
      tell(imaginary, { address: home?.address ?? '' });
      change(imaginary, 'Chat.room', { partitionSize: 1, standbys: 1, sentinelGroup: 'main-0' });
      settle(imaginary);
      expectWhole(imaginary);
      expect(home?.state).toMatchObject({ keys: 16, claim: { kind: 'bound', partition: PARTITION } });
    },
  );
  test('nothing is given up before the failover has ended', () => {
    const imaginary = seeded();
    for (const { state } of membersOf(imaginary)) Object.assign(state, { keys: 16, master: undefined });
    tell(imaginary, { flags: ['master', 'failover_in_progress'] });
    change(imaginary, 'Chat.room', { partitionSize: 1, standbys: 1, sentinelGroup: 'main-0' });
    const { decisions } = planOnce(imaginary.farm, imaginary.world(), 1, 0);
    expect(decisions.filter(({ subject }) => subject === PARTITION)).toEqual([]);
  });
  test('a name stays in its old group while the new one cannot be written to', () => {
    const imaginary = seeded();
    const [view] = imaginary.sentinels.flatMap(({ names }) =>
      [...names.values()].filter((one) => one.partition === PARTITION),
    );
    if (!view) throw new Error('no name');
    const old = imaginary.sentinels.filter(({ group }) => group === 'main-0');
    for (const { names } of old) names.set(PARTITION, view);
    const removed = () =>
      planOnce(imaginary.farm, imaginary.world(), 1, 0).decisions.filter(({ reason }) => reason === 'NameRemoved');
    expect(removed()).toHaveLength(1);
    for (const sentinel of imaginary.sentinels.filter(({ group }) => group === 'replicated-0').slice(1))
      sentinel.tilt = true;
    expect(removed()).toEqual([]);
  });
  test('a replicated partition that ends on a standby of its cache cluster is served there, as a member', () => {
    const imaginary = seeded();
    const replicated = imaginary.farm.cacheClusters.find(({ partitionSize }) => partitionSize > 1)?.clusterName ?? '';
    const master = claimed(imaginary, replicated).find(({ state }) => state.master === undefined);
    if (!master) throw new Error('no master');
    const claim = { kind: 'standby', clusterName: replicated, epoch: 7 } as const;
    Object.assign(master.state, { claim, access: 'standby', openFor: [replicated] });
    expect(settle(imaginary)).toContain('FailoverAdopted');
    expect(master.state.claim.kind).toBe('member');
    expectWhole(imaginary);
  });
});

describe('draining', () => {
  test.each(['a-m1', 'b-m3'])('machine %s ends with nothing on it, and nothing returns to it', (machine) => {
    const imaginary = seeded();
    for (const pod of imaginary.pods) pod.draining = pod.machine === machine;
    settle(imaginary);
    const left = imaginary.pods.filter((pod) => pod.machine === machine && pod.state.claim.kind !== 'locked');
    expect(left.map(({ name, state }) => [name, state.claim])).toEqual([]);
    const progress = measureProgress(imaginary.farm, deriveFacts(imaginary.farm, imaginary.world()));
    expect(progress.serving).toBe(progress.declared);
  });
  test('a drain that is taken back in the middle leaves no pod shut', () => {
    const imaginary = seeded();
    for (const pod of imaginary.pods) pod.draining = pod.machine === 'a-m1';
    imaginary.carryOut(planOnce(imaginary.farm, imaginary.world(), 1, 0).decisions);
    for (const pod of imaginary.pods) pod.draining = false;
    settle(imaginary);
    expectWhole(imaginary);
    expect(
      imaginary.pods.filter(
        ({ state }) => state.claim.kind === 'incoming' || (state.copyable && state.claim.kind === 'bound'),
      ),
    ).toEqual([]);
  });
});

describe('a spread that has become worse', () => {
  test('is repaired move by move, with data, and then left alone', () => {
    const imaginary = seeded();
    // As after failovers to standbys: everything of one datacenter has gone to another.
    for (const pod of imaginary.pods) pod.draining = pod.datacenter === 'c';
    settle(imaginary);
    for (const pod of imaginary.pods) pod.draining = false;
    settle(imaginary);
    for (let pass = 0; pass < 200; pass++) {
      const { decisions } = plan({
        declared: imaginary.farm,
        world: imaginary.world(),
        inFlight: new Set(),
        budget: UNLIMITED,
        failures: new Map(),
        now: 0,
        controller: 1,
        spread: true,
      });
      if (decisions.length === 0) break;
      imaginary.carryOut(decisions);
      expectSafe(imaginary);
    }
    const world = imaginary.world();
    const facts = deriveFacts(imaginary.farm, world);
    const unreplicated = {
      ...imaginary.farm,
      cacheClusters: imaginary.farm.cacheClusters.filter(({ partitionSize }) => partitionSize === 1),
    };
    expect(worstExcess(measureSpread(unreplicated, world, facts))).toEqual({ datacenter: 0, machine: 0 });
    expectWhole(imaginary);
  });
});

describe('a standby that Barn cannot reach', () => {
  /** A farm with such a standby, and how many names list it on any sentinel. */
  function unreachable(flags: readonly string[]) {
    const imaginary = seeded();
    const standby = imaginary.pods.find(({ state }) => state.claim.kind === 'standby');
    if (!standby) throw new Error('no standby');
    standby.state.up = false;
    const views = () => imaginary.sentinels.flatMap(({ names }) => [...names.values()]);
    const listing = () => views().filter(({ replicas }) => replicas.some((r) => r.address === standby.address));
    for (const { names } of imaginary.sentinels)
      for (const view of listing())
        if (names.has(view.partition))
          names.set(view.partition, { ...view, replicas: [{ address: standby.address, flags }] });
    expect(listing().length).toBeGreaterThan(0);
    return { imaginary, listing: () => listing().length };
  }
  test('stays where the sentinels list it, as long as they reach it', () => {
    const { imaginary, listing } = unreachable(['slave']);
    const before = listing();
    expect(settle(imaginary)).not.toContain('StandbyNotArmed');
    expect(listing()).toBe(before);
  });
  test('is replaced when they have lost it too', () => {
    const { imaginary, listing } = unreachable(['slave', 's_down']);
    expect(settle(imaginary)).toContain('StandbyNotArmed');
    expect(listing()).toBe(0);
  });
});

describe('after Sentinel alone moved partitions to one standby', () => {
  test('each gets a pod of its own again, and standbys are armed', () => {
    const imaginary = seeded();
    const shared = new Map<string, string[]>();
    for (const view of imaginary.sentinels[0]?.names.values() ?? []) {
      const [standby] = view.replicas;
      if (standby) shared.set(standby.address, [...(shared.get(standby.address) ?? []), view.partition]);
    }
    const [address, partitions] = [...shared].find(([, list]) => list.length > 1) ?? [];
    if (address === undefined || !partitions) throw new Error('no standby covers two partitions');
    for (const { names } of imaginary.sentinels)
      for (const partition of partitions) {
        const view = names.get(partition);
        if (!view) continue;
        Object.assign(imaginary.pod(view.address).state, { up: false });
        names.set(partition, {
          ...view,
          address,
          epoch: view.epoch + 1,
          replicas: [{ address: view.address, flags: ['slave', 's_down'] }],
        });
      }
    settle(imaginary);
    const facts = deriveFacts(imaginary.farm, imaginary.world());
    const homes = facts.partitions.filter(({ name }) => partitions.includes(name)).map(({ agreed }) => agreed);
    expect(new Set(homes).size).toBe(partitions.length);
    const progress = measureProgress(imaginary.farm, facts);
    expect(progress.serving).toBe(progress.declared);
  });
});
