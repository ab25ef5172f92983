import { describe, expect, test } from '@jest/globals';
import { declaredIn, planOnce } from '../../src/barn/seed.js';
import { farm as demo } from '../../src/farms/demo.js';
import type { Note, Plan } from '../../src/plan/action.js';
import { type ClusterStatus, clusterStatuses } from '../../src/plan/cluster-status.js';
import { deriveFacts } from '../../src/world/facts.js';
import type { DeclaredCopy, World } from '../../src/world/model.js';
import { ImaginaryFarm } from '../builders/imaginary-farm.js';

const NOW = '2026-01-01T00:00:00Z';
const LATER = '2026-01-01T00:05:00Z';
const NAME = 'User.id';
const size = demo.cacheClusters.find(({ clusterName }) => clusterName === NAME)?.clusterSize ?? 0;

function seeded(): ImaginaryFarm {
  const imaginary = new ImaginaryFarm(demo);
  for (let pass = 0; pass < 10; pass++) imaginary.carryOut(planOnce(demo, imaginary.world(), 1, 0).decisions);
  return imaginary;
}

const copy = (changes: Partial<DeclaredCopy> = {}): DeclaredCopy => ({
  clusterName: NAME,
  datacenter: 'a',
  name: 'user.id',
  uid: 'u',
  generation: 3,
  clusterSize: size,
  deleted: false,
  ...changes,
});

interface Scene {
  readonly imaginary?: ImaginaryFarm;
  readonly world?: (world: World) => World;
  readonly notes?: readonly Note[];
  /** @default what the planner gives */
  readonly plan?: Plan;
  readonly copies?: readonly DeclaredCopy[];
  readonly moves?: ReadonlyMap<string, string>;
  readonly now?: string;
}

function statuses({ imaginary = seeded(), world: change, notes = [], plan, copies, moves, now = NOW }: Scene) {
  const seen = imaginary.world();
  const world: World = { ...(change?.(seen) ?? seen), copies: copies ?? [copy()] };
  const farm = declaredIn(demo, world);
  const planned = plan ?? planOnce(demo, world, 1, 0);
  return clusterStatuses({
    farm,
    world,
    facts: deriveFacts(farm, world),
    plan: { decisions: planned.decisions, notes: [...planned.notes, ...notes] },
    moves: moves ?? new Map(),
    now,
  });
}

const one = (scene: Scene): ClusterStatus => {
  const [first] = statuses(scene);
  if (!first) throw new Error('no status');
  return first.status;
};

/** `Ready True PartitionsServing`, one line a condition */
const lines = ({ conditions }: ClusterStatus): readonly string[] =>
  conditions.map(({ type, status, reason }) => `${type} ${status} ${reason}`);

const serverOf = (imaginary: ImaginaryFarm, partition: string) => {
  const address = imaginary.sentinels.flatMap(({ names }) => names.get(partition)?.address ?? [])[0];
  return imaginary.pod(address ?? '');
};

const down = (imaginary: ImaginaryFarm, partition: string): ImaginaryFarm => {
  serverOf(imaginary, partition).state.up = false;
  return imaginary;
};
const nothing: Plan = { decisions: [], notes: [] };
const note = (reason: Note['reason'], subject: string): Note => ({ reason, subject, detail: 'because' });
const unread = (name: string) => (world: World) => ({
  ...world,
  datacenters: world.datacenters.map((one) => (one.name === name ? { ...one, complete: false, problem: 'gone' } : one)),
});

describe('the conditions of a cache cluster', () => {
  const quiet = ['Progressing False AsDeclared', 'Degraded False AsDeclared'];
  test.each<[string, () => Scene, readonly string[]]>([
    ['that is as declared', () => ({}), ['Ready True PartitionsServing', ...quiet]],
    [
      'that nothing was done for yet',
      () => ({ imaginary: new ImaginaryFarm(demo) }),
      ['Ready False PartitionUnbound', 'Progressing True PartitionUnbound', 'Degraded False AsDeclared'],
    ],
    [
      'one of whose pods is down, before anything is decided',
      () => ({ imaginary: down(seeded(), 'User.id::0'), plan: nothing }),
      [
        'Ready False PartitionsNotServing',
        'Progressing False PartitionsNotServing',
        'Degraded True PartitionsNotServing',
      ],
    ],
    [
      'one of whose pods does not answer us, and too few sentinels have lost it',
      () => ({ imaginary: down(seeded(), 'User.id::0') }),
      ['Ready False PodUnreachable', 'Progressing False PodUnreachable', 'Degraded True PodUnreachable'],
    ],
    [
      'that serves, and whose standbys are gone',
      () => {
        const imaginary = seeded();
        for (const pod of imaginary.pods) if (pod.state.claim.kind === 'standby') pod.state.up = false;
        return { imaginary, plan: nothing };
      },
      ['Ready True PartitionsServing', 'Progressing True StandbyNotArmed', 'Degraded True StandbyNotArmed'],
    ],
    [
      'that serves, and no standby can be kept',
      () => {
        const imaginary = seeded();
        for (const pod of imaginary.pods) if (pod.state.claim.kind === 'standby') pod.state.up = false;
        return { imaginary, plan: nothing, notes: [note('StandbyUnavailable', NAME)] };
      },
      ['Ready True PartitionsServing', 'Progressing False StandbyUnavailable', 'Degraded True StandbyUnavailable'],
    ],
    [
      'whose budget is spent',
      () => ({ notes: [note('BudgetSpent', 'User.id::1')] }),
      ['Ready True PartitionsServing', 'Progressing False BudgetSpent', 'Degraded True BudgetSpent'],
    ],
    [
      'that needs a person for a partition that does not serve',
      () => ({ imaginary: down(seeded(), 'User.id::1'), plan: nothing, notes: [note('PersonNeeded', 'User.id::1')] }),
      ['Ready False PersonNeeded', 'Progressing False PersonNeeded', 'Degraded True PersonNeeded'],
    ],
    [
      'that another pod takes a partition of',
      () => {
        const imaginary = seeded();
        const idle = imaginary.pods.find(({ tier, state }) => tier === 'M1' && state.claim.kind === 'locked');
        if (idle) idle.state.claim = { kind: 'incoming', partition: 'User.id::0', epoch: 9 };
        return { imaginary, plan: nothing };
      },
      ['Ready True PartitionsServing', 'Progressing True MoveCopying', 'Degraded False AsDeclared'],
    ],
    [
      'that waits for its turn to move',
      () => ({ notes: [note('ReserveKept', 'User.id::0')] }),
      ['Ready True PartitionsServing', 'Progressing False ReserveKept', 'Degraded False AsDeclared'],
    ],
    [
      'that KubeClusters do not declare the same',
      () => ({ notes: [note('DeclarationsDiffer', NAME)] }),
      ['Ready True PartitionsServing', 'Progressing False AsDeclared', 'Degraded True DeclarationsDiffer'],
    ],
    [
      'in an object that declares more than counts',
      () => ({ copies: [copy({ clusterSize: size + 5 })], notes: [note('DeclarationsDiffer', NAME)] }),
      ['Ready False DeclarationsDiffer', 'Progressing False AsDeclared', 'Degraded True DeclarationsDiffer'],
    ],
    [
      'whose group has no majority',
      () => {
        const imaginary = seeded();
        for (const sentinel of imaginary.sentinels) if (sentinel.datacenter !== 'a') sentinel.up = false;
        return { imaginary };
      },
      [
        'Ready False GroupWithoutMajority',
        'Progressing False GroupWithoutMajority',
        'Degraded True GroupWithoutMajority',
      ],
    ],
    [
      'one of whose sentinels is away',
      () => {
        const imaginary = seeded();
        const sentinel = imaginary.sentinels.find(({ group }) => group === 'main-0');
        if (sentinel) sentinel.up = false;
        return { imaginary };
      },
      ['Ready True PartitionsServing', 'Progressing False AsDeclared', 'Degraded True SentinelUnreachable'],
    ],
    [
      'a KubeCluster of which cannot be read, though all that is known of it serves',
      () => ({ world: unread('b') }),
      ['Ready Unknown DatacenterUnread', 'Progressing False AsDeclared', 'Degraded True DatacenterUnread'],
    ],
    [
      'a KubeCluster of which cannot be read, with its pods',
      () => {
        const imaginary = seeded();
        imaginary.unread.add('b');
        return { imaginary, plan: nothing };
      },
      ['Ready Unknown DatacenterUnread', 'Progressing True StandbyNotArmed', 'Degraded True PartitionsNotServing'],
    ],
    [
      'that an isolated Barn looks at',
      () => ({ plan: { decisions: [], notes: [note('BarnIsolated', 'barn')] } }),
      ['Ready Unknown BarnIsolated', 'Progressing False BarnIsolated', 'Degraded True BarnIsolated'],
    ],
    [
      'of which only the object is left',
      () => ({ copies: [copy({ deleted: true })] }),
      ['Ready False Deleted', 'Progressing False Deleted', 'Degraded False Deleted'],
    ],
    [
      'that is not declared any more, in an object of an older word',
      () => ({ copies: [copy({ clusterName: 'Gone' })] }),
      ['Ready False Deleted', 'Progressing False Deleted', 'Degraded False Deleted'],
    ],
    [
      'that has fewer partitions than are named: they are given back',
      () => {
        const imaginary = seeded();
        return {
          imaginary,
          plan: nothing,
          world: (world) => ({
            ...world,
            cacheClusters: world.cacheClusters.map((cluster) =>
              cluster.clusterName === NAME ? { ...cluster, clusterSize: size - 1 } : cluster,
            ),
          }),
          copies: [copy({ clusterSize: size - 1 })],
        };
      },
      ['Ready True PartitionsServing', 'Progressing True NameRemoved', 'Degraded False AsDeclared'],
    ],
  ])('%s', (_, scene, expected) => expect(lines(one(scene()))).toEqual(expected));

  test('are never Ready when any one partition does not serve, whatever it is that is wrong with it', () => {
    const wrongs: readonly ((pod: ReturnType<typeof serverOf>) => unknown)[] = [
      ({ state }) => Object.assign(state, { up: false }),
      ({ state }) => Object.assign(state, { claim: { kind: 'locked' }, access: 'locked', openFor: [] }),
      ({ state }) => Object.assign(state, { openFor: [] }),
      ({ state }) => Object.assign(state, { access: 'locked' }),
      ({ state }) => Object.assign(state, { claim: { kind: 'bound', partition: 'Other::0', epoch: 1 } }),
    ];
    for (const wrong of wrongs)
      for (let index = 0; index < size; index++) {
        const imaginary = seeded();
        wrong(serverOf(imaginary, `${NAME}::${index}`));
        for (const plan of [undefined, nothing]) {
          const [ready] = one({ imaginary, ...(plan ? { plan } : {}) }).conditions;
          expect(ready?.status).toBe('False');
        }
      }
  });

  test('of one cache cluster do not tell of another', () => {
    const imaginary = down(seeded(), 'User.id::0');
    const other = demo.cacheClusters.find(
      ({ clusterName, partitionSize }) => clusterName !== NAME && partitionSize === 1,
    );
    if (!other) throw new Error('the demo has one cache cluster only');
    const copies = [copy({ clusterName: other.clusterName, clusterSize: other.clusterSize })];
    expect(lines(one({ imaginary, copies }))[0]).toBe('Ready True PartitionsServing');
  });

  test('say which partitions, and not more than a few', () => {
    const imaginary = seeded();
    for (let index = 0; index < size; index++) down(imaginary, `${NAME}::${index}`);
    const [ready] = one({ imaginary, plan: nothing }).conditions;
    expect(ready?.message).toBe(
      `0 of ${size} partitions serve, not User.id::0, User.id::1, User.id::2 and ${size - 3} more`,
    );
  });
});

describe('the rest of the status', () => {
  test('counts, names the group, and shows the excess of the spread', () => {
    const { serving, standbys, sentinelGroup, spread, observedGeneration } = one({});
    expect({ serving, sentinelGroup, spread, observedGeneration }).toEqual({
      serving: size,
      sentinelGroup: 'main-0',
      spread: '0/0',
      observedGeneration: 3,
    });
    expect(standbys).toBeGreaterThan(0);
  });

  test('is made for every object of each KubeCluster, with the generation of that object', () => {
    const copies = [copy(), copy({ datacenter: 'b', generation: 7 })];
    expect(statuses({ copies }).map(({ copy: of, status }) => [of.datacenter, status.observedGeneration])).toEqual([
      ['a', 3],
      ['b', 7],
    ]);
    expect(statuses({ copies })[1]?.status.conditions.map((condition) => condition.observedGeneration)).toEqual([
      7, 7, 7,
    ]);
  });

  test('keeps the time of a condition whose status is as before, and takes the new one where it changed', () => {
    const before = one({ imaginary: down(seeded(), 'User.id::0'), plan: nothing });
    const after = one({ copies: [copy({ status: { ...before } })], now: LATER });
    expect(after.conditions.map(({ type, lastTransitionTime }) => [type, lastTransitionTime])).toEqual([
      ['Ready', LATER],
      ['Progressing', NOW],
      ['Degraded', LATER],
    ]);
  });

  test('goes by what was written last where the object does not show it yet', () => {
    const previous = { ...one({ now: LATER }) };
    const world: World = { ...seeded().world(), copies: [copy()] };
    const farm = declaredIn(demo, world);
    const [again] = clusterStatuses({
      farm,
      world,
      facts: deriveFacts(farm, world),
      plan: nothing,
      moves: new Map(),
      previousOf: () => previous,
      now: NOW,
    });
    expect(again?.status.conditions[0]?.lastTransitionTime).toBe(LATER);
  });

  test.each<[string, string | undefined, string | undefined, string | undefined]>([
    ['is left out when none was ever seen', undefined, undefined, undefined],
    ['is what was seen', undefined, LATER, LATER],
    ['is kept from what was written by another Barn', NOW, undefined, NOW],
    ['is the later of both', NOW, LATER, LATER],
    ['never goes back', LATER, NOW, LATER],
  ])('the last move %s', (_, written, seen, expected) => {
    const copies = [copy(written === undefined ? {} : { status: { lastMove: written } })];
    const moves = new Map(seen === undefined ? [] : [[NAME, seen]]);
    expect(one({ copies, moves }).lastMove).toBe(expected);
  });

  test('is the same text for the same farm', () => {
    expect(JSON.stringify(one({}))).toBe(JSON.stringify(one({})));
  });
});
