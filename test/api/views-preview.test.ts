import { describe, expect, test } from '@jest/globals';
import { decisionSchema } from '../../src/api/schemas.js';
import { type Preview, previewChange } from '../../src/api/views/preview.js';
import type { CacheCluster, Farm } from '../../src/farm/model.js';
import { farm as demo } from '../../src/farms/demo.js';
import { fc } from '../builders/fast-check.js';
import { ImaginaryFarm } from '../builders/imaginary-farm.js';
import { smallFarm } from '../builders/running-farm.js';
import { look, settle, settled, unlike } from './views-scene.js';

const [USER_ID, SESSION] = demo.cacheClusters;
if (!USER_ID || !SESSION) throw new Error('the demo farm has cache clusters');

const change = (farm: Farm, clusterName: string, changes: Partial<CacheCluster> | undefined): Farm => ({
  ...farm,
  cacheClusters: farm.cacheClusters.flatMap((one) =>
    one.clusterName !== clusterName ? [one] : changes ? [{ ...one, ...changes }] : [],
  ),
});
const create = (changes: Partial<CacheCluster> = {}): Farm => ({
  ...demo,
  cacheClusters: [...demo.cacheClusters, { ...SESSION, clusterName: 'New', clusterSize: 2, ...changes }],
});
const rest = look(settled(demo));
const preview = (changed: Farm, clusterName: string): Preview => previewChange(rest, changed, clusterName);
const reasonsOf = ({ decisions }: Preview): readonly string[] =>
  decisions.map(({ reason, subject }) => `${reason} ${subject}`);
const capacityOf = ({ capacity }: Preview, tier: string) => capacity.find((one) => one.tier === tier);

describe('a preview', () => {
  test('of a new cache cluster: which pods it takes, its standbys too, and what is left', () => {
    const seen = preview(create(), 'New');
    expect(reasonsOf(seen)).toEqual([
      'PartitionUnbound New::0',
      'PartitionUnbound New::1',
      'StandbyMissing New',
      'StandbyMissing New',
      'StandbyMissing New',
    ]);
    const pods = seen.decisions.flatMap((decision) => decision.pods);
    expect(new Set(pods.map(({ address }) => address)).size).toBe(5);
    expect(seen.decisions[0]).toMatchObject({ why: expect.stringMatching(/idle pod that spreads failures best/) });
    expect(capacityOf(seen, 'M1')).toEqual({ tier: 'M1', idle: 5, idleAfter: 0 });
    expect(capacityOf(seen, 'M4')).toEqual({ tier: 'M4', idle: 4, idleAfter: 4 });
  });
  test('of one that is too large: what finds no pod, and how many are missing', () => {
    const seen = preview(create({ clusterSize: 7 }), 'New');
    expect(capacityOf(seen, 'M1')).toEqual({ tier: 'M1', idle: 5, idleAfter: -5 });
    const held = seen.decisions.filter(({ actions }) => actions.length === 0);
    expect(held.map(({ reason }) => reason)).toEqual(expect.arrayContaining(['NoIdlePod', 'StandbyUnavailable']));
    expect(held.every(({ pods, why }) => pods.length === 0 && why.length > 0)).toBe(true);
  });
  test('of a replicated one: the master and each replica', () => {
    const seen = preview(
      create({ clusterSize: 1, partitionSize: 3, standbys: 0, tier: 'M16', sentinelGroup: 'replicated-0' }),
      'New',
    );
    expect(reasonsOf(seen)).toEqual(['PartitionUnbound New::0', 'ReplicaMissing New::0', 'ReplicaMissing New::0']);
    expect(new Set(seen.decisions.flatMap(({ pods }) => pods.map(({ datacenter }) => datacenter))).size).toBe(3);
    expect(capacityOf(seen, 'M16')).toEqual({ tier: 'M16', idle: 3, idleAfter: 0 });
  });
  test('of one that grows: only its new partitions', () => {
    expect(reasonsOf(preview(change(demo, 'Session', { clusterSize: 5 }), 'Session'))).toEqual([
      'PartitionUnbound Session::3',
      'PartitionUnbound Session::4',
    ]);
  });
  test('of one that shrinks: names go, then pods come back, to the last step', () => {
    const seen = preview(change(demo, 'Session', { clusterSize: 2 }), 'Session');
    expect(reasonsOf(seen)).toEqual(['NameRemoved Session::2', 'PodReleased Session::2']);
    expect(seen.decisions[1]?.pods).toHaveLength(1);
    expect(capacityOf(seen, 'M1')).toEqual({ tier: 'M1', idle: 5, idleAfter: 6 });
  });
  test('of one that is deleted', () => {
    const seen = preview(change(demo, 'Session', undefined), 'Session');
    expect(seen.decisions.filter(({ actions }) => actions.includes('release-pod'))).toHaveLength(6);
    expect(capacityOf(seen, 'M1')).toEqual({ tier: 'M1', idle: 5, idleAfter: 11 });
  });
  test('of another tier: every partition moves with its data, after its standbys are given back', () => {
    const seen = preview(change(demo, 'Session', { tier: 'M4', clusterSize: 3, standbys: 0 }), 'Session');
    const handed = seen.decisions.filter(({ actions }) => actions.includes('hand-over'));
    expect(handed.map(({ reason, subject }) => [reason, subject])).toEqual([
      ['TierDiffers', 'Session::0'],
      ['TierDiffers', 'Session::1'],
      ['TierDiffers', 'Session::2'],
    ]);
    expect([capacityOf(seen, 'M1')?.idleAfter, capacityOf(seen, 'M4')?.idleAfter]).toEqual([11, 1]);
  });
  test('of another tier while something else is wrong in the farm: what waits for that shows all the same', () => {
    const imaginary = settled(demo);
    for (const { names } of imaginary.sentinels.slice(0, 1)) names.delete('Friend.list::0');
    const changed = change(demo, 'Session', { tier: 'M4', standbys: 0 });
    const seen = previewChange(look(imaginary), changed, 'Session');
    expect(seen.decisions.filter(({ actions }) => actions.includes('hand-over'))).toHaveLength(3);
    expect(reasonsOf(seen).filter((line) => line.includes('Friend.list'))).toEqual([]);
  });
  test('of nothing that a pod would notice', () => {
    expect(preview(demo, 'Session').decisions).toEqual([]);
    expect(preview(change(demo, 'Session', { importance: 5 }), 'Session').decisions).toEqual([]);
    expect(preview(demo, 'Nobody').decisions).toEqual([]);
  });
  test('tells what holds it up: no group, no majority, or nothing left declared', () => {
    expect(reasonsOf(preview(create({ sentinelGroup: '' }), 'New'))).toEqual(['NoSentinelGroup New']);
    const imaginary = settled(demo);
    for (const sentinel of imaginary.sentinels) sentinel.up = sentinel.datacenter === 'a';
    const seen = previewChange(look(imaginary), create(), 'New');
    expect(reasonsOf(seen)).toContain('GroupWithoutMajority main-0');
    expect(reasonsOf(seen)).not.toContain('GroupWithoutMajority replicated-0');
    expect(reasonsOf(preview({ ...demo, cacheClusters: [] }, 'Session'))).toEqual(['RemovalHeld barn']);
  });
  test('a name that only begins the same is another cache cluster', () => {
    const both = {
      ...create(),
      cacheClusters: [...create().cacheClusters, { ...SESSION, clusterName: 'New.er', clusterSize: 1 }],
    };
    expect(reasonsOf(preview(both, 'New')).filter((line) => line.includes('New.er'))).toEqual([]);
  });
  test('is the same each time, and whatever is spent or in flight', () => {
    const busy = look(settled(demo), {
      budget: { binds: 0, moves: 0, replacements: new Map(), backing: new Map() },
      inFlight: new Set(['New', 'New::0']),
    });
    expect(previewChange(busy, create(), 'New')).toEqual(preview(create(), 'New'));
  });
  test('does not try what waits for a person', () => {
    const imaginary = settled(demo);
    const pod = imaginary.pods.find(
      ({ state }) => state.claim.kind === 'bound' && state.claim.partition === 'Session::0',
    );
    if (pod) pod.state.up = false;
    for (const { names } of imaginary.sentinels) {
      const known = names.get('Session::0');
      if (known) names.set('Session::0', { ...known, flags: ['master', 'disconnected'], downMs: 9_000 });
    }
    const pass = look(imaginary, { failures: new Map([['Session::0', 6]]) });
    expect(reasonsOf(previewChange(pass, demo, 'Session'))).toContain('PersonNeeded Session::0');
  });
});

test('what is foretold comes true: pods, idle ones and all', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9 }), fc.nat(1), (clusterSize, standbys) => {
      const imaginary = settled(smallFarm());
      const pass = look(imaginary);
      const changed = change(imaginary.farm, 'User.id', { clusterSize, standbys });
      const seen = previewChange(pass, changed, 'User.id');
      expect(unlike([['preview', decisionSchema.array(), seen.decisions]])).toEqual([]);
      const before = new Map(imaginary.pods.map(({ address, state }) => [address, state.claim.kind]));
      imaginary.farm = changed;
      settle(imaginary);
      const touched = imaginary.pods.filter(({ address, state }) => before.get(address) !== state.claim.kind);
      const foretold = new Set(seen.decisions.flatMap(({ pods }) => pods.map(({ address }) => address)));
      expect([...foretold].sort()).toEqual(touched.map(({ address }) => address).sort());
      const idle = imaginary.pods.filter(({ tier, state }) => tier === 'M1' && state.claim.kind === 'locked').length;
      expect(Math.max(0, capacityOf(seen, 'M1')?.idleAfter ?? -1)).toBe(idle);
    }),
    { numRuns: 30 },
  );
});

test('of a farm that was never seeded it tells all of it', () => {
  const seen = previewChange(look(new ImaginaryFarm(demo)), demo, 'User.id');
  expect(seen.decisions.flatMap(({ pods }) => pods)).toHaveLength(13);
  expect(capacityOf(seen, 'M1')).toEqual({ tier: 'M1', idle: 24, idleAfter: 24 });
});
