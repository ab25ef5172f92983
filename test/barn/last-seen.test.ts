import { describe, expect, test } from '@jest/globals';
import { LastSeen } from '../../src/barn/last-seen.js';
import { ReplacementWindow } from '../../src/barn/replacement-window.js';
import type { Farm } from '../../src/farm/model.js';
import { resolveFarm } from '../../src/farm/resolve.js';
import { deriveFacts } from '../../src/world/facts.js';
import { cacheCluster, farmSpec } from '../builders/farm.js';
import { ImaginaryFarm } from '../builders/imaginary-farm.js';

type Pod = ImaginaryFarm['pods'][number];

/** One partition at rest, two idle pods and a standby, and what changes when somebody looks again. */
function oneFarm() {
  const farm: Farm = resolveFarm(
    farmSpec({ cacheClusters: [cacheCluster({ clusterName: 'User.id', clusterSize: 2, standbys: 0 })] }),
  );
  const imaginary = new ImaginaryFarm(farm);
  const [pod, idle, standby, other] = imaginary.pods as [Pod, Pod, Pod, Pod];
  const runIds = new Map<string, string>();
  const lastSeen = new LastSeen();
  const bind = (to: Pod, partition: string): void => {
    Object.assign(to.state, { claim: { kind: 'bound', partition, epoch: 1 }, access: 'bound', openFor: ['User.id'] });
  };
  const name = (to: Pod, partition: string): void => {
    for (const { names } of imaginary.sentinels)
      names.set(partition, {
        partition,
        address: to.address,
        epoch: 1,
        flags: ['master'],
        quorum: 2,
        downAfterMs: 1_000,
        failoverTimeoutMs: 30_000,
        otherSentinels: 2,
        replicas: [],
      });
  };
  bind(pod, 'User.id::0');
  name(pod, 'User.id::0');
  bind(other, 'User.id::1');
  name(other, 'User.id::1');
  Object.assign(standby.state, {
    claim: { kind: 'standby', clusterName: 'User.id', epoch: 1 },
    access: 'standby',
    openFor: ['User.id'],
  });
  const look = (underWay: readonly string[] = []): readonly string[] => {
    const world = imaginary.world();
    const pods = world.pods.map((one) => ({
      ...one,
      instance: { ...one.instance, ...(one.instance.state === 'up' ? { runId: runIds.get(one.address) ?? 'r' } : {}) },
    }));
    const facts = deriveFacts(farm, { ...world, pods: pods as typeof world.pods });
    return lastSeen.next(facts, new Set(underWay)).map(({ kind, partition }) => `${partition.name} ${kind}`);
  };
  const empty = (from: Pod): void => {
    Object.assign(from.state, { claim: { kind: 'locked' }, access: 'locked', openFor: [] });
  };
  const restart = (at: Pod): void => void runIds.set(at.address, `${runIds.get(at.address) ?? 'r'}+`);
  const fill = (to: Pod): void => {
    Object.assign(to.state, { claim: { kind: 'incoming', partition: 'User.id::0', epoch: 2 }, access: 'incoming' });
  };
  const disagree = (): void => {
    for (const [i, { names }] of imaginary.sentinels.entries()) if (i > 0) names.delete('User.id::0');
  };
  return { pod, idle, standby, look, bind, name, empty, restart, fill, disagree };
}

type Stage = ReturnType<typeof oneFarm>;

/** One after the other. */
const all = (..._done: readonly unknown[]): void => undefined;

/** What happens, look by look after the first; what is seen in each of them. */
const STORIES: Readonly<Record<string, readonly (readonly [(stage: Stage) => void, ...seen: string[]])[]>> = {
  'nothing of a farm that stays as it is': [[() => undefined], [() => undefined]],
  'a replacement, once, where the pod is gone': [
    [
      ({ pod, idle, bind, name }) =>
        all(Object.assign(pod.state, { up: false }), bind(idle, 'User.id::0'), name(idle, 'User.id::0')),
      'User.id::0 replaced',
    ],
    [() => undefined],
  ],
  'a replacement, though no address was agreed on for a while': [
    [({ pod, disagree }) => all(Object.assign(pod.state, { up: false }), disagree())],
    [({ idle, bind, name }) => all(bind(idle, 'User.id::0'), name(idle, 'User.id::0')), 'User.id::0 replaced'],
  ],
  'a replacement, though the pod is back in another process': [
    [
      ({ pod, idle, bind, name, empty, restart }) =>
        all(restart(pod), empty(pod), bind(idle, 'User.id::0'), name(idle, 'User.id::0')),
      'User.id::0 replaced',
    ],
  ],
  'a replacement of a pod that hung and goes on, by a standby': [
    [
      ({ pod, standby, bind, name, empty }) =>
        all(empty(pod), bind(standby, 'User.id::0'), name(standby, 'User.id::0')),
      'User.id::0 replaced',
    ],
  ],
  'no replacement where a pod that goes on left it to one that was idle: it moved between two looks': [
    [({ pod, idle, bind, name, empty }) => all(empty(pod), bind(idle, 'User.id::0'), name(idle, 'User.id::0'))],
  ],
  'no replacement where the pod was seen to be filled, though the old one is gone by then': [
    [({ idle, fill }) => fill(idle)],
    [
      ({ pod, idle, bind, name }) =>
        all(Object.assign(pod.state, { up: false }), bind(idle, 'User.id::0'), name(idle, 'User.id::0')),
    ],
  ],
  'a restart, when the pod is open again and not before': [
    [({ pod, restart, empty }) => all(restart(pod), empty(pod))],
    [({ pod, bind }) => bind(pod, 'User.id::0'), 'User.id::0 restarted'],
    [() => undefined],
  ],
  'a restart, though the pod did not answer in between; and each of two': [
    [({ pod }) => Object.assign(pod.state, { up: false })],
    [({ pod, restart }) => all(Object.assign(pod.state, { up: true }), restart(pod)), 'User.id::0 restarted'],
    [({ pod, restart }) => restart(pod), 'User.id::0 restarted'],
  ],
};

describe('of what changed since the last look is told', () => {
  test.each(Object.entries(STORIES))('%s', (_, looks) => {
    const stage = oneFarm();
    expect(stage.look()).toEqual([]);
    for (const [happens, ...seen] of looks) {
      happens(stage);
      expect(stage.look()).toEqual(seen);
    }
  });
  test('what is being worked on when nobody works on it any more', () => {
    const { pod, look, restart } = oneFarm();
    look();
    restart(pod);
    expect(look(['User.id::0'])).toEqual([]);
    expect(look()).toEqual(['User.id::0 restarted']);
  });
});

describe('the window of replacements', () => {
  const cluster = { ...cacheCluster({ clusterName: 'User.id', clusterSize: 4 }), backingGroup: 'db' };
  const farm = resolveFarm(farmSpec({ cacheClusters: [cluster] }));
  const [resolved] = farm.cacheClusters;
  const left = (window: ReplacementWindow, now: number) => {
    const { replacements, backing } = window.budget(farm, now);
    return [replacements.get('User.id'), backing.get('db')];
  };

  test('counts what is begun, and what is seen and not known, for a minute each', () => {
    if (!resolved) throw new Error('no cache cluster');
    const window = new ReplacementWindow({ windowMs: 60_000, share: 0.5, least: 3, moves: 4 });
    window.record(resolved, 0, 'User.id::0', '10.0.0.1:6379');
    expect(window.saw(resolved, 1_000, 'User.id::0', '10.0.0.1:6379')).toBe(false);
    expect(left(window, 1_000)).toEqual([2, 2]);
    expect(window.saw(resolved, 30_000, 'User.id::0', '10.0.0.2:6379')).toBe(true);
    expect(left(window, 59_999)).toEqual([1, 1]);
    expect(left(window, 60_000)).toEqual([2, 2]);
    expect(left(window, 90_000)).toEqual([3, 3]);
    expect(window.saw(resolved, 90_000, 'User.id::0', '10.0.0.1:6379')).toBe(true);
  });
});
