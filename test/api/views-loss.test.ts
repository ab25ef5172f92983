import { describe, expect, test } from '@jest/globals';
import { lossOf } from '../../src/api/views/loss.js';
import { defineFarm } from '../../src/farm/define.js';
import { farm as demo } from '../../src/farms/demo.js';
import { claimOf } from '../../src/world/facts.js';
import { ImaginaryFarm } from '../builders/imaginary-farm.js';
import { keepStandby, put } from '../builders/placed-farm.js';
import { look, passOf, settled } from './views-scene.js';

const FARM = defineFarm({
  name: 'small',
  datacenters: ['a', 'b', 'c'].map((name) => ({ name, machines: { count: 2, memory: '16Gi' } })),
  tiers: [{ name: 'M1', maxMemory: '1gb', memory: '1.5Gi', ports: [6378, 6379], replicas: 2 }],
  sentinelGroups: [{ name: 'main' }],
  cacheClusters: [
    { clusterName: 'User.id', clusterSize: 4, tier: 'M1', standbys: 1 },
    { clusterName: 'Session', clusterSize: 1, tier: 'M1', standbys: 0 },
  ],
});

/** a-m1 has User.id::0 and ::1, a-m2 the standby of a; b-m1 User.id::2 and the standby that covers ::0; c-m1 Session::0. */
function scene(): ImaginaryFarm {
  const imaginary = new ImaginaryFarm(FARM);
  const at = (machine: string, i: number) => {
    const pod = imaginary.pods.filter((one) => one.machine === machine)[i];
    if (!pod) throw new Error(`no pod ${i} on ${machine}`);
    return pod;
  };
  keepStandby(imaginary, 'User.id', at('b-m1', 1));
  keepStandby(imaginary, 'User.id', at('a-m2', 0));
  put(imaginary, 'User.id', 0, at('a-m1', 0), at('b-m1', 1));
  put(imaginary, 'User.id', 1, at('a-m1', 1), at('a-m2', 0));
  put(imaginary, 'User.id', 2, at('b-m1', 0), at('a-m2', 0));
  put(imaginary, 'User.id', 3, at('b-m2', 0));
  put(imaginary, 'Session', 0, at('c-m1', 0));
  return imaginary;
}
const standbyOf = (imaginary: ImaginaryFarm, machine: string) =>
  imaginary.pods.find((pod) => pod.machine === machine && pod.state.claim.kind === 'standby')?.address ?? 'none';

describe('what is lost', () => {
  test('with a machine: its masters with the standby that lives on, and shares, the largest first', () => {
    const imaginary = scene();
    expect(lossOf(look(imaginary), 'machine', 'a-m1')).toMatchObject({
      kind: 'machine',
      name: 'a-m1',
      pods: 2,
      partitions: [
        { name: 'User.id::0', clusterName: 'User.id', standby: standbyOf(imaginary, 'b-m1'), keys: 100 },
        { name: 'User.id::1', clusterName: 'User.id', standby: standbyOf(imaginary, 'a-m2'), keys: 100 },
      ],
      standbys: 0,
      replicas: 0,
      clusters: [{ clusterName: 'User.id', partitions: 2, share: 0.5 }],
      capacity: [{ tier: 'M1', needed: 2, idleElsewhere: 5 }],
    });
  });
  test('with a datacenter: a standby that goes along takes nothing over, and is not needed elsewhere', () => {
    const imaginary = scene();
    const loss = lossOf(look(imaginary), 'datacenter', 'a');
    expect(loss?.partitions.map(({ name, standby }) => [name, standby])).toEqual([
      ['User.id::0', standbyOf(imaginary, 'b-m1')],
      ['User.id::1', null],
    ]);
    expect(loss).toMatchObject({ pods: 4, standbys: 1, capacity: [{ tier: 'M1', needed: 2, idleElsewhere: 4 }] });
  });
  test('with a machine of a standby: it has to be replaced, and nobody is without service', () => {
    expect(lossOf(look(scene()), 'machine', 'a-m2')).toMatchObject({
      partitions: [],
      standbys: 1,
      clusters: [],
      capacity: [{ tier: 'M1', needed: 1, idleElsewhere: 4 }],
    });
  });
  test('a standby that is shut, or was taken for another cache cluster, takes nothing over', () => {
    for (const change of [
      { openFor: [] },
      { claim: { kind: 'standby', clusterName: 'Session', epoch: 2 }, openFor: ['Session'] },
      { claim: { kind: 'locked' }, access: 'locked', openFor: [] },
      { up: false },
    ] as const) {
      const imaginary = scene();
      Object.assign(imaginary.pod(standbyOf(imaginary, 'b-m1')).state, change);
      expect(lossOf(look(imaginary), 'machine', 'a-m1')?.partitions[0]?.standby).toBeNull();
    }
  });
  test('a dead pod whose partition has no other address yet is lost there all the same', () => {
    const imaginary = scene();
    for (const pod of imaginary.pods) if (pod.machine === 'a-m1') pod.state.up = false;
    const loss = lossOf(look(imaginary), 'machine', 'a-m1');
    expect(loss?.partitions.map(({ name, keys }) => [name, keys])).toEqual([
      ['User.id::0', null],
      ['User.id::1', null],
    ]);
    expect(loss?.capacity).toEqual([{ tier: 'M1', needed: 2, idleElsewhere: 5 }]);
  });
  test('nothing is lost with what is idle', () => {
    expect(lossOf(look(scene()), 'machine', 'c-m2')).toMatchObject({
      pods: 2,
      partitions: [],
      clusters: [],
      capacity: [],
    });
  });
  test('with a pod, by its full name, or by its bare one where only one has it', () => {
    const pass = look(scene());
    const [pod] = pass.world.pods;
    expect(lossOf(pass, 'pod', `a/${pod?.name}`)).toMatchObject({ pods: 1, partitions: [{ name: 'User.id::0' }] });
    expect(lossOf(pass, 'pod', pod?.name ?? '')).toBeUndefined();
    const alone = passOf(pass.farm, { ...pass.world, pods: pass.world.pods.filter((one) => one.datacenter === 'a') });
    expect(lossOf(alone, 'pod', pod?.name ?? '')).toMatchObject({ pods: 1, sentinels: [], name: pod?.name });
  });
  test('replicas: masters go to members elsewhere, those that went are counted', () => {
    const imaginary = settled(demo);
    const pass = look(imaginary);
    const master = pass.facts.partitions.find(({ name }) => name === 'Chat.room::0');
    const loss = lossOf(pass, 'machine', master?.at?.machine ?? '');
    const heir = loss?.partitions.find(({ name }) => name === 'Chat.room::0')?.standby;
    const pod = pass.facts.podAt.get(heir ?? '');
    expect(pod && claimOf(pod)).toMatchObject({ kind: 'member', partition: 'Chat.room::0' });
    const members = demo.datacenters.map(({ name }) => lossOf(pass, 'datacenter', name)?.replicas ?? 0);
    expect(members.reduce((sum, count) => sum + count, 0)).toBe(4);
  });
  test.each([
    ['machine', 'a-m9'],
    ['datacenter', 'x'],
    ['pod', 'a/none'],
    ['pod', ''],
    ['machine', '__proto__'],
  ] as const)('%s %j is unknown', (kind, name) => expect(lossOf(look(scene()), kind, name)).toBeUndefined());
});

describe('sentinels that go', () => {
  test('one of three leaves a majority', () => {
    expect(lossOf(look(scene()), 'datacenter', 'a')).toMatchObject({
      sentinels: ['a/sentinel-main-0-0'],
      groupsWithoutMajority: [],
    });
    expect(lossOf(look(scene()), 'machine', 'a-m2')?.sentinels).toEqual([]);
  });
  test.each([
    ['does not answer', { up: false }],
    ['is tilted', { tilt: true }],
  ])('one of three while another %s leaves none', (_, change) => {
    const imaginary = scene();
    Object.assign(imaginary.sentinels.find(({ datacenter }) => datacenter === 'b') ?? {}, change);
    expect(lossOf(look(imaginary), 'machine', 'a-m1')?.groupsWithoutMajority).toEqual(['main-0']);
    // A group that loses nothing there is not told, though it has no majority to spare.
    expect(lossOf(look(imaginary), 'machine', 'b-m2')?.groupsWithoutMajority).toEqual([]);
  });
});
