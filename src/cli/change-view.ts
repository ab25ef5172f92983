/** A proposal as the HTTP API tells it: what changes, in words and figures, and problems beside the fields that the user has filled in. Pure. */
import type { Change } from '../api/schemas.js';
import type { Problem } from '../farm/model.js';
import { movedKeys } from '../review/moved-keys.js';
import { changeText, isUnchanged } from './change-text.js';
import type { PlannedChange, Wish } from './declared-change.js';

const unindexed = (name: string): string => name.replace(/\[\d+\]$/, '');

/**
 * `cacheClusters.User.id.clusterSize` -> clusterSize. A problem of the cache cluster as a whole, of its tier or of a sentinel group is one of
 * what was asked for: of its size first.
 */
export function fieldOf(wish: Wish, path: string): string {
  const asked = wish.kind === 'put' ? Object.keys(wish.fields) : [];
  const size = asked.includes('clusterSize') ? 'clusterSize' : (asked[0] ?? 'clusterName');
  const own = `cacheClusters.${wish.clusterName}`;
  if (path === own) return size;
  if (path.startsWith(`${own}.`)) return unindexed(path.slice(own.length + 1).split('.')[0] ?? size);
  if (path.startsWith('tiers')) return size;
  if (path.startsWith('sentinelGroups')) return asked.includes('sentinelGroup') ? 'sentinelGroup' : size;
  return path;
}

export const fieldFaults = (wish: Wish, problems: readonly Problem[]): { field: string; message: string }[] =>
  problems.map(({ path, message }) => ({ field: fieldOf(wish, path), message }));

function kindOf(change: PlannedChange): Change['kind'] {
  if (!change.after) return 'delete';
  if (!change.before) return 'create';
  return isUnchanged(change) ? 'none' : 'change';
}

const moved = ({ before, after }: PlannedChange): number =>
  before && after ? (movedKeys(before, after)?.share ?? 0) : 0;

/** What is the same before and after it is written. */
export const changeView = (
  change: PlannedChange,
  warnings: readonly Problem[],
): Pick<Change, 'clusterName' | 'kind' | 'before' | 'after' | 'lines' | 'warnings' | 'movedShare'> => ({
  clusterName: change.wish.clusterName,
  kind: kindOf(change),
  before: change.before ? { ...change.before } : null,
  after: change.after ? { ...change.after } : null,
  lines: changeText(change)
    .trimEnd()
    .split('\n')
    .map((line) => line.trim()),
  warnings: fieldFaults(change.wish, warnings),
  movedShare: moved(change),
});
