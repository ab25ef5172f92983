import { describe, expect, test } from '@jest/globals';
import { planOnce } from '../../src/barn/seed.js';
import type { CacheCluster, Farm } from '../../src/farm/model.js';
import { resolveFarm } from '../../src/farm/resolve.js';
import type { Decision } from '../../src/plan/action.js';
import { plan } from '../../src/plan/plan.js';
import { type Budget, UNLIMITED } from '../../src/plan/planning.js';
import { deriveFacts } from '../../src/world/facts.js';
import { measureProgress } from '../../src/world/progress.js';
import { cacheCluster, farmSpec } from '../builders/farm.js';
import { ImaginaryFarm } from '../builders/imaginary-farm.js';

/** 3 datacenters x 4 machines, 8 pods of M1 and 4 of M4 in each; only replicated cache clusters. */
const farm = (changes: Partial<CacheCluster> = {}): Farm => {
  const resolved = resolveFarm(
    farmSpec({
      cacheClusters: [
        cacheCluster({ clusterName: 'Chat.room', clusterSize: 4, partitionSize: 3, tier: 'M1' }),
        cacheCluster({ clusterName: 'Feed', clusterSize: 2, partitionSize: 2, tier: 'M1' }),
      ],
    }),
  );
  return { ...resolved, cacheClusters: resolved.cacheClusters.map((cluster) => ({ ...cluster, ...changes })) };
};

function pass(imaginary: ImaginaryFarm, budget: Budget = UNLIMITED): readonly Decision[] {
  const { decisions } = plan({
    declared: imaginary.farm,
    world: imaginary.world(),
    inFlight: new Set(),
    budget,
    failures: new Map(),
    now: 0,
    controller: 1,
    spread: true,
  });
  imaginary.carryOut(decisions);
  return decisions;
}

/** @returns all that was decided until nothing was left to do */
function settle(imaginary: ImaginaryFarm, budget?: Budget, look?: () => void): readonly Decision[] {
  const all: Decision[] = [];
  for (let i = 0; i < 300; i++) {
    const decisions = pass(imaginary, budget);
    if (decisions.length === 0) return all;
    all.push(...decisions);
    look?.();
  }
  throw new Error('not settled');
}

function seeded(changes: Partial<CacheCluster> = {}): ImaginaryFarm {
  const imaginary = new ImaginaryFarm(farm(changes));
  for (let i = 0; i < 10; i++) imaginary.carryOut(planOnce(imaginary.farm, imaginary.world(), 1, 0).decisions);
  return imaginary;
}

const facts = (imaginary: ImaginaryFarm) => deriveFacts(imaginary.farm, imaginary.world());
const members = (imaginary: ImaginaryFarm) => facts(imaginary).partitions.map(({ claimedBy }) => claimedBy);
const most = (keys: readonly string[]): number =>
  Math.max(0, ...keys.map((key) => keys.filter((other) => other === key).length));

/** Each partition has its declared copies in step, and a master that says so. */
function expectWhole(imaginary: ImaginaryFarm): void {
  const seen = facts(imaginary);
  const { declared, serving } = measureProgress(imaginary.farm, seen);
  expect(serving).toBe(declared);
  for (const { claimedBy, cluster, agreed } of seen.partitions) {
    expect(claimedBy).toHaveLength(cluster.partitionSize);
    for (const { address } of claimedBy)
      if (address !== agreed) expect(imaginary.pod(address).state.master).toBe(agreed);
  }
}

/** Pods of one partition, and of a whole cache cluster, as far apart as they can be. */
function expectSpread(imaginary: ImaginaryFarm): void {
  for (const pods of members(imaginary)) {
    expect(most(pods.map(({ machine }) => machine))).toBe(1);
    expect(most(pods.map(({ datacenter }) => datacenter))).toBe(1);
  }
  for (const { clusterName, clusterSize, partitionSize } of imaginary.farm.cacheClusters) {
    const pods = facts(imaginary)
      .partitions.filter(({ cluster }) => cluster.clusterName === clusterName)
      .flatMap(({ claimedBy }) => claimedBy);
    const all = clusterSize * partitionSize;
    expect(most(pods.map(({ datacenter }) => datacenter))).toBe(Math.ceil(all / 3));
    expect(most(pods.map(({ machine }) => machine))).toBe(Math.ceil(all / 12));
  }
}

/** Everything of datacenter c has gone elsewhere, and c is free again. */
function crowded(): ImaginaryFarm {
  const imaginary = seeded();
  for (const pod of imaginary.pods) pod.draining = pod.datacenter === 'c';
  settle(imaginary);
  expect(
    members(imaginary)
      .flat()
      .filter(({ datacenter }) => datacenter === 'c'),
  ).toEqual([]);
  for (const pod of imaginary.pods) pod.draining = false;
  return imaginary;
}

describe('pods of replicated partitions', () => {
  test('that are crowded move apart, one at a time, the new one before the old one leaves', () => {
    const imaginary = crowded();
    const decided = settle(imaginary, UNLIMITED, () => {
      const sizes = facts(imaginary).partitions.map(
        ({ claimedBy, cluster }) => claimedBy.length - cluster.partitionSize,
      );
      expect(Math.min(...sizes)).toBe(0);
      expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(1);
    });
    expect(decided.map(({ reason }) => reason)).toContain('SpreadBetter');
    expectWhole(imaginary);
    expectSpread(imaginary);
  });

  test('whose masters are all in one datacenter hand over until these are apart too', () => {
    const imaginary = seeded();
    for (const { name, agreed, claimedBy } of facts(imaginary).partitions) {
      const heir = claimedBy.find(({ datacenter }) => datacenter === 'a')?.address ?? agreed;
      for (const { address } of claimedBy) imaginary.pod(address).state.master = address === heir ? undefined : heir;
      for (const { names } of imaginary.sentinels) {
        const view = names.get(name);
        const replicas = claimedBy
          .filter(({ address }) => address !== heir)
          .map(({ address }) => ({ address, flags: ['slave'] }));
        if (view && heir !== undefined) names.set(name, { ...view, address: heir, epoch: view.epoch + 1, replicas });
      }
    }
    const masters = (): readonly string[] =>
      facts(imaginary).partitions.flatMap(({ cluster, at }) =>
        at && cluster.clusterName === 'Chat.room' ? [at.datacenter] : [],
      );
    expect(new Set(masters())).toEqual(new Set(['a']));
    const decided = settle(imaginary);
    expect(new Set(decided.map(({ reason }) => reason))).toEqual(new Set(['SpreadBetter']));
    expect(most(masters())).toBe(2);
    expectWhole(imaginary);
    expectSpread(imaginary);
  });

  test('are left alone once they are apart, and after a seed', () => {
    const imaginary = seeded();
    expect(settle(imaginary)).toEqual([]);
    expectSpread(imaginary);
  });

  test('do not move when no move is left in the budget', () => {
    const imaginary = crowded();
    expect(pass(imaginary, { ...UNLIMITED, moves: 0 })).toEqual([]);
  });

  test('are not moved on half a view', () => {
    const imaginary = crowded();
    imaginary.unread.add('c');
    expect(pass(imaginary).filter(({ reason }) => reason === 'SpreadBetter')).toEqual([]);
  });

  test('leave a drained datacenter no more partitions at once than the budget of moves allows', () => {
    const imaginary = seeded();
    for (const pod of imaginary.pods) pod.draining = pod.datacenter === 'a';
    let waited = false;
    for (let i = 0; i < 100; i++) {
      const { notes } = plan({
        declared: imaginary.farm,
        world: imaginary.world(),
        inFlight: new Set(),
        budget: { ...UNLIMITED, moves: 2 },
        failures: new Map(),
        now: 0,
        controller: 1,
      });
      waited ||= notes.some(({ reason }) => reason === 'MovesLimited');
      if (pass(imaginary, { ...UNLIMITED, moves: 2 }).length === 0) break;
      const moving = facts(imaginary).partitions.filter(
        ({ claimedBy, cluster }) => claimedBy.length > cluster.partitionSize,
      );
      expect(moving.length).toBeLessThanOrEqual(2);
    }
    expect(waited).toBe(true);
    expect(
      members(imaginary)
        .flat()
        .filter(({ datacenter }) => datacenter === 'a'),
    ).toEqual([]);
    expectWhole(imaginary);
  });

  test('that die are replaced at once, whatever the budget of moves is', () => {
    const imaginary = seeded();
    const replica = imaginary.pods.find(({ state }) => state.claim.kind === 'member' && state.master !== undefined);
    if (!replica) throw new Error('no replica');
    Object.assign(replica.state, { claim: { kind: 'locked' }, access: 'locked', openFor: [], master: undefined });
    expect(pass(imaginary, { ...UNLIMITED, moves: 0 }).map(({ reason }) => reason)).toContain('ReplicaMissing');
  });

  test.each([
    ['another tier', { tier: 'M4', clusterSize: 1 }],
    ['other datacenters', { datacenters: ['a', 'b'], clusterSize: 1, partitionSize: 2 }],
  ] as const)('of a cache cluster that is declared for %s move there with their data', (_, changes) => {
    const imaginary = seeded(changes.clusterSize === 1 ? { clusterSize: 1 } : {});
    imaginary.farm = {
      ...imaginary.farm,
      cacheClusters: imaginary.farm.cacheClusters.map((cluster) =>
        cluster.clusterName === 'Chat.room' ? { ...cluster, ...changes } : cluster,
      ),
    };
    settle(imaginary);
    expectWhole(imaginary);
    const [pods] = members(imaginary);
    const [cluster] = imaginary.farm.cacheClusters;
    for (const { tier, datacenter } of pods ?? []) {
      expect(tier).toBe(cluster?.tier);
      expect(cluster?.datacenters).toContain(datacenter);
    }
  });
});
