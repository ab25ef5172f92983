/** What is left of each budget, against what there is when nothing was used. */
import type { BrakesView, ClustersView } from '../../api/schemas.js';

/** As Barn's window has it by default (src/barn/replacement-window.ts; a test compares). */
const SHARE = 0.5;
const LEAST = 5;
const mostOf = (partitions: number): number => Math.max(LEAST, Math.ceil(partitions * SHARE));

export interface BudgetRow {
  readonly name: string;
  readonly left: number;
  /** undefined: how large it is is not known here */
  readonly most: number | undefined;
}

const shareLeft = ({ left, most }: BudgetRow): number => (most === undefined ? 1 : left / most);

/** What is spent comes first; else by name. */
const spentFirst = (rows: readonly BudgetRow[]): readonly BudgetRow[] =>
  [...rows].sort((x, y) => shareLeft(x) - shareLeft(y) || x.name.localeCompare(y.name, 'en', { numeric: true }));

const row = (name: string, left: number, partitions: number | undefined): BudgetRow => ({
  name,
  left,
  // A Barn with wider limits than the default: then its own figure is the least that is known to be possible.
  most: partitions === undefined ? undefined : Math.max(left, mostOf(partitions)),
});

type Sizes = Pick<ClustersView['clusters'][number], 'clusterName' | 'clusterSize' | 'backingGroup'>;

export function replacementRows(budget: BrakesView['budget'], clusters: readonly Sizes[]): readonly BudgetRow[] {
  const sizes = new Map(clusters.map(({ clusterName, clusterSize }) => [clusterName, clusterSize]));
  return spentFirst(budget.replacements.map(({ clusterName, left }) => row(clusterName, left, sizes.get(clusterName))));
}

export function backingRows(budget: BrakesView['budget'], clusters: readonly Sizes[]): readonly BudgetRow[] {
  const sizes = new Map<string, number>();
  for (const { backingGroup, clusterSize } of clusters)
    if (backingGroup !== null) sizes.set(backingGroup, (sizes.get(backingGroup) ?? 0) + clusterSize);
  return spentFirst(budget.backing.map(({ backingGroup, left }) => row(backingGroup, left, sizes.get(backingGroup))));
}
