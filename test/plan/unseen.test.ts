/** What the World does not hold is not what is not there. */
import { describe, expect, test } from '@jest/globals';
import { planOnce } from '../../src/barn/seed.js';
import { LOCKED } from '../../src/farm/access.js';
import type { Farm } from '../../src/farm/model.js';
import { farm as demo } from '../../src/farms/demo.js';
import type { Decision } from '../../src/plan/action.js';
import { ImaginaryFarm } from '../builders/imaginary-farm.js';

const found = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Error('the scene lacks what it needs');
  return value;
};
const decide = (imaginary: ImaginaryFarm): readonly Decision[] =>
  planOnce(imaginary.farm, imaginary.world(), 1, 0).decisions;
const reasonsOf = (decisions: readonly Decision[]): readonly string[] =>
  decisions.map(({ reason, subject }) => `${reason} ${subject}`);

function seeded(farm: Farm = demo): ImaginaryFarm {
  const imaginary = new ImaginaryFarm(farm);
  for (let pass = 0; pass < 12; pass++) imaginary.carryOut(decide(imaginary));
  // As real sentinels do: they list every member, known from the INFO of the master.
  for (const { names } of imaginary.sentinels)
    for (const view of names.values()) {
      const followers = imaginary.pods.filter(({ state }) => state.master === view.address);
      const replicas = followers.map(({ address }) => ({ address, flags: ['slave'] }));
      if (replicas.length > 0) names.set(view.partition, { ...view, replicas });
    }
  expect(decide(imaginary)).toEqual([]);
  return imaginary;
}

const ofTwoCopies: Farm = {
  ...demo,
  cacheClusters: demo.cacheClusters.map((one) =>
    one.clusterName === 'Chat.room' ? { ...one, partitionSize: 2 } : one,
  ),
};

describe('a datacenter whose KubeCluster is not read, while its pods do their work', () => {
  test('a master that restarted empty is not opened again beside a replica there, which has all data', () => {
    const imaginary = seeded(ofTwoCopies);
    const view = found(imaginary.sentinels.flatMap(({ names }) => names.get('Chat.room::0') ?? [])[0]);
    const master = imaginary.pod(view.address);
    const replica = imaginary.pod(found(view.replicas[0]).address);
    replica.state.keys = 1_000;
    imaginary.unread.add(replica.datacenter);
    // In place: the same address, empty, locked.
    Object.assign(master.state, { claim: LOCKED, access: 'locked', openFor: [], keys: 0, copyable: false });
    expect(reasonsOf(decide(imaginary)).filter((one) => one.endsWith('Chat.room::0'))).toEqual([]);
  });

  test.each(['a', 'b', 'c'])('replicas there are not missing: %s', (datacenter) => {
    const imaginary = seeded();
    imaginary.unread.add(datacenter);
    expect(reasonsOf(decide(imaginary)).filter((one) => one.startsWith('Replica'))).toEqual([]);
  });

  test.each(['a', 'b', 'c'])('standbys there stay what the sentinels list: %s', (datacenter) => {
    const imaginary = seeded();
    imaginary.unread.add(datacenter);
    expect(reasonsOf(decide(imaginary)).filter((one) => one.startsWith('Standby'))).toEqual([]);
  });
});
