/**
 * The order of the decisions of a pass, where it matters: a later one sees the idle pods that are left, and leaves alone what was decided before
 * it. First by what comes of it; then every pair that depends on it by its place in the list, with what would happen the other way round. Pairs
 * that are in neither may change places.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { planOnce } from '../../src/barn/seed.js';
import type { Farm } from '../../src/farm/model.js';
import { resolveFarm } from '../../src/farm/resolve.js';
import type { Decision, Plan } from '../../src/plan/action.js';
import { plan } from '../../src/plan/plan.js';
import { UNLIMITED } from '../../src/plan/planning.js';
import { cacheCluster, farmSpec, tier } from '../builders/farm.js';
import { ImaginaryFarm } from '../builders/imaginary-farm.js';

type Pod = ImaginaryFarm['pods'][number];

const found = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Error('the scene lacks what it needs');
  return value;
};

function settle(imaginary: ImaginaryFarm): ImaginaryFarm {
  for (let pass = 0; pass < 12; pass++) imaginary.carryOut(planOnce(imaginary.farm, imaginary.world(), 1, 0).decisions);
  expect(planOnce(imaginary.farm, imaginary.world(), 1, 0).decisions).toEqual([]);
  return imaginary;
}

const decide = (imaginary: ImaginaryFarm, spread = false): Plan =>
  plan({
    declared: imaginary.farm,
    world: imaginary.world(),
    inFlight: new Set(),
    budget: UNLIMITED,
    failures: new Map(),
    now: 0,
    controller: 1,
    spread,
  });
const say = ({ reason, subject }: Pick<Decision, 'reason' | 'subject'>): string => `${reason} ${subject}`;
const podsOf = (imaginary: ImaginaryFarm, clusterName: string, kind: string): readonly Pod[] =>
  imaginary.pods.filter(({ state: { claim } }) => {
    if (claim.kind !== kind || claim.kind === 'locked') return false;
    return claim.kind === 'standby'
      ? claim.clusterName === clusterName
      : claim.partition.startsWith(`${clusterName}::`);
  });
const podOf = (imaginary: ImaginaryFarm, clusterName: string, kind = 'bound'): Pod =>
  found(podsOf(imaginary, clusterName, kind)[0]);

function die(imaginary: ImaginaryFarm, pod: Pod): void {
  Object.assign(pod.state, { up: false, refused: true });
  for (const { names } of imaginary.sentinels)
    for (const view of names.values())
      if (view.address === pod.address) names.set(view.partition, { ...view, flags: ['master', 'disconnected'] });
}
const lock = (pod: Pod): unknown =>
  Object.assign(pod.state, { claim: { kind: 'locked' }, access: 'locked', openFor: [], keys: 0, master: undefined });

describe('who gets the last idle pods', () => {
  const names = ['Dead.x', 'New.x', 'Copied.x', 'Kept.x', 'Moved.x'] as const;
  // The other way round in importance: it is the order of the decisions that counts between them, not that of the cache clusters.
  const one = (clusterName: string, changes: Parameters<typeof cacheCluster>[0] = {}) =>
    cacheCluster({
      clusterName,
      clusterSize: 1,
      standbys: 0,
      importance: 9 - names.indexOf(clusterName as 'Dead.x'),
      ...changes,
    });
  const farm = resolveFarm(
    farmSpec({
      datacenters: [
        { name: 'a', machines: { count: 10, memory: '16Gi' } },
        { name: 'b', machines: { count: 1, memory: '16Gi' } },
        { name: 'c', machines: { count: 1, memory: '16Gi' } },
      ],
      tiers: [tier({ ports: [6378, 6379], replicas: 10 })],
      cacheClusters: [
        one('Dead.x'),
        one('New.x'),
        one('Copied.x', { partitionSize: 2 }),
        one('Kept.x', { standbys: 1 }),
        one('Moved.x'),
      ].map((cluster) => ({ ...cluster, placement: { datacenters: ['a'] } })),
    }),
  );
  const without = (name: string): Farm => ({
    ...farm,
    cacheClusters: farm.cacheClusters.filter(({ clusterName }) => clusterName !== name),
  });

  /** A crash, a new cache cluster, a lost replica, a lost standby and a drain at once, with so many idle pods. */
  function wanting(idle: number): ImaginaryFarm {
    const imaginary = settle(new ImaginaryFarm(without('New.x')));
    imaginary.farm = farm;
    die(imaginary, podOf(imaginary, 'Dead.x'));
    const copies = podsOf(imaginary, 'Copied.x', 'member');
    die(imaginary, found(copies.find(({ state }) => state.master !== undefined)));
    die(imaginary, podOf(imaginary, 'Kept.x', 'standby'));
    podOf(imaginary, 'Moved.x').draining = true;
    for (const sentinel of imaginary.sentinels)
      for (const view of sentinel.names.values()) {
        const replicas = view.replicas.filter(({ address }) => imaginary.pod(address).state.up);
        sentinel.names.set(view.partition, { ...view, replicas });
      }
    const free = imaginary.pods.filter(({ datacenter, state }) => datacenter === 'a' && state.claim.kind === 'locked');
    for (const pod of free.slice(idle)) pod.state.up = false;
    for (const pod of imaginary.pods) if (pod.datacenter !== 'a') pod.state.up = false;
    return imaginary;
  }

  const ORDER = [
    'PodCrashed Dead.x::0',
    'PartitionUnbound New.x::0',
    'ReplicaMissing Copied.x::0',
    'StandbyMissing Kept.x',
    'Draining Moved.x::0',
  ];
  test.each([
    ['nobody, when there is none', 0],
    ['the dead, before what has never served', 1],
    ['what has never served, before the second copy of what serves', 2],
    ['the second copy, before a standby, which holds nothing', 3],
    ['the standby, before who only wants to move', 4],
    ['who only wants to move, when the loss of a machine leaves enough', 9],
  ])('%s', (_, idle) => {
    const taken = decide(wanting(idle))
      .decisions.filter(({ actions }) => actions.some(({ kind }) => kind === 'claim-pod'))
      .map(say);
    expect(taken).toEqual(ORDER.slice(0, idle));
  });
});

describe('the only idle pod, while two partitions are on one', () => {
  const farm = resolveFarm(
    farmSpec({
      tiers: [tier()],
      cacheClusters: [
        cacheCluster({ clusterName: 'Shared.x', clusterSize: 2, importance: 9 }),
        cacheCluster({ clusterName: 'Moved.x', clusterSize: 1, standbys: 0, importance: 1 }),
        cacheCluster({ clusterName: 'Kept.x', clusterSize: 1, importance: 1 }),
      ],
    }),
  );

  test.each<[string, (imaginary: ImaginaryFarm) => void]>([
    ['a standby is missing', (imaginary) => die(imaginary, podOf(imaginary, 'Kept.x', 'standby'))],
    [
      'another one is to move to another datacenter',
      (imaginary) => {
        const { datacenter } = podOf(imaginary, 'Moved.x');
        const datacenters = ['a', 'b', 'c'].filter((name) => name !== datacenter);
        const elsewhere = imaginary.farm.cacheClusters.map((cluster) =>
          cluster.clusterName === 'Moved.x' ? { ...cluster, datacenters } : cluster,
        );
        imaginary.farm = { ...imaginary.farm, cacheClusters: elsewhere };
      },
    ],
  ])('is for one of the two, also when %s', (_, want) => {
    const imaginary = settle(new ImaginaryFarm(farm));
    const shelter = podOf(imaginary, 'Shared.x', 'standby');
    const [first, second] = podsOf(imaginary, 'Shared.x', 'bound');
    for (const { names } of imaginary.sentinels)
      for (const view of names.values())
        if (view.partition.startsWith('Shared.x::'))
          names.set(view.partition, { ...view, address: shelter.address, epoch: view.epoch + 1, replicas: [] });
    Object.assign(shelter.state, { claim: { ...found(first).state.claim, epoch: 1_000_000 }, access: 'bound' });
    for (const pod of [first, second]) found(pod).state.up = false;
    want(imaginary);
    const free = imaginary.pods.filter(({ state }) => state.claim.kind === 'locked');
    const there = imaginary.farm.cacheClusters.find(({ clusterName }) => clusterName === 'Moved.x')?.datacenters[0];
    for (const pod of free) pod.state.up = false;
    found(free.find(({ datacenter }) => datacenter === there)).state.up = true;
    const taken = decide(imaginary).decisions.filter(({ actions }) =>
      actions.some((action) => action.kind === 'claim-pod' && action.expect.kind === 'locked'),
    );
    expect(taken.map(({ reason }) => reason)).toEqual(['ShelterShared']);
  });
});

describe('what is decided once is left alone by what comes later', () => {
  const farm = resolveFarm(
    farmSpec({
      tiers: [tier()],
      cacheClusters: [cacheCluster({ clusterSize: 4 }), cacheCluster({ clusterName: 'User.name', clusterSize: 2 })],
    }),
  );
  const about = (imaginary: ImaginaryFarm, ...subjects: readonly string[]): readonly string[] =>
    decide(imaginary)
      .decisions.filter(({ subject }) => subjects.includes(subject))
      .map(say);

  test('a claim that lost is shut, and not opened first', () => {
    const imaginary = new ImaginaryFarm(farm);
    imaginary.carryOut(decide(imaginary).decisions);
    // Two seeds raced: another pod claims the same partition, and was cut off before it opened.
    const kept = podOf(imaginary, 'User.id');
    const claim = kept.state.claim;
    const lost = found(imaginary.pods.find(({ state }) => state.claim.kind === 'locked'));
    Object.assign(lost.state, { claim: { ...claim, epoch: 0 }, access: 'locked', openFor: [] });
    const touching = decide(imaginary).decisions.filter(({ actions }) =>
      actions.some((action) => 'pod' in action && action.pod.address === lost.address),
    );
    expect(touching.map(({ reason }) => reason)).toEqual(['ClaimDuplicate']);
  });

  /** Sentinel has moved the first partition to the standby of its name; what was there is dead. */
  function failedOver(imaginary: ImaginaryFarm): { readonly heir: Pod; readonly name: string } {
    const dead = podOf(imaginary, 'User.id');
    const name = dead.state.claim.kind === 'bound' ? dead.state.claim.partition : '';
    const heir = imaginary.pod(found(imaginary.sentinels[0]?.names.get(name)?.replicas[0]).address);
    Object.assign(dead.state, { up: false, refused: true });
    for (const { names } of imaginary.sentinels) {
      const view = names.get(name);
      const replicas = [{ address: dead.address, flags: ['slave', 'disconnected'] }];
      if (view) names.set(name, { ...view, address: heir.address, epoch: view.epoch + 1, replicas });
    }
    return { heir, name };
  }

  test('a standby that Sentinel gave to one partition is that one’s before another dead one looks for a pod', () => {
    const imaginary = settle(new ImaginaryFarm(farm));
    const { heir, name } = failedOver(imaginary);
    const others = imaginary.pods.filter(
      ({ state, address }) =>
        state.claim.kind === 'bound' &&
        address !== heir.address &&
        state.up &&
        state.claim.partition.startsWith('User.id::'),
    );
    for (const pod of others) die(imaginary, pod);
    const { decisions } = decide(imaginary);
    const touching = decisions.filter(({ actions }) =>
      actions.some((action) => 'pod' in action && action.pod.address === heir.address),
    );
    expect(touching.map(say)).toEqual([`FailoverAdopted ${name}`]);
    expect(decisions.filter(({ reason }) => reason === 'PodCrashed')).toHaveLength(others.length);
  });

  test('the name of what is adopted is written when it is adopted, not beside it', () => {
    const imaginary = settle(new ImaginaryFarm(farm));
    // Without idle pods, so that no other standby is claimed: that alone would put off the names of its cache cluster.
    for (const { state } of imaginary.pods) if (state.claim.kind === 'locked') state.up = false;
    const { name } = failedOver(imaginary);
    expect(about(imaginary, name)).toEqual([`FailoverAdopted ${name}`]);
    imaginary.carryOut(decide(imaginary).decisions.filter(({ subject }) => subject === name));
    expect(about(imaginary, name)).toContain(`StandbyNotArmed ${name}`);
  });

  test('names are written once: with the standby that is only now being claimed', () => {
    const imaginary = settle(new ImaginaryFarm(farm));
    const standby = podOf(imaginary, 'User.id', 'standby');
    die(imaginary, standby);
    for (const { names } of imaginary.sentinels)
      for (const view of names.values())
        if (view.replicas.some(({ address }) => address === standby.address))
          names.set(view.partition, { ...view, replicas: [] });
    const first = decide(imaginary).decisions;
    expect(new Set(first.map(({ reason, subject }) => `${reason} ${subject}`))).toEqual(
      new Set(['StandbyMissing User.id']),
    );
    imaginary.carryOut(first);
    expect(new Set(decide(imaginary).decisions.map(({ reason }) => reason))).toEqual(new Set(['StandbyNotArmed']));
  });

  test('names are written once: with the standby that is only now being opened', () => {
    const imaginary = settle(new ImaginaryFarm(farm));
    const standby = podOf(imaginary, 'User.id', 'standby');
    Object.assign(standby.state, { access: 'locked', openFor: [] });
    for (const { names } of imaginary.sentinels)
      for (const view of names.values())
        if (view.partition.startsWith('User.id::')) names.set(view.partition, { ...view, replicas: [] });
    const first = decide(imaginary).decisions;
    expect(first.map(say)).toEqual(['PodHalfOpen User.id']);
    imaginary.carryOut(first);
    const then = decide(imaginary).decisions;
    expect(then.map(({ reason }) => reason)).toEqual(Array(4).fill('StandbyNotArmed'));
  });

  test('a better spread is looked for only when nothing at all was decided', () => {
    const imaginary = new ImaginaryFarm(
      resolveFarm(farmSpec({ tiers: [tier()], cacheClusters: [cacheCluster({ standbys: 0 })] })),
    );
    for (const pod of imaginary.pods) pod.draining = pod.datacenter === 'c';
    settle(imaginary);
    for (const pod of imaginary.pods) pod.draining = false;
    expect(decide(imaginary, true).decisions.map(({ reason }) => reason)).toEqual(['SpreadBetter']);
    const leaving = podOf(imaginary, 'User.id');
    leaving.draining = true;
    expect(decide(imaginary, true).decisions.map(({ reason }) => reason)).toEqual(['Draining']);
    leaving.draining = false;
    found(imaginary.sentinels.find(({ group }) => group === 'main-0')).names.clear();
    expect(new Set(decide(imaginary, true).decisions.map(({ reason }) => reason))).toEqual(new Set(['SentinelBare']));
    lock(leaving);
    expect(decide(imaginary, true).decisions.map(({ reason }) => reason)).not.toContain('SpreadBetter');
  });
});

const SOURCE = readFileSync(fileURLToPath(new URL('../../src/plan/plan.ts', import.meta.url)), 'utf8');

function listOf(name: string): readonly string[] {
  const [, body = ''] = new RegExp(`const ${name}: readonly Decide\\[\\] = \\[([^\\]]*)\\]`).exec(SOURCE) ?? [];
  return body.replace(/\/\*.*?\*\//gs, '').match(/[.\w]+/g) ?? [];
}
const URGENT = listOf('URGENT');
const ORDER = listOf('DECISIONS').flatMap((name) => (name === '...URGENT' ? URGENT : [name]));

describe('the list', () => {
  test.each<[earlier: string, later: string, otherwise: string]>([
    [
      'releaseSuperseded',
      'finishOpening',
      'a half-open pod that lost its partition would be opened, and shut beside it',
    ],
    [
      'finishOpening',
      'namePartitions',
      'a name would be written with standbys that are not open yet, and written again with them',
    ],
    [
      'adoptFailover',
      'replaceDead',
      'a dead partition could be given the standby that Sentinel has just given to another, where it is not yet seen to serve',
    ],
    ['adoptFailover', 'namePartitions', 'the name would be written while its pod still says that it is a standby'],
    ['replaceDead', 'bindMissing', 'the last idle pod would go to what has never served, and what did would stay dead'],
    [
      'replaceDead',
      'keepMembers',
      'the last idle pod would become one more copy, and a partition without any would stay dead',
    ],
    ['replaceDead', 'keepStandbys', 'the last idle pod would stand by, and a dead partition would wait'],
    ['replaceDead', 'namePartitions', 'the sentinels would be told two things of one partition in one pass'],
    ['replaceDead', 'releaseSurplus', 'a surplus standby would be given back that a dead partition was just given'],
    ['bindMissing', 'keepMembers', 'a partition would have its second copy before another has its first'],
    ['bindMissing', 'keepStandbys', 'standbys would stand by for partitions that have no pod'],
    [
      'partShelters',
      'keepStandbys',
      'two partitions would stay on one pod for want of the idle one that was kept for later',
    ],
    ['partShelters', 'startMoves', 'drains would take the idle pods that two partitions on one pod need to come apart'],
    ['changeCopies', 'keepMinReplicas', 'a pod would be told by itself what its new claim brings along'],
    ['keepMembers', 'keepStandbys', 'an empty pod would stand by while data has one copy too few'],
    ['keepMembers', 'startMoves', 'copies that are lost would wait for pods that others merely move to'],
    [
      'keepStandbys',
      'namePartitions',
      'names would be written without the standby that is being claimed, and again with it',
    ],
    ['keepStandbys', 'startMoves', 'nobody would stand by, because somebody wanted another place'],
    ['namePartitions', 'continueMoves', 'sentinels would hear of two addresses at one epoch, and stay split'],
    ['namePartitions', 'startMoves', 'a move would begin whose partition is just being told to its sentinels'],
  ])('%s before %s: else %s', (earlier, later) => {
    expect(ORDER).toEqual(expect.arrayContaining([earlier, later]));
    expect(ORDER.indexOf(earlier)).toBeLessThan(ORDER.indexOf(later));
  });

  test('ends with the search for a better spread, which asks whether anything at all was decided', () => {
    expect(ORDER.at(-1)).toBe('spreadBetter');
  });

  test('has no decision twice, and what a look at single partitions decides is in it as it is there', () => {
    expect(new Set(ORDER).size).toBe(ORDER.length);
    expect(URGENT.length).toBeGreaterThan(0);
    const at = ORDER.indexOf(URGENT[0] ?? '');
    expect(ORDER.slice(at, at + URGENT.length)).toEqual(URGENT);
  });

  test('has in a look at single partitions nothing that asks for the whole farm', () => {
    // A look has asked these partitions alone: who is idle, who lists whom and who is surplus it does not know anew.
    for (const name of [
      'releaseSuperseded',
      'releaseRemoved',
      'releaseSurplus',
      'keepStandbys',
      'bindMissing',
      'spreadBetter',
    ])
      expect(URGENT).not.toContain(name);
  });
});
