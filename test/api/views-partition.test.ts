import { describe, expect, test } from '@jest/globals';
import { partitionView } from '../../src/api/views/partition.js';
import { farm as demo } from '../../src/farms/demo.js';
import type { VoiceEvent } from '../../src/voice/voice-event.js';
import type { ImaginaryFarm } from '../builders/imaginary-farm.js';
import { FRESH, look, NO_LOAD, settled } from './views-scene.js';

const view = (imaginary: ImaginaryFarm, name = 'User.id::0', events: readonly VoiceEvent[] = []) =>
  partitionView(look(imaginary), NO_LOAD, events, name, FRESH);
const podOf = (imaginary: ImaginaryFarm, name = 'User.id::0') => {
  const pod = imaginary.pods.find(({ state }) => state.claim.kind === 'bound' && state.claim.partition === name);
  if (!pod) throw new Error(`${name} is nowhere`);
  return pod;
};

describe('one partition', () => {
  test('at rest: its pod, its standby, and three sentinels that say the same', () => {
    const imaginary = settled(demo);
    const pod = podOf(imaginary);
    const seen = view(imaginary);
    expect(seen).toMatchObject({
      name: 'User.id::0',
      clusterName: 'User.id',
      index: 0,
      state: 'serving',
      address: pod.address,
      pod: { name: pod.name, state: 'serving', partitions: ['User.id::0'] },
      standby: { open: true },
      replicas: [],
      history: [],
      decisions: [],
      notes: [],
    });
    expect(seen?.sentinels.map(({ datacenter, says, up, tilt }) => [datacenter, says, up, tilt])).toEqual(
      ['a', 'b', 'c'].map((datacenter) => [datacenter, pod.address, true, false]),
    );
    expect(seen?.sentinels.flatMap(({ replicas }) => replicas)).toEqual(Array(3).fill(seen?.standby?.address));
  });
  test('sentinels side by side: one away, one tilted, one that says something else', () => {
    const imaginary = settled(demo);
    const [a, b, c] = imaginary.sentinels.filter(({ group }) => group === 'main-0');
    if (!a || !b || !c) throw new Error('three sentinels are expected');
    a.up = false;
    b.tilt = true;
    const known = c.names.get('User.id::0');
    if (known) c.names.set('User.id::0', { ...known, address: '10.9.9.9:6378', flags: ['master', 's_down'] });
    const seen = view(imaginary);
    expect(seen?.sentinels).toMatchObject([
      { up: false, tilt: false, says: null, epoch: null, flags: [], replicas: [] },
      { up: true, tilt: true, says: podOf(imaginary).address },
      { up: true, says: '10.9.9.9:6378', flags: ['master', 's_down'] },
    ]);
    expect(seen).toMatchObject({ state: 'disputed', address: null });
  });
  test('its notes: what is said of it, its group and its sentinels, and of no other', () => {
    const imaginary = settled(demo);
    for (const sentinel of imaginary.sentinels) sentinel.up = sentinel.datacenter !== 'b';
    const notes = view(imaginary)?.notes ?? [];
    expect(notes.map(({ reason, detail }) => [reason, detail])).toEqual([
      [
        'SentinelUnreachable',
        expect.stringContaining(imaginary.sentinels.find((s) => !s.up && s.group === 'main-0')?.address ?? ''),
      ],
    ]);
    expect(notes[0]?.why).toMatch(/^A sentinel does not answer/);
  });
  test('what is decided about it, with the pods, in the words of the reason', () => {
    const imaginary = settled(demo);
    const pod = podOf(imaginary);
    pod.draining = true;
    expect(view(imaginary)?.decisions).toEqual([
      {
        reason: 'Draining',
        why: expect.stringMatching(/^The pod or its machine is being emptied/),
        subject: 'User.id::0',
        detail: expect.any(String),
        actions: expect.arrayContaining(['claim-pod']),
        pods: [
          {
            name: expect.any(String),
            datacenter: expect.any(String),
            machine: expect.any(String),
            address: expect.any(String),
          },
        ],
      },
    ]);
    expect(view(imaginary, 'User.id::1')?.decisions).toEqual([]);
  });
  test('a standby that is shut, or a stranger, is not open', () => {
    const imaginary = settled(demo);
    const address = view(imaginary)?.standby?.address ?? '';
    imaginary.pod(address).state.openFor = [];
    expect(view(imaginary)?.standby).toMatchObject({ address, open: false });
    for (const { names } of imaginary.sentinels) {
      const known = names.get('User.id::0');
      if (known) names.set('User.id::0', { ...known, replicas: [{ address: '10.9.9.9:1', flags: [] }] });
    }
    expect(view(imaginary)?.standby).toEqual({ address: '10.9.9.9:1', pod: null, machine: null, open: false });
    for (const { names } of imaginary.sentinels) {
      const known = names.get('User.id::0');
      if (known) names.set('User.id::0', { ...known, replicas: [] });
    }
    expect(view(imaginary)?.standby).toBeNull();
  });
  test('a replicated one: its replicas with offset and link, and no standby', () => {
    const imaginary = settled(demo);
    const seen = view(imaginary, 'Chat.room::0');
    expect(seen?.standby).toBeNull();
    expect(seen?.replicas).toHaveLength(2);
    expect(seen?.replicas[0]).toMatchObject({ offset: 1_000, linkUp: true, pod: expect.any(String) });
    expect(seen?.replicas.map(({ address }) => address)).not.toContain(seen?.address);
    const [first] = seen?.replicas ?? [];
    if (first) imaginary.pod(first.address).state.up = false;
    expect(view(imaginary, 'Chat.room::0')?.replicas[0]).toMatchObject({ offset: null, linkUp: null });
  });
  test.each(['User.id::10', 'User.id::00', 'User.id', '', 'Nobody::0', '__proto__::0'])(
    '%j is not declared',
    (name) => {
      expect(view(settled(demo), name)).toBeUndefined();
    },
  );
});

describe('the history of a partition', () => {
  const event = (seq: number, more: Partial<VoiceEvent>): VoiceEvent => ({
    seq,
    at: seq,
    level: 'info',
    msg: 'decided',
    ...more,
  });
  test('is what was told of it, newest first, without what is for the log alone', () => {
    const events = [
      event(1, {
        partition: 'User.id::0',
        subject: 'User.id::0',
        epoch: 7,
        reason: 'PodCrashed',
        actions: ['claim-pod'],
      }),
      event(2, { subject: 'User.id::1', partition: 'User.id::1' }),
      event(3, { subjects: ['User.id::0', 'User.id::1'], count: 2 }),
      event(4, { cluster: 'User.id', subject: 'User.id' }),
      event(5, {
        subject: 'User.id::0',
        error: { name: 'E', message: 'm', stack: 'secret' },
        ms: 1.5,
        recoveryMs: 120,
      }),
    ];
    expect(view(settled(demo), 'User.id::0', events)?.history).toEqual([
      {
        seq: 5,
        at: 5,
        level: 'info',
        msg: 'decided',
        subject: 'User.id::0',
        error: { name: 'E', message: 'm' },
        ms: 1.5,
        recoveryMs: 120,
      },
      { seq: 3, at: 3, level: 'info', msg: 'decided', subjects: ['User.id::0', 'User.id::1'], count: 2 },
      {
        seq: 1,
        at: 1,
        level: 'info',
        msg: 'decided',
        partition: 'User.id::0',
        subject: 'User.id::0',
        reason: 'PodCrashed',
        actions: ['claim-pod'],
      },
    ]);
  });
  test('is bounded', () => {
    const events = Array.from({ length: 1_000 }, (_, i) => event(i + 1, { subject: 'User.id::0' }));
    const { history = [] } = view(settled(demo), 'User.id::0', events) ?? {};
    expect([history.length, history[0]?.seq]).toEqual([200, 1_000]);
  });
});
