/** A pod that reads its file still is locked and may say 0 keys, but is not empty, and can neither be flushed nor copy. */
import { describe, expect, test } from '@jest/globals';
import { planOnce } from '../../src/barn/seed.js';
import { LOCKED } from '../../src/farm/access.js';
import { farm as demo } from '../../src/farms/demo.js';
import { ImaginaryFarm } from '../builders/imaginary-farm.js';

const NAME = 'Chat.room::0';
type Pod = ImaginaryFarm['pods'][number];

const found = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Error('the scene lacks what it needs');
  return value;
};
const decide = (imaginary: ImaginaryFarm) => planOnce(demo, imaginary.world(), 1, 0).decisions;
const about = (imaginary: ImaginaryFarm, pod: Pod): readonly string[] =>
  decide(imaginary).flatMap(({ reason, actions }) =>
    actions.some((action) => 'pod' in action && action.pod.address === pod.address) ? [reason] : [],
  );

function seeded(): ImaginaryFarm {
  const imaginary = new ImaginaryFarm(demo);
  for (let pass = 0; pass < 10; pass++) imaginary.carryOut(decide(imaginary));
  return imaginary;
}
const restart = (pod: Pod): unknown =>
  Object.assign(pod.state, {
    ...{ up: true, claim: LOCKED, access: 'locked', openFor: [], keys: 0, master: undefined },
    loading: true,
  });
const masterOf = (imaginary: ImaginaryFarm): Pod =>
  imaginary.pod(found(imaginary.sentinels.flatMap(({ names }) => names.get(NAME) ?? [])[0]).address);

/** Decided about the pod once it has loaded, and nothing before. */
function expectOnlyLoaded(imaginary: ImaginaryFarm, pod: Pod, reason: string): void {
  expect(about(imaginary, pod)).toEqual([]);
  delete pod.state.loading;
  expect(about(imaginary, pod)).toContain(reason);
}

describe('a pod that is loading', () => {
  test('is not idle: nobody gets it with the data of its last owner', () => {
    const imaginary = new ImaginaryFarm(demo);
    const pods = imaginary.pods.filter(({ tier }) => tier === 'M1');
    for (const { state } of pods) state.loading = true;
    expect(pods.flatMap((pod) => about(imaginary, pod))).toEqual([]);
    for (const { state } of pods) delete state.loading;
    expect(pods.flatMap((pod) => about(imaginary, pod))).toContain('PartitionUnbound');
  });

  test('is the standby again that it was only when it has loaded', () => {
    const imaginary = seeded();
    const standby = found(
      imaginary.pods.find(({ state: { claim } }) => claim.kind === 'standby' && claim.clusterName === 'User.id'),
    );
    restart(standby);
    expectOnlyLoaded(imaginary, standby, 'StandbyMissing');
  });

  test('is no member that restarted, and joins when it has loaded', () => {
    const imaginary = seeded();
    const master = masterOf(imaginary);
    const member = found(imaginary.pods.find(({ state }) => state.master === master.address));
    restart(member);
    for (const { names } of imaginary.sentinels) {
      const view = names.get(NAME);
      if (view) names.set(NAME, { ...view, replicas: [{ address: member.address, flags: ['slave'] }] });
    }
    expectOnlyLoaded(imaginary, member, 'ReplicaMissing');
  });

  test('is no master that lost its data: no member is promoted in its place, nor does it begin anew', () => {
    for (const membersLive of [true, false]) {
      const imaginary = seeded();
      const master = masterOf(imaginary);
      for (const { state } of imaginary.pods.filter((pod) => pod.state.master === master.address))
        Object.assign(state, membersLive ? { keys: 10 } : { up: false, refused: true });
      for (const { names } of imaginary.sentinels) {
        const view = names.get(NAME);
        if (view) names.set(NAME, { ...view, replicas: [] });
      }
      restart(master);
      const reasons = () => decide(imaginary).flatMap(({ subject, reason }) => (subject === NAME ? [reason] : []));
      expect(reasons()).toEqual([]);
      delete master.state.loading;
      expect(reasons()).toContain(membersLive ? 'ReplicaPromoted' : 'CopiesLost');
    }
  });
});
