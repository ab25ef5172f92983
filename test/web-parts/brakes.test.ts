import { describe, expect, test } from '@jest/globals';
import type { BrakesView } from '../../src/api/schemas.js';
import { ReplacementWindow } from '../../src/barn/replacement-window.js';
import type { CacheCluster } from '../../src/farm/model.js';
import { backingRows, replacementRows } from '../../src/web/brakes/budget-rows.js';
import { heldGroups } from '../../src/web/brakes/held-groups.js';

const clusters = [
  { clusterName: 'User.id', clusterSize: 10, backingGroup: 'user-db' },
  { clusterName: 'Friend.list', clusterSize: 25, backingGroup: 'user-db' },
  { clusterName: 'Session', clusterSize: 3, backingGroup: null },
];
const budgetOf = (replacements: Readonly<Record<string, number>>, backing: Readonly<Record<string, number>> = {}) => ({
  binds: null,
  moves: 4,
  replacements: Object.entries(replacements).map(([clusterName, left]) => ({ clusterName, left })),
  backing: Object.entries(backing).map(([backingGroup, left]) => ({ backingGroup, left })),
});

describe('budgets', () => {
  test('the whole of a budget is what a Barn that has used nothing of it has left', () => {
    const declared = clusters.map(
      ({ backingGroup, ...cluster }) =>
        ({ ...cluster, ...(backingGroup === null ? {} : { backingGroup }) }) as CacheCluster,
    );
    const { replacements, backing } = new ReplacementWindow().budget({ cacheClusters: declared }, 0);
    const none = budgetOf(
      Object.fromEntries([...replacements.keys()].map((name) => [name, 0])),
      Object.fromEntries([...backing.keys()].map((name) => [name, 0])),
    );
    const mostOf = (rows: ReturnType<typeof backingRows>) => new Map(rows.map(({ name, most }) => [name, most]));
    expect(mostOf(replacementRows(none, clusters))).toEqual(new Map([...replacements].sort()));
    expect(mostOf(backingRows(none, clusters))).toEqual(backing);
  });

  test('what is spent comes first, then by name; what is not known is not guessed', () => {
    const rows = replacementRows(budgetOf({ Zoo: 3, Session: 5, 'User.id': 0, 'Friend.list': 6 }), clusters);
    expect(rows).toEqual([
      { name: 'User.id', left: 0, most: 5 },
      { name: 'Friend.list', left: 6, most: 13 },
      { name: 'Session', left: 5, most: 5 },
      { name: 'Zoo', left: 3, most: undefined },
    ]);
  });

  test('a Barn with wider limits has never more left than there is', () => {
    expect(replacementRows(budgetOf({ Session: 40 }), clusters)).toEqual([{ name: 'Session', left: 40, most: 40 }]);
  });
});

describe('what is held', () => {
  const held = (reason: string, subject: string, askable = false): BrakesView['held'][number] => ({
    reason,
    subject,
    askable,
    why: `why ${reason}`,
    detail: '',
  });

  test('where a person is asked comes first, then what hurts, then what holds most', () => {
    const groups = heldGroups([
      held('PodUnreachable', 'User.id::5'),
      held('PodUnreachable', 'User.id::6'),
      held('PodUnreachable', 'User.id::7'),
      held('MoveCopying', 'User.id::8'),
      held('NoIdlePod', 'User.id::0'),
      held('BudgetSpent', 'User.id::1'),
      held('PersonNeeded', 'User.id::2', true),
      held('BudgetSpent', 'User.id::3'),
    ]);
    expect(groups.map(({ reason, why, askable, held: of }) => [reason, why, askable, of.length])).toEqual([
      ['PersonNeeded', 'why PersonNeeded', true, 1],
      ['BudgetSpent', 'why BudgetSpent', false, 2],
      ['NoIdlePod', 'why NoIdlePod', false, 1],
      ['PodUnreachable', 'why PodUnreachable', false, 3],
      ['MoveCopying', 'why MoveCopying', false, 1],
    ]);
    expect(heldGroups([])).toEqual([]);
  });
});
