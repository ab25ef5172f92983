import { describe, expect, test } from '@jest/globals';
import { planOnce } from '../../src/barn/seed.js';
import { LOCKED } from '../../src/farm/access.js';
import { farm as demo } from '../../src/farms/demo.js';
import type { Decision, Plan } from '../../src/plan/action.js';
import { deriveFacts } from '../../src/world/facts.js';
import { measureProgress } from '../../src/world/progress.js';
import { ImaginaryFarm } from '../builders/imaginary-farm.js';

type Pod = ImaginaryFarm['pods'][number];

const decide = (imaginary: ImaginaryFarm): Plan => planOnce(demo, imaginary.world(), 1, 0);

function settle(imaginary: ImaginaryFarm): readonly Decision[] {
  const all: Decision[] = [];
  for (let pass = 0; pass < 60; pass++) {
    const { decisions } = decide(imaginary);
    if (decisions.length === 0) return all;
    all.push(...decisions);
    imaginary.carryOut(decisions);
  }
  throw new Error('not settled');
}

function seeded(): ImaginaryFarm {
  const imaginary = new ImaginaryFarm(demo);
  settle(imaginary);
  return imaginary;
}

const found = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Error('the scene lacks what it needs');
  return value;
};
const standbyOf = (imaginary: ImaginaryFarm, datacenter: string): Pod =>
  found(
    imaginary.pods.find(
      ({ state: { claim }, ...pod }) =>
        claim.kind === 'standby' && claim.clusterName === 'User.id' && pod.datacenter === datacenter,
    ),
  );
/** Born locked, with nothing in it. */
const restart = (pod: Pod): unknown =>
  Object.assign(pod.state, { up: true, claim: LOCKED, access: 'locked', openFor: [], keys: 0, master: undefined });
const toNames = (decisions: readonly Decision[]) =>
  decisions.flatMap(({ actions }) => actions.filter(({ kind }) => kind === 'name-partition'));
const claims = ({ decisions }: Plan): readonly string[] =>
  decisions.flatMap(({ reason, actions }) =>
    actions.flatMap((action) =>
      action.kind === 'claim-pod' ? [`${reason} ${action.pod.address} ${action.claim.kind}`] : [],
    ),
  );

describe('a pod that restarted while the sentinels still list it', () => {
  test('as standby is that again, at once and without a write to any sentinel', () => {
    const imaginary = seeded();
    const standby = standbyOf(imaginary, 'a');
    restart(standby);
    expect(claims(decide(imaginary))).toEqual([`StandbyMissing ${standby.address} standby`]);
    expect(toNames(settle(imaginary))).toEqual([]);
    const progress = measureProgress(demo, deriveFacts(demo, imaginary.world()));
    expect(progress.armed).toBe(progress.toArm);
  });

  test('as the lost pod of a partition that went elsewhere becomes the standby that is missing, though no other pod is idle', () => {
    const imaginary = seeded();
    const view = found(imaginary.sentinels.flatMap(({ names }) => names.get('User.id::0') ?? [])[0]);
    const lost = imaginary.pod(view.address);
    const heir = found(view.replicas[0]).address;
    Object.assign(lost.state, { up: false, refused: true });
    for (const { names } of imaginary.sentinels)
      if (names.has('User.id::0')) names.set('User.id::0', { ...view, flags: ['master', 'disconnected'] });
    imaginary.carryOut(decide(imaginary).decisions.filter(({ reason }) => reason === 'PodCrashed'));
    expect(imaginary.pod(heir).state.claim.kind).toBe('bound');
    // Nothing is left in its datacenter: neither its standby nor an idle pod.
    for (const pod of imaginary.pods)
      if (
        pod.datacenter === lost.datacenter &&
        pod.tier === 'M1' &&
        ['standby', 'locked'].includes(pod.state.claim.kind)
      )
        Object.assign(pod.state, { up: false, refused: true });
    expect(decide(imaginary).notes.map(({ reason }) => reason)).toContain('StandbyUnavailable');
    restart(lost);
    expect(claims(decide(imaginary))).toContain(`StandbyMissing ${lost.address} standby`);
  });

  test.each<[string, (pod: Pod, imaginary: ImaginaryFarm) => void]>([
    ['it holds keys', ({ state }) => void Object.assign(state, { keys: 5 })],
    ['it is being emptied', (pod) => void Object.assign(pod, { draining: true })],
    [
      'one sentinel gives it to a partition',
      (pod, imaginary) => {
        const sentinel = found(imaginary.sentinels.find(({ names }) => names.has('User.id::0')));
        sentinel.names.set('User.id::0', { ...found(sentinel.names.get('User.id::0')), address: pod.address });
      },
    ],
    [
      'a partition of another cache cluster lists it too',
      (pod, imaginary) => {
        for (const { names } of imaginary.sentinels) {
          const view = names.get('Session::0');
          if (view) names.set('Session::0', { ...view, replicas: [{ address: pod.address, flags: ['slave'] }] });
        }
      },
    ],
  ])('is taken for no standby when %s', (_, change) => {
    const imaginary = seeded();
    const standby = standbyOf(imaginary, 'a');
    restart(standby);
    change(standby, imaginary);
    expect(claims(decide(imaginary))).not.toContain(`StandbyMissing ${standby.address} standby`);
  });
});
