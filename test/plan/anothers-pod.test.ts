import { describe, expect, test } from '@jest/globals';
import { planOnce } from '../../src/barn/seed.js';
import type { Claim } from '../../src/farm/access.js';
import type { Decision } from '../../src/plan/action.js';
import type { NameView } from '../../src/world/model.js';
import { ImaginaryFarm } from '../builders/imaginary-farm.js';
import { smallFarm } from '../builders/running-farm.js';

type Pod = ImaginaryFarm['pods'][number];

const NAME = 'User.id::0';
const farm = smallFarm();
const planFor = (imaginary: ImaginaryFarm) => planOnce(farm, imaginary.world(), 1, 0);

function seeded(): ImaginaryFarm {
  const imaginary = new ImaginaryFarm(farm);
  for (let pass = 0; pass < 12; pass++) imaginary.carryOut(planFor(imaginary).decisions);
  return imaginary;
}

/** Of its group. */
const sentinelsOf = (imaginary: ImaginaryFarm) => {
  const group = farm.cacheClusters.find(({ clusterName }) => clusterName === 'User.id')?.sentinelGroup;
  return imaginary.sentinels.filter((sentinel) => sentinel.group === group);
};
const viewsOf = (imaginary: ImaginaryFarm): readonly (NameView | undefined)[] =>
  sentinelsOf(imaginary).map(({ names }) => names.get(NAME));

function homeOf(imaginary: ImaginaryFarm): Pod {
  const address = viewsOf(imaginary).find((view) => view)?.address;
  if (address === undefined) throw new Error('nobody names it');
  return imaginary.pod(address);
}

/** Its pod is another cache cluster's by now, as it says itself. */
function giveAway(imaginary: ImaginaryFarm, claim: Claim): Pod {
  const pod = homeOf(imaginary);
  Object.assign(pod.state, { claim, access: claim.kind, openFor: ['Chat.room'] });
  return pod;
}

/** Until nothing is left to do. @returns what was decided */
function settle(imaginary: ImaginaryFarm): readonly Decision[] {
  const all: Decision[] = [];
  for (let pass = 0; pass < 40; pass++) {
    const { decisions } = planFor(imaginary);
    if (decisions.length === 0) return all;
    all.push(...decisions);
    imaginary.carryOut(decisions);
  }
  throw new Error(`not settled: ${all.map(({ reason, detail }) => `${reason} ${detail}`).join('\n')}`);
}

const OTHERS: readonly [string, Claim][] = [
  ['a standby', { kind: 'standby', clusterName: 'Chat.room', epoch: 9_000 }],
  ['bound', { kind: 'bound', partition: 'Chat.room::0', epoch: 9_000 }],
  ['a member', { kind: 'member', partition: 'Chat.room::0', epoch: 9_000 }],
  ['a standby, by an older claim than the name', { kind: 'standby', clusterName: 'Chat.room', epoch: 1 }],
  ['bound to what nobody declares', { kind: 'bound', partition: 'Other.one::0', epoch: 9_000 }],
];

/** All sentinels name one pod, which is open and says that it is the partition's. */
function expectServing(imaginary: ImaginaryFarm): Pod {
  const [first, ...others] = viewsOf(imaginary);
  const pod = imaginary.pod(first?.address ?? '');
  for (const view of others) expect(view?.address).toBe(pod.address);
  expect(pod.state).toMatchObject({ claim: { kind: 'bound', partition: NAME }, openFor: ['User.id'] });
  return pod;
}

describe('a name whose pod says that it is another cache cluster’s', () => {
  test.each(OTHERS)('is given a pod of its own, which nothing else was: %s', (_, claim) => {
    const imaginary = seeded();
    const pod = giveAway(imaginary, claim);
    const [first] = planFor(imaginary).decisions.filter(({ subject }) => subject === NAME);
    expect(first?.reason).toBe('PodClaimedByOther');
    expect(JSON.stringify(first?.actions.map((action) => ('pod' in action ? action.pod : {})))).not.toContain(
      `"${pod.address}"`,
    );
    settle(imaginary);
    expect(expectServing(imaginary)).not.toBe(pod);
  });

  test('goes to the pod that claims it, with what that holds; the claim is not superseded', () => {
    const imaginary = seeded();
    const own = homeOf(imaginary);
    const another = imaginary.pods.find(
      ({ state }) => state.openFor.join() === 'Chat.room' && state.claim.kind !== 'standby',
    );
    for (const { names } of imaginary.sentinels)
      for (const view of names.values())
        if (view.partition === NAME)
          names.set(NAME, { ...view, address: another?.address ?? 'none', epoch: view.epoch + 5 });
    const decided = settle(imaginary).filter(({ subject }) => subject === NAME);
    expect(decided.map(({ reason }) => reason)).not.toContain('ClaimSuperseded');
    expect(expectServing(imaginary)).toBe(own);
  });

  test('is told to no sentinel that does not know it, where one that came back with an old file says so alone', () => {
    const imaginary = seeded();
    const pod = giveAway(imaginary, { kind: 'standby', clusterName: 'Chat.room', epoch: 9_000 });
    for (const { names } of sentinelsOf(imaginary).slice(1)) names.delete(NAME);
    const decided = settle(imaginary).filter(({ subject }) => subject === NAME);
    expect(
      decided
        .flatMap(({ actions }) => actions)
        .filter((action) => 'address' in action && action.address === pod.address),
    ).toEqual([]);
    expect(decided[0]?.reason).toBe('PartitionUnbound');
    expect(expectServing(imaginary)).not.toBe(pod);
  });

  test('is left to Sentinel while that fails it over, and that is said', () => {
    const imaginary = seeded();
    giveAway(imaginary, { kind: 'standby', clusterName: 'Chat.room', epoch: 9_000 });
    const [leader] = sentinelsOf(imaginary);
    const view = leader?.names.get(NAME);
    if (view) leader?.names.set(NAME, { ...view, flags: ['master', 'failover_in_progress'] });
    const { decisions, notes } = planFor(imaginary);
    expect(decisions.filter(({ subject }) => subject === NAME)).toEqual([]);
    expect(notes.filter(({ subject }) => subject === NAME).map(({ reason }) => reason)).toContain('PodClaimedByOther');
  });
});
