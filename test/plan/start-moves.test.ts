import { describe, expect, test } from '@jest/globals';
import { planOnce } from '../../src/barn/seed.js';
import { farm as demo } from '../../src/farms/demo.js';
import type { Plan } from '../../src/plan/action.js';
import { ImaginaryFarm } from '../builders/imaginary-farm.js';

type Pod = ImaginaryFarm['pods'][number];

const found = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Error('the scene lacks what it needs');
  return value;
};

const NAME = 'Session::0';
const decide = (imaginary: ImaginaryFarm): Plan => planOnce(demo, imaginary.world(), 1, 0);

function seeded(): ImaginaryFarm {
  const imaginary = new ImaginaryFarm(demo);
  for (let pass = 0; pass < 10; pass++) imaginary.carryOut(decide(imaginary).decisions);
  return imaginary;
}

/** Session::0 and nothing else of Session, so that what it moves to is its own choice. */
function declareSession(imaginary: ImaginaryFarm, tier: string): void {
  const one = { clusterSize: 1, standbys: 0, tier };
  imaginary.farm = {
    ...demo,
    cacheClusters: demo.cacheClusters.map((cluster) =>
      cluster.clusterName === 'Session' ? { ...cluster, ...one } : cluster,
    ),
  };
}

const serving = (imaginary: ImaginaryFarm): Pod =>
  found(imaginary.pods.find(({ state: { claim } }) => claim.kind === 'bound' && claim.partition === NAME));

const idleOf = (imaginary: ImaginaryFarm, tier: string): readonly Pod[] =>
  imaginary.pods.filter((pod) => pod.tier === tier && pod.state.up && pod.state.claim.kind === 'locked');

/** Idle pods of the tier only where these say so: the others are down. */
function idleOnlyAt(imaginary: ImaginaryFarm, tier: string, keeps: (pod: Pod) => boolean): void {
  for (const pod of idleOf(imaginary, tier)) if (!keeps(pod)) Object.assign(pod.state, { up: false, refused: true });
}

/** What takes the partition over: the pods that are claimed for it in this pass. */
const takers = ({ decisions }: Plan, reason: string): readonly string[] =>
  decisions
    .filter((decision) => decision.subject === NAME && decision.reason === reason)
    .flatMap(({ actions }) => actions.flatMap((action) => (action.kind === 'claim-pod' ? [action.pod.address] : [])));

const waits = ({ notes }: Plan): readonly string[] =>
  notes.flatMap(({ reason, subject }) => (subject === NAME ? [reason] : []));

/** An idle M16 pod on the machine of Session::0, others elsewhere. */
function withIdleBeside(): { imaginary: ImaginaryFarm; source: Pod; beside: Pod } {
  const imaginary = seeded();
  declareSession(imaginary, 'M1');
  for (let pass = 0; pass < 6; pass++) imaginary.carryOut(decide(imaginary).decisions);
  const source = serving(imaginary);
  const beside = found(idleOf(imaginary, 'M16')[0]);
  // The demo farm puts its few pods of a tier where it likes: this one onto the machine of the source.
  Object.assign(beside, {
    datacenter: source.datacenter,
    machine: source.machine,
    address: `${source.address.split(':')[0]}:${beside.port}`,
  });
  return { imaginary, source, beside };
}

describe('a partition of another tier than declared', () => {
  test('takes the idle pod on the machine of its source when there is no other: nothing is wrong with the machine', () => {
    const { imaginary, source, beside } = withIdleBeside();
    declareSession(imaginary, 'M16');
    idleOnlyAt(imaginary, 'M16', (pod) => pod === beside);
    const plan = decide(imaginary);
    expect(waits(plan)).toEqual([]);
    expect(takers(plan, 'TierDiffers')).toEqual([beside.address]);
    for (let pass = 0; pass < 6; pass++) imaginary.carryOut(decide(imaginary).decisions);
    expect(serving(imaginary)).toBe(beside);
    expect(source.state.claim.kind).toBe('locked');
    expect(waits(decide(imaginary))).toEqual([]);
  });

  test('takes one on another machine while there is one', () => {
    const { imaginary, source, beside } = withIdleBeside();
    declareSession(imaginary, 'M16');
    const apart = found(idleOf(imaginary, 'M16').find(({ machine }) => machine !== source.machine));
    idleOnlyAt(imaginary, 'M16', (pod) => pod === beside || pod === apart);
    expect(takers(decide(imaginary), 'TierDiffers')).toEqual([apart.address]);
  });

  test('waits when the machine is being emptied and no other has an idle pod', () => {
    const { imaginary, source, beside } = withIdleBeside();
    declareSession(imaginary, 'M16');
    idleOnlyAt(imaginary, 'M16', (pod) => pod === beside);
    for (const pod of imaginary.pods) if (pod.machine === source.machine) pod.draining = true;
    const plan = decide(imaginary);
    expect(plan.decisions.filter(({ subject }) => subject === NAME)).toEqual([]);
    expect(waits(plan)).toEqual(['ReserveKept']);
  });
});

describe('a partition on a machine that is being emptied', () => {
  test('leaves it, whatever is idle there', () => {
    const imaginary = seeded();
    const source = serving(imaginary);
    for (const pod of imaginary.pods) if (pod.machine === source.machine) pod.draining = true;
    const taken = takers(decide(imaginary), 'Draining');
    expect(taken).toHaveLength(1);
    expect(imaginary.pod(found(taken[0])).machine).not.toBe(source.machine);
  });
});

test('whoever leaves a shelter takes the idle pod on its machine when there is no other', () => {
  const imaginary = seeded();
  const other = 'Session::1';
  const viewed = (name: string) => found(imaginary.sentinels.find(({ names }) => names.has(name))?.names.get(name));
  const shelter = imaginary.pod(viewed(other).address);
  const lost = serving(imaginary);
  const beside = found(idleOf(imaginary, 'M1')[0]);
  Object.assign(beside, {
    datacenter: shelter.datacenter,
    machine: shelter.machine,
    address: `${shelter.address.split(':')[0]}:7777`,
  });
  Object.assign(lost.state, { up: false, refused: true });
  for (const { names } of imaginary.sentinels) {
    const view = names.get(NAME);
    if (view) names.set(NAME, { ...view, address: shelter.address, epoch: view.epoch + 1, replicas: [] });
  }
  idleOnlyAt(imaginary, 'M1', (pod) => pod === beside);
  const plan = decide(imaginary);
  expect(waits(plan)).toEqual([]);
  expect(takers(plan, 'ShelterShared')).toEqual([beside.address]);
});
