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

describe('sentinels that all came back without a name', () => {
  test('a partition whose pod merely does not answer in this pass is not bound to another: it keeps its pod and data', () => {
    const imaginary = seeded();
    const own = found(
      imaginary.pods.find(({ state }) => state.claim.kind === 'bound' && state.claim.partition === 'User.id::0'),
    );
    own.state.keys = 1_000;
    for (const { names } of imaginary.sentinels) names.clear();
    Object.assign(own.state, { up: false, refused: false });
    const first = decide(imaginary);
    expect(reasonsOf(first).filter((one) => one.endsWith(' User.id::0'))).toEqual([]);
    imaginary.carryOut(first);
    own.state.up = true;
    for (let pass = 0; pass < 6; pass++) imaginary.carryOut(decide(imaginary));
    expect(own.state).toMatchObject({ claim: { kind: 'bound', partition: 'User.id::0' }, keys: 1_000 });
  });

  test('a partition whose KubeCluster is not read is not bound to another', () => {
    const imaginary = seeded();
    for (const { names } of imaginary.sentinels) names.clear();
    imaginary.unread.add('b');
    const { decisions, notes } = planOnce(demo, imaginary.world(), 1, 0);
    expect(reasonsOf(decisions).filter((one) => one.startsWith('PartitionUnbound'))).toEqual([]);
    expect(notes.map(({ reason }) => reason)).toContain('PodUnreachable');
  });

  test('a farm that never had a name is seeded all the same, whatever is not seen', () => {
    const imaginary = new ImaginaryFarm(demo);
    imaginary.unread.add('b');
    expect(reasonsOf(decide(imaginary))).toContain('PartitionUnbound User.id::0');
  });
});
