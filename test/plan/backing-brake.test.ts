/** The budget of a database counts all cache clusters in front of it: each may have enough left of its own. */
import { describe, expect, test } from '@jest/globals';
import { ReplacementWindow } from '../../src/barn/replacement-window.js';
import { planOnce } from '../../src/barn/seed.js';
import type { Farm } from '../../src/farm/model.js';
import { resolveFarm } from '../../src/farm/resolve.js';
import type { Plan } from '../../src/plan/action.js';
import { plan } from '../../src/plan/plan.js';
import { type Budget, UNLIMITED } from '../../src/plan/planning.js';
import type { NameView } from '../../src/world/model.js';
import { cacheCluster, farmSpec } from '../builders/farm.js';
import { ImaginaryFarm } from '../builders/imaginary-farm.js';

const farm = resolveFarm(
  farmSpec({
    cacheClusters: [
      cacheCluster({ clusterName: 'User.id', clusterSize: 3, backingGroup: 'db', importance: 1 }),
      cacheCluster({ clusterName: 'User.name', clusterSize: 3, backingGroup: 'db', importance: 2 }),
      cacheCluster({ clusterName: 'Chat.room', clusterSize: 3, backingGroup: 'other', importance: 3 }),
      cacheCluster({ clusterName: 'Chat.list', clusterSize: 3, importance: 4 }),
    ],
  }),
);
const CLUSTERS = farm.cacheClusters.map(({ clusterName }) => clusterName);

function seeded(declared: Farm): ImaginaryFarm {
  const imaginary = new ImaginaryFarm(declared);
  for (let pass = 0; pass < 20; pass++) imaginary.carryOut(planOnce(declared, imaginary.world(), 1, 0).decisions);
  expect(planOnce(declared, imaginary.world(), 1, 0).decisions).toEqual([]);
  return imaginary;
}

/** @param change what its sentinels see besides */
function crash(imaginary: ImaginaryFarm, name: string, change: Partial<NameView> = {}): void {
  const address = imaginary.sentinels.flatMap(({ names }) => names.get(name) ?? [])[0]?.address ?? '';
  Object.assign(imaginary.pod(address).state, { up: false, refused: true });
  for (const { names } of imaginary.sentinels) {
    const view = names.get(name);
    if (view) names.set(name, { ...view, flags: ['master', 'disconnected'], ...change });
  }
}

/** One partition of each of these cache clusters has crashed. */
function crashed(...clusterNames: readonly string[]): ImaginaryFarm {
  const imaginary = seeded(farm);
  for (const clusterName of clusterNames) crash(imaginary, `${clusterName}::0`);
  return imaginary;
}

const decide = (imaginary: ImaginaryFarm, budget: Partial<Budget>, only?: ReadonlySet<string>): Plan =>
  plan({
    declared: imaginary.farm,
    world: imaginary.world(),
    inFlight: new Set(),
    budget: { ...UNLIMITED, ...budget },
    failures: new Map(),
    now: 0,
    controller: 1,
    ...(only ? { only } : {}),
  });
const replaced = ({ decisions }: Plan): readonly string[] =>
  decisions
    .filter(({ reason }) => reason === 'PodCrashed' || reason === 'ReplicaPromoted')
    .map(({ subject }) => subject);
const spent = ({ notes }: Plan): readonly string[] =>
  notes.filter(({ reason }) => reason === 'BudgetSpent').map(({ subject, detail }) => `${subject}: ${detail}`);

describe('the budget of what a database stands behind', () => {
  test('lets one of two cache clusters have it, the more important one, and holds the other', () => {
    const planned = decide(crashed('User.id', 'User.name'), { backing: new Map([['db', 1]]) });
    expect(replaced(planned)).toEqual(['User.id::0']);
    expect(spent(planned)).toEqual(['User.name::0: backing group db: 1 left']);
  });

  test('holds nobody while there is enough for both', () => {
    const planned = decide(crashed('User.id', 'User.name'), { backing: new Map([['db', 2]]) });
    expect([replaced(planned), spent(planned)]).toEqual([['User.id::0', 'User.name::0'], []]);
  });

  test('holds neither another database nor one that has none', () => {
    const planned = decide(crashed(...CLUSTERS), { backing: new Map([['db', 0]]) });
    expect(replaced(planned)).toEqual(['Chat.room::0', 'Chat.list::0']);
    expect(spent(planned)).toEqual(['User.id::0: backing group db: 0 left', 'User.name::0: backing group db: 0 left']);
  });

  test('is not taken from by one whose own cache cluster has nothing left', () => {
    const planned = decide(crashed('User.id', 'User.name'), {
      replacements: new Map([['User.id', 0]]),
      backing: new Map([['db', 1]]),
    });
    expect(replaced(planned)).toEqual(['User.name::0']);
    expect(spent(planned)).toEqual(['User.id::0: cache cluster User.id: 0 left']);
  });

  test('holds in a look at the crashed partitions alone as in a whole pass', () => {
    const only = new Set(['User.id::0', 'User.name::0']);
    const planned = decide(crashed('User.id', 'User.name'), { backing: new Map([['db', 1]]) }, only);
    expect([replaced(planned), spent(planned)]).toEqual([['User.id::0'], ['User.name::0: backing group db: 1 left']]);
  });

  test('is one for partitions with one copy and with several: it is not spent twice in a pass', () => {
    const imaginary = seeded(
      resolveFarm(
        farmSpec({
          cacheClusters: [
            cacheCluster({ clusterName: 'User.id', clusterSize: 3, backingGroup: 'db' }),
            cacheCluster({
              clusterName: 'Chat.room',
              clusterSize: 2,
              partitionSize: 3,
              tier: 'M4',
              backingGroup: 'db',
            }),
          ],
        }),
      ),
    );
    for (const { state } of imaginary.pods) if (state.claim.kind === 'member') state.keys = 10;
    crash(imaginary, 'User.id::0');
    crash(imaginary, 'Chat.room::0', { replicas: [] });
    const planned = decide(imaginary, { backing: new Map([['db', 1]]) });
    expect(replaced(planned)).toHaveLength(1);
    expect(spent(planned)).toHaveLength(1);
    expect([...replaced(decide(imaginary, {}))].sort()).toEqual(['Chat.room::0', 'User.id::0']);
  });

  test('is not taken from by whom nothing can be done for: another one that has a standby is replaced', () => {
    const one = { clusterSize: 6, tier: 'M4', standbys: 0, backingGroup: 'db', importance: 1 };
    const declared = resolveFarm(
      farmSpec({
        cacheClusters: [
          cacheCluster({ clusterName: 'User.id', ...one }),
          cacheCluster({ clusterName: 'User.name', ...one }),
          cacheCluster({ clusterName: 'Chat.list', clusterSize: 3, tier: 'M1', backingGroup: 'db', importance: 2 }),
        ],
      }),
    );
    const imaginary = seeded(declared);
    // More than tier M4 has idle pods for, and more than the window of the database allows.
    for (let index = 0; index < 5; index++)
      for (const clusterName of ['User.id', 'User.name']) crash(imaginary, `${clusterName}::${index}`);
    crash(imaginary, 'Chat.list::0');
    const planned = decide(imaginary, new ReplacementWindow().budget(declared, 0));
    expect(replaced(planned)).toEqual(['Chat.list::0']);
    expect(spent(planned)).toEqual([]);
  });
});
