import { describe, expect, test } from '@jest/globals';
import { planOnce } from '../../src/barn/seed.js';
import { farm as demo } from '../../src/farms/demo.js';
import type { Action, Decision } from '../../src/plan/action.js';
import { ImaginaryFarm } from '../builders/imaginary-farm.js';

type Pod = ImaginaryFarm['pods'][number];

function seeded(): ImaginaryFarm {
  const imaginary = new ImaginaryFarm(demo);
  for (let pass = 0; pass < 10; pass++) imaginary.carryOut(planOnce(demo, imaginary.world(), 1, 0).decisions);
  return imaginary;
}

/** As every pod is that was just bound. */
function bound(imaginary: ImaginaryFarm): Pod {
  const pod = imaginary.pods.find(({ state }) => state.claim.kind === 'bound');
  if (!pod) throw new Error('nothing is bound');
  pod.state.mute = true;
  return pod;
}

function listAsReplicaOfAnother(imaginary: ImaginaryFarm, pod: Pod): () => void {
  const sentinel = imaginary.sentinels.find(({ names }) =>
    [...names.values()].some(({ address }) => address === pod.address),
  );
  const other = [...(sentinel?.names.values() ?? [])].find(({ address }) => address !== pod.address);
  if (!sentinel || !other) throw new Error('the scene lacks what it needs');
  sentinel.names.set(other.partition, {
    ...other,
    replicas: [...other.replicas, { address: pod.address, flags: ['slave'] }],
  });
  return () => sentinel.names.set(other.partition, other);
}

const asking = (imaginary: ImaginaryFarm, pod: Pod): readonly Decision[] =>
  planOnce(demo, imaginary.world(), 1, 0).decisions.filter(({ actions }) =>
    actions.some((action) => action.kind === 'allow-info' && action.pod.address === pod.address),
  );

/** What the first pass on an empty farm does to the pods that it binds. */
const bindings = (imaginary: ImaginaryFarm): readonly Action[] =>
  planOnce(demo, imaginary.world(), 1, 0).decisions.flatMap(({ reason, actions }) =>
    reason === 'PartitionUnbound'
      ? actions.filter((action) => action.kind === 'claim-pod' && action.claim.kind === 'bound')
      : [],
  );

describe('sentinels may ask an idle pod from the moment it is bound', () => {
  test('when all of them were heard', () => {
    const all = bindings(new ImaginaryFarm(demo));
    expect(all.length).toBeGreaterThan(10);
    for (const action of all) expect(action).toMatchObject({ asked: true });
  });

  test('not while one is silent: it may hold the pod for another name', () => {
    const imaginary = new ImaginaryFarm(demo);
    const last = imaginary.sentinels.at(-1);
    if (last) last.up = false;
    const all = bindings(imaginary);
    expect(all.length).toBeGreaterThan(10);
    for (const action of all) expect(action).not.toHaveProperty('asked');
  });

  /** The pod that the first partition is claimed for when its own dies. */
  function replaced(imaginary: ImaginaryFarm): readonly Action[] {
    const { claim } = bound(imaginary).state;
    if (claim.kind !== 'bound') throw new Error('nothing is bound');
    for (const { state } of imaginary.pods)
      if (state.claim === claim) Object.assign(state, { up: false, refused: true });
    for (const { names } of imaginary.sentinels) {
      const view = names.get(claim.partition);
      if (view) names.set(claim.partition, { ...view, flags: ['master', 'disconnected'] });
    }
    return planOnce(demo, imaginary.world(), 1, 0)
      .decisions.filter(({ subject, reason }) => subject === claim.partition && reason === 'PodCrashed')
      .flatMap(({ actions }) => actions.filter(({ kind }) => kind === 'claim-pod'));
  }

  test('that takes a dead partition over, too', () => {
    const imaginary = seeded();
    for (const { state } of imaginary.pods) if (state.claim.kind === 'standby') state.up = false;
    expect(replaced(imaginary)).toMatchObject([{ expect: { kind: 'locked' }, asked: true }]);
  });

  test('but not a standby that does: sentinels list it', () => {
    const [claim, ...more] = replaced(seeded());
    expect(more).toEqual([]);
    expect(claim).toMatchObject({ expect: { kind: 'standby' } });
    expect(claim).not.toHaveProperty('asked');
  });
});

describe('sentinels may ask a bound pod for INFO', () => {
  test('once every sentinel was heard and none lists it under another name, and it is done once', () => {
    const imaginary = seeded();
    const pod = bound(imaginary);
    const [decision, ...more] = asking(imaginary, pod);
    expect(more).toEqual([]);
    expect(decision).toMatchObject({
      reason: 'InfoAllowed',
      actions: [{ kind: 'allow-info', claim: pod.state.claim, allowed: true }],
    });
    imaginary.carryOut(decision ? [decision] : []);
    expect(asking(imaginary, pod)).toEqual([]);
  });

  test.each<[string, (imaginary: ImaginaryFarm, pod: Pod) => void]>([
    [
      'one sentinel of any group is silent: it may hold the pod for another name',
      (imaginary) => {
        const last = imaginary.sentinels.at(-1);
        if (last) last.up = false;
      },
    ],
    ['one lists it as replica of another name', (imaginary, pod) => void listAsReplicaOfAnother(imaginary, pod)],
    [
      'a sentinel of its group does not know its name',
      (imaginary, { state: { claim } }) => {
        const [sentinel] = imaginary.sentinels.filter(
          ({ names }) => claim.kind === 'bound' && names.has(claim.partition),
        );
        if (claim.kind === 'bound') sentinel?.names.delete(claim.partition);
      },
    ],
    [
      'it is copied from: INFO would tell the sentinels of a replica',
      (_, pod) => {
        pod.state.copyable = true;
      },
    ],
    [
      'the application is not let in yet',
      (_, pod) => {
        pod.state.openFor = [];
      },
    ],
  ])('but not while %s', (_, change) => {
    const imaginary = seeded();
    const pod = bound(imaginary);
    change(imaginary, pod);
    expect(asking(imaginary, pod).filter(({ reason }) => reason === 'InfoAllowed')).toEqual([]);
  });

  test('and no more as soon as one lists it under another name; a silent one changes nothing', () => {
    const imaginary = seeded();
    const pod = bound(imaginary);
    pod.state.mute = false;
    const last = imaginary.sentinels.at(-1);
    if (last) last.up = false;
    expect(asking(imaginary, pod)).toEqual([]);
    const undo = listAsReplicaOfAnother(imaginary, pod);
    expect(asking(imaginary, pod)).toMatchObject([
      { reason: 'InfoWithheld', actions: [{ kind: 'allow-info', allowed: false }] },
    ]);
    undo();
    expect(asking(imaginary, pod)).toEqual([]);
  });
});
